"""The numbers by which organisations know a person, learnt from what they confirmed: the next report brings them."""

from uuid import UUID, uuid4

from django.db import transaction

from identity import identifiers, ledger, people, vault
from identity.ledger import Action, Actor
from identity.models import OrganisationNumber, Person


@transaction.atomic
def learn(actor: Actor, *, person: UUID, organisation: str, scheme: str, value: str, learnt_from: str) -> None:
    """Keep an organisation's own number of a person; may be repeated. `learnt_from` names a row, ``confirmation:ID``.

    Raises identifiers.NotAnIdentifier, identifiers.UnknownScheme, people.UnknownPerson.
    """
    known = people.root(person)
    written = identifiers.normalise(scheme, value)
    key = Person.objects.select_related("key").get(pk=known).key
    fresh = uuid4()
    _, is_new = OrganisationNumber.objects.get_or_create(
        person_id=known,
        organisation=organisation,
        scheme=scheme,
        value_index=vault.blind_index(_field(organisation, scheme), written),
        defaults={
            "id": fresh,
            "value": vault.seal(key, written.encode(), place=_place(fresh)),
            "learnt_from": learnt_from,
        },
    )
    if is_new:
        ledger.record(actor, action=Action.NUMBER_LEARNT, about=people.about(known), on=learnt_from)


@transaction.atomic
def known_as(actor: Actor, *, person: UUID, organisation: str, purpose: str) -> dict[str, str]:
    """Give the organisation's own numbers of a person by scheme, the newest of each. Raises people.UnknownPerson."""
    kept = people.root(person)
    rows = OrganisationNumber.objects.filter(organisation=organisation).select_related("person__key")
    of_person = rows.filter(person=kept) | rows.filter(person__merged_into=kept)
    found = {row.scheme: _opened(row) for row in of_person.order_by("learnt_at", "pk") if row.person.key.wrapped}
    if found:
        ledger.record(
            actor,
            action=Action.PERSON_READ,
            about=people.about(kept),
            purpose=purpose,
            on=f"organisation:{organisation}",
        )
    return found


def whose(value: str, *, organisation: str, scheme: str) -> UUID | None:
    """Say whom an organisation means by its own number; None where it is not known, or means several people."""
    indexes = vault.blind_indexes(_field(organisation, scheme), identifiers.normalise(scheme, value))
    rows = OrganisationNumber.objects.filter(organisation=organisation, scheme=scheme, value_index__in=indexes)
    found = {people.root(person) for person in rows.values_list("person", flat=True)}
    return found.pop() if len(found) == 1 else None


def indexed_anew(row: OrganisationNumber) -> bytes | None:
    """Make a row's blind index under the newest key; None where its person has been forgotten."""
    return vault.blind_index(_field(row.organisation, row.scheme), _opened(row)) if row.person.key.wrapped else None


def _opened(row: OrganisationNumber) -> str:
    return vault.unseal(row.person.key, row.value, place=_place(row.pk)).decode()


def _field(organisation: str, scheme: str) -> str:
    return f"number {organisation} {scheme}"


def _place(row: UUID) -> str:
    return f"{OrganisationNumber._meta.db_table}.value:{row}"  # noqa: SLF001  Django's own name for it
