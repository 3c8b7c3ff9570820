"""The words of a Security header, and the two things in it that both sides write: its Timestamp and UsernameToken.

OASIS Web Services Security: SOAP Message Security 1.1.1, sections 5 to 10; UsernameToken Profile 1.1.1, section 3.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml import etree

from adapters.xml_signatures import WSU, WSU_ID

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{WSS}-wssecurity-secext-1.0.xsd"
PASSWORD = f"{WSS}-username-token-profile-1.0#Password"
BASE64 = f"{WSS}-soap-message-security-1.0#Base64Binary"
X509 = f"{WSS}-x509-token-profile-1.0#X509v3"
S = f"{{{WSSE}}}"
U = f"{{{WSU}}}"
SECURITY = f"{S}Security"


@dataclass(frozen=True, slots=True)
class Shown:
    """A password, and how it is shown."""

    password: str = field(repr=False)
    by_digest: bool


def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Append an element; `name` is as lxml has it, an `Id` is of the utility namespace."""
    made = etree.SubElement(parent, name, nsmap={"wsse": WSSE, "wsu": WSU})
    for attribute, value in attributes.items():
        made.set(WSU_ID if attribute == "Id" else attribute, value)
    made.text = text or None
    return made


def add_timestamp(security: etree._Element, *, at: datetime, valid_for: int) -> etree._Element:
    """Say when it was made and how long it counts."""
    stamp = add(security, f"{U}Timestamp", Id="Timestamp")
    add(stamp, f"{U}Created", moment(at))
    add(stamp, f"{U}Expires", moment(at + timedelta(seconds=valid_for)))
    return stamp


def add_username(security: etree._Element, username: str, shown: Shown, *, at: datetime, nonce: str) -> None:
    """Say who we are, by a password as it is or by its digest; nonce and time let a replay be known either way."""
    token, created = add(security, f"{S}UsernameToken", Id="Username"), moment(at)
    add(token, f"{S}Username", username)
    text = digest(nonce.encode(), created, shown.password) if shown.by_digest else shown.password
    add(token, f"{S}Password", text, Type=f"{PASSWORD}{'Digest' if shown.by_digest else 'Text'}")
    add(token, f"{S}Nonce", base64.b64encode(nonce.encode()).decode(), EncodingType=BASE64)
    add(token, f"{U}Created", created)


def digest(nonce: bytes, created: str, password: str) -> str:
    """Hash a password as the profile has it: SHA-1, which keeps its one-wayness if not its freedom from collisions."""
    hashed = hashlib.sha1(nonce + created.encode() + password.encode()).digest()  # noqa: S324 - the profile's own
    return base64.b64encode(hashed).decode()


def moment(at: datetime) -> str:
    """Write a moment as the specification wants it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def read_moment(text: str) -> datetime | None:
    """Read a moment; one without a zone is UTC. None for what is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
