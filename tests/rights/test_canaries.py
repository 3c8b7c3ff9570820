"""A canary in every personal field of every kind: with those entitled, and nowhere else; after erasure, not at all."""

import datetime as dt
import logging
from typing import Any, get_args

import pytest
import redis
from django.db import connection
from prometheus_client import generate_latest
from pydantic import BaseModel

from identity import people, records, vault
from identity.ledger import Actor
from identity.models import DataKey, Person
from identity.records import Record
from tellusonce import drains, events, reports
from tellusonce.events import Kind
from tellusonce.models import Answers, Lane, Report
from tests import canaries, factories
from tests.journeys import leaks
from tests.simulator.peers import Running

CLERK = Actor("Registrar's system", "northmoor")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", events.kinds().values(), ids=lambda kind: kind.name)
def test_no_canary_is_found_where_it_should_not_be_and_none_at_all_after_erasure(
    kind: Kind,
    far_end: Running,
    valkey: redis.Redis,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    far_end.start({"name": "everything", "style": "rest"}, keep_bodies=True)
    leaves = sorted(events.vocabulary(kind))
    recipient = factories.recipient(
        "everything", address=f"{far_end.url}/rest/everything", grants=leaves, agreement={"kind": kind.name}
    )
    told = canaries.told_of(kind)
    report = canaries.started(kind, told)
    reports.submit(factories.REGISTRAR, report.pk)
    drains.drain(recipient.pk, Lane.FIRST)
    choices = {choice for field in events.vocabulary(kind).values() for choice in field.choices}
    birds = {word for word in canaries.words(told) if word not in choices}
    assert len(birds) > 25
    sent = "".join(line.get("body", "") for line in far_end.lines())
    invited = birds & set(canaries.words({kind.invites: told[kind.invites]} if kind.invites else {}))
    assert {bird for bird in birds if bird not in sent} == invited, "every field, and nothing of another adult"
    assert_nowhere(birds, valkey, caplog.text + "".join(capfd.readouterr()))
    erase(report)


def assert_nowhere(birds: set[str], valkey: redis.Redis, said: str) -> None:
    """Look for canaries wherever something is kept or said."""
    with connection.cursor() as cursor:
        database = leaks.dump(cursor)
    broker = "".join(str(valkey.dump(key)) for key in valkey.keys("*"))
    places = {"database": database, "broker": broker, "logs": said, "metrics": generate_latest().decode()}
    for place, text in places.items():
        assert {bird for bird in birds if bird in text} == set(), place


def erase(report: Report) -> None:
    """Destroy the report's key: with the master key at hand nothing of it opens any more."""
    sealed = Answers.objects.get(report=report)
    assert vault.unseal(report.key, bytes(sealed.sealed), place=f"tellusonce_answers.sealed:{sealed.pk}")
    vault.destroy([report.key])
    with pytest.raises(vault.KeyDestroyed):
        vault.unseal(
            DataKey.objects.get(pk=report.key_id), bytes(sealed.sealed), place=f"tellusonce_answers.sealed:{sealed.pk}"
        )


VERIFIED = dt.datetime(2021, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
WHOLE_RECORD: dict[str, Any] = {
    "names": [
        {
            "use": "usual",
            "title": "Canary-title",
            "given": ["Canarygiven"],
            "family": "Canaryfamily",
            "suffix": "Canary-suffix",
            "since": "1951-02-03",
            "until": "1991-04-05",
        }
    ],
    "born_on": "1931-08-09",
    "died_on": "2026-02-07",
    "sex": "female",
    "addresses": [
        {
            "use": "usual",
            "lines": ["1 Canaryline"],
            "town": "Canarytown",
            "county": "Canarycounty",
            "country": "Canarycountry",
            "postcode": "ZX1 9CQ",
            "uprn": "100077665544",
            "area": "canary-area",
            "since": "1952-03-04",
            "until": "1992-05-06",
        }
    ],
    "contacts": [
        {
            "route": "email",
            "value": "canary@mail.example",
            "verified_at": VERIFIED,
        },
        {"route": "phone", "value": "+441632960177", "verified_at": VERIFIED},
    ],
    "identifiers": [{"scheme": "nino", "value": "QQ918273C"}, {"scheme": "nhs", "value": "9994126075"}],
    "language": "cy",
    "adjustments": ["large-print", "bsl", "easy-read", "no-phone"],
}


def test_the_whole_record_has_every_field_that_a_person_can_have() -> None:
    assert unfilled(Record.model_validate(WHOLE_RECORD)) == []


def unfilled(part: BaseModel, above: str = "") -> list[str]:
    """Name the fields of a record that nothing is in."""
    found = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        groups = [each for each in (value if isinstance(value, tuple) else ()) if isinstance(each, BaseModel)]
        found += [each for group in groups for each in unfilled(group, f"{above}{name}.")]
        found += [f"{above}{name}"] if value in (None, (), "") else []
    return found


@pytest.mark.django_db(transaction=True)
def test_no_canary_in_a_persons_record_is_found_where_it_should_not_be(
    valkey: redis.Redis, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    record = Record.model_validate(WHOLE_RECORD)
    person = people.create(CLERK, record=record, purpose="test")
    people.find(CLERK, record=record, purpose="test")
    people.change(CLERK, person=person, by=lambda known: known.model_copy(update={"language": "en"}), purpose="test")
    held = record.model_dump(mode="json")
    choices = {"female", *get_args(records.Adjustment)}
    birds = {word for word in canaries.words(held) if word not in choices}
    assert len(birds) > 20
    assert people.read(CLERK, person=person, purpose="test").names == record.names
    assert_nowhere(birds, valkey, caplog.text + "".join(capfd.readouterr()))
    vault.destroy([Person.objects.get(pk=person).key])
    with pytest.raises(people.Forgotten):
        people.read(CLERK, person=person, purpose="test")
