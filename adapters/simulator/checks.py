"""Check what a caller shows: a bearer token, a password, a Standard Webhooks signature (v1, specification of 2023)."""

import base64
import hmac
import time
from collections.abc import Mapping

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
    return requires.hmac is None or _is_signed(requires.hmac, headers, body)


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
