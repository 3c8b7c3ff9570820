"""Signing in with an OpenID provider: away, and back. What it proves of a citizen goes into their Person, sealed.

No token is kept.
"""

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect

from identity import accounts, development, oidc, providers, sessions
from identity.models import Account
from identity.oidc import Arrival
from identity.providers import Provider
from identity.sessions import Manner
from identity.tokens import Refused
from tellusonce import clocks, keeping, proving, rules
from tellusonce.visits import doors

logger = logging.getLogger(__name__)

UNREACHABLE = "unreachable"
HOME, SIGN_IN = "/home", "/sign-in"  # pages: where somebody goes who has come in, and who was refused


@doors.get(rules.SIGN_IN)
def listed(request: HttpRequest) -> doors.Answer:
    """Say how one can sign in here."""
    found = known(request)
    return {"items": [{"name": each.name, "title": each.title, "lets_in": each.lets_in} for each in found]}


def known(request: HttpRequest) -> list[Provider]:
    """Give the providers by whom one can sign in here. Raises BadProviders."""
    return [*providers.known(), *([_development(request)] if settings.DEVELOPMENT_SIGN_IN else [])]


@doors.get(rules.SIGN_IN)
def leave(request: HttpRequest, name: str) -> doors.Answer:
    """Go to the provider; ``login_hint`` goes along, and ``next`` is kept for the way back."""
    onward = request.GET.get("next", "")
    try:
        return HttpResponseRedirect(_depart(request, name, onward))
    except oidc.Unreachable as error:
        return _refuse(request, error, onward)


def _depart(request: HttpRequest, name: str, onward: str) -> str:
    provider = _find(request, name)
    departure = oidc.depart(provider, redirect_uri=f"{_base(request)}/accounts/providers/{name}/return")
    sessions.wait_half_way(request, **departure.kept, next=onward)
    hint = request.GET.get("login_hint", "")
    more = f"&{urlencode({'login_hint': hint})}" if hint else ""
    return departure.address + more


@doors.get(rules.SIGN_IN)
def come_back(request: HttpRequest, name: str) -> doors.Answer:
    """Come back from the provider, and be signed in, or be refused."""
    kept = sessions.half_way(request)
    sessions.forget_half_way(request)
    onward = kept.get("next", "") if kept else ""
    try:
        _arrive(request, name, kept)
    except (Refused, oidc.Unreachable) as error:
        return _refuse(request, error, onward)
    return HttpResponseRedirect(f"{HOME}?{urlencode({'next': onward})}" if onward else HOME)


def _refuse(request: HttpRequest, error: Refused | oidc.Unreachable, onward: str) -> HttpResponseRedirect:
    """Tell whoever is at a browser on a page; raise again for a program."""
    if "text/html" not in request.headers.get("Accept", ""):
        raise error
    said = {"refused": error.code if isinstance(error, Refused) else UNREACHABLE}
    return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({**said, **({'next': onward} if onward else {})})}")


def _arrive(request: HttpRequest, name: str, kept: dict[str, str] | None) -> None:
    """Sign in whom the provider proves. Raises Refused and oidc.Unreachable."""
    if kept is None or kept.get("provider") != name:
        raise Refused("state")
    provider = _find(request, name)
    try:
        arrival = oidc.arrive(provider, kept=kept, said=request.GET.dict(), at=clocks.now())
        account = _account(provider, arrival)
    except Refused as error:
        logger.warning("a sign-in by %s was refused: %s", name, error.code)
        raise
    if provider.lets_in == "citizens" and arrival.person is not None:
        proving.link(account, arrival.person)
    sessions.begin(request, account, Manner(name, arrival.confidence))
    keeping.keep_opened(sessions.visitor(request))


def _account(provider: Provider, arrival: Arrival) -> Account:
    """Give the account. Staff have one only if an operator linked it; citizens get theirs at the first arrival."""
    if provider.lets_in == "staff":
        account = accounts.linked(issuer=provider.issuer, subject=arrival.subject)
    else:
        account = accounts.welcome_citizen(provider=provider.name, issuer=provider.issuer, subject=arrival.subject)
    if account is None:
        raise Refused("no-account")
    return account


def _find(request: HttpRequest, name: str) -> Provider:
    if settings.DEVELOPMENT_SIGN_IN and name == development.NAME:
        return _development(request)
    return providers.find(name)


def _development(request: HttpRequest) -> Provider:
    return development.provider(_base(request))


def _base(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"
