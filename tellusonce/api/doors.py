"""Who may come in by which door: every operation names the one scope that it asks for, and is documented with it."""

from typing import Any, cast

from django.http import HttpRequest

from identity import clients
from identity.ledger import Actor
from tellusonce.api.bodies import PATCH
from tellusonce.api.problems import MEDIA_TYPE

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
    """Lets in whoever brings a token with this scope; django-ninja keeps the Actor as ``request.auth``."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Actor:
        """Raises NotAllowed."""
        return clients.authenticate(request, scope=self.scope)


def actor(request: HttpRequest) -> Actor:
    """Say who asks, behind a door with a scope."""
    return cast("Actor", request.auth)  # type: ignore[attr-defined]  # django-ninja sets it


def anyone() -> dict[str, Any]:
    """Arguments of an operation that shows what is published anyway."""
    return {"auth": None, "openapi_extra": {"responses": PROBLEM}}


def read(scope: str) -> dict[str, Any]:
    """Arguments of an operation that reads."""
    return {"auth": Scope(scope), "openapi_extra": {"security": [{SCHEME: [scope]}], "responses": PROBLEM}}


def write(scope: str) -> dict[str, Any]:
    """Arguments of an operation that writes, through `writes.once`."""
    arguments = read(scope)
    arguments["openapi_extra"]["parameters"] = [IDEMPOTENCY_KEY]
    return arguments


def patch(scope: str) -> dict[str, Any]:
    """Arguments of an operation that changes by a merge patch."""
    arguments = write(scope)
    arguments["openapi_extra"]["requestBody"] = {"content": {PATCH: {"schema": {"type": "object"}}}}
    return arguments
