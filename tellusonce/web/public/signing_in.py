"""Signing in: one page that sends each person the right way, the steps of staff, and where to go afterwards."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from identity import entrances, second_factors
from identity.entrances import Credentials
from identity.providers import BadProviders, Provider
from tellusonce import clocks, rules
from tellusonce.visits import doors as visits
from tellusonce.visits import providers
from tellusonce.web import doors, navigation
from tellusonce.web.registrar import codes

logger = logging.getLogger(__name__)


@doors.page(rules.SIGN_IN)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways in: with a reference, by a provider, or as somebody who works here."""
    found, is_broken = _providers(request)
    context = {
        "onward": _onward(request),
        "for_citizens": [each for each in found if each.lets_in == "citizens"],
        "for_staff": [each for each in found if each.lets_in == "staff"],
        "is_broken": is_broken,
        "refused": _refused(request.GET.get("refused", "")),
    }
    return doors.show(request, "public/sign-in.html", context)


def _providers(request: HttpRequest) -> tuple[list[Provider], bool]:
    try:
        return providers.known(request), False
    except BadProviders:
        logger.exception("a sign-in provider cannot be used")
        return [], True


def _refused(code: str) -> str:
    """Say why somebody who comes back from a provider was not let in."""
    if not code:
        return ""
    if code == providers.UNREACHABLE:
        return _("The sign-in service does not answer right now. Try again in a few minutes, or come in another way.")
    if code == "no-account":
        return _("You have no account here. If you need one for your work, ask whoever looks after accounts.")
    return _("Signing in did not work, and nothing was changed. Start again below.")


@doors.page(rules.SIGN_IN)
def home(request: HttpRequest) -> HttpResponse:
    """Go to where somebody was going, or to what they work with."""
    visitor = request.visitor  # type: ignore[attr-defined]  # the door sets it, for nobody too
    if visitor is None:
        return HttpResponseRedirect(f"{reverse('sign-in')}{_onward(request)}")
    response = HttpResponseRedirect(doors.onward(request, navigation.home(visitor)))
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@doors.page(rules.SIGN_IN)
def password(request: HttpRequest) -> HttpResponse:
    """Take login and password of a member of staff."""
    if request.method != "POST":
        return _step(request, "password")
    form = request.POST
    wanted = {"login": _("Enter your login"), "password": _("Enter your password")}
    if faults := {name: words for name, words in wanted.items() if not form.get(name, "").strip()}:
        return _step(request, "password", faults)
    given = Credentials(form["login"][:100], form["password"][:200], visits.address_of(request))
    try:
        is_enrolled = entrances.take_password(request, given, at=clocks.now())
    except entrances.NotLetIn:
        return _step(request, "password", {"login": _not_let_in()})
    return _on(request, "sign-in-code" if is_enrolled else "sign-in-second-factor")


@doors.page(rules.SIGN_IN)
def code(request: HttpRequest) -> HttpResponse:
    """Take the code of the moment, or a recovery code, and let them in."""
    try:
        account = entrances.half_way(request)
        if request.method != "POST":
            return _step(request, "code")
        entrances.take_code(request, account, _code(request), at=clocks.now())
    except entrances.NotHalfWay:
        return _on(request, "sign-in-staff")
    except entrances.NotLetIn:
        return _step(request, "code", {"code": _not_let_in()})
    return _on(request, "home")


@doors.page(rules.SIGN_IN)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show the secret of a second factor, take its first code, and show the recovery codes this once."""
    try:
        account, made = entrances.half_way(request), entrances.enrolment(request)
        if request.method != "POST":
            return _enrolment(request, made)
        recovery_codes = entrances.confirm(request, account, _code(request), at=clocks.now())
    except entrances.NotHalfWay:
        return _on(request, "sign-in-staff")
    except entrances.Enrolled:
        return _on(request, "sign-in-code")
    except entrances.NotLetIn:
        return _enrolment(request, made, {"code": _not_let_in()})
    except second_factors.WrongCode:
        words = _("This is not the code of the moment. Enter the one that your app shows now")
        return _enrolment(request, made, {"code": words})
    context = {"codes": recovery_codes, "onward": _onward(request)}
    return doors.show(request, "public/recovery-codes.html", context)


def _enrolment(
    request: HttpRequest, made: second_factors.Enrolment, faults: Mapping[str, str] | None = None
) -> HttpResponse:
    groups = " ".join(made.secret[start : start + 4] for start in range(0, len(made.secret), 4))
    return _step(request, "second-factor", faults, drawing=codes.draw(made.address), secret=groups)


def _step(request: HttpRequest, name: str, faults: Mapping[str, str] | None = None, **more: Any) -> HttpResponse:
    """Show one step, with what was typed but for what is secret."""
    context = {"login": request.POST.get("login", ""), "faults": faults or {}, "onward": _onward(request), **more}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, f"public/{name}.html", context, status=status)


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "").strip()[:100]


def _not_let_in() -> str:
    return _("What was entered lets nobody in. Check it. After five tries nothing does for 20 minutes")


def _on(request: HttpRequest, name: str) -> HttpResponse:
    response = doors.go(name)
    response["Location"] += _onward(request)
    return response


def _onward(request: HttpRequest) -> str:
    """Give where somebody was going, as the query that takes it along; nothing if nowhere, or to another site."""
    wanted = doors.onward(request, "")
    return f"?{urlencode({'next': wanted})}" if wanted else ""
