"""Check what a caller shows: a bearer token, a password, a Standard Webhooks signature, a WS-Security header.

Standard Webhooks v1, specification of 2023; OASIS Web Services Security 1.1.1.
"""

import base64
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from adapters import envelopes, wsse
from adapters.simulator.config import Requires

TOLERANCE_S = 300


def is_let_in(requires: Requires, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether everything that is required was shown; header names are lower case."""
    shown = headers.get("authorization", "")
    wanted = [f"Bearer {requires.bearer}"] if requires.bearer is not None else []
    if requires.basic is not None:
        wanted.append(f"Basic {base64.b64encode(requires.basic.encode()).decode()}")
    if not all(hmac.compare_digest(shown.encode(), want.encode()) for want in wanted):
        return False
    if requires.hmac is not None and not _is_signed(requires.hmac, headers, body):
        return False
    return (requires.username_token is None and requires.signed_by is None) or _is_secure(requires, body)


def _is_secure(requires: Requires, body: bytes) -> bool:
    """Whether a SOAP message says itself who sent it, by each of the ways that are wanted."""
    at = datetime.now(UTC)
    try:
        envelope = envelopes.read(body)
        if requires.signed_by is not None:
            wsse.verify_signature(envelope, at=at, signers={"sender": requires.signed_by})
        if requires.username_token is not None:
            wsse.verify_username(envelope, at=at, password_of=lambda _name: requires.username_token)
    except (envelopes.Unreadable, wsse.Unverified):
        return False
    return True


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    stamp = headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp)) > TOLERANCE_S:
        return False
    expected = f"v1,{sign(secret, headers.get('webhook-id', ''), stamp, body)}"
    signatures = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(signature.encode(), expected.encode()) for signature in signatures)


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Sign as the sender should have."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")).decode()
