"""All that is held about a report or a person, opened: for whoever asks what we know of them (UK GDPR Article 15)."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model, Q

from identity import columns, ledger, vault
from identity.ledger import Action, Actor
from identity.models import Access, Account, Consent, DataKey, Invitation, Mandate, Person
from tellusonce import references, wording
from tellusonce.models import Confirmation, Delivery, KeptReport, Report

JSON = Any
ERASED = "erased"
OURS = frozenset({"fence", "transaction", "leased_until", "password"})


class NothingHeld(LookupError):
    """There is no report and no person by that name."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what is asked about: the keys under which it is sealed, and the names the ledger has for it."""

    title: str
    keys: tuple[DataKey, ...]
    abouts: tuple[str, ...]
    reports: tuple[Report, ...] = ()
    accounts: tuple[UUID, ...] = ()


def find(name: str) -> Subject:
    """Find a report by its reference or id, or a person or an account by theirs. Raises NothingHeld."""
    report = _report(name)
    if report is not None:
        return _of(f"report {report.reference}", [report], people=[report.subject] if report.subject else [])
    person = Person.objects.select_related("key").filter(pk=_uuid(name)).first()
    if person is None and (account := Account.objects.filter(pk=_uuid(name)).first()):
        return _of(
            f"account {account.pk}", [], people=[account.person_id] if account.person_id else [], account=account
        )
    if person is None:
        raise NothingHeld(f"There is no report, person or account {name}. Give a reference, or the id of any of them.")
    same = [person.pk, *Person.objects.filter(Q(merged_into=person) | Q(merged=person)).values_list("pk", flat=True)]
    return _of(f"person {person.pk}", list(reports_about(same)), people=same)


def reports_about(people: Iterable[UUID]) -> Iterable[Report]:
    """Give the reports about these people, the first first."""
    return Report.objects.select_related("key").filter(subject__in=list(people)).order_by("started_at")


def _report(name: str) -> Report | None:
    reports = Report.objects.select_related("key")
    try:
        return reports.filter(reference=references.parse(name)).first()
    except references.BadReference:
        return reports.filter(pk=_uuid(name)).first()


def _uuid(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        raise NothingHeld(f"{name} is neither a reference nor an id.") from None


def _of(title: str, reports: list[Report], *, people: list[UUID], account: Account | None = None) -> Subject:
    known = Person.objects.select_related("key").filter(pk__in=people)
    deliveries = Delivery.objects.filter(report__in=reports).values_list("pk", flat=True)
    accounts = {account.pk} if account else set(Account.objects.filter(person__in=people).values_list("pk", flat=True))
    abouts = [f"report:{each.pk}" for each in reports] + [f"person:{each}" for each in people]
    abouts += [f"account:{each}" for each in accounts]
    return Subject(
        title,
        (*(each.key for each in reports), *(each.key for each in known)),
        (*abouts, *(f"delivery:{each}" for each in deliveries)),
        tuple(reports),
        tuple(accounts),
    )


def collect(actor: Actor, subject: Subject) -> dict[str, JSON]:
    """Open and put together all that is held, and write down that it was; plain JSON."""
    with transaction.atomic():
        held = {
            "about": subject.title,
            "reports": [_skeleton(each) for each in subject.reports],
            "sealed": [each for key in subject.keys for each in _under(key)],
            "told to": [_delivery(each) for report in subject.reports for each in _deliveries(report)],
            "consents": list(_rows(Consent.objects.filter(person__in=subject.abouts).order_by("at"))),
            "accounts": list(_rows(Account.objects.filter(pk__in=subject.accounts).order_by("created_at"))),
            "kept under an account": list(_rows(_kept(subject))),
            "mandates": list(_rows(_mandates(subject))),
            "invitations": list(_rows(Invitation.objects.filter(person__in=subject.abouts).order_by("made_at"))),
            "who looked and why": [_access(each) for each in ledger.entries_about(subject.abouts)],
        }
        ledger.record(actor, action=Action.SUBJECT_ACCESS_GIVEN, about=subject.abouts[0])
    return held


def _kept(subject: Subject) -> Iterable[KeptReport]:
    theirs = Q(report__in=subject.reports) | Q(account__in=subject.accounts)
    return KeptReport.objects.filter(theirs).order_by("kept_at")


def _mandates(subject: Subject) -> Iterable[Mandate]:
    """Give the mandates that were given for the reports, and those that are held by the accounts."""
    theirs = Q(person__in=subject.abouts) | Q(helper__in=subject.abouts)
    return Mandate.objects.filter(theirs).order_by("granted_at")


def _under(key: DataKey) -> Iterator[dict[str, JSON]]:
    for column in columns.sealed():
        for row in column.rows(key):
            value = getattr(row, column.column)
            if value:
                yield {
                    "what": f"{column.model._meta.verbose_name}: {column.column}",  # noqa: SLF001
                    "id": str(row.pk),
                    "kept": dict(_plain(row)),
                    "says": _opened(key, value, column.place(row)),
                }


def _opened(key: DataKey, sealed: bytes, place: str) -> JSON:
    try:
        plain = vault.unseal(key, sealed, place=place)
    except vault.KeyDestroyed:
        return ERASED
    try:
        return json.loads(plain)
    except ValueError:
        return plain.decode(errors="replace")


def _skeleton(report: Report) -> dict[str, JSON]:
    erased = report.key.destroyed_at
    return dict(_plain(report)) | {"erased_at": erased and erased.isoformat()}


def _deliveries(report: Report) -> Iterable[Delivery]:
    return report.deliveries.select_related("recipient__organisation", "agreement").order_by("created_at", "pk")


def _delivery(delivery: Delivery) -> dict[str, JSON]:
    agreement = delivery.agreement
    return dict(_plain(delivery)) | {
        "recipient": f"{delivery.recipient.organisation.name}: {delivery.recipient.name}",
        "reason_in_words": wording.explain(delivery.reason),
        "lawful_basis": agreement.lawful_basis if agreement else "",
        "agreement": agreement.document_reference if agreement else "",
        "confirmations": list(_rows(Confirmation.objects.filter(delivery_id=delivery.pk).order_by("recorded_at"))),
    }


def _access(entry: Access) -> dict[str, JSON]:
    return {name: value for name, value in _plain(entry) if value not in ("", None)}


def _rows(rows: Iterable[Model]) -> Iterator[dict[str, JSON]]:
    return (dict(_plain(row)) for row in rows)


def _plain(row: Model) -> Iterator[tuple[str, JSON]]:
    """Give what stands in the clear in a row, but for digests, passwords and our own counters."""
    for field in row._meta.concrete_fields:  # noqa: SLF001
        value = getattr(row, field.attname)
        if field.get_internal_type() != "BinaryField" and field.attname not in OURS:
            yield field.attname, _as_json(value)


def _as_json(value: object) -> JSON:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def as_text(value: JSON, *, depth: int = 0) -> Iterator[str]:
    """Write what was collected for people to read, line by line."""
    margin = "  " * depth
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _named(margin, str(name).replace("_", " "), below, depth)
    elif isinstance(value, list):
        for number, below in enumerate(value, start=1):
            yield from _named(margin, str(number), below, depth)
    else:
        yield f"{margin}{value}"


def _named(margin: str, name: str, below: JSON, depth: int) -> Iterator[str]:
    if isinstance(below, dict | list):
        if below:
            yield f"{margin}{name}:"
            yield from as_text(below, depth=depth + 1)
    elif below not in ("", None):
        yield f"{margin}{name}: {below}"
