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
from tests.web.desks import words
from tests.web.readers import Reader

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
def registrar() -> Reader:
    """Whose report the later one is."""
    return Reader("registrar", "westmoor")


def doubt(report: Report) -> Any:
    return doubts.waiting(duplicates.about(report)).get().pk


def test_the_list_says_what_waits_and_nothing_of_the_people(later: Report, registrar: Reader) -> None:
    page = words(registrar.look("duplicates"))
    assert later.reference in page
    assert "0 given, 1 that agree are needed" in page
    assert "Quillfeather" not in page
    assert not Access.objects.filter(action="report_read").exists()


def test_both_sides_are_shown_with_what_speaks_for_it(earlier: Report, later: Report, registrar: Reader) -> None:
    page = words(registrar.look("duplicate", doubt_id=doubt(later)))
    assert f"What This report {earlier.reference} How alike" in page
    assert "Given names Cuthbert Alma Different Speaks for two people" in page
    assert "Family name Quillfeather Quillfeather The same Speaks for one person" in page
    assert "Date of birth 30 November 1929 3 February 1931" in page
    assert "1 Larch Row" in page
    assert "two of one household" in page


def test_a_look_is_written_down_for_both(earlier: Report, later: Report, registrar: Reader) -> None:
    registrar.look("duplicate", doubt_id=doubt(later))
    read = Access.objects.filter(actor=registrar.name, purpose="possible-duplicate")
    assert set(read.values_list("action", "about")) == {
        ("report_read", f"report:{earlier.pk}"),
        ("report_read", f"report:{later.pk}"),
        ("person_read", f"person:{earlier.subject}"),
    }


def test_one_opinion_decides_what_nobody_was_told_of(earlier: Report, later: Report, registrar: Reader) -> None:
    done = registrar.put("duplicate", {"answer": "same"}, doubt_id=doubt(later))
    page = registrar.follow(done)
    assert "Your opinion was taken" in page
    assert "Nothing waits" in page
    later.refresh_from_db()
    assert later.joins == earlier
    assert Access.objects.get(action="doubt_decided").actor == registrar.name


def test_two_people_go_their_own_ways(later: Report, registrar: Reader) -> None:
    registrar.follow(registrar.put("duplicate", {"answer": "different"}, doubt_id=doubt(later)))
    assert list(later.deliveries.values_list("state", flat=True)) == ["pending"]


def test_what_was_sent_takes_two_who_agree(sent: Report, registrar: Reader) -> None:
    doubt_id, operator = doubt(sent), Reader("operator", "")
    assert "two people have to agree" in words(registrar.look("duplicate", doubt_id=doubt_id))
    registrar.follow(registrar.put("duplicate", {"answer": "same"}, doubt_id=doubt_id))
    assert "1 given, 2 that agree are needed" in words(registrar.look("duplicates"))
    again = registrar.look("duplicate", doubt_id=doubt_id)
    assert "You have given your opinion" in again
    assert "<form method=" not in again
    assert registrar.put("duplicate", {"answer": "same"}, doubt_id=doubt_id).status_code == 409
    assert doubts.waiting().exists()
    operator.follow(operator.put("duplicate", {"answer": "same"}, doubt_id=doubt_id))
    assert not doubts.waiting().exists()


def test_no_answer_is_said(later: Report, registrar: Reader) -> None:
    answer = registrar.put("duplicate", {"answer": "perhaps"}, doubt_id=doubt(later))
    assert answer.status_code == 422
    assert 'href="#answer"' in answer.content.decode()
    assert doubts.waiting().exists()


def test_the_registrar_of_the_earlier_report_and_others_have_nothing_there(later: Report) -> None:
    for other in (Reader("registrar", "northmoor"), Reader("registrar", "southmoor")):
        assert later.reference not in other.look("duplicates")
        other.look("duplicate", doubt_id=doubt(later), status=404)
        assert other.put("duplicate", {"answer": "same"}, doubt_id=doubt(later)).status_code == 404
    for role in ("adviser", "recipient-officer"):
        Reader(role, "westmoor").look("duplicates", status=403)
    Reader("operator", "westmoor").look("duplicates", status=403)
    assert doubts.waiting().exists()


def test_an_auditor_sees_that_something_waits_and_no_more(later: Report) -> None:
    auditor = Reader("auditor", "")
    page = auditor.look("duplicates")
    assert later.reference in page
    assert str(doubt(later)) not in page
    auditor.look("duplicate", doubt_id=doubt(later), status=403)


def test_what_has_been_decided_or_erased_is_no_longer_there(later: Report, registrar: Reader) -> None:
    doubt_id = doubt(later)
    DataKey.objects.filter(pk=later.key_id).update(destroyed_at=later.started_at, wrapped=b"")
    registrar.look("duplicate", doubt_id=doubt_id, status=404)
    reports.resolve(Actor("clerk"), doubt_id, answer="same")
    registrar.look("duplicate", doubt_id=doubt_id, status=404)
    assert "Nothing waits" in registrar.look("duplicates")


def test_pages_of_duplicates_ask_little(later: Report, registrar: Reader) -> None:
    doubt_id = doubt(later)
    for name, place in (("duplicates", {}), ("duplicate", {"doubt_id": doubt_id})):
        with CaptureQueriesContext(connection) as asked:
            registrar.look(name, **place)
        questions = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
        assert len(questions) <= 12, "\n".join(each[:150] for each in questions)
