"""Clients that prove who they are in the message itself: by their secret in it, or by a signature of their own.

WS-Security 1.1.1 (UsernameToken in clear, X.509) and Standard Webhooks 1.0.0 are read elsewhere; here it is said whose
proof it is, what they may do, and that a signed message counts once. Of secrets only hashes are kept, so that a
digest of one cannot be checked: a secret comes in clear, over TLS, as it does for a token.
"""

import datetime as dt
import hashlib
from http import HTTPStatus

from cryptography import x509
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from identity import assertions, clients, ledger
from identity.clients import OPERATOR, Actor, NotAllowed, NotRegistered
from identity.ledger import Action
from identity.models import Client

LONGEST = 50_000
MOST_KEYS = 4
PUBLIC_KEY = "whpk_"


class Replayed(NotAllowed):
    """This very message was taken before."""

    def __init__(self) -> None:
        words = "This very message has been taken before. Sign each message anew, with the time of its own."
        super().__init__(HTTPStatus.UNAUTHORIZED, words, challenge="")


def has_secret(client_id: str, secret: str) -> bool:
    """Say whether this is a client's secret, the newest or, while it counts, the former one."""
    client = _usable(client_id)
    if client is None or client.jwks is not None or not secret:
        return False
    kept = [client.client_secret]
    if client.former_secret and client.former_secret_until and client.former_secret_until > timezone.now():
        kept.append(client.former_secret)
    return any(check_password(secret, each) for each in kept)


def certificates() -> dict[str, str]:
    """Give the certificates of clients that sign, as PEM by the client's id."""
    found = Client.objects.filter(revoked_at=None).exclude(certificates="")
    return dict(found.values_list("client_id", "certificates"))


def webhook_keys(client_id: str) -> list[str]:
    """Give the public keys with which a client signs its webhooks; none where it is unknown or revoked."""
    client = _usable(client_id)
    return list(client.webhook_keys) if client else []


def admit(client_id: str, *, scope: str) -> Actor:
    """Let in a client that has proved who it is, if it has the scope, and count it. Raises NotAllowed and TooMany."""
    client = _usable(client_id)
    if client is None:
        raise NotAllowed(HTTPStatus.UNAUTHORIZED, "This client is unknown or was revoked.", challenge="")
    clients.spend(client)
    if scope not in client.scopes:
        raise NotAllowed(HTTPStatus.FORBIDDEN, f"This needs a client with the scope {scope}.", challenge="")
    return Actor(client.name, client.organisation, frozenset(client.scopes))


def use(client_id: str, proof: bytes, *, until: dt.datetime) -> None:
    """Note that a signed message was taken; nothing where it proves nothing. Raises Replayed.

    Expects a transaction: what is rolled back was not taken, and may come again.
    """
    if not proof:
        return
    client = Client.objects.get(client_id=client_id)
    mark = hashlib.sha256(b"message\0" + proof).digest()
    if not assertions.use(client, mark, until=until.timestamp()):
        raise Replayed


def set_certificates(client_id: str, pem: str) -> int:
    """Let a client sign with the keys of these certificates, instead of any before; how many. Raises NotRegistered.

    For an overlap give the old and the new one together. An empty text lets it sign no more.
    """
    try:
        found = x509.load_pem_x509_certificates(pem.encode()) if pem.strip() else []
    except ValueError as error:
        raise NotRegistered("This is no certificate. Give one or several as PEM.") from error
    if len(pem) > LONGEST or len(found) > MOST_KEYS:
        raise NotRegistered(f"A client has at most {MOST_KEYS} certificates.")
    _set(client_id, "certificates", pem.strip())
    return len(found)


def set_webhook_keys(client_id: str, keys: list[str]) -> None:
    """Let a client sign webhooks with these public keys (``whpk_...``), instead of any before. Raises NotRegistered."""
    if len(keys) > MOST_KEYS or not all(key.startswith(PUBLIC_KEY) for key in keys):
        raise NotRegistered(
            f"Give at most {MOST_KEYS} public keys of Standard Webhooks; each begins with {PUBLIC_KEY}."
        )
    _set(client_id, "webhook_keys", keys)


def _set(client_id: str, column: str, value: object) -> None:
    with transaction.atomic():
        client = _usable(client_id)
        if client is None:
            raise NotRegistered(
                f"There is no client {client_id}, or it was revoked; `manage.py client list` shows them."
            )
        setattr(client, column, value)
        client.save(update_fields=[column])
        ledger.record(OPERATOR, action=Action.CLIENT_KEYS_SET, about=f"client:{client_id}")


def _usable(client_id: str) -> Client | None:
    client: Client | None = Client.objects.filter(client_id=client_id, revoked_at=None).first()
    return client
