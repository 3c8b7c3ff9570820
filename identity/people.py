"""The people this service knows: each once, each sealed under a key of their own, each look at them in the ledger.

Two people found to be one keep their rows: the one merged points at the one kept, whose record is read as both
together. So taking a merge back loses nothing, whatever was changed meanwhile.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from identity import ledger, matching, records, vault
from identity.ledger import Action, Actor, Entry
from identity.matching import Match
from identity.models import Merge, Person
from identity.records import Record

# A person with their key and what they are found by, in one statement: most submissions are of somebody new.
KEEP = """
WITH kept_key AS (INSERT INTO identity_datakey (id, wrapped, master_version) VALUES (%s, %s, %s)),
kept AS (INSERT INTO identity_person (id, key_id, record, traits, revision) VALUES (%s, %s, %s, %s, 1))
INSERT INTO identity_blockkey (person_id, number, value)
SELECT %s, number, value FROM unnest(%s::smallint[], %s::bytea[]) AS t(number, value)
"""


class PeopleFailure(Exception):
    """What was asked cannot be done with these people; messages name them by id alone."""


class UnknownPerson(PeopleFailure):
    """There is nobody by this id."""


class CannotMerge(PeopleFailure):
    """These two are one already, or were never merged; the message says which."""


class Forgotten(PeopleFailure):
    """The person's data key has been destroyed, and with it all that was known: that is erasure."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of looking for somebody: the match, and the record of the one person if there is one."""

    match: Match
    record: Record | None


@transaction.atomic(savepoint=False)
def create(actor: Actor, *, record: Record, purpose: str, on: str = "") -> UUID:
    """Keep somebody new. Look with `find` first: nothing here keeps the same person from being kept twice."""
    person = Person(key=vault.new_key())
    _seal(person, record)
    found_by = list(matching.rows(person.pk, traits=record.traits()))
    key: list[Any] = [person.key_id, bytes(person.key.wrapped), person.key.master_version]
    row: list[Any] = [person.pk, person.key_id, bytes(person.record), bytes(person.traits), person.pk]
    with connection.cursor() as cursor:
        keys: list[Any] = [[each.number for each in found_by], [bytes(each.value) for each in found_by]]
        cursor.execute(KEEP, [*key, *row, *keys])
    ledger.record(actor, action=Action.PERSON_CREATED, about=about(person.pk), purpose=purpose, on=on)
    return person.pk


@transaction.atomic(savepoint=False)
def find(actor: Actor, *, record: Record, purpose: str, on: str = "") -> Found:
    """Say whether this is somebody known, and give what is known of them if so.

    Each person whose data was held against it and not found different is named in the ledger.
    """
    match = matching.match(record.traits())
    seen = list(dict.fromkeys(each.person for each in match.candidates))
    ledger.record_many(actor, [Entry(Action.PERSON_MATCHED, about(each), purpose, on) for each in seen])
    known = _united(_family(match.person)) if match.person else None
    return Found(match, known)


@transaction.atomic
def read(actor: Actor, *, person: UUID, purpose: str, on: str = "") -> Record:
    """Give all that is known of a person, and of those who were found to be them. Raises UnknownPerson, Forgotten."""
    family = _family(person)
    known = _united(family)
    ledger.record(actor, action=Action.PERSON_READ, about=about(family[0].pk), purpose=purpose, on=on)
    return known


@transaction.atomic
def change(actor: Actor, *, person: UUID, by: Callable[[Record], Record], purpose: str, on: str = "") -> Record:
    """Change what is known of a person by a function of the record, which nobody else changes meanwhile.

    It sees the person's own record, without those of people merged into them. Raises UnknownPerson, Forgotten.
    """
    row = _locked(root(person))
    changed = Record.model_validate(by(_opened(row)).model_dump())
    _seal(row, changed)
    row.revision = F("revision") + 1
    row.save(update_fields=["record", "traits", "revision"])
    matching.index(row.pk, traits=changed.traits())
    ledger.record(actor, action=Action.PERSON_CHANGED, about=about(row.pk), purpose=purpose, on=on)
    return changed


@transaction.atomic
def merge(actor: Actor, *, kept: UUID, merged: UUID, purpose: str, on: str = "") -> None:
    """Say that one is the other. Raises UnknownPerson, and CannotMerge where they are one already."""
    into, other = root(kept), root(merged)
    if into == other:
        raise CannotMerge(f"{kept} and {merged} are one person already.")
    if any(_locked(each).merged_into_id for each in sorted((into, other))):
        raise CannotMerge("One of the two was merged by somebody else just now: look again.")
    Merge.objects.create(kept_id=into, merged_id=other)
    # Whoever was merged before follows, so that everybody points at the one who is left.
    Person.objects.filter(merged_into=other).update(merged_into=into)
    Person.objects.filter(pk=other).update(merged_into=into)
    entries = [Entry(Action.PERSON_MERGED, about(each), purpose, on) for each in (into, other)]
    ledger.record_many(actor, entries)


@transaction.atomic
def split(actor: Actor, *, person: UUID, purpose: str, on: str = "") -> None:
    """Take back that somebody was found to be another, with all who were merged into them before.

    Raises UnknownPerson, and CannotMerge if nobody ever merged this person.
    """
    row = _locked(person)
    if row.merged_into_id is None:
        raise CannotMerge(f"{person} is merged into nobody.")
    was = _locked(row.merged_into_id)
    Merge.objects.filter(merged=row, taken_back_at=None).update(taken_back_at=Now())
    Person.objects.filter(pk__in=_under(person)).update(merged_into=person)
    Person.objects.filter(pk=person).update(merged_into=None)
    ledger.record_many(actor, [Entry(Action.PERSON_SPLIT, about(each), purpose, on) for each in (was.pk, person)])


def root(person: UUID) -> UUID:
    """Give the id of the person as whom this one is known now. Raises UnknownPerson."""
    found = roots([person])
    if not found:
        raise UnknownPerson(f"There is no person {person}.")
    return found.pop()


def roots(persons: Iterable[UUID]) -> set[UUID]:
    """Give the ids of those as whom all of these are known now; one query."""
    rows = Person.objects.filter(pk__in=list(persons)).values_list("merged_into", "pk")
    return {merged_into or person for merged_into, person in rows}


def about(person: UUID) -> str:
    """Name a person as the ledger does."""
    return f"person:{person}"


def _family(person: UUID) -> list[Person]:
    """Give the rows of all who are known as one with this person, the one that is kept first. Raises UnknownPerson."""
    kept = Person.objects.filter(pk=person).values(kept=Coalesce("merged_into", "pk"))
    rows = Person.objects.filter(Q(pk__in=kept) | Q(merged_into__in=kept)).select_related("key")
    found = sorted(rows.order_by("created_at", "pk"), key=lambda row: row.merged_into_id is not None)
    if not found:
        raise UnknownPerson(f"There is no person {person}.")
    return found


def _united(family: list[Person]) -> Record:
    return records.united(_opened(row) for row in family if row is family[0] or row.key.wrapped)


def _under(person: UUID) -> list[UUID]:
    """Give those who were merged into this person before, and into them."""
    direct = list(Merge.objects.filter(kept=person, taken_back_at=None).values_list("merged", flat=True))
    return [each for child in direct for each in (child, *_under(child))]


def _locked(person: UUID) -> Person:
    try:
        return Person.objects.select_for_update(of=("self",)).select_related("key").get(pk=person)
    except Person.DoesNotExist:
        raise UnknownPerson(f"There is no person {person}.") from None


def _opened(row: Person) -> Record:
    try:
        text = vault.unseal(row.key, row.record, place=_place(row))
    except vault.KeyDestroyed as error:
        raise Forgotten(f"{row.pk} has been forgotten.") from error
    return Record.model_validate_json(text)


def _seal(row: Person, record: Record) -> None:
    key = vault.unwrap(row.key.wrapped, row.key.master_version)
    text = record.model_dump_json(exclude_defaults=True).encode()
    row.record = vault.seal_with(key, text, place=_place(row))
    row.traits = matching.sealed(record.traits(), key=key, person=row.pk)


def _place(row: Person) -> str:
    return f"{Person._meta.db_table}.record:{row.pk}"  # noqa: SLF001  Django's own name for it
