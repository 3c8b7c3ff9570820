"""What an operator does from the command line."""

import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from identity.models import Access
from tellusonce import clocks, drains
from tellusonce.models import Attempt, Delivery, Lane, Mailbox, Pause
from tests import factories
from tests.engine.tellings import bodies, owed
from tests.simulator.peers import Running


def run(*arguments: Any) -> str:
    """Run a command and give what it printed."""
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def failed() -> Delivery:
    """A delivery that failed, with an attempt of which nobody knows the outcome."""
    factories.recipient("library")
    factories.submitted()
    delivery = Delivery.objects.get()
    Attempt.objects.create(delivery_id=delivery.pk, number=1, fence=1, digest=b"", started_at=clocks.now())
    Delivery.objects.update(state="failed", reason="outcome-unknown", due_at=None, tries=1)
    return delivery


@pytest.mark.django_db
def test_what_failed_is_listed_with_its_reason(failed: Delivery) -> None:
    listed = run("deliveries", "failed", "--recipient", "library")
    assert str(failed.pk) in listed
    assert "outcome-unknown" in listed


@pytest.mark.django_db
def test_a_dry_run_puts_nothing_back(failed: Delivery) -> None:
    assert str(failed.pk) in run("deliveries", "replay", failed.pk, "--dry-run")
    assert Delivery.objects.get().state == "failed"


@pytest.mark.django_db
def test_a_replay_is_done_once_however_often_it_is_asked_for(failed: Delivery) -> None:
    """F29: double click."""
    assert "1 put back" in run("deliveries", "replay", failed.pk)
    assert Delivery.objects.get().state == "pending"
    Delivery.objects.update(state="sent", due_at=None, sent_at=clocks.now())
    assert "0 put back" in run("deliveries", "replay", failed.pk)
    assert Delivery.objects.get().state == "sent"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay"], "either ids or one recipient"),
        (["replay", uuid.uuid4(), "--recipient", "library"], "either ids or one recipient"),
        (["failed", "--recipient", "nobody"], "no recipient 'nobody'"),
    ],
)
def test_a_bad_call_is_answered_with_a_sentence(failed: Delivery, arguments: list[Any], words: str) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        run("deliveries", *arguments)
    assert refused.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_a_replay_sends_under_the_same_id_and_in_the_same_words(far_end: Running) -> None:
    recipient = owed(far_end, route={"detects_duplicates": False})
    delivery = Delivery.objects.get()
    Attempt.objects.create(delivery_id=delivery.pk, number=1, fence=-1, digest=b"", started_at=clocks.now())
    Delivery.objects.update(state="failed", reason="outcome-unknown", due_at=None, tries=1)
    run("deliveries", "replay", "--recipient", "council-tax")
    drains.drain(recipient.pk, Lane.RETRY)
    assert Delivery.objects.get().state == "sent"
    assert bodies(far_end)[0]["message"]["id"] == str(delivery.pk)


@pytest.mark.django_db(transaction=True)
def test_after_a_mapping_was_mended_it_can_be_said_anew(far_end: Running) -> None:
    recipient = owed(far_end, {"refuse": {"status": 422, "times": 1}})
    drains.drain(recipient.pk, Lane.FIRST)
    mended = {"mapping": "{surname: subject.name.family}"}
    factories.route(recipient, address=f"{far_end.url}/rest/council-tax", settings=mended)
    run("deliveries", "replay", Delivery.objects.get().pk, "--anew")
    drains.drain(recipient.pk, Lane.RETRY)
    assert bodies(far_end)[-1] == {"surname": "Quillfeather"}


@pytest.mark.django_db
def test_a_mailbox_is_paused_and_resumed_for_the_record() -> None:
    factories.recipient("library")
    assert "library: paused." in run("mailboxes", "pause", "library", "--reason", "drill")
    assert "nothing to pause" in run("mailboxes", "pause", "library")
    assert "library  paused (drill)" in run("mailboxes", "list")
    assert "library: resumed." in run("mailboxes", "resume", "library")
    assert Mailbox.objects.get().paused_at is None
    assert list(Access.objects.values_list("action", "about")) == [
        ("mailbox_paused", "mailbox:library"),
        ("mailbox_resumed", "mailbox:library"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "kind"), [("everything", ""), ("kind:death", "death")])
def test_sending_is_paused_for_a_kind_or_everything(what: str, kind: str) -> None:
    run("mailboxes", "pause", what)
    assert Pause.objects.get().kind == kind
    assert "PAUSED" in run("mailboxes", "list")
    run("mailboxes", "resume", what)
    assert not Pause.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["nobody", "kind:wedding"])
def test_pausing_what_is_not_there_is_refused(what: str) -> None:
    with pytest.raises(CommandError, match="There is no"):
        run("mailboxes", "pause", what)


@pytest.mark.django_db
def test_the_list_shows_what_waits_and_what_stops_it() -> None:
    recipient = factories.recipient("library")
    factories.submitted()
    assert "library  open  1 waiting  oldest due" in run("mailboxes", "list")
    Mailbox.objects.filter(pk=recipient.pk).update(reply_ms=9000)
    assert "library  slow" in run("mailboxes", "list")
