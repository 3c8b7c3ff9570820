"""What operators see of mailboxes, and how they stop and start them; auditors look and touch nothing."""

import datetime as dt
from typing import Any

import pytest

from identity.models import Access, Account
from tellusonce import clocks
from tellusonce.deliveries import streams
from tellusonce.models import Delivery, Mailbox, Pause, Recipient
from tests import factories
from tests.web.desks import Desk, words

pytestmark = pytest.mark.django_db
DRILL = {"reason": "drill", "act": "pause"}


@pytest.fixture
def library() -> Recipient:
    return factories.recipient("library", name="Libraries")


@pytest.fixture
def operator() -> Desk:
    return Desk("operator", "")


def paused() -> bool:
    return Mailbox.objects.get(recipient__slug="library").paused_at is not None


def test_the_list_says_what_waits_and_what_stops_it(library: Recipient, operator: Desk) -> None:
    factories.submitted()
    Delivery.objects.update(due_at=clocks.now() - dt.timedelta(minutes=7, seconds=5))
    page = words(operator.read("mailboxes"))
    assert "Libraries Northmoor Working Due for 7 minutes 1 0 0" in page
    Mailbox.objects.update(open_until=clocks.now() + dt.timedelta(minutes=1))
    assert "Breaker open" in operator.read("mailboxes", asked={"state": "breaker"})
    assert "No mailbox is like that" in operator.read("mailboxes", asked={"state": "paused"})
    assert "Libraries" in operator.read("mailboxes", asked={"name": "librar"})
    assert "No mailbox is like that" in operator.read("mailboxes", asked={"name": "museum"})


@pytest.mark.parametrize(
    ("recipient", "mailbox", "said"),
    [
        ({}, {}, "Working"),
        ({}, {"reply_ms": 9000}, "Slow"),
        ({"is_active": False}, {}, "Not in use"),
        ({"assured_until": dt.date(2020, 1, 1)}, {}, "Connection lapsed"),
        ({"opening_hours": {"from": "00:00", "until": "00:00"}}, {}, "Outside its hours"),
        ({}, {"open_until": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}, "Breaker open"),
    ],
)
def test_the_gravest_thing_that_stops_a_mailbox_is_said(
    library: Recipient, operator: Desk, recipient: Any, mailbox: Any, said: str
) -> None:
    Recipient.objects.update(**recipient)
    Mailbox.objects.update(**mailbox)
    assert said in words(operator.read("mailboxes"))
    assert said in words(operator.read("mailbox", slug="library"))


def test_what_waits_for_its_next_try_is_not_late(library: Recipient, operator: Desk) -> None:
    factories.submitted()
    Delivery.objects.update(due_at=clocks.now() + dt.timedelta(hours=2, minutes=1))
    assert "Due in 2 hours" in operator.read("mailbox", slug="library")


def test_the_list_has_pages(operator: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for slug in ("a", "b", "c"):
        factories.recipient(slug, name=f"The {slug}")
    monkeypatch.setattr(streams.page, "__kwdefaults__", {"after": "", "limit": 2})
    first = operator.read("mailboxes", asked={"name": "The"})
    assert "?name=The&amp;after=b" in first
    assert "The c" not in first
    second = operator.read("mailboxes", asked={"name": "The", "after": "b"})
    assert "The c" in second
    assert 'href="?name=The">First page' in second


def test_a_mailbox_is_paused_and_resumed_with_a_reason_for_the_record(library: Recipient, operator: Desk) -> None:
    shown = words(operator.follow(operator.send("mailbox-switch", DRILL, slug="library")))
    assert "Sending to this recipient is paused" in shown
    assert f"by {Account.objects.get().login}: A drill" in shown
    assert paused()
    again = operator.send("mailbox-switch", {"reason": "mended", "act": "resume"}, slug="library")
    assert "Sending to this recipient goes on" in operator.follow(again)
    assert not paused()
    assert list(Access.objects.filter(about="mailbox:library").values_list("action", "purpose", "actor")) == [
        ("mailbox_paused", "drill", operator.name),
        ("mailbox_resumed", "mended", operator.name),
    ]


def test_pressing_twice_pauses_once(library: Recipient, operator: Desk) -> None:
    for _ in range(2):
        operator.follow(operator.send("mailbox-switch", DRILL, slug="library"))
    assert Access.objects.filter(action="mailbox_paused").count() == 1


@pytest.mark.parametrize("reason", ["", "because"])
def test_without_a_reason_nothing_is_switched(library: Recipient, operator: Desk, reason: str) -> None:
    answer = operator.send("mailbox-switch", {"reason": reason, "act": "pause"}, slug="library")
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.content.decode()
    assert not paused()


def test_what_the_engine_or_the_command_line_paused_says_so(library: Recipient, operator: Desk) -> None:
    Mailbox.objects.update(paused_at=clocks.now(), paused_by="engine", pause_reason="http-401")
    assert "by the service itself: http-401" in words(operator.read("mailbox", slug="library"))


@pytest.mark.parametrize(("what", "kind", "said"), [("everything", "", "All sending"), ("kind:death", "death", "kind")])
def test_sending_is_paused_and_resumed_as_a_whole(
    library: Recipient, operator: Desk, what: str, kind: str, said: str
) -> None:
    operator.read("pauses")
    shown = operator.follow(operator.send("pauses", {**DRILL, "what": what}))
    assert said in shown
    assert "A drill" in shown
    assert Pause.objects.get().kind == kind
    assert "Paused at present" in operator.read("pauses")
    operator.follow(operator.send("pauses", {"what": what, "reason": "mended", "act": "resume"}))
    assert not Pause.objects.exists()


def test_a_choice_that_lacks_something_is_kept_and_says_what(operator: Desk) -> None:
    answer = operator.send("pauses", {"what": "kind:wedding", "reason": "drill", "act": "pause"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose what to pause or resume" in page
    assert '<option value="drill" selected' in page
    assert not Pause.objects.exists()


def test_an_auditor_looks_and_touches_nothing(library: Recipient) -> None:
    auditor = Desk("auditor", "")
    assert "Libraries" in auditor.read("mailboxes")
    assert "<form method=" not in auditor.read("mailbox", slug="library")
    assert auditor.send("mailbox-switch", DRILL, slug="library").status_code == 403
    auditor.read("pauses", status=403)
    assert not paused()


@pytest.mark.parametrize("role", ["registrar", "adviser", "recipient-officer"])
def test_nobody_else_sees_mailboxes(library: Recipient, role: str) -> None:
    other = Desk(role, "northmoor")
    other.read("mailboxes", status=403)
    other.read("mailbox", slug="library", status=403)
    other.read("pauses", status=403)
    assert "Mailboxes" not in other.read("start")


def test_an_operator_of_one_organisation_has_its_mailboxes_and_no_others(library: Recipient) -> None:
    theirs, strangers = Desk("operator", "northmoor"), Desk("operator", "southmoor")
    assert "Libraries" in theirs.read("mailboxes")
    assert theirs.send("mailbox-switch", DRILL, slug="library").status_code == 303
    assert theirs.send("pauses", {**DRILL, "what": "everything"}).status_code == 403
    assert "Libraries" not in strangers.read("mailboxes")
    strangers.read("mailbox", slug="library", status=404)
    assert strangers.send("mailbox-switch", {"reason": "mended", "act": "resume"}, slug="library").status_code == 404
    assert paused()


def test_pages_of_mailboxes_ask_little_however_many_there_are(
    operator: Desk, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        factories.recipient(f"r{number:02}")
    factories.submitted()
    with django_assert_max_num_queries(12):
        operator.read("mailboxes")
    with django_assert_max_num_queries(12):
        operator.read("mailbox", slug="r03")
