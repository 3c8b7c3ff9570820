"""Opening a report by what its letter says: the reference number, the surname and the date of what happened.

Three tries at a reference, and thirty from one neighbourhood, close the door for twenty minutes. The answer is the same
and takes as long whether the reference exists, is locked, or was only mistyped.
"""

import datetime as dt
import hmac
import time
from dataclasses import dataclass, field
from typing import Any

from identity import ledger, lockouts, vault
from identity.ledger import Action, Actor
from identity.lockouts import Door
from tellusonce import answering, events, finding, messages, references
from tellusonce.events.parts import dig
from tellusonce.models import Report

JSON = Any
REFERENCE = Door("reference", tries=3)
NEIGHBOURHOOD = Door("reference-from", tries=30)
ANSWER_SECONDS = 0.25  # longer than it takes to look, so that how long it took to look does not show


class NotOpened(Exception):
    """No report is opened; not said why."""

    def __init__(self) -> None:
        super().__init__(
            "What was entered opens no report. Check the reference number, the surname and the date against the "
            "letter. After three tries nothing opens it for 20 minutes."
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says they have in their hands."""

    reference: str
    surname: str = field(repr=False)
    on: dt.date = field(repr=False)


def open_report(claim: Claim, *, address: str, at: dt.datetime) -> Report:
    """Give the report that all three open. Raises NotOpened, after the same time as ever; never in a transaction."""
    until = time.monotonic() + ANSWER_SECONDS
    try:
        return _opened(claim, address, at)
    finally:
        time.sleep(max(0.0, until - time.monotonic()))


def _opened(claim: Claim, address: str, at: dt.datetime) -> Report:
    reference, near = _written(claim.reference), lockouts.neighbourhood(address)
    is_open = lockouts.spend(REFERENCE, reference, at=at)
    is_open &= lockouts.spend(NEIGHBOURHOOD, near, at=at)
    report = Report.objects.select_related("key").filter(reference=reference, kind__in=_kinds()).first()
    fits = report is not None and _fits(report, claim)
    if report is None or not fits or not is_open or not _is_current(report, at):
        raise NotOpened
    lockouts.forgive(REFERENCE, reference)
    lockouts.refund(NEIGHBOURHOOD, near)
    whom = Actor(f"informant:{report.pk}")
    ledger.record(whom, action=Action.REPORT_OPENED, about=f"report:{report.pk}", purpose=report.kind, on="reference")
    return report


def _kinds() -> list[str]:
    return [kind.name for kind in events.kinds().values() if kind.letter]


def _written(typed: str) -> str:
    try:
        return references.parse(typed)
    except references.BadReference:
        return "".join(typed.upper().split())[:40]  # counted like any other


def _is_current(report: Report, at: dt.datetime) -> bool:
    return report.state == Report.State.SUBMITTED or (report.state == Report.State.STARTED and report.expires_at > at)


def _fits(report: Report, claim: Claim) -> bool:
    try:
        said = _said(report)
    except vault.KeyDestroyed:
        return False
    kind = events.find(report.kind)
    surname, on = dig(said, f"{kind.subject}.family") or "", dig(said, kind.letter)
    if not finding.plain(surname) or not on:
        return False
    is_name = hmac.compare_digest(finding.plain(surname).encode(), finding.plain(claim.surname).encode())
    return is_name & hmac.compare_digest(str(on).encode(), claim.on.isoformat().encode())


def _said(report: Report) -> dict[str, JSON]:
    """Give what the register says, or where there is no entry yet what was told."""
    if entry := answering.registered(report):
        return entry
    closed = report.answers.order_by("-number").first()
    return messages.answers_of(closed, report.key) if closed else answering.told_so_far(report)
