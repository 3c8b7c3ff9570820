"""Searches of staff in the reports of their organisation: each with a reason, each in the ledger, also in vain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from pydantic import ValidationError

from identity import ledger, people, records
from identity.ledger import Action, Actor, Entry
from tellusonce import finding, references, rules
from tellusonce.models import Report

MOST = 50


class Reason(StrEnum):
    """Why somebody searches; the ledger keeps it, and those concerned may read it."""

    LETTER_LOST = "letter-lost"
    ASKED_FOR_PROGRESS = "asked-for-progress"
    EVIDENCE_CAME = "evidence-came"
    GOES_ON_TELLING = "goes-on-telling"
    REPORTED_ALREADY = "reported-already"
    CORRECTION = "correction"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is looked for: a surname, given names as far as known, and a whole date of birth or of what happened."""

    surname: str = field(repr=False)
    given: Sequence[str] = field(default=(), repr=False)
    day: str = field(default="", repr=False)


def by_reference(actor: Actor, typed: str, reason: Reason) -> list[Report]:
    """Give the one report with this reference, if it is there and theirs. Raises BadReference."""
    return _found(actor, reason, Q(reference=references.parse(typed)), on="reference")


def by_person(actor: Actor, sought: Sought, reason: Reason) -> list[Report]:
    """Give the reports about whoever has this name and date, or is much like them; the newest first."""
    with transaction.atomic():
        alike = _alike(actor, sought, reason)
        return _found(actor, reason, finding.by(sought.surname, sought.day) | alike, on="name and date")


def _alike(actor: Actor, sought: Sought, reason: Reason) -> Q:
    """Select what is about people known here who may be meant: names are misspelt."""
    name = {"given": list(sought.given), "family": sought.surname}
    try:
        record = records.told({"name": name, "born_on": sought.day})
    except ValidationError:
        return Q(pk__in=())
    match = people.find(actor, record=record, purpose=reason, on="search").match
    return Q(subject__in={people.root(each.person) for each in match.candidates})


def _found(actor: Actor, reason: Reason, wanted: Q, *, on: str) -> list[Report]:
    with transaction.atomic():
        found = list(Report.objects.filter(rules.reports_of(actor), wanted).order_by("-started_at", "-pk")[:MOST])
        searched = Entry(Action.REPORTS_SEARCHED, f"organisation:{actor.organisation}", reason, on)
        hits = [Entry(Action.REPORT_FOUND, f"report:{each.pk}", reason, on) for each in found]
        ledger.record_many(actor, [searched, *hits])
    return found
