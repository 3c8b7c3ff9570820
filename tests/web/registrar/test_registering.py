"""A registrar registers a death on one page, hands over the reference, and finds it again."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from identity.ledger import Actor
from identity.models import Access
from tellusonce import answering, registering, reports
from tellusonce.models import Evidence, Notice, Organisation, Report
from tests import factories
from tests.registrations.test_import import extract, record
from tests.web.desks import Desk, token_in, words

pytestmark = pytest.mark.django_db

TYPED = {
    "subject.name.given": "Alma Rose",
    "subject.name.family": "Quillfeather",
    "subject.sex": "female",
    "subject.born_on.day": "3",
    "subject.born_on.month": "2",
    "subject.born_on.year": "1931",
    "death.died_on.day": "30",
    "death.died_on.month": "10",
    "death.died_on.year": "2026",
    "registration.number": "NM-4711",
    "registration.registered_on.day": "2",
    "registration.registered_on.month": "11",
    "registration.registered_on.year": "2026",
    "registration.office": "Northmoor",
    "proof": "register-entry",
}
# Filled in already when the page opens: today, and from the second entry on the office.
FILLED_IN = {"registration.registered_on.day", "registration.registered_on.month", "registration.registered_on.year"}
PRACTISED = 2.5  # keys a second, of somebody who copies from a document; 200 a minute is slow for typists


@pytest.fixture
def desk() -> Desk:
    factories.organisation()
    return Desk("registrar")


def register(desk: Desk, **changed: str) -> Any:
    form = {**TYPED, **changed, "once": token_in(desk.read("registrar-register", kind="death"))}
    return desk.send("registrar-register", {k: v for k, v in form.items() if v}, kind="death")


def only() -> Report:
    return Report.objects.select_related("key").get()


def test_an_entry_starts_a_report_with_its_evidence_and_leads_to_handing_it_over(desk: Desk) -> None:
    answer = register(desk)
    report = only()
    assert (answer.status_code, answer["Location"]) == (303, reverse("registrar-hand-over", args=[report.pk]))
    assert answering.registered(report) == {
        "subject": {
            "name": {"given": ["Alma", "Rose"], "family": "Quillfeather"},
            "sex": "female",
            "born_on": "1931-02-03",
        },
        "death": {"died_on": "2026-10-30"},
        "registration": {"number": "NM-4711", "registered_on": "2026-11-02", "office": "Northmoor"},
    }
    assert (report.organisation, report.started_by) == ("northmoor", desk.name)
    assert report.reference in desk.read("registrar-hand-over", report_id=report.pk)


def test_sent_twice_it_is_registered_once(desk: Desk) -> None:
    form = {**TYPED, "once": token_in(desk.read("registrar-register", kind="death"))}
    places = {desk.send("registrar-register", form, kind="death")["Location"] for _ in range(3)}
    assert len(places) == 1
    assert Report.objects.count() == Evidence.objects.count() == 1


def test_a_form_that_was_used_registers_somebody_else_only_when_it_is_sent_once_more(desk: Desk) -> None:
    form = {**TYPED, "once": token_in(desk.read("registrar-register", kind="death"))}
    desk.send("registrar-register", form, kind="death")
    changed = {**form, "subject.name.given": "Bram", "registration.number": "NM-4712"}
    again = desk.send("registrar-register", changed, kind="death")
    assert again.status_code == 409
    assert 'value="Bram"' in again.content.decode()
    once_more = {**changed, "once": token_in(again.content.decode())}
    assert desk.send("registrar-register", once_more, kind="death").status_code == 303
    assert Report.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"subject.name.family": ""}, "Enter the family name"),
        ({"registration.number": ""}, "Enter the registration number"),
        ({f"death.died_on.{part}": "" for part in ("day", "month", "year")}, "Enter the date of death"),
        ({"death.died_on.year": "2999"}, "Date of death must be today or in the past"),
        ({"death.died_on.month": "13"}, "Date of death"),
    ],
)
def test_a_fault_is_said_and_what_was_typed_stays(desk: Desk, changed: dict[str, str], said: str) -> None:
    answer = register(desk, **changed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "There is a problem" in page
    assert 'value="Alma Rose"' in page
    assert not re.search(r"<input[^>]*autofocus", page)
    assert not Report.objects.exists()


def test_a_date_in_words_stands_for_one_that_is_not_known(desk: Desk) -> None:
    nothing = {f"death.died_on.{part}": "" for part in ("day", "month", "year")}
    assert register(desk, **nothing, **{"death.died_on_text": "between the 3rd and the 5th"}).status_code == 303
    assert answering.registered(only())["death"] == {"died_on_text": "between the 3rd and the 5th"}


def test_a_coroners_certificate_has_no_number(desk: Desk) -> None:
    assert register(desk, proof="coroners-certificate", **{"registration.number": ""}).status_code == 303
    assert Evidence.objects.get().type == "coroners-certificate"


def test_an_entry_takes_less_than_two_minutes_of_a_practised_hand(desk: Desk) -> None:
    page = desk.read("registrar-register", kind="death")
    form = page[page.index("<form") : page.index("</form>")]
    fields = re.findall(r'<(?:input|button)(?![^>]*type="hidden")[^>]*>', form)
    names = [re.search(r'name="([^"]*)"', each) for each in fields]
    stops = list(dict.fromkeys(match[1] for match in names if match))
    rare = [name for name in stops if name.endswith("_text")]  # within what is closed, so that no key reaches it
    typed = sum(len(text) for name, text in TYPED.items() if name not in FILLED_IN | {"subject.sex", "proof"})
    keys = (
        typed + len(set(stops) - set(rare)) + 1 + 1
    )  # a tab for each stop and the summary; an arrow for the sex; Return
    assert f'name="{stops[0]}"' in re.search(r"<input[^>]*autofocus[^>]*>", form)[0]  # type: ignore[index]
    assert keys / PRACTISED < 60, keys
    assert len(stops) <= 18


def test_what_is_the_same_each_time_is_filled_in(desk: Desk) -> None:
    register(desk)
    page = desk.read("registrar-register", kind="death")
    assert 'value="Northmoor"' in page
    assert re.search(r'name="registration.registered_on.year"[^>]*value="20\d\d"', page)
    assert "Quillfeather" not in page


def test_who_reported_it_before_is_said(desk: Desk) -> None:
    Organisation.objects.create(slug="brackwater", name="Brackwater Council")
    other = factories.submitted(actor=Actor("clerk", organisation="brackwater"))
    entry = answering.registered(other)
    born = [str(int(each)) for each in entry["subject"]["born_on"].split("-")]
    changed = {
        "subject.name.given": entry["subject"]["name"]["given"][0],
        "subject.born_on.year": born[0],
        "subject.born_on.month": born[1],
        "subject.born_on.day": born[2],
        "registration.number": entry["registration"]["number"],
        "subject.sex": "",
    }
    answer = register(desk, **changed)
    page = desk.client.get(answer["Location"], secure=True).content.decode()
    assert "This was reported before: by Brackwater Council" in words(page)


def test_only_kinds_that_rest_on_an_entry_are_registered(desk: Desk) -> None:
    assert "death" in [kind.name for kind in registering.kinds()]
    assert desk.ask("registrar-register", kind="move").status_code == 404
    for kind in registering.kinds():
        assert desk.read("registrar-register", kind=kind.name)


def test_today_lists_what_was_started_today_and_how_it_was_handed_over(desk: Desk) -> None:
    assert "Nothing has been started today yet" in desk.read("registrar")
    register(desk)
    theirs = factories.started(actor=Actor("x", organisation="elsewhere"))
    assert "Not handed over yet" in desk.read("registrar")
    desk.send("registrar-hand-over", {"how": "letter"}, report_id=only_of("northmoor").pk)
    page = desk.read("registrar")
    assert "Handed over: Letter" in words(page)
    assert theirs.reference not in page


def only_of(organisation: str) -> Report:
    return Report.objects.get(organisation=organisation)


@pytest.mark.parametrize("how", ["letter", "card"])
def test_paper_has_the_reference_and_a_square_and_is_noted(desk: Desk, how: str) -> None:
    report = factories.started()
    answer = desk.send("registrar-hand-over", {"how": how}, report_id=report.pk)
    assert answer["Location"] == reverse("registrar-paper", args=[report.pk, how])
    page = desk.client.get(answer["Location"], secure=True).content.decode()
    assert report.reference in page
    assert "testserver/open" in page
    assert '<svg class="app-code"' in page
    assert "style=" not in page[page.index("<svg") : page.index("</svg>")]
    noted = Access.objects.get(about=f"report:{report.pk}", action="report_handed_over")
    assert (noted.on, noted.actor) == (how, desk.name)


@pytest.mark.parametrize(
    ("how", "at", "wrong", "said"),
    [
        ("email", "bram@mail.example", "bram", "Enter an e-mail address in the correct format"),
        ("text", "07700 900982", "12", "Enter a mobile number"),
    ],
)
def test_a_reference_goes_by_message_once(desk: Desk, settings: Any, how: str, at: str, wrong: str, said: str) -> None:
    settings.NOTICES_CHANNEL = "console"
    report = factories.started()
    bad = desk.send("registrar-hand-over", {"how": how, how: wrong}, report_id=report.pk)
    assert bad.status_code == 422
    assert said in bad.content.decode()
    assert desk.send("registrar-hand-over", {"how": how, how: at}, report_id=report.pk).status_code == 303
    assert "The reference is being sent" in desk.read("registrar-hand-over", report_id=report.pk)
    assert (Notice.objects.get().by, Notice.objects.get().report) == (how, report)
    again = desk.send("registrar-hand-over", {"how": how, how: at}, report_id=report.pk)
    assert "was sent there before" in again.content.decode()
    other = {"how": how, how: "07700 900983" if how == "text" else "other@mail.example"}
    assert desk.send("registrar-hand-over", other, report_id=report.pk).status_code == 303
    assert Notice.objects.count() == 2


def test_without_a_channel_there_is_only_paper(desk: Desk, settings: Any) -> None:
    settings.NOTICES_CHANNEL = "none"
    report = factories.started()
    page = desk.read("registrar-hand-over", report_id=report.pk)
    assert "Print the letter" in page
    assert "Send by e-mail" not in page


def test_a_file_is_imported_once_with_a_report_of_it(desk: Desk) -> None:
    file = extract(record(1), record(2), record(1, is_update=True))
    page = desk.send("registrar-import", {"file": _named(file.getvalue())}).content.decode()
    assert "2 reports were started. 1 update was kept with its entry." in words(page)
    again = desk.send("registrar-import", {"file": _named(file.getvalue())}).content.decode()
    assert "This file was imported before. Nothing was changed." in again
    assert Report.objects.count() == 2


def test_each_refusal_in_a_file_has_its_line_and_nothing_is_taken(desk: Desk) -> None:
    file = extract(record(1), record(2, died="2999-01-01"))
    answer = desk.send("registrar-import", {"file": _named(file.getvalue())})
    assert answer.status_code == 422
    assert "1 record cannot be taken" in words(answer.content.decode())
    assert "Date of death must be today or in the past" in answer.content.decode()
    assert not Report.objects.exists()


def test_no_file_and_one_too_large_are_said_and_nothing_touches_the_disk(desk: Desk, settings: Any) -> None:
    assert "Choose a file" in desk.send("registrar-import", {}).content.decode()
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"
    answer = desk.send("registrar-import", {"file": _named(b"x" * (1024 * 1024 + 1))})
    assert answer.status_code == 422
    assert "The file is larger than 1 MB" in answer.content.decode()


def _named(content: bytes) -> Any:
    return SimpleUploadedFile("extract.xml", content, content_type="text/xml")


def test_evidence_that_comes_later_frees_what_waited(desk: Desk) -> None:
    factories.recipient("council-tax")
    entry, told = factories.somebody_else()
    answers = {**told, "subject": {**entry["subject"], **told["subject"]}, "death": entry["death"]}
    report = factories.started(told=answers, entry=None)
    reports.submit(factories.REGISTRAR, report.pk)
    delivery = report.deliveries.get()
    assert (delivery.state, delivery.reason) == ("withheld", "unverified")
    page = desk.read("registrar-evidence", report_id=report.pk)
    assert entry["subject"]["name"]["given"][0] not in page
    year, month, day = entry["subject"]["born_on"].split("-")
    form = {
        **TYPED,
        "subject.name.given": entry["subject"]["name"]["given"][0],
        "subject.born_on.day": day,
        "subject.born_on.month": month,
        "subject.born_on.year": year,
        "subject.sex": "",
        "once": token_in(page),
    }
    places = {desk.send("registrar-evidence", form, report_id=report.pk)["Location"] for _ in range(2)}
    assert places == {reverse("registrar-report", args=[report.pk])}
    assert Evidence.objects.count() == 1
    delivery.refresh_from_db()
    assert delivery.state == "pending"


@pytest.mark.parametrize("page", ["registrar-report", "registrar-hand-over", "registrar-evidence"])
def test_another_organisations_report_is_not_there(desk: Desk, page: str) -> None:
    theirs = factories.started(actor=Actor("x", organisation="elsewhere"))
    assert desk.ask(page, report_id=theirs.pk).status_code == 404


def test_officers_have_no_business_here() -> None:
    assert Desk("recipient-officer").ask("registrar").status_code == 403
    assert Desk("adviser").ask("registrar-register", kind="death").status_code == 403
    assert Desk("adviser").ask("registrar-import").status_code == 403


def test_the_head_of_the_page_leads_to_what_is_theirs(desk: Desk) -> None:
    page = desk.read("registrar")
    assert f'href="{reverse("registrar-import")}"' in page
    assert f'href="{reverse("adviser")}"' not in page
    assert f'href="{reverse("registrar-import")}"' not in Desk("adviser").read("adviser")
