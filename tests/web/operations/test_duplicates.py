"""Two reports that may be of one person: who sees what of them, and who decides."""

import copy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity import doubts
from identity.ledger import Actor
from identity.models import Access, DataKey
from tellusonce import duplicates, reports
from tellusonce.models import Report
from tests import factories
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db
COUSIN = Actor("cousin", organisation="westmoor")
HUSBAND = {"given": ["Cuthbert"], "family": "Quillfeather"}


def submitted(actor: Actor, entry: Any) -> Report:
    report = factories.started(actor=actor, entry=entry, told=copy.deepcopy(factories.TOLD))
    reports.submit(actor, report.pk)
    report.refresh_from_db()
    return report


@pytest.fixture
def earlier() -> Report:
    factories.recipient("library")
    return submitted(factories.REGISTRAR, copy.deepcopy(factories.ENTRY))


@pytest.fixture
def later(earlier: Report) -> Report:
    """Another of the same household, reported elsewhere without the register's number."""
    entry = copy.deepcopy(factories.ENTRY) | {"registration": {"number": None}}
    entry["subject"] = {"name": HUSBAND, "born_on": "1929-11-30"}
    return submitted(COUSIN, entry)


@pytest.fixture
def sent(earlier: Report) -> Report:
    """The same person under another entry of the register: recipients are told, and two people have to decide."""
    entry = copy.deepcopy(factories.ENTRY) | {"registration": {"number": "NM-9999"}}
    return submitted(COUSIN, entry)


@pytest.fixture
def registrar() -> Desk:
    """Whose report the later one is."""
    return Desk("registrar", "westmoor")


def doubt(report: Report) -> Any:
    return doubts.waiting(duplicates.about(report)).get().pk


def test_the_list_says_what_waits_and_nothing_of_the_people(later: Report, registrar: Desk) -> None:
    page = words(registrar.read("duplicates"))
    assert later.reference in page
    assert "0 given, 1 that agree are needed" in page
    assert "Quillfeather" not in page
    assert not Access.objects.filter(action="report_read").exists()


def test_both_sides_are_shown_with_what_speaks_for_it(earlier: Report, later: Report, registrar: Desk) -> None:
    page = words(registrar.read("duplicate", doubt_id=doubt(later)))
    assert f"What This report {earlier.reference} How alike" in page
    assert "Given names Cuthbert Alma Different Speaks for two people" in page
    assert "Family name Quillfeather Quillfeather The same Speaks for one person" in page
    assert "Date of birth 30 November 1929 3 February 1931" in page
    assert "1 Larch Row" in page
    assert "two of one household" in page


def test_a_look_is_written_down_for_both(earlier: Report, later: Report, registrar: Desk) -> None:
    registrar.read("duplicate", doubt_id=doubt(later))
    read = Access.objects.filter(actor=registrar.name, purpose="possible-duplicate")
    assert set(read.values_list("action", "about")) == {
        ("report_read", f"report:{earlier.pk}"),
        ("report_read", f"report:{later.pk}"),
        ("person_read", f"person:{earlier.subject}"),
    }


def test_one_opinion_decides_what_nobody_was_told_of(earlier: Report, later: Report, registrar: Desk) -> None:
    done = registrar.send("duplicate", {"answer": "same"}, doubt_id=doubt(later))
    page = registrar.follow(done)
    assert "Your opinion was taken" in page
    assert "Nothing waits" in page
    later.refresh_from_db()
    assert later.joins == earlier
    assert Access.objects.get(action="doubt_decided").actor == registrar.name


def test_two_people_go_their_own_ways(later: Report, registrar: Desk) -> None:
    registrar.follow(registrar.send("duplicate", {"answer": "different"}, doubt_id=doubt(later)))
    assert list(later.deliveries.values_list("state", flat=True)) == ["pending"]


def test_what_was_sent_takes_two_who_agree(sent: Report, registrar: Desk) -> None:
    doubt_id, operator = doubt(sent), Desk("operator", "")
    assert "two people have to agree" in words(registrar.read("duplicate", doubt_id=doubt_id))
    registrar.follow(registrar.send("duplicate", {"answer": "same"}, doubt_id=doubt_id))
    assert "1 given, 2 that agree are needed" in words(registrar.read("duplicates"))
    again = registrar.read("duplicate", doubt_id=doubt_id)
    assert "You have given your opinion" in again
    assert "<form method=" not in again
    assert registrar.send("duplicate", {"answer": "same"}, doubt_id=doubt_id).status_code == 409
    assert doubts.waiting().exists()
    operator.follow(operator.send("duplicate", {"answer": "same"}, doubt_id=doubt_id))
    assert not doubts.waiting().exists()


def test_no_answer_is_said(later: Report, registrar: Desk) -> None:
    answer = registrar.send("duplicate", {"answer": "perhaps"}, doubt_id=doubt(later))
    assert answer.status_code == 422
    assert 'href="#answer"' in answer.content.decode()
    assert doubts.waiting().exists()


def test_the_registrar_of_the_earlier_report_and_others_have_nothing_there(later: Report) -> None:
    for other in (Desk("registrar", "northmoor"), Desk("registrar", "southmoor")):
        assert later.reference not in other.read("duplicates")
        other.read("duplicate", doubt_id=doubt(later), status=404)
        assert other.send("duplicate", {"answer": "same"}, doubt_id=doubt(later)).status_code == 404
    for role in ("adviser", "recipient-officer"):
        Desk(role, "westmoor").read("duplicates", status=403)
    Desk("operator", "westmoor").read("duplicates", status=403)
    assert doubts.waiting().exists()


def test_an_auditor_sees_that_something_waits_and_no_more(later: Report) -> None:
    auditor = Desk("auditor", "")
    page = auditor.read("duplicates")
    assert later.reference in page
    assert str(doubt(later)) not in page
    auditor.read("duplicate", doubt_id=doubt(later), status=403)


def test_what_has_been_decided_or_erased_is_no_longer_there(later: Report, registrar: Desk) -> None:
    doubt_id = doubt(later)
    DataKey.objects.filter(pk=later.key_id).update(destroyed_at=later.started_at, wrapped=b"")
    registrar.read("duplicate", doubt_id=doubt_id, status=404)
    reports.resolve(Actor("clerk"), doubt_id, answer="same")
    registrar.read("duplicate", doubt_id=doubt_id, status=404)
    assert "Nothing waits" in registrar.read("duplicates")


def test_pages_of_duplicates_ask_little(later: Report, registrar: Desk) -> None:
    doubt_id = doubt(later)
    for name, place in (("duplicates", {}), ("duplicate", {"doubt_id": doubt_id})):
        with CaptureQueriesContext(connection) as asked:
            registrar.read(name, **place)
        questions = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
        assert len(questions) <= 12, "\n".join(each[:150] for each in questions)
