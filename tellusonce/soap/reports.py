"""Reports from registration systems that speak only SOAP, under the rules of the REST interface. ``?wsdl`` says how.

Each write has a key of the sender's own choosing, so that it is done once however often it is sent.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from adapters import report_xml
from adapters.envelopes import Envelope
from adapters.report_xml import Follow, Start, Submit
from adapters.soap_service import ParseFault
from tellusonce import clocks, events, offers, progress, repeats, reports, rules, submissions
from tellusonce.closing import Instructed
from tellusonce.models import Report
from tellusonce.notices import occasions, owing
from tellusonce.notices.owing import Contact
from tellusonce.permissions import Choice, UnfitConsents
from tellusonce.repeats import Done
from tellusonce.rules import Rule
from tellusonce.soap import senders
from tellusonce.soap.senders import Letter

JSON = Any
RULES: Mapping[str, Rule] = {
    "StartReport": rules.START_REPORT,
    "SubmitReport": rules.ANSWER_REPORT,
    "FollowReport": rules.FOLLOW_REPORT,
}
WAYS = {"email": owing.EMAIL, "phone": owing.TEXT}
TRUE = ("true", "1")
MOST_NAMED = 10


class _Refused(ValueError):
    """The request is understood and cannot be done; the message says what would be right, and quotes nothing."""


@cache
def _service() -> report_xml.Service:
    return report_xml.service({name: kind.model.model_json_schema() for name, kind in events.kinds().items()})


@rules.named(rules.START_REPORT)
@csrf_exempt
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest) -> HttpResponse:
    """Start, submit or follow a report. GET publishes the WSDL."""
    if request.method == "GET":
        address = request.build_absolute_uri(reverse("soap-reports"))
        return HttpResponse(_service().wsdl(address), content_type="text/xml; charset=utf-8")
    return senders.answer(request, rules.START_REPORT, _deal, rule_of=_rule)


def _rule(envelope: Envelope) -> Rule:
    return RULES[report_xml.operation(envelope)]


def _deal(letter: Letter) -> bytes:
    operation, asked = report_xml.operation(letter.envelope), _service().read(letter.envelope)
    try:
        said = _said(letter, asked)
    except events.Faults as error:
        raise ParseFault("Client", _mend(error), version=letter.version) from error
    except REFUSALS as error:
        raise ParseFault("Client", str(error), version=letter.version) from error
    return report_xml.reply(operation, said, version=letter.version)


REFUSALS = (
    _Refused,
    reports.UnknownReport,
    reports.NotOpen,
    reports.WrongEvidence,
    offers.UnknownRecipients,
    repeats.KeyReused,
    owing.CannotBeSent,
)


def _mend(error: events.Faults) -> str:
    """Say what has to be mended, field by field; the words of the vocabulary quote nothing that was told."""
    named = [f"{each.path}: {each.message}".rstrip(".") for each in error.faults[:MOST_NAMED]]
    more = len(error.faults) - len(named)
    return "; ".join(named) + (f"; and {more} more." if more else ".")


def _said(letter: Letter, asked: Start | Submit | Follow) -> Mapping[str, JSON]:
    if isinstance(asked, Follow):
        return _shown(letter, asked.report)
    write = _start if isinstance(asked, Start) else _submit
    return _once(letter, asked, lambda: write(letter, asked))  # type: ignore[arg-type]  # each its own request


def _once(letter: Letter, asked: Start | Submit, write: Callable[[], Mapping[str, JSON]]) -> Mapping[str, JSON]:
    said = f"soap {type(asked).__name__}\n".encode() + json.dumps(asdict(asked), sort_keys=True).encode()
    done = repeats.once(letter.actor, asked.key, said=said, write=lambda: Done(HTTPStatus.OK, dict(write())))
    answer: Mapping[str, JSON] = done.answer
    return answer


def _start(letter: Letter, asked: Start) -> Mapping[str, JSON]:
    if asked.evidence and rules.RECORD_EVIDENCE.scope not in letter.actor.scopes:
        raise _Refused(f"To hand in evidence this needs a client with the scope {rules.RECORD_EVIDENCE.scope}.")
    kind = events.find(asked.kind)
    proof = reports.Proof(asked.evidence, asked.entry) if asked.evidence else None
    report = reports.start(letter.actor, kind, told=asked.answers, proof=proof)
    language = asked.hand_over.get("language", "en")
    for name, by in WAYS.items():
        if asked.hand_over.get(name):
            occasions.hand_over(report, Contact(by, asked.hand_over[name], language))
    return {**_skeleton(report), "ExpiresAt": report.expires_at.isoformat()}


def _skeleton(report: Report) -> dict[str, JSON]:
    state = progress.state_of(report, clocks.now())
    return {"ReportId": str(report.pk), "Reference": report.reference, "State": state}


def _submit(letter: Letter, asked: Submit) -> Mapping[str, JSON]:
    choices = [
        Choice(each["Recipient"], each["Given"] in TRUE, each["Wording"], each.get("Language", "en"))
        for each in asked.consents
    ]
    try:
        submissions.submit(letter.actor, UUID(asked.report), Instructed(asked.recipients, choices))
    except UnfitConsents as error:
        raise _Refused("; ".join(f"Consent {place + 1}: {why}" for place, why in error.faults.items())) from error
    return _shown(letter, asked.report)


def _shown(letter: Letter, report_id: str) -> Mapping[str, JSON]:
    report, standings = progress.of_report(letter.actor, UUID(report_id))
    return {**_skeleton(report), "Recipient": [_standing(each) for each in standings]}


def _standing(each: progress.Standing) -> Mapping[str, JSON]:
    delivery = each.delivery
    return {
        "Slug": delivery.recipient.slug,
        "Name": delivery.recipient.name,
        "State": delivery.state,
        "Reason": delivery.reason or None,
        "Outcome": delivery.outcome or None,
        "Action": [action["code"] for said in each.said for action in said.actions],
    }
