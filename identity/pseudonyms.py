"""The name that a person has towards one organisation: stable, and of no use to any other organisation.

HMAC-SHA-256 over organisation and person, under a key that is never replaced; so two organisations cannot join their
files by it, and nobody who lacks the key can make one.
"""

import base64
from uuid import UUID

from django.db import transaction

from identity import ledger, people, vault
from identity.ledger import Action, Actor
from identity.models import Pseudonym

_LENGTH = 20


@transaction.atomic
def give(actor: Actor, *, person: UUID, organisation: str, purpose: str) -> str:
    """Give a person's pseudonym towards an organisation: the same whenever it is asked for. Raises UnknownPerson."""
    known = people.root(person)
    value = _made(known, organisation)
    Pseudonym.objects.get_or_create(organisation=organisation, value=value, defaults={"person_id": known})
    ledger.record(
        actor,
        action=Action.PSEUDONYM_GIVEN,
        about=people.about(known),
        purpose=purpose,
        on=f"organisation:{organisation}",
    )
    return value


def behind(pseudonym: str, *, organisation: str) -> UUID | None:
    """Say who a pseudonym means when this organisation says it; None where we never gave it to them."""
    found = (
        Pseudonym.objects.filter(organisation=organisation, value=pseudonym).values_list("person", flat=True).first()
    )
    return people.root(found) if found else None


def _made(person: UUID, organisation: str) -> str:
    made = vault.digest(f"pseudonym {organisation}", person.bytes)[:_LENGTH]
    return base64.b32encode(made).decode().lower()
