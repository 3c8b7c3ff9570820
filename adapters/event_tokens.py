"""Make Security Event Tokens: the claims, the same for every try, and the signature, made afresh.

Sources: RFC 8417 (Security Event Token) sections 2.2 and 2.3, RFC 7519 (JWT), RFC 7515 and RFC 7518 section 3.4
(ES256), RFC 7638 (thumbprints); read November 2026.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import ConfigDict, Field

from adapters import credentials, life_events, mapping, options, rest
from adapters.contract import Content, Message, Misconfigured, Refused

JSON = Any

MEDIA_TYPE = "application/secevent+jwt"
ALGORITHM = "ES256"
KEY = "security-event-key"  # the name under which whoever seals is given the service's own private key, as PEM

Uri = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$", max_length=300)]


class Options(credentials.Settings):
    """What goes into the tokens for one recipient."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"issuer": "https://tell.northmoor.example", "audience": "https://health.example/events"}]
        }
    )

    issuer: Uri = Field(description="Who we are to them, as a URI (`iss`)")
    audience: Uri = Field(description="Who they are, as a URI (`aud`)")
    register_of_deaths: Uri = Field(
        life_events.GENERAL_REGISTER, description="How the URN of an entry in the register of deaths begins"
    )
    more: options.Mapping | None = Field(None, description="What else the event says, as an object")


def encode(message: Message, wanted: Options) -> Content:
    """Say it as the claims of a token. Raises Refused."""
    said = life_events.say(message, register=wanted.register_of_deaths)
    claims = {
        "iss": wanted.issuer,
        "aud": wanted.audience,
        "jti": f"urn:uuid:{message.id}",
        "txn": message.reference,
        "iat": _seconds(message.reported_at),
        "events": {said.uri: {**_more(message, wanted), **said.payload}},
    }
    if said.came_about_at:
        claims["toe"] = _seconds(said.came_about_at)
    return Content(rest.serialised(claims), MEDIA_TYPE)


def _seconds(moment: str) -> int:
    """RFC 7519, section 2: a NumericDate."""
    return int(datetime.fromisoformat(moment).timestamp())


def _more(message: Message, wanted: Options) -> dict[str, JSON]:
    """What a route adds never overrides what the vocabulary says."""
    if wanted.more is None:
        return {}
    found = mapping.pruned(mapping.compile(wanted.more).apply(message.as_input()))
    if not isinstance(found, dict | None):
        raise Refused("mapping-misfit")
    return found or {}


def sign(content: Content, *, keys: Mapping[str, str]) -> bytes:
    """Sign the claims, in compact form (RFC 8417, section 2.3: `typ`). Raises Misconfigured without a fitting key."""
    pem = keys.get(KEY, "")
    if not pem:
        raise Misconfigured("key-missing")
    key = _key(pem)
    header = {"alg": ALGORITHM, "kid": key.thumbprint(), "typ": "secevent+jwt"}
    return jws.serialize_compact(header, content.body, key, algorithms=[ALGORITHM]).encode()


@lru_cache(maxsize=4)
def _key(pem: str) -> ECKey:
    try:
        key = ECKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        key = None
    if key is None or not key.is_private or key.curve_name != "P-256":
        raise Misconfigured("key-malformed")
    return key


def fields_needed(wanted: Options) -> frozenset[str]:
    """Name what the route adds."""
    return mapping.compile(wanted.more).paths if wanted.more else frozenset()


def fields_of_kind(kind: str) -> frozenset[str]:
    """A death is called registered by its entry alone; no other kind has to have anything."""
    return frozenset({"registration.number"}) if kind == "death" else frozenset()
