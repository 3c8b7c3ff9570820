"""What a visit remembers of itself: which pages somebody filled in, so that they see what they typed themselves.

Kept as keyed digests: which questions somebody was asked may say something of the one they tell about. And, for one
page, the code of an invitation that is shown once.
"""

import base64
from uuid import UUID

from django.http import HttpRequest

from identity import vault
from tellusonce import events
from tellusonce.events.pages import Page
from tellusonce.models import Report

TYPED, CODE = "typed", "code"
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


def keep_code(request: HttpRequest, report: Report, code: str) -> None:
    """Keep a code, sealed, until the next page shows it."""
    sealed = vault.seal(report.key, code.encode(), place=_place(report))
    request.session[CODE] = [str(report.pk), base64.b64encode(sealed).decode()]


def take_code(request: HttpRequest, report: Report) -> str:
    """Give the code that was kept, this once; nothing if there is none for this report."""
    kept, sealed = request.session.get(CODE, ["", ""])
    if kept != str(report.pk):
        return ""
    del request.session[CODE]
    return vault.unseal(report.key, base64.b64decode(sealed), place=_place(report)).decode()


def _place(report: Report) -> str:
    return f"visit.code:{report.pk}"


def _mark(report_id: UUID, kind: str, page: Page) -> str:
    return vault.digest("visit", f"{report_id} {kind} {page.name}".encode()).hex()[:LENGTH]
