"""A canary in every personal field of a death: with those entitled, and nowhere else; after erasure, not at all."""

import copy
import itertools
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.db import connection
from prometheus_client import generate_latest

from identity import vault
from identity.models import DataKey
from tellusonce import drains, events, reports
from tellusonce.events import vocabularies
from tellusonce.models import Answers, Lane, Report
from tests import factories
from tests.journeys import leaks
from tests.simulator.peers import Running

DEATH = events.find("death")
# What fits fields that take no free text; each is nobody's, and unlike anything else.
FITTING: dict[str, Any] = {
    "date": "1987-06-05",
    "partial-date": "1933-04-02",
    "nino": "QQ918273C",
    "nhs_number": "9994126075",
    "driver_number": "CANAR303042Q99AB",
    "passports": "917263548",
    "vehicles": "ZX18CNR",
    "blue_badge": "C4NQ7X",
    "postcode": "ZX1 9CQ",
    "uprn": "100077665544",
    "email": "canary.{number}@mail.example",
    "phone": "01632 9601{number:02}",
    "service_number": "Q7654321",
    "died_on": "2026-02-03",
    "registered_on": "2026-02-04",
}
numbers = itertools.count(10)


def value_for(field: events.Field) -> Any:
    """Give a canary that the field takes."""
    name, number = field.path.rsplit(".", 1)[-1], next(numbers)
    if field.choices:
        return field.choices[0]
    if field.type in {"boolean", "integer"}:
        return field.type == "boolean" or 1
    fitting = FITTING.get(name) or FITTING.get(field.type)
    return fitting.format(number=number) if isinstance(fitting, str) else f"Canary{number}{'xyzvw'[number % 5]}kite"


def canaries() -> dict[str, Any]:
    """Fill every field of the kind; groups in lists get one member."""
    told: dict[str, Any] = {}
    groups = ((path, field) for path, field in vocabularies.fields(DEATH.model).items() if field.model is not None)
    lists = {path for path, field in groups if field.is_list}
    for path, field in events.vocabulary(DEATH).items():
        value = value_for(field)
        put(told, path.split("."), [value] if field.is_list and path not in lists else value, lists)
    return told


def put(branch: dict[str, Any], parts: list[str], value: Any, lists: set[str], above: str = "") -> None:
    """Put a value where its path leads, through lists of one."""
    name, *below = parts
    path = f"{above}.{name}" if above else name
    if not below:
        branch[name] = value
        return
    inner = branch.setdefault(name, [{}] if path in lists else {})
    put(inner[0] if path in lists else inner, below, value, lists, path)


def words(value: Any) -> Iterator[str]:
    """Walk to every text that is long enough to be somebody's."""
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from words(each)
    elif isinstance(value, str) and len(value) > 5:
        yield value


@pytest.mark.django_db(transaction=True)
def test_no_canary_is_found_where_it_should_not_be_and_none_at_all_after_erasure(
    far_end: Running, valkey: redis.Redis, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    leaves = sorted(events.vocabulary(DEATH))
    far_end.start({"name": "everything", "style": "rest"}, keep_bodies=True)
    recipient = factories.recipient("everything", address=f"{far_end.url}/rest/everything", grants=leaves)
    told = canaries()
    told = events.validate(DEATH, told)
    entry = {group: told[group] for group in ("death", "registration")} | {
        "subject": {name: told["subject"][name] for name in ("name", "born_on")}
    }
    report = factories.started(told=copy.deepcopy(told), entry=entry)
    reports.submit(factories.REGISTRAR, report.pk)
    drains.drain(recipient.pk, Lane.FIRST)
    choices = {choice for field in events.vocabulary(DEATH).values() for choice in field.choices}
    birds = {word for word in words(told) if word not in choices}
    assert len(birds) > 80
    sent = "".join(line.get("body", "") for line in far_end.lines())
    assert {bird for bird in birds if bird not in sent} == set(), "the one who is entitled gets every field"
    places = {
        "database": dumped(),
        "broker": "".join(str(valkey.dump(key)) for key in valkey.keys("*")),
        "logs": caplog.text + "".join(capfd.readouterr()),
        "metrics": generate_latest().decode(),
    }
    for place, text in places.items():
        assert {bird for bird in birds if bird in text} == set(), place
    erase(report)


def dumped() -> str:
    """Dump every table that the tests' role may read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        tables = [name for (name,) in cursor.fetchall()]
        return "\n".join(row for table in tables for row in leaks._rows(cursor, table))


def erase(report: Report) -> None:
    """Destroy the report's key: with the master key at hand nothing of it opens any more."""
    sealed = Answers.objects.get(report=report)
    assert vault.unseal(report.key, bytes(sealed.sealed), place=f"tellusonce_answers.sealed:{sealed.pk}")
    vault.destroy([report.key])
    with pytest.raises(vault.KeyDestroyed):
        vault.unseal(
            DataKey.objects.get(pk=report.key_id), bytes(sealed.sealed), place=f"tellusonce_answers.sealed:{sealed.pk}"
        )
