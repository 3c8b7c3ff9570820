"""Whoever asks is given all that is held, opened; whoever asks to be forgotten is, where the law allows."""

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from identity import vault
from identity.models import Access, Person
from tellusonce import forgetting, holdings
from tellusonce.models import Delivery, Report
from tests import factories
from tests.rights.test_retention import LONG_AGO, settled

pytestmark = pytest.mark.django_db


def given(name: str, *options: str) -> str:
    out = StringIO()
    call_command("subject_access", name, *options, stdout=out)
    return out.getvalue()


def test_everything_about_a_report_is_given_as_json() -> None:
    factories.recipient("pensions")
    report = factories.submitted()
    held = json.loads(given(report.reference, "--json", "--by", "J. Officer"))
    assert held["about"] == f"report {report.reference}"
    said = {each["what"]: each["says"] for each in held["sealed"]}
    assert said["answers: sealed"]["subject"]["addresses"][0]["postcode"] == "ZX1 2AB"
    assert said["evidence: sealed"]["registration"]["number"].startswith("NM-")
    (told,) = held["told to"]
    assert told["recipient"] == "Northmoor: Service 1" or told["recipient"].startswith("Northmoor: ")
    assert told["lawful_basis"] == "public_task"
    assert {each["action"] for each in held["who looked and why"]} >= {"report_started", "report_submitted"}
    entry = Access.objects.get(action="subject_access_given")
    assert (entry.actor, entry.about) == ("J. Officer", f"report:{report.pk}")


def test_it_is_given_as_text_that_people_can_read() -> None:
    factories.recipient()
    report = factories.submitted()
    text = given(str(report.pk))
    assert "postcode: ZX1 2AB" in text
    assert "family: Quillfeather" in text
    assert "who looked and why:" in text
    assert "{" not in text


def test_what_was_erased_is_said_to_have_been() -> None:
    report = factories.started()
    vault.destroy([report.key])
    assert "says: erased" in given(report.reference)


def test_everything_about_a_person_is_given() -> None:
    key = vault.create_key()
    person = Person(key=key)
    for column, value in (("record", {"names": ["Alma"]}), ("traits", [1])):
        setattr(
            person, column, vault.seal(key, json.dumps(value).encode(), place=f"identity_person.{column}:{person.pk}")
        )
    person.save(force_insert=True)
    text = given(str(person.pk))
    assert f"about: person {person.pk}" in text
    assert "1: Alma" in text


@pytest.mark.parametrize("name", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_there_is_said_in_a_sentence(name: str) -> None:
    for command in ("subject_access", "erase"):
        with pytest.raises(CommandError, match=name) as refused:
            call_command(command, name)
        assert refused.value.returncode == 2


def test_a_report_that_nobody_was_told_of_is_erased() -> None:
    report = factories.started()
    out = StringIO()
    call_command("erase", report.reference, "--dry-run", stdout=out)
    assert out.getvalue().startswith("May be erased.")
    call_command("erase", report.reference, stdout=out)
    report = Report.objects.select_related("key").get(pk=report.pk)
    assert report.key.destroyed_at is not None
    assert report.state == Report.State.EXPIRED
    assert Access.objects.get(action="report_erased").purpose == "right to erasure"
    with pytest.raises(CommandError, match="erased already"):
        call_command("erase", report.reference)


def open_report() -> Report:
    factories.recipient()
    return factories.submitted()


def recently_settled() -> Report:
    return settled(on=timezone.now() - dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (open_report, r"Article 17\(3\)\(b\)"),
        (recently_settled, r"It is kept until \d{4}-\d\d-\d\d"),
    ],
)
def test_where_the_law_does_not_allow_it_the_reason_is_given(make: Any, why: str) -> None:
    report = make()
    with pytest.raises(CommandError, match=why) as refused:
        call_command("erase", report.reference)
    assert refused.value.returncode == 1
    assert Access.objects.filter(action="erasure_refused", about=f"report:{report.pk}").exists()
    report.key.refresh_from_db()
    assert report.key.destroyed_at is None


def test_what_was_kept_long_enough_is_erased() -> None:
    assert forgetting.erase(factories.REGISTRAR, settled(on=LONG_AGO)).may_be


def test_what_rests_on_consent_alone_is_erased_when_it_is_settled() -> None:
    report = recently_settled()
    (delivery,) = report.deliveries.all()
    assert not forgetting.judge(report).may_be
    consent = factories.agreement(delivery.recipient, fields=["subject.name.family"], lawful_basis="consent")
    Delivery.objects.update(agreement=consent)
    assert forgetting.judge(report).may_be


def test_a_person_is_not_erased_alone() -> None:
    key = vault.create_key()
    person = Person.objects.create(key=key, record=b"", traits=b"")
    with pytest.raises(CommandError, match="Only a report"):
        call_command("erase", str(person.pk))
    assert holdings.find(str(person.pk)).keys == (key,)
