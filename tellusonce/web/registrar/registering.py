"""Registering: the register's entry on one page, for hands that stay on the keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from tellusonce import answering, clocks, deadlines, registering, repeats, rules
from tellusonce.events import Faults, Kind, vocabularies
from tellusonce.events.pages import Page
from tellusonce.models import Organisation
from tellusonce.registering import Registered
from tellusonce.reports import Proof
from tellusonce.web import doors, tokens
from tellusonce.web.journeys import forms, words
from tellusonce.web.journeys.forms import Sheet
from tellusonce.web.registrar import wording

JSON = Any
OFFICE, EARLIER = "office", "earlier"
RARE = "_text"  # a date in words: hardly ever needed, so it stands at the end


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as its page shows it: what is always asked, what hardly ever is, and what it rests on."""

    kind: Kind
    sheet: Sheet
    rare: Sheet | None
    proof: str

    @property
    def faults(self) -> Mapping[str, str]:
        """All that is to mend."""
        return {**self.sheet.faults, **(self.rare.faults if self.rare else {})}


@doors.page(rules.REGISTER)
def register(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for the entry, and start a report with it."""
    found = next((each for each in registering.kinds() if each.name == kind), None)
    if found is None:
        raise Http404
    if request.method != "POST":
        return _asked(request, shown(found, _usual(request)), token=tokens.fresh())
    entry, token = taken(found, request), tokens.sent(request)
    try:
        made = registering.register(doors.actor(request), found, Proof(entry.proof, said(entry)), key=token)
    except Faults as error:
        return _asked(request, with_faults(entry, error), token=token)
    except repeats.KeyReused:
        # They went back to the form and registered somebody else with it.
        return _asked(request, entry, token=tokens.fresh(), is_used=True)
    return _registered(request, entry, made)


def shown(kind: Kind, answers: Mapping[str, JSON]) -> Entry:
    """Show an entry as far as it is known."""
    often, rare = _pages(kind)
    return Entry(
        kind,
        forms.show(kind, often, answers),
        forms.show(kind, rare, answers) if rare.fields else None,
        kind.evidence[0],
    )


def taken(kind: Kind, request: HttpRequest) -> Entry:
    """Read an entry that was sent."""
    often, rare = _pages(kind)
    sent = request.POST.dict()
    proof = sent.get("proof", "")
    return Entry(
        kind,
        forms.take(kind, often, sent),
        forms.take(kind, rare, sent) if rare.fields else None,
        proof if proof in kind.evidence else kind.evidence[0],
    )


def said(entry: Entry) -> dict[str, JSON]:
    """Give what an entry says, as evidence has it."""
    made = forms.patch(entry.sheet, {})
    return answering.patched(made, forms.patch(entry.rare, {})) if entry.rare else made


def with_faults(entry: Entry, error: Faults) -> Entry:
    """Give an entry with each fault where it can be mended."""
    rare = [each for each in error.faults if entry.rare and each.path in entry.rare.page.fields]
    often = [each for each in error.faults if each not in rare]
    return Entry(
        entry.kind, entry.sheet.with_faults(often), entry.rare.with_faults(rare) if entry.rare else None, entry.proof
    )


def _pages(kind: Kind) -> tuple[Page, Page]:
    known = vocabularies.fields(kind.model)
    # A name alone does not say whose it is, and a birth has three.
    labels = {path: words.title(known[path]) for path in kind.registered if path.endswith(".name")}
    needs = registering.needed(kind)
    often = tuple(path for path in kind.registered if not path.endswith(RARE))
    rare = tuple(path for path in kind.registered if path.endswith(RARE))
    return Page("entry", "", "", fields=often, needs=needs, labels=labels), Page("in-words", "", "", fields=rare)


def _usual(request: HttpRequest) -> dict[str, JSON]:
    """Fill in what is the same in most entries: today, and the office of the last one."""
    office = request.session.get(OFFICE, "")
    day = deadlines.today(clocks.now()).isoformat()
    return {"registration": {"registered_on": day, **({"office": office} if office else {})}}


def _asked(request: HttpRequest, entry: Entry, *, token: str, is_used: bool = False) -> HttpResponse:
    context = {
        "entry": entry,
        "kind_title": wording.title(entry.kind),
        "proofs": [(each, wording.evidence(each)) for each in entry.kind.evidence],
        "once": token,
        "is_used": is_used,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if entry.faults else HTTPStatus.CONFLICT if is_used else HTTPStatus.OK
    return doors.show(request, "registrar/register.html", context, status=status)


def _registered(request: HttpRequest, entry: Entry, made: Registered) -> HttpResponse:
    office = entry.sheet.form.get("registration.office", "").strip()
    if office:
        request.session[OFFICE] = office[:200]
    if made.earlier:
        name = Organisation.objects.filter(slug=made.earlier.organisation).values_list("name", flat=True).first()
        told = {"by": name or made.earlier.organisation, "at": made.earlier.submitted_at.isoformat()}
        request.session[EARLIER] = {**request.session.get(EARLIER, {}), str(made.report): told}
    return doors.go("registrar-hand-over", report_id=made.report)
