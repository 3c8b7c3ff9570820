"""The privacy notice: what becomes of what people tell us; who is told what, as the agreements in force say it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tellusonce import clocks, deadlines, drafts, entitlements, events, reports, rules
from tellusonce.entitlements import Entitlement
from tellusonce.events import Field
from tellusonce.web import doors
from tellusonce.web.phrases import BASES, CONDITIONS


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a recipient is told: of whom or what, and which facts."""

    title: str
    facts: Sequence[str]
    is_sensitive: bool


@doors.page(rules.READ_PUBLISHED)
def notice(request: HttpRequest) -> HttpResponse:
    """Say what becomes of what people tell us, for how long it is kept, and what they can do."""
    context = {
        "kinds": [(name, _(kind.title)) for name, kind in events.kinds().items()],
        "draft_days": reports.DRAFT_LASTS.days,
        "longest_draft_days": drafts.LONGEST.days,
        "kept_days": settings.RETENTION_DAYS,
    }
    return doors.show(request, "public/privacy.html", context)


@doors.page(rules.READ_PUBLISHED)
def of_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """List each recipient of a kind of life event: what it is told, why, and by what right."""
    found = events.kinds().get(kind)
    if found is None:
        raise Http404
    told = entitlements.of(found, on=deadlines.today(clocks.now()))
    context = {"kind": _(found.title), "told": [(each, _parts(each.fields), *_why(each)) for each in told]}
    return doors.show(request, "public/privacy-kind.html", context)


def _parts(fields: Sequence[Field]) -> list[Part]:
    """Put together what is about the same person or thing, in the order of the questions."""
    grouped: dict[tuple[str, ...], list[Field]] = {}
    for field in fields:
        grouped.setdefault(field.trail[:-1], []).append(field)
    return [
        Part(": ".join(_(words) for words in trail), [_(each.words) for each in facts], _is_sensitive(facts))
        for trail, facts in grouped.items()
    ]


def _is_sensitive(facts: Sequence[Field]) -> bool:
    return any(each.is_sensitive for each in facts)


def _why(told: Entitlement) -> tuple[str, str]:
    """Say the lawful basis, and the condition for what is sensitive, in words."""
    condition = told.agreement.article_9_condition
    return str(BASES[told.agreement.lawful_basis]), str(CONDITIONS[condition]) if condition else ""
