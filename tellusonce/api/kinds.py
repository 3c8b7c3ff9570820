"""The kinds of life event and their vocabulary: what forms, agreements, mappings and this interface have in common."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Router

from tellusonce import events, rules
from tellusonce.api import doors
from tellusonce.api.shapes import KindOut, KindsOut
from tellusonce.events import Kind

router = Router(tags=["kinds"])


@router.get("/kinds", response=KindsOut, summary="List the kinds", **doors.anyone())
@rules.named(rules.READ_PUBLISHED)
def list_kinds(request: HttpRequest) -> KindsOut:  # noqa: ARG001 - django-ninja hands it over
    """List the kinds of life event, what evidence each rests on and which fields its register fixes."""
    return KindsOut(items=[_shown(kind) for kind in events.kinds().values()])


def _shown(kind: Kind) -> KindOut:
    return KindOut(
        name=kind.name,
        title=kind.title,
        evidence=list(kind.evidence),
        registered=list(kind.registered),
        schema_url=reverse("api-v1:kind-schema", kwargs={"kind": kind.name}),
    )


@router.get(
    "/kinds/{kind}/schema",
    response=dict[str, Any],
    summary="See the fields of a kind",
    url_name="kind-schema",
    **doors.anyone(),
)
@rules.named(rules.READ_PUBLISHED)
def schema(request: HttpRequest, kind: str) -> dict[str, Any]:  # noqa: ARG001 - django-ninja hands it over
    """Give the kind as JSON Schema 2020-12: all that may be told about it, each field with its title."""
    if kind not in events.kinds():
        raise Http404
    return events.json_schema(events.find(kind))
