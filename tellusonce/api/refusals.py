"""Which problem each refusal becomes, wherever in the house it was raised.

What nobody foresaw is Django's to log, and `problems.middleware` makes it one that says nothing of its cause.
"""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError, ValidationError

from identity.clients import NotAllowed, TooMany
from identity.consents import NotInForce
from identity.mandates import NoMandate
from identity.vault import KeyMissing
from tellusonce import confirmations, drafts, events, files, polls, reports, rules
from tellusonce.api import faults, problems
from tellusonce.api.problems import Faulty, Problem
from tellusonce.pressure import PutOff

logger = logging.getLogger(__name__)


def of_problem(_: HttpRequest, error: Problem) -> HttpResponse:
    """It is one already."""
    return problems.render(error)


def of_refused_body(_: HttpRequest, error: HttpError) -> HttpResponse:
    """What the parser said, which django-ninja wraps."""
    if isinstance(error.__cause__, Problem):
        return problems.render(error.__cause__)
    raise error


def of_misfit(_: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request that can be read and does not fit."""
    return problems.render(faults.problem(error.errors))


def of_faults(_: HttpRequest, error: events.Faults) -> HttpResponse:
    """Answers that do not fit their kind."""
    return problems.render(Faulty(error.faults))


def of_no_entry(_: HttpRequest, error: NotAllowed) -> HttpResponse:
    """No token, or one that will not do."""
    name = "unauthorised" if error.status == HTTPStatus.UNAUTHORIZED else "scope-missing"
    problem = Problem(error.status, name, str(error), headers=_challenge(error))
    return problems.render(problem)


def _challenge(error: NotAllowed) -> dict[str, str]:
    """Say how to prove who one is, where a header can say it: of a signature in the message none does."""
    return {"WWW-Authenticate": error.challenge} if error.challenge else {}


def of_no_role(_: HttpRequest, error: rules.NotPermitted) -> HttpResponse:
    """Somebody whose role does not reach so far."""
    return problems.render(Problem(HTTPStatus.FORBIDDEN, "role-missing", str(error)))


def of_no_mandate(_: HttpRequest, error: NoMandate) -> HttpResponse:
    """Somebody who would act for another, and is not let."""
    return problems.render(Problem(HTTPStatus.FORBIDDEN, "no-mandate", str(error)))


def of_too_many(_: HttpRequest, error: TooMany) -> HttpResponse:
    """More often than it may."""
    return problems.render(Problem(error.status, "too-many", str(error), headers={"Retry-After": str(error.wait)}))


def of_put_off(_: HttpRequest, error: PutOff) -> HttpResponse:
    """More to do than is done: nothing was written, and what had been accepted stays so."""
    headers = {"Retry-After": str(error.seconds)}
    return problems.render(Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", str(error), headers=headers))


def of_unknown(_: HttpRequest, error: LookupError) -> HttpResponse:
    """Nothing there, or somebody else's: not said which."""
    return problems.render(Problem(HTTPStatus.NOT_FOUND, "unknown", str(error)))


def of_closed(_: HttpRequest, error: reports.NotOpen) -> HttpResponse:
    """Too late to change it."""
    return problems.render(Problem(HTTPStatus.CONFLICT, "not-open", str(error)))


def of_no_extension(_: HttpRequest, error: drafts.CannotExtend) -> HttpResponse:
    """Kept for as long as it can be."""
    return problems.render(Problem(HTTPStatus.CONFLICT, "cannot-extend", str(error)))


def of_no_consent(_: HttpRequest, error: NotInForce) -> HttpResponse:
    """Nothing to withdraw."""
    return problems.render(Problem(HTTPStatus.CONFLICT, "consent-not-in-force", str(error)))


def of_no_keys(_: HttpRequest, error: KeyMissing) -> HttpResponse:
    """The vault cannot seal, open or sign this moment: an operator has to give it its keys, and nothing was written."""
    logger.error("the vault lacks a key", exc_info=error)
    detail = "The service cannot do this right now, and nothing was written. The operator has been told; try later."
    return problems.render(Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail))


def of_size(_: HttpRequest, __: RequestDataTooBig) -> HttpResponse:
    """More than anybody needs to say at once."""
    detail = "The body is larger than 256 KiB. Send less at a time."
    return problems.render(Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail))


def of_broken_off(_: HttpRequest, __: UnreadablePostError) -> HttpResponse:
    """The connection ended before the body did."""
    return problems.render(Problem(HTTPStatus.BAD_REQUEST, "malformed", "The body ended before it was complete."))


def of_nothing(_: HttpRequest, __: Http404) -> HttpResponse:
    """No such address."""
    return problems.render(problems.general(HTTPStatus.NOT_FOUND))


def of_no_database(_: HttpRequest, error: Exception) -> HttpResponse:
    """The database cannot answer this moment: the same again may well succeed."""
    logger.error("the database did not answer", exc_info=error)
    detail = "The service cannot do this right now, and nothing was written. Send it again in a few seconds."
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, headers={"Retry-After": "5"})
    return problems.render(problem)


HANDLERS: dict[type[Exception], Any] = {
    Problem: of_problem,
    HttpError: of_refused_body,
    ValidationError: of_misfit,
    events.Faults: of_faults,
    NotAllowed: of_no_entry,
    TooMany: of_too_many,
    PutOff: of_put_off,
    rules.NotPermitted: of_no_role,
    NoMandate: of_no_mandate,
    reports.UnknownReport: of_unknown,
    confirmations.UnknownDelivery: of_unknown,
    files.NoFile: of_unknown,
    polls.UnknownRecipient: of_unknown,
    reports.NotOpen: of_closed,
    drafts.CannotExtend: of_no_extension,
    NotInForce: of_no_consent,
    KeyMissing: of_no_keys,
    RequestDataTooBig: of_size,
    UnreadablePostError: of_broken_off,
    Http404: of_nothing,
    OperationalError: of_no_database,
    InterfaceError: of_no_database,
}
