"""A death that was reported before is told to nobody twice."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from identity import doubts
from identity.ledger import Actor
from identity.models import Person
from tellusonce import duplicates, events, reports
from tellusonce.models import Delivery, Report
from tests import factories

pytestmark = pytest.mark.django_db
COUSIN = Actor("cousin", organisation="westmoor")


def submit(actor: Actor = factories.REGISTRAR, **changes: Any) -> Report:
    """Report the death of one and the same person; `changes` are laid over the register's entry, by group."""
    entry = copy.deepcopy(factories.ENTRY)
    for group, fields in changes.items():
        entry[group] = {**entry[group], **fields}
    report = factories.started(actor=actor, entry=entry, told=copy.deepcopy(factories.TOLD))
    reports.submit(actor, report.pk)
    report.refresh_from_db()
    return report


def states(report: Report) -> list[tuple[str, str]]:
    """Give the states of a report's deliveries."""
    return list(report.deliveries.values_list("state", "reason"))


def the_doubt(report: Report) -> Any:
    """Give the one doubt about a report."""
    return doubts.waiting(duplicates.about(report)).get()


def test_a_second_report_joins_the_first_and_owes_nobody_anything() -> None:
    factories.recipient("library")
    first, second = submit(), submit(COUSIN)
    assert second.joins == first
    assert (states(first), states(second)) == ([("pending", "")], [])
    assert first.subject == second.subject


def test_a_name_spelt_another_way_joins_too() -> None:
    factories.recipient("library")
    first = submit()
    second = submit(COUSIN, subject={"name": {"given": ["Alma"], "family": "Quilfeather"}})
    assert second.joins == first


def test_somebody_else_is_told_of_by_itself() -> None:
    factories.recipient("library")
    first, second = factories.submitted(), factories.submitted()
    assert second.joins is None
    assert (states(first), states(second)) == ([("pending", "")], [("pending", "")])
    assert first.subject != second.subject


HUSBAND = {"subject": {"name": {"given": ["Cuthbert"], "family": "Quillfeather"}, "born_on": "1929-11-30"}}


def in_doubt() -> tuple[Report, Report]:
    """Report a death, and one of the same name at the same address, without the register's number."""
    factories.recipient("library")
    return submit(), submit(COUSIN, **HUSBAND, registration={"number": None})


def test_two_entries_in_the_register_are_two_deaths_and_a_question_for_the_identity_store() -> None:
    factories.recipient("library")
    first, second = submit(), submit(COUSIN, registration={"number": "NM-9999"})
    assert states(second) == [("pending", "")]
    assert first.subject != second.subject
    assert the_doubt(second).people_needed == 2


def test_where_likeness_does_not_decide_people_do_before_anybody_is_told() -> None:
    _, second = in_doubt()
    assert second.joins is None
    assert states(second) == [("withheld", "possible-duplicate")]
    assert the_doubt(second).people_needed == 1


def test_what_people_find_to_be_different_goes_its_own_way() -> None:
    _, second = in_doubt()
    reports.resolve(Actor("clerk"), the_doubt(second).pk, answer="different")
    assert states(second) == [("pending", "")]


def test_what_people_find_to_be_the_same_joins() -> None:
    first, second = in_doubt()
    reports.resolve(Actor("clerk"), the_doubt(second).pk, answer="same")
    second.refresh_from_db()
    assert second.joins == first
    assert states(second) == [("withheld", "duplicate")]


def test_evidence_does_not_free_what_is_in_doubt() -> None:
    _, second = in_doubt()
    entry = {**factories.ENTRY, **HUSBAND, "registration": {"number": "NM-5001"}}
    reports.record_evidence(COUSIN, second.pk, reports.Proof("register-entry", entry))
    assert states(second) == [("withheld", "possible-duplicate")]


def test_a_registrar_is_told_at_the_start_that_it_was_reported() -> None:
    first = submit()
    again = factories.started(actor=COUSIN, entry=copy.deepcopy(factories.ENTRY), told={})
    told = reports.answers(COUSIN, again.pk)
    assert duplicates.reported_before(COUSIN, again, told) == first
    new = factories.started()
    assert duplicates.reported_before(factories.REGISTRAR, new, reports.answers(factories.REGISTRAR, new.pk)) is None


def test_a_husband_and_a_wife_are_two_deaths_by_their_entries() -> None:
    factories.recipient("library")
    submit()
    second = submit(COUSIN, **HUSBAND, registration={"number": "NM-5001"})
    assert states(second) == [("pending", "")]


def test_a_move_may_happen_again() -> None:
    assert events.find("death").happens_once
    assert not events.find("move").happens_once


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one_report_and_one_that_joins_it() -> None:
    factories.recipient("library")
    started = [
        factories.started(actor=actor, entry=copy.deepcopy(factories.ENTRY), told=copy.deepcopy(factories.TOLD))
        for actor in (factories.REGISTRAR, COUSIN)
    ]
    gate = threading.Barrier(2, timeout=60)

    def go(report: Report) -> None:
        try:
            gate.wait()
            actor = factories.REGISTRAR if report.organisation == "northmoor" else COUSIN
            reports.submit(actor, report.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, started))
    assert Report.objects.filter(joins=None).count() == 1
    assert Delivery.objects.count() == 1
    assert Person.objects.count() == 1


def run(*arguments: Any) -> str:
    """Run the command and give what it printed."""
    out = StringIO()
    call_command("duplicates", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_doubts_are_listed_without_a_name_and_decided_from_the_command_line() -> None:
    _, second = in_doubt()
    doubt = the_doubt(second).pk
    listed = run("list")
    assert str(doubt) in listed
    assert "Quillfeather" not in listed
    assert run("decide", doubt, "different", "--by", "clerk") == "Taken.\n"
    assert states(second) == [("pending", "")]
    with pytest.raises(CommandError, match="decided before"):
        run("decide", doubt, "same", "--by", "another")
