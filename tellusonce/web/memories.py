"""What a visit remembers of itself: which pages somebody filled in, so that they see what they typed themselves.

Kept as keyed digests: which questions somebody was asked may say something of the one they tell about.
"""

from uuid import UUID

from django.http import HttpRequest

from identity import vault
from tellusonce import events
from tellusonce.events.pages import Page
from tellusonce.models import Report

TYPED = "typed"
LENGTH = 12


def note_typed(request: HttpRequest, report: Report, page: Page) -> None:
    """Remember that a page was filled in during this visit."""
    known = request.session.get(TYPED, [])
    mark = _mark(report.pk, report.kind, page)
    if mark not in known:
        request.session[TYPED] = [*known, mark]


def typed(request: HttpRequest, report_id: UUID) -> frozenset[str]:
    """Give the paths of what was filled in during this visit."""
    known = set(request.session.get(TYPED, []))
    if not known:
        return frozenset()
    found = (
        page for kind in events.kinds().values() for page in kind.pages if _mark(report_id, kind.name, page) in known
    )
    return frozenset(path for page in found for path in ((page.each,) if page.each else page.fields))


def _mark(report_id: UUID, kind: str, page: Page) -> str:
    return vault.digest("visit", f"{report_id} {kind} {page.name}".encode()).hex()[:LENGTH]
