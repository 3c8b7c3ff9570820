"""The inbox: fetched by its own organisation alone, judged at each fetch, shown until it is answered."""

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from identity import vault
from identity.models import Access
from tellusonce import clocks
from tellusonce.deliveries import fetching, mailboxes
from tellusonce.models import Attempt, Delivery, Pause, Recipient, Result
from tests import factories
from tests.callers import Caller

LIBRARIES = "northmoor-libraries"


@pytest.fixture
def inbox() -> Recipient:
    """Give a recipient that fetches."""
    return factories.recipient("libraries", organisation=LIBRARIES, route={"adapter": "inbox"})


@pytest.fixture
def libraries(inbox: Recipient) -> Caller:
    return Caller(LIBRARIES)


def fetched(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get("/inbox", **query)
    assert answer.status_code == 200, answer.content
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def states() -> list[tuple[str, str, int]]:
    return list(Delivery.objects.order_by("created_at").values_list("state", "reason", "tries"))


@pytest.mark.django_db
def test_what_is_fetched_has_what_was_granted_under_its_envelope(libraries: Caller) -> None:
    report = factories.submitted()
    (item,) = fetched(libraries)
    delivery = Delivery.objects.get()
    assert item.pop("reported_at")
    assert item == {
        "id": str(delivery.pk),
        "kind": "death",
        "purpose": "notify",
        "reference": report.reference,
        "sequence": 1,
        "recipient": "libraries",
        "fields": {"subject": {"name": {"family": "Quillfeather"}}, "death": {"died_on": "2026-10-30"}},
    }


@pytest.mark.django_db
def test_a_fetch_is_an_attempt_that_pins_content_and_route(libraries: Caller, inbox: Recipient) -> None:
    factories.submitted()
    fetched(libraries)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.route_id) == ("sent", 1, inbox.route_id)
    attempt = Attempt.objects.get(delivery_id=delivery.pk)
    assert attempt.number == 1
    assert bytes(attempt.digest) == bytes(delivery.content_digest or b"")
    assert Result.objects.filter(attempt=attempt).values_list("outcome", "code").get() == ("accepted", "fetched")
    entry = Access.objects.get(action="delivery_fetched")
    assert (entry.actor, entry.about) == (libraries.name, f"delivery:{delivery.pk}")


@pytest.mark.django_db
def test_it_is_shown_again_under_the_same_id_until_it_is_answered(
    libraries: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.submitted()
    first = fetched(libraries)
    sent_at = Delivery.objects.get().sent_at
    assert fetched(libraries) == first
    assert Attempt.objects.count() == 1, "whoever asks every minute is written down once an hour"
    monkeypatch.setattr(fetching, "WRITTEN_DOWN_EVERY", dt.timedelta())
    assert fetched(libraries) == first
    assert Attempt.objects.count() == 2
    assert Delivery.objects.get().sent_at == sent_at
    libraries.post(f"/deliveries/{first[0]['id']}/confirmations", {"outcome": "received"})
    assert fetched(libraries) == []
    assert fetched(libraries, state="sent") == first
    libraries.post(f"/deliveries/{first[0]['id']}/confirmations", {"outcome": "no_match"})
    assert fetched(libraries, state="sent") == []


@pytest.mark.django_db
def test_only_what_is_new_is_shown_when_that_is_asked_for(libraries: Caller) -> None:
    factories.submitted()
    fetched(libraries)
    factories.submitted()
    assert len(fetched(libraries, state="available")) == 1
    assert fetched(libraries, state="available") == []
    assert len(fetched(libraries)) == 2


@pytest.mark.django_db
def test_nobody_fetches_what_is_anothers_or_what_is_sent_to_them(libraries: Caller) -> None:
    factories.recipient("council-tax", organisation=LIBRARIES)
    factories.submitted()
    assert fetched(Caller("northmoor")) == []
    assert [item["recipient"] for item in fetched(libraries)] == ["libraries"]
    assert Delivery.objects.get(recipient__slug="council-tax").state == "pending"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("assured_until", dt.date(2020, 1, 1), "connection-not-assured"),
        ("is_active", False, "recipient-inactive"),
    ],
)
def test_entitlement_lost_before_the_fetch_withholds(
    libraries: Caller, inbox: Recipient, column: str, value: Any, reason: str
) -> None:
    factories.submitted()
    Recipient.objects.filter(pk=inbox.pk).update(**{column: value})
    assert fetched(libraries) == []
    assert states() == [("withheld", reason, 0)]
    assert not Attempt.objects.exists()
    assert Access.objects.get(action="delivery_withheld").on == reason


@pytest.mark.django_db
def test_an_agreement_that_no_longer_counts_withholds(libraries: Caller) -> None:
    factories.submitted()
    factories.count_agreements([])
    assert fetched(libraries) == []
    assert states() == [("withheld", "no-agreement", 0)]


@pytest.mark.django_db
def test_entitlement_lost_after_the_fetch_shows_nothing_more_and_still_asks_for_an_answer(libraries: Caller) -> None:
    factories.submitted()
    (item,) = fetched(libraries)
    factories.count_agreements([])
    assert fetched(libraries) == []
    assert states() == [("sent", "", 1)]
    answer = libraries.post(f"/deliveries/{item['id']}/confirmations", {"outcome": "nothing_to_do"})
    assert answer.json()["state"] == "closed"


@pytest.mark.django_db
def test_a_narrower_agreement_before_the_fetch_shows_less(libraries: Caller, inbox: Recipient) -> None:
    factories.submitted()
    factories.count_agreements([])
    factories.agreement(inbox, fields=["subject.name.family", "subject.sex"])
    (item,) = fetched(libraries)
    assert item["fields"] == {"subject": {"name": {"family": "Quillfeather"}}}
    assert Delivery.objects.get().fields == ["subject.name.family"]
    assert fetched(libraries) == [item]


@pytest.mark.django_db
def test_a_narrower_agreement_after_the_fetch_shows_nothing_more(libraries: Caller, inbox: Recipient) -> None:
    factories.submitted()
    fetched(libraries)
    factories.count_agreements([])
    factories.agreement(inbox, fields=["subject.name.family"])
    assert fetched(libraries) == []


@pytest.mark.django_db
def test_what_was_once_pushed_is_not_said_again_in_another_form(libraries: Caller, inbox: Recipient) -> None:
    factories.submitted()
    pushed = factories.route(inbox, address="http://127.0.0.1:9/")
    delivery = Delivery.objects.get()
    delivery.state, delivery.tries, delivery.sent_at = Delivery.State.SENT, 1, clocks.now()
    delivery.route, delivery.content_digest = pushed, b"d"
    delivery.save()
    factories.route(inbox, adapter="inbox", address="")
    assert fetched(libraries) == []
    assert not Access.objects.filter(action="delivery_withheld").exists()


@pytest.mark.django_db
def test_what_would_no_longer_say_what_it_said_is_not_shown(libraries: Caller) -> None:
    factories.submitted()
    fetched(libraries)
    Delivery.objects.update(content_digest=b"another")
    assert fetched(libraries) == []
    assert Access.objects.get(action="delivery_withheld").on == "content-changed"
    assert Delivery.objects.get().state == "sent"


@pytest.mark.django_db
def test_a_later_message_waits_for_the_one_before_it(libraries: Caller) -> None:
    factories.submitted()
    later = Delivery.objects.get()
    later.pk, later.sequence, later.purpose = uuid.uuid4(), 2, Delivery.Purpose.CORRECT
    later.created_at -= dt.timedelta(minutes=1)
    later.save(force_insert=True)
    assert [item["sequence"] for item in fetched(libraries)] == [1]
    assert [item["sequence"] for item in fetched(libraries)] == [2, 1]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["", "death"])
def test_while_a_pause_stands_nothing_is_handed_over(libraries: Caller, kind: str) -> None:
    factories.submitted()
    pause = Pause.objects.create(kind=kind, paused_at=clocks.now(), paused_by="tests", reason="tests")
    assert fetched(libraries) == []
    pause.delete()
    assert len(fetched(libraries)) == 1


@pytest.mark.django_db
def test_a_paused_mailbox_hands_nothing_over(libraries: Caller, inbox: Recipient) -> None:
    factories.submitted()
    mailboxes.pause(inbox.pk, by="tests", reason="tests")
    assert fetched(libraries) == []
    mailboxes.resume(inbox.pk)
    assert len(fetched(libraries)) == 1


@pytest.mark.django_db
def test_it_comes_page_by_page_oldest_first(libraries: Caller) -> None:
    reports = [factories.submitted().reference for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = libraries.get("/inbox", limit=2, cursor=cursor).json()
        seen += [item["reference"] for item in page["items"]]
        cursor = page["next"]
    assert seen == reports


@pytest.mark.django_db
def test_one_that_cannot_be_opened_does_not_hold_up_the_others(
    libraries: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, well = factories.submitted(), factories.submitted()
    broken.key.__class__.objects.filter(pk=broken.key_id).update(wrapped=b"")
    assert [item["reference"] for item in fetched(libraries)] == [well.reference]
    assert states() == [("available", "", 0), ("sent", "", 1)]
    with pytest.raises(vault.KeyDestroyed):
        vault.unwrap(b"", 1)


@pytest.mark.django_db(transaction=True)
def test_two_that_fetch_at_once_are_both_given_it_and_both_written_down(
    libraries: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "WRITTEN_DOWN_EVERY", dt.timedelta())
    for _ in range(5):
        factories.submitted()
    gate = threading.Barrier(8, timeout=60)

    def fetch(_: int) -> list[dict[str, Any]]:
        try:
            gate.wait()
            return fetched(libraries)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(fetch, range(8)))
    assert [len(answer) for answer in answers] == [5] * 8
    assert set(states()) == {("sent", "", 8)}
    assert Attempt.objects.count() == 40
