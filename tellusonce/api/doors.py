"""Who may come in by which door: every operation names its rule, and is documented with the scope that it asks for.

A client brings a token; somebody who is signed in brings the cookie of their visit, and with a write the CSRF token.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja.utils import check_csrf

from identity import clients, sessions
from identity.ledger import Actor
from identity.sessions import Visitor
from tellusonce import helping, rules
from tellusonce.api.bodies import PATCH
from tellusonce.api.problems import MEDIA_TYPE, Problem
from tellusonce.rules import Rule

SCHEME = "oauth2"
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Of your own choosing, new for each thing you want done and the same each time you try it again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
PROBLEM = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


class Scope:
    """Lets in whoever the rule lets in; django-ninja keeps the Actor as ``request.auth``."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.scope = rule.scope

    def __call__(self, request: HttpRequest) -> Actor:
        """Raises NotAllowed, NotPermitted, NoMandate and Problem."""
        visitor = None if "Authorization" in request.headers else sessions.visitor(request)
        if visitor is None:
            return self._with_token(request)
        if check_csrf(request) is not None:
            detail = "Send the token of /accounts/visit in the header X-CSRFToken."
            raise Problem(HTTPStatus.FORBIDDEN, "csrf", detail)
        visitor = helping.as_whom(visitor, self.rule)
        rules.check(visitor, self.rule)
        return rules.with_scopes(visitor)

    def _with_token(self, request: HttpRequest) -> Actor:
        """A client may do what its scopes say; somebody who acts through one, only what their roles allow as well."""
        found = clients.authenticate(request, scope=self.scope)
        if isinstance(found, Visitor):
            rules.check(found, self.rule)
            found = replace(found, scopes=found.scopes & rules.with_scopes(found).scopes)
        return helping.for_organisation(found, self.rule, _report(request))


def _report(request: HttpRequest) -> UUID | None:
    """Give the report that an address names, if it names one."""
    match = request.resolver_match
    named = match.kwargs.get("report_id") if match else None
    try:
        return UUID(str(named)) if named else None
    except ValueError:
        return None  # no such id can be anybody's


def actor(request: HttpRequest) -> Actor:
    """Say who asks, behind a door with a scope."""
    return cast("Actor", request.auth)  # type: ignore[attr-defined]  # django-ninja sets it


def anyone() -> dict[str, Any]:
    """Arguments of an operation that shows what is published anyway."""
    return {"auth": None, "openapi_extra": {"responses": PROBLEM}}


def read(rule: Rule) -> dict[str, Any]:
    """Arguments of an operation that reads."""
    return {"auth": Scope(rule), "openapi_extra": {"security": [{SCHEME: [rule.scope]}], "responses": PROBLEM}}


def write(rule: Rule) -> dict[str, Any]:
    """Arguments of an operation that writes, through `writes.once`."""
    arguments = read(rule)
    arguments["openapi_extra"]["parameters"] = [IDEMPOTENCY_KEY]
    return arguments


def patch(rule: Rule) -> dict[str, Any]:
    """Arguments of an operation that changes by a merge patch."""
    arguments = write(rule)
    arguments["openapi_extra"]["requestBody"] = {"content": {PATCH: {"schema": {"type": "object"}}}}
    return arguments
