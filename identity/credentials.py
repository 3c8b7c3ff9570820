"""Replacing what a client proves itself by, without a moment in which it is locked out.

A new secret counts at once and the former one until a date, so that the other side may change over when it suits.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from oauth2_provider.generators import generate_client_secret

from identity import assertions, ledger
from identity.clients import OPERATOR, NotRegistered
from identity.ledger import Action
from identity.models import Client

LONGEST_OVERLAP = dt.timedelta(days=90)


def rotate(client_id: str, *, overlap: dt.timedelta) -> tuple[str, dt.datetime]:
    """Give a client a new secret, known this once, and until when the former one counts. Raises NotRegistered.

    A secret that was former already counts no more: never do three.
    """
    if not dt.timedelta() <= overlap <= LONGEST_OVERLAP:
        raise NotRegistered(f"The former secret may count for 0 to {LONGEST_OVERLAP.days} days more.")
    with transaction.atomic():
        client = _found(client_id)
        if client.jwks is not None:
            raise NotRegistered("This client has keys and no secret; replace its keys with `client keys`.")
        secret = generate_client_secret()
        client.former_secret, client.former_secret_until = client.client_secret, timezone.now() + overlap
        client.client_secret = secret
        client.save(update_fields=["client_secret", "former_secret", "former_secret_until"])
        ledger.record(OPERATOR, action=Action.CLIENT_SECRET_ROTATED, about=f"client:{client_id}")
    return secret, client.former_secret_until


def set_keys(client_id: str, jwks: Any) -> list[str]:
    """Let a client prove itself by these public keys from now on, and by nothing else; gives their ids.

    For an overlap give the old and the new key together, and later the new one alone. Raises NotRegistered.
    """
    try:
        assertions.check_keys(jwks)
    except assertions.Unfit as error:
        raise NotRegistered(str(error)) from error
    with transaction.atomic():
        client = _found(client_id)
        client.jwks, client.former_secret, client.former_secret_until = jwks, "", None
        client.client_secret = generate_client_secret()  # nobody knows it
        client.save(update_fields=["jwks", "client_secret", "former_secret", "former_secret_until"])
        ledger.record(OPERATOR, action=Action.CLIENT_KEYS_SET, about=f"client:{client_id}")
    return [str(key.get("kid", "")) for key in jwks["keys"]]


def limit(client_id: str, per_minute: int | None) -> None:
    """Let a client ask so often from now on: None for the service's own limit, 0 for none. Raises NotRegistered."""
    with transaction.atomic():
        client = _found(client_id)
        client.requests_per_minute = per_minute
        client.save(update_fields=["requests_per_minute"])
        ledger.record(OPERATOR, action=Action.CLIENT_LIMITED, about=f"client:{client_id}")


def _found(client_id: str) -> Client:
    client: Client | None = Client.objects.select_for_update().filter(client_id=client_id).first()
    if client is None:
        raise NotRegistered(f"There is no client {client_id}; `manage.py client list` shows them.")
    if client.revoked_at is not None:
        raise NotRegistered(f"{client.name} of {client.organisation} was revoked; register it under a new name.")
    return client
