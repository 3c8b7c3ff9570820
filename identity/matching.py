"""Whether somebody is known already: found by blind keys, decrypted, compared, and explained field by field.

One query brings at most MOST_CANDIDATES people, those that share most keys first, whatever the number of people known:
of a key that very many share (two common names) a part is read, and whoever is meant is found by another key.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from identity import blocks, vault, weights
from identity.models import BlockKey, Person
from identity.traits import Traits
from identity.weights import Answer, Score, Weights

__all__ = ["Answer", "Candidate", "Match", "candidates", "forget", "index", "match", "sealed"]

MOST_OF_A_KEY = 200
MOST_CANDIDATES = 50
# The limit within keeps a key of half the country from being read whole; the order makes identifiers weigh most.
FIND = """
WITH wanted (number, value) AS (SELECT * FROM unnest(%(numbers)s::smallint[], %(values)s::bytea[])),
found AS (
    SELECT person_id, count(*) AS shared, min(wanted.number) AS first
    FROM wanted CROSS JOIN LATERAL (
        SELECT person_id FROM identity_blockkey AS key
        WHERE key.number = wanted.number AND key.value = wanted.value LIMIT %(most_of_a_key)s
    ) AS sharing
    GROUP BY person_id ORDER BY min(wanted.number) > 0, count(*) DESC, person_id LIMIT %(most)s
)
SELECT person.id, person.merged_into_id, person.traits, data_key.wrapped, data_key.master_version
FROM found JOIN identity_person AS person ON person.id = found.person_id
JOIN identity_datakey AS data_key ON data_key.id = person.key_id
WHERE data_key.destroyed_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person who may be meant: the answer, what speaks for and against it, and what cautions hold it back."""

    person: UUID
    answer: Answer
    score: Score
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The one answer, the person if it is `SAME`, and every candidate who is not `DIFFERENT`, the likeliest first."""

    answer: Answer
    person: UUID | None
    candidates: tuple[Candidate, ...]
    weights: str


def match(traits: Traits, *, using: Weights | None = None) -> Match:
    """Say whether this is somebody known. Two who both look the same are for a person to decide between."""
    using = using or weights.current()
    likely = tuple(each for each in candidates(traits, using=using) if each.answer is not Answer.DIFFERENT)
    same = {each.person for each in likely if each.answer is Answer.SAME}
    if len(same) == 1:
        return Match(Answer.SAME, same.pop(), likely, using.version)
    return Match(Answer.PERSON_DECIDES if likely else Answer.DIFFERENT, None, likely, using.version)


def candidates(traits: Traits, *, using: Weights | None = None) -> list[Candidate]:
    """Give each person who shares a key, compared, the likeliest first; of people merged into one, the likeliest."""
    using = using or weights.current()
    best: dict[UUID, Candidate] = {}
    for person, known in _found(traits):
        score = using.score(traits, known)
        answer, cautions = using.judge(score)
        candidate = Candidate(person, answer, score, cautions)
        if person not in best or best[person].score.bits < score.bits:
            best[person] = candidate
    return sorted(best.values(), key=lambda each: -each.score.bits)


def sealed(traits: Traits, *, key: bytes, person: UUID) -> bytes:
    """Seal traits under a person's unwrapped key, for the column that candidates are read from."""
    return vault.seal_with(key, json.dumps(traits.packed(), ensure_ascii=False).encode(), place=_place(person))


@transaction.atomic
def index(person: UUID, *, traits: Traits) -> None:
    """Let a person be found by these traits, and by no others they had before; may be repeated."""
    BlockKey.objects.filter(person=person).delete()
    BlockKey.objects.bulk_create(rows(person, traits=traits))


def rows(person: UUID, *, traits: Traits) -> Iterator[BlockKey]:
    """Give the rows by which a person is found."""
    for number, value in sorted(blocks.keys(traits)):
        yield BlockKey(person_id=person, number=number, value=value)


def forget(people: Iterable[UUID]) -> None:
    """Let people be found no more, as when their keys are destroyed; may be repeated."""
    BlockKey.objects.filter(person__in=list(people)).delete()


def indexed_anew(row: BlockKey) -> bytes | None:
    """Make a row's key under the newest index key; None where its person has been forgotten."""
    data_key = row.person.key
    if not data_key.wrapped:
        return None
    raw = vault.unwrap(data_key.wrapped, data_key.master_version)
    traits = opened(row.person_id, sealed=row.person.traits, key=raw)
    return blocks.renewed(row.number, bytes(row.value), traits=traits)


def opened(person: UUID, *, sealed: vault.Stored, key: bytes) -> Traits:
    """Read the traits sealed for a person. Raises vault.Tampered."""
    packed: list[Any] = json.loads(vault.unseal_with(key, sealed, place=_place(person)))
    return Traits.unpacked(packed)


def everybody(most: int) -> list[Traits]:
    """Read the traits of at most so many people, to learn weights from; those whose keys are destroyed are left out."""
    found = Person.objects.filter(key__destroyed_at=None).select_related("key").order_by("id")[:most]
    return [
        opened(each.pk, sealed=each.traits, key=vault.unwrap(each.key.wrapped, each.key.master_version))
        for each in found.iterator(chunk_size=1000)
    ]


def _found(traits: Traits) -> list[tuple[UUID, Traits]]:
    """Read those who share a key: the id is that of whom they were merged into, if they were."""
    wanted = sorted(blocks.asked(traits))
    if not wanted:
        return []
    numbers, values = zip(*wanted, strict=True)
    limits = {"most_of_a_key": MOST_OF_A_KEY, "most": MOST_CANDIDATES}
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"numbers": list(numbers), "values": list(values), **limits})
        return [
            (merged_into or person, opened(person, sealed=seal, key=vault.unwrap(wrapped, version)))
            for person, merged_into, seal, wrapped, version in cursor.fetchall()
        ]


def _place(person: UUID) -> str:
    return f"{Person._meta.db_table}.traits:{person}"  # noqa: SLF001  Django's own name for it
