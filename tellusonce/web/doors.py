"""What pages have in common: a rule, somebody whom it lets in or a way to sign in, and refusals as pages.

A page is kept by no cache; what it says of somebody is theirs alone.
"""

import functools
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render as rendered
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from identity import sessions
from identity.ledger import Actor
from identity.sessions import Visitor
from tellusonce import helping, rules
from tellusonce.models import Report
from tellusonce.rules import Rule
from tellusonce.web import navigation, refusals

View = Callable[..., HttpResponse]
METHODS = ("GET", "HEAD", "POST")


def page(rule: Rule) -> Callable[[View], View]:
    """Make a page of a view: it is shown to whom the rule lets in, and others are asked to sign in."""
    return functools.partial(_page, rule=rule)


def _page(view: View, *, rule: Rule) -> View:
    @rules.named(rule)
    @functools.wraps(view)
    def answer(request: HttpRequest, **place: Any) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        try:
            response = view(request, **place) if _is_let_in(request, rule) else _to_sign_in(request)
        except tuple(refusals.PAGES) as error:
            response = refused(request, error)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def _is_let_in(request: HttpRequest, rule: Rule) -> bool:
    """Say whether somebody is signed in, where that is needed. Raises NotPermitted and NoMandate."""
    # What a page fetches by itself does not make the visit of somebody longer who has gone away.
    is_refreshed = request.method == "GET" and request.headers.get("X-Refresh") == "yes"
    visitor = sessions.visitor(request, is_looking_only=is_refreshed)
    request.visitor = visitor  # type: ignore[attr-defined]  # the view and the frame of the page ask for it
    if rule.is_for_anyone:
        return True
    if visitor is None:
        return False
    acting = helping.as_whom(visitor, rule)
    rules.check(acting, rule)
    request.visitor = acting  # type: ignore[attr-defined]
    return True


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    here = request.get_full_path() if request.method != "POST" else request.path
    return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': here})}")


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """Show why something is refused."""
    refusal = refusals.of(error)
    context = {"heading": refusal.heading, "words": refusal.words}
    return show(request, "refused.html", context, status=refusal.status)


def visitor_of(request: HttpRequest) -> Visitor:
    """Say who is signed in, behind a rule that is not for anyone."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]  # the door sets it
    return visitor


def actor(request: HttpRequest) -> Actor:
    """Say who asks, with the scopes that a client would need for what they may do."""
    return rules.with_scopes(visitor_of(request))


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Render a page."""
    visitor: Visitor | None = getattr(request, "visitor", None)
    known = {"visitor": visitor, "language": language(), "navigation": navigation.entries(request)}
    visit = _visit(request, visitor, (context or {}).get("report")) if visitor else {}
    return rendered(request, template, {**known, **visit, **(context or {})}, status=status)


def _visit(request: HttpRequest, visitor: Visitor, shown: Report | None) -> dict[str, Any]:
    """Say when the visit ends, where to come back to after it, and on whose report somebody acts meanwhile."""
    return {
        "acts_on": shown if shown and shown.pk == visitor.acts_for else helping.acts_on(visitor),
        "visit_ends_at": sessions.ends_at(request),
        "visit_seconds": sessions.seconds_left(request),
        "here": request.get_full_path() if request.method != "POST" else request.path,
    }


def go(name: str, /, **place: object) -> HttpResponseRedirect:
    """Go on to another page; with 303, so that going back does not send anything again."""
    response = HttpResponseRedirect(reverse(name, kwargs=place))
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def onward(request: HttpRequest, otherwise: str) -> str:
    """Give where somebody was going before they signed in; never another site."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else otherwise


def language() -> str:
    """Say in which language the page is: ``en`` or ``cy``."""
    return (get_language() or "en")[:2]
