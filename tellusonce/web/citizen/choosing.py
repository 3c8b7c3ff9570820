"""Choosing who is told, and agreeing: each recipient with what it would get, why, and by what right."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from identity.wordings import Wording
from tellusonce import events, offers, permissions, reports, rules, submissions
from tellusonce.closing import Instructed
from tellusonce.disclosure import Grant, Reason
from tellusonce.models import Agreement, Report
from tellusonce.offers import Offer
from tellusonce.permissions import Choice, UnfitConsents
from tellusonce.pressure import PutOff
from tellusonce.reports import Preview
from tellusonce.web import doors
from tellusonce.web.journeys import words
from tellusonce.web.phrases import BASES, CONDITIONS, reason_in_words

JSON = Any
TOLD, CONSENT = "told", "consent"


@dataclass(frozen=True, slots=True)
class Shown:
    """One recipient as the page shows it: how it may be chosen, what it would get of what was answered, and why."""

    offer: Offer
    is_required: bool
    question: Wording | None
    gets: Sequence[str]
    sensitive: Sequence[str]
    reason: str

    @property
    def slug(self) -> str:
        """The recipient's own name in forms."""
        return self.offer.recipient.slug

    @property
    def agreement(self) -> Agreement | None:
        """The agreement that it rests on."""
        return self.offer.decision.agreement

    @property
    def basis(self) -> str:
        """The lawful basis in words."""
        return str(BASES[self.agreement.lawful_basis]) if self.agreement else ""

    @property
    def condition(self) -> str:
        """The condition of Article 9 in words, where there is one."""
        condition = self.agreement.article_9_condition if self.agreement else ""
        return str(CONDITIONS[condition]) if condition else ""

    @property
    def can_be_told(self) -> bool:
        """Whether it is told if nobody decides otherwise, at once or when the evidence has come."""
        return isinstance(self.offer.decision, Grant) or self.offer.decision.reason == Reason.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose: slugs of recipients, and an answer where consent is asked for."""

    told: frozenset[str]
    consents: Mapping[str, bool]


@doors.page(rules.ANSWER_REPORT)
def choose(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show who would be told what, and take the choice."""
    preview = reports.preview(doors.actor(request), report_id)
    if preview.report.state != Report.State.STARTED:
        raise reports.NotOpen
    if preview.missing:
        return doors.go("answers", report_id=report_id)
    shown = _offers(request, preview)
    if request.method != "POST":
        return _choices(request, preview.report, shown, _everybody(shown))
    chosen = _read(request.POST, shown)
    if faults := _unanswered(shown, chosen):
        return _choices(request, preview.report, shown, chosen, faults=faults)
    return _to_agree(request, preview, shown, chosen)


def _offers(request: HttpRequest, preview: Preview) -> list[Shown]:
    report, present = preview.report, frozenset(events.leaves(preview.told))
    # Whoever may not answer for the informant is not asked: without an answer nobody is told who needs one.
    is_asked = permissions.may_answer(doors.actor(request))
    return [
        _show(report, each, present, resting=each.rests_on_consent if is_asked else None) for each in preview.offers
    ]


def _show(report: Report, offer: Offer, present: frozenset[str], *, resting: Agreement | None) -> Shown:
    decision, kind = offer.decision, events.find(report.kind)
    agreement = decision.agreement
    granted = decision.fields if isinstance(decision, Grant) else agreement.fields if agreement else ()
    # What the recipient itself calls the person is shown as granted: whether there is any would say who is known.
    own = events.grantable(kind).keys() - events.vocabulary(kind).keys()
    sent = [
        field for path, field in events.grantable(kind).items() if path in granted and (path in present or path in own)
    ]
    return Shown(
        offer,
        is_required=agreement is not None and agreement.is_required,
        question=permissions.shown(report, offer.recipient, resting, language=doors.language()) if resting else None,
        gets=[words.title(field) for field in sent],
        sensitive=[words.title(field) for field in sent if field.is_sensitive],
        reason="" if isinstance(decision, Grant) else reason_in_words(decision.reason),
    )


def _everybody(shown: Iterable[Shown]) -> Chosen:
    return Chosen(frozenset(each.slug for each in shown if each.question is None), {})


def _read(sent: QueryDict, shown: Iterable[Shown]) -> Chosen:
    given = {each.slug: sent.get(f"{CONSENT}.{each.slug}", "") for each in shown if each.question}
    return Chosen(frozenset(sent.getlist(TOLD)), {slug: said == "yes" for slug, said in given.items() if said})


def _unanswered(shown: Iterable[Shown], chosen: Chosen) -> dict[str, str]:
    asked = [each for each in shown if each.question and each.slug not in chosen.consents]
    return {each.slug: _("Say whether %(name)s may be told") % {"name": each.offer.recipient.name} for each in asked}


def _choices(
    request: HttpRequest,
    report: Report,
    shown: Sequence[Shown],
    chosen: Chosen,
    *,
    faults: Mapping[str, str] | None = None,
    has_changed: bool = False,
) -> HttpResponse:
    context = {
        "report": report,
        "required": [each for each in shown if each.can_be_told and each.is_required and not each.question],
        "optional": [each for each in shown if each.can_be_told and not each.is_required and not each.question],
        "asked": [each for each in shown if each.question],
        "untold": [each for each in shown if not each.can_be_told and not each.question],
        "chosen": chosen,
        "faults": faults or {},
        "has_changed": has_changed,
    }
    status = HTTPStatus.CONFLICT if has_changed else HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "citizen/recipients.html", context, status=status)


def _to_agree(
    request: HttpRequest, preview: Preview, shown: Sequence[Shown], chosen: Chosen, *, is_put_off: bool = False
) -> HttpResponse:
    kind = events.find(preview.report.kind)
    context = {
        "report": preview.report,
        "subject": words.subject(kind, preview.told),
        "told": [each for each in shown if _is_to_be_told(each, chosen)],
        "left_out": [each for each in shown if not _is_to_be_told(each, chosen)],
        "chosen": chosen,
        "seen": _seen(shown),
        "is_put_off": is_put_off,
    }
    return doors.show(request, "citizen/agree.html", context)


def _is_to_be_told(each: Shown, chosen: Chosen) -> bool:
    if each.question is not None:
        return chosen.consents.get(each.slug, False)
    return each.can_be_told and (each.is_required or each.slug in chosen.told)


def _seen(shown: Iterable[Shown]) -> str:
    """Sum up what somebody was shown, so that nobody agrees to one thing and gets another."""
    lines = [f"{each.slug} {each.agreement.pk if each.agreement else 0} {each.reason}" for each in shown]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:32]


@doors.page(rules.ANSWER_REPORT)
def submit(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Submit what was agreed to; sent twice, it is done once."""
    report = reports.find(doors.actor(request), report_id)
    if report.state == Report.State.SUBMITTED:
        return doors.go("follow", report_id=report_id)
    if request.method != "POST":
        return doors.go("recipients", report_id=report_id)
    preview = reports.preview(doors.actor(request), report_id)
    shown = _offers(request, preview)
    chosen = _read(request.POST, shown)
    if request.POST.get("seen") != _seen(shown):
        return _choices(request, report, shown, chosen, has_changed=True)
    try:
        _submit(request, report_id, shown, chosen)
    except PutOff as error:
        return _put_off(request, preview, shown, chosen, error)
    except (events.Faults, offers.UnknownRecipients, UnfitConsents):
        return doors.go("answers", report_id=report_id)
    return doors.go("sent", report_id=report_id)


def _put_off(
    request: HttpRequest, preview: Preview, shown: Sequence[Shown], chosen: Chosen, error: PutOff
) -> HttpResponse:
    """Show what is to be sent once more, and when: nothing has to be chosen again."""
    response = _to_agree(request, preview, shown, chosen, is_put_off=True)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response["Retry-After"] = str(error.seconds)
    return response


def _submit(request: HttpRequest, report_id: UUID, shown: Sequence[Shown], chosen: Chosen) -> None:
    told = [each.slug for each in shown if each.slug in chosen.told or each.question is not None]
    consents = [
        Choice(
            each.slug, is_given=chosen.consents[each.slug], wording=each.question.name, language=each.question.language
        )
        for each in shown
        if each.question is not None and each.slug in chosen.consents
    ]
    submissions.submit(doors.actor(request), report_id, Instructed(told, consents))
