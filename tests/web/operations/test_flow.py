"""The picture of the flow: how much goes where and how it stands, alike in lines and in figures; nothing of anybody."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tellusonce import clocks
from tellusonce.deliveries import flows
from tellusonce.models import Delivery, Mailbox, Recipient
from tellusonce.web.operations import drawings
from tests import factories
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db
COLUMNS: dict[str, Callable[[dt.datetime], dict[str, Any]]] = {
    "waiting": lambda _at: {},
    "sent": lambda at: {"state": "sent", "due_at": None, "sent_at": at - dt.timedelta(minutes=30)},
    "confirmed": lambda at: {
        "state": "closed",
        "due_at": None,
        "outcome": "acted",
        "sent_at": at - dt.timedelta(hours=3),
        "closed_at": at - dt.timedelta(hours=2),
    },
    "overdue": lambda at: {
        "state": "sent",
        "due_at": None,
        "sent_at": at - dt.timedelta(days=9),
        "confirm_by": at.date() - dt.timedelta(days=2),
    },
    "failed": lambda _at: {"state": "failed", "due_at": None, "reason": "outcome-unknown"},
}


@pytest.fixture
def library() -> Recipient:
    return factories.recipient("library", name="Libraries")


def standing(*states: str) -> None:
    """Make one report's delivery for each state."""
    for state in states:
        delivery = factories.submitted().deliveries.get()
        Delivery.objects.filter(pk=delivery.pk).update(**COLUMNS[state](clocks.now()))


def test_each_delivery_is_counted_once_by_how_it_stands(library: Recipient) -> None:
    standing(*COLUMNS)
    (flow,) = flows.of([library.pk])
    assert flow.states == dict.fromkeys(COLUMNS, 1)
    assert (flow.day, flow.hour) == (2, 1)


def test_the_picture_and_the_table_say_the_same(library: Recipient) -> None:
    standing(*COLUMNS)
    page = Desk("operator", "").read("flow")
    assert "told: 2" in words(page)
    assert "Libraries 2 1 1 1 1 1 1" in words(page)
    assert "told: 1" in words(Desk("operator", "").read("flow", asked={"span": "hour"}))
    for drawing in ("desk", "phone"):
        assert f'id="flow-title-{drawing}"' in page
        assert f'id="flow-words-{drawing}"' in page
    assert page.count("url(#fill-overdue)") == 3


def test_a_line_is_the_thicker_the_more_goes_along_it_and_broken_where_nothing_goes() -> None:
    few, many = factories.recipient("few"), factories.recipient("many")
    Mailbox.objects.filter(recipient=few).update(paused_at=clocks.now(), paused_by="operator", pause_reason="drill")
    counted = flows.of([few.pk, many.pk])
    drawn = drawings.draw(drawings.PHONE, counted, {few.pk: 0, many.pk: 40}, frozenset({few.pk}))
    assert [line.thickness for line in drawn.lines] == [drawings.THINNEST, drawings.THICKEST]
    assert [line.is_stopped for line in drawn.lines] == [True, False]
    page = Desk("operator", "").read("flow")
    assert page.count("stroke-dasharray") == 2
    assert "Nothing goes at present" in page


def test_nothing_of_anybody_is_on_it(library: Recipient) -> None:
    report = factories.submitted()
    page = Desk("operator", "").read("flow")
    assert "Libraries" in page
    for said in ("Quillfeather", "Alma", report.reference, str(report.pk)):
        assert said not in page
    assert "onclick" not in page
    assert " style=" not in page


def test_an_operator_of_one_organisation_sees_its_recipients_alone(library: Recipient) -> None:
    factories.recipient("museum", name="Museum", organisation="southmoor")
    page = Desk("operator", "southmoor").read("flow")
    assert "Museum" in page
    assert "Libraries" not in page
    assert "Libraries" in Desk("auditor", "").read("flow")
    assert "No recipient is in use yet" in Desk("operator", "westmoor").read("flow")
    Desk("registrar", "southmoor").read("flow", status=403)


def test_a_page_that_refreshes_itself_makes_no_visit_longer(library: Recipient) -> None:
    operator = Desk("operator", "")
    began = operator.client.session["until"]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=40)
    with time_machine.travel(later, tick=False):
        refreshed = operator.client.get("/operations/flow", secure=True, headers={"X-Refresh": "yes"})
        assert refreshed.status_code == 200
        assert operator.client.session["until"] == began
        operator.read("flow")
        assert operator.client.session["until"] > began
    with time_machine.travel(later + dt.timedelta(minutes=61), tick=False):
        over = operator.client.get("/operations/flow", secure=True, headers={"X-Refresh": "yes"})
        assert over.status_code == 302


def test_a_form_is_never_sent_by_itself(library: Recipient) -> None:
    operator = Desk("operator", "")
    began = operator.client.session["until"]
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=40), tick=False):
        form = {"reason": "drill", "act": "pause"}
        operator.client.post("/operations/mailboxes/library/switch", form, secure=True, headers={"X-Refresh": "yes"})
        assert operator.client.session["until"] > began


def test_the_flow_asks_little(library: Recipient) -> None:
    standing(*COLUMNS)
    operator = Desk("operator", "")
    with CaptureQueriesContext(connection) as asked:
        operator.read("flow")
    assert len(asked) <= 12, "\n".join(each["sql"][:150] for each in asked)
