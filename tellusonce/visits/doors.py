"""What the doors of a visit have in common: one method, one rule, strict JSON in, JSON or a problem out."""

import functools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from pydantic import BaseModel, ConfigDict, ValidationError

from identity import accounts, codes, entrances, invitations, mandates, oidc, providers, sessions, tokens
from identity.sessions import Visitor
from tellusonce import citizens, helping, reports, rules
from tellusonce.api import bodies, faults, problems, refusals
from tellusonce.api.problems import Problem
from tellusonce.rules import NotPermitted, Rule

JSON = Any
Answer = HttpResponse | dict[str, JSON]
View = Callable[..., Answer]
Body = TypeVar("Body", bound=BaseModel)


class In(BaseModel):
    """Something sent to us: a name that is not known is a mistake, and said to be one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def get(rule: Rule) -> Callable[[View], Callable[..., HttpResponse]]:
    """Make a door for reading."""
    return functools.partial(_door, rule=rule, method="GET")


def post(rule: Rule) -> Callable[[View], Callable[..., HttpResponse]]:
    """Make a door for doing something; Django's middleware asks for the CSRF token."""
    return functools.partial(_door, rule=rule, method="POST")


def body_of(request: HttpRequest, model: type[Body]) -> Body:
    """Read what was sent. Raises Problem."""
    if request.content_type != bodies.PLAIN:
        detail = f"Send the body as {bodies.PLAIN}, and say so in the header Content-Type."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
    try:
        return model.model_validate(bodies.parse(request.body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise faults.problem([{**each, "loc": ("body", "body", *each["loc"])} for each in found]) from None


def visitor_of(request: HttpRequest) -> Visitor:
    """Say who is signed in, behind a door whose rule is not for anyone."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]  # the door sets it
    return visitor


def address_of(request: HttpRequest) -> str:
    """Say from where a request comes, as the outermost of our own proxies heard it."""
    heard = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    if settings.PROXIES and len(heard) >= settings.PROXIES and heard[-settings.PROXIES]:
        return heard[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def _door(view: View, *, rule: Rule, method: str) -> Callable[..., HttpResponse]:
    @rules.named(rule)
    @functools.wraps(view)
    def answer(request: HttpRequest, **place: str) -> HttpResponse:
        if request.method != method:
            return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": method})
        try:
            _admit(request, rule)
            said = view(request, **place)
        except tuple(REFUSALS) as error:
            return next(handle(request, error) for kind, handle in REFUSALS.items() if isinstance(error, kind))
        return JsonResponse(said) if isinstance(said, dict) else said

    return answer


def _admit(request: HttpRequest, rule: Rule) -> None:
    """Let in whom the rule lets in. Raises Problem, NotPermitted and NoMandate."""
    if rule.is_for_anyone:
        return
    visitor = sessions.visitor(request, is_looking_only=request.method == "GET")
    if visitor is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "not-signed-in", "Nobody is signed in, or the visit is over. Sign in.")
    visitor = helping.as_whom(visitor, rule)
    rules.check(visitor, rule)
    request.visitor = visitor  # type: ignore[attr-defined]  # what stands behind the door asks for it


def _refused(status: HTTPStatus, name: str) -> Callable[[HttpRequest, Exception], HttpResponse]:
    return lambda _, error: problems.render(Problem(status, name, str(error)))


def _not_ready(_: HttpRequest, error: Exception) -> HttpResponse:
    detail = "This way of signing in is not set up rightly here; the operator has been told."
    refusals.logger.error("a sign-in provider cannot be used", exc_info=error)
    return problems.render(Problem(HTTPStatus.SERVICE_UNAVAILABLE, "provider-misconfigured", detail))


REFUSALS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Problem: refusals.of_problem,
    NotPermitted: refusals.of_no_role,
    reports.UnknownReport: refusals.of_unknown,
    mandates.NoMandate: refusals.of_no_mandate,
    mandates.UnknownMandate: refusals.of_unknown,
    mandates.UnfitMandate: _refused(HTTPStatus.CONFLICT, "mandate-unfit"),
    invitations.UnknownInvitation: refusals.of_unknown,
    codes.NotAccepted: _refused(HTTPStatus.FORBIDDEN, "not-accepted"),
    invitations.TooManyInvitations: _refused(HTTPStatus.TOO_MANY_REQUESTS, "too-many"),
    citizens.NotOpened: _refused(HTTPStatus.FORBIDDEN, "not-opened"),
    accounts.NotPossible: _refused(HTTPStatus.CONFLICT, "not-possible"),
    entrances.NotLetIn: _refused(HTTPStatus.FORBIDDEN, "not-let-in"),
    entrances.NotHalfWay: _refused(HTTPStatus.UNAUTHORIZED, "not-signed-in"),
    entrances.Enrolled: _refused(HTTPStatus.CONFLICT, "enrolled"),
    tokens.Refused: _refused(HTTPStatus.FORBIDDEN, "sign-in-refused"),
    oidc.Unreachable: _refused(HTTPStatus.BAD_GATEWAY, "provider-unreachable"),
    providers.UnknownProvider: refusals.of_unknown,
    providers.BadProviders: _not_ready,
    RequestDataTooBig: refusals.of_size,
    UnreadablePostError: refusals.of_broken_off,
    OperationalError: refusals.of_no_database,
    InterfaceError: refusals.of_no_database,
}


def done(**said: JSON) -> HttpResponse:
    """Answer that it is done."""
    return HttpResponse(json.dumps(said), content_type="application/json")
