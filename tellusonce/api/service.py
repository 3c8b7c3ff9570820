"""The interface as a whole: its operations, its refusals and its description in OpenAPI 3.1."""

from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from tellusonce import events
from tellusonce.api import (
    accesses,
    answers,
    consents,
    deliveries,
    doors,
    files,
    hooks,
    inbox,
    kinds,
    mandates,
    refusals,
    reports,
    security_events,
)
from tellusonce.api.bodies import StrictParser

COMPONENTS = "#/components/schemas/"
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `type` is stable, `detail` is for people",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:tell-us-once:problem:faults"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


class Api(NinjaAPI):
    """django-ninja, with what it does not describe by itself: kinds, problems, tokens and their scopes."""

    described: OpenAPISchema | None = None

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Describe every operation, and the kinds whose fields they carry; once, since anyone may ask."""
        if self.described is None:
            self.described = super().get_openapi_schema(**options)
            components = self.described["components"]
            components["schemas"] |= {"Problem": PROBLEM, **_kinds()}
            components["securitySchemes"] = {doors.SCHEME: _tokens()}
        return self.described


def _kinds() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in events.kinds().values():
        schema = kind.model.model_json_schema(ref_template=f"{COMPONENTS}{kind.name}.{{model}}")
        parts = schema.pop("$defs", {})
        found |= {f"{kind.name}.{name}": part for name, part in parts.items()}
        found[kind.name] = {**schema, "title": kind.title}
    return found


def _tokens() -> dict[str, Any]:
    flow = {"tokenUrl": "/oauth/token/", "scopes": settings.OAUTH2_PROVIDER["SCOPES"]}
    return {"type": "oauth2", "flows": {"clientCredentials": flow}}


api = Api(
    title="Tell Us Once",
    version="1",
    description="Tell one life event once; follow it until everyone who must know has said what they did.",
    docs_url=None,
    urls_namespace="api-v1",
    parser=StrictParser(),
)
for router in (
    reports.router,
    accesses.router,
    answers.router,
    consents.router,
    deliveries.router,
    files.router,
    hooks.router,
    inbox.router,
    kinds.router,
    mandates.router,
    security_events.router,
):
    api.add_router("", router)
for error, handler in refusals.HANDLERS.items():
    api.add_exception_handler(error, handler)
