"""Every kind with pages is told on them to the end: by a citizen, at a desk for somebody, and with its evidence."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.urls import resolve

from identity.ledger import Actor
from tellusonce import answering, clocks, events, messages, proving, registering, reports
from tellusonce.disclosure import Grant, Refusal
from tellusonce.events import Kind
from tellusonce.events.parts import dig
from tellusonce.models import Evidence, Report
from tellusonce.reports import Proof
from tellusonce.web.journeys import flows, forms
from tellusonce.web.registrar import registering as entries
from tellusonce.web.registrar import wording
from tests import factories
from tests.events import examples
from tests.web.citizens import Citizen
from tests.web.desks import Desk, token_in, words

pytestmark = pytest.mark.django_db
KINDS = [pytest.param(kind, id=name) for name, kind in events.kinds().items() if kind.pages]
REGISTERED = [pytest.param(kind, id=kind.name) for kind in registering.kinds()]
PROVED = {"name": {"given": ["Josephine", "Maud"], "family": "Tamblyn"}, "born_on": "1967-06-21"}
FIXED = ("subject.name.", "subject.born_on")


def only() -> Report:
    return Report.objects.select_related("key").get()


def typed(kind: Kind, name: str) -> dict[str, str]:
    """Give what is typed on a page for the example of its kind."""
    page = flows.find(kind, name)
    assert page is not None
    return dict(forms.show(kind, page, events.validate(kind, examples.complete(kind.name))).form)


def changed(kind: Kind, told: Mapping[str, Any]) -> dict[str, str]:
    """Name what is not as it was typed on the pages that were asked."""
    asked = flows.asked(kind, told, entry={})
    shown = {name: text for page in asked for name, text in forms.show(kind, page, told).form.items()}
    wanted = {name: text for page in asked for name, text in typed(kind, page.name).items()}
    return {name: shown.get(name, "") for name in {*shown, *wanted} if shown.get(name) != wanted.get(name)}


def told_on_pages(citizen: Desk, report: Report) -> list[str]:
    """Answer page after page, as each leads to the next, until all have been asked; give their names."""
    kind, seen = events.find(report.kind), []
    place = resolve(citizen.ask("report", report_id=report.pk)["Location"])
    while place.url_name == "answer":
        name = place.kwargs["name"]
        citizen.read("answer", report_id=report.pk, name=name)
        answer = citizen.send("answer", typed(kind, name), report_id=report.pk, name=name)
        assert answer.status_code == 303, words(answer.content.decode())
        seen.append(name)
        place = resolve(answer["Location"])
    assert place.url_name == "answers"
    return seen


def sent(browser: Desk, report: Report) -> None:
    """Choose everybody, agree, and send."""
    assert "Service" in browser.read("recipients", report_id=report.pk)
    agree = browser.send("recipients", {"told": ["library"]}, report_id=report.pk).content.decode()
    seen = agree.partition('name="seen" value="')[2].partition('"')[0]
    answer = browser.send("submit", {"told": ["library"], "seen": seen}, report_id=report.pk)
    assert resolve(answer["Location"]).url_name == "sent"
    assert f"<strong>{report.reference}</strong>" in browser.read("sent", report_id=report.pk)


def library(kind: Kind) -> None:
    factories.recipient("library", agreement={"kind": kind.name}, grants=("subject.name.family",))


@pytest.mark.parametrize("kind", KINDS)
def test_a_citizen_who_signed_in_tells_it_to_the_end(kind: Kind) -> None:
    library(kind)
    citizen = Citizen()
    citizen.send("begin", {"kind": kind.name, "once": token_in(citizen.read("own-reports"))})
    report = only()
    seen = told_on_pages(citizen, report)
    is_of_oneself = kind.teller == "subject"
    assert ("your-name" in seen) is not is_of_oneself
    sent(citizen, report)
    told = messages.latest_answers(only())
    own = {name: told["subject"].pop(name) for name in PROVED} if is_of_oneself else PROVED
    assert own == PROVED
    assert {name for name in changed(kind, told) if not name.startswith(FIXED)} == set()
    (delivery,) = report.deliveries.all()
    assert (delivery.state, delivery.reason) == (("withheld", "unverified") if kind.evidence else ("pending", ""))
    assert "Service" in citizen.read("follow", report_id=report.pk)


@pytest.mark.parametrize("kind", KINDS)
def test_an_adviser_tells_it_to_the_end_on_one_page(kind: Kind) -> None:
    library(kind)
    desk = Desk("adviser")
    desk.send("adviser", {"kind": kind.name, "once": token_in(desk.read("adviser"))})
    report = only()
    form = {name: text for page in kind.pages for name, text in typed(kind, page.name).items()}
    for _ in range(3):  # some questions only come up with the answers to others
        answer = desk.send("adviser-answers", {"page": [page.name for page in kind.pages], **form}, report_id=report.pk)
        assert answer.status_code == 303, words(answer.content.decode())
    assert changed(kind, answering.told_so_far(report)) == {}
    sent(desk, report)


def entry_of(kind: Kind) -> dict[str, Any]:
    """Give what the register says of the example."""
    told = events.validate(kind, examples.complete(kind.name))
    made: dict[str, Any] = {}
    for path in kind.registered:
        *above, last = path.split(".")
        if (said := dig(told, path)) is not None:
            group = made
            for name in above:
                group = group.setdefault(name, {})
            group[last] = said
    return made


@pytest.mark.parametrize("kind", REGISTERED)
def test_a_registrar_registers_it_and_the_desk_tells_the_rest(kind: Kind) -> None:
    library(kind)
    desk, proof = Desk("registrar"), Proof(kind.evidence[0], entry_of(kind))
    shown = entries.shown(kind, proof.entry)
    form = {**shown.sheet.form, **(shown.rare.form if shown.rare else {}), "proof": proof.type}
    form |= {"once": token_in(desk.read("registrar-register", kind=kind.name))}
    answer = desk.send("registrar-register", form, kind=kind.name)
    assert resolve(answer["Location"]).url_name == "registrar-hand-over", words(answer.content.decode())
    report = only()
    again = entries.shown(kind, answering.registered(report))
    assert (again.sheet.form, again.rare and again.rare.form) == (shown.sheet.form, shown.rare and shown.rare.form)
    seen = told_on_pages(desk, report)
    assert not {"name", "event", "born-on"} & set(seen)
    sent(desk, report)
    assert [each.state for each in report.deliveries.all()] == ["pending"]


def test_every_sort_of_evidence_is_named_in_words() -> None:
    sorts = {each for kind in events.kinds().values() for each in kind.evidence}
    assert {*sorts, proving.EVIDENCE} == set(wording.EVIDENCE)


def test_a_proved_identity_is_no_evidence_of_a_marriage_but_its_certificate_is() -> None:
    """Design, section 3: deliveries are withheld as unverified until the evidence of their kind is there."""
    marriage = events.find("marriage")
    library(marriage)
    registrar, told = Actor("registrar", organisation="northmoor"), examples.complete("marriage")
    report = reports.start(registrar, marriage, told=told)
    proved = Evidence(report=report, type=proving.EVIDENCE, recorded_by="account", recorded_at=clocks.now())
    proved.sealed = answering.seal_entry(report, proved, {})
    proved.save(force_insert=True)
    assert getattr(offer(registrar, report), "reason", "") == "unverified"
    reports.record_evidence(registrar, report.pk, Proof("marriage-certificate", entry_of(marriage)))
    assert isinstance(offer(registrar, report), Grant)


def offer(actor: Actor, report: Report) -> Grant | Refusal:
    (only_one,) = reports.preview(actor, report.pk).offers
    return only_one.decision
