"""Security events that are pushed, from the delivery to a receiver that verifies them by the keys that we publish."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from identity import event_keys, keyrings
from tellusonce import drains
from tellusonce.models import Attempt, Delivery, Lane, Mailbox, Recipient, Result
from tests import factories
from tests.engine.tellings import make_due
from tests.simulator.peers import FakeService, Running

pytestmark = pytest.mark.django_db(transaction=True)

EXPECTED = {"issuer": "https://tell.northmoor.example", "audience": "https://health.example/events"}
SETTINGS = {**EXPECTED, "register_of_deaths": "urn:fdc:northmoor.example:2026:death:"}
GRANTS = ("subject.name.family", "registration.number")


@pytest.fixture
def published() -> Iterator[FakeService]:
    """Publish the keys as the service does."""
    with FakeService() as fake:
        fake.keys = event_keys.public()
        yield fake


def owed(far_end: Running, published: FakeService, *steps: Any, **settings: str) -> Recipient:
    """Owe a death to a receiver that behaves like this."""
    played = {"name": "health", "style": "security-events", "events": EXPECTED, "behaviour": steps}
    far_end.start(played, service=published, keep_bodies=True)
    route = {"adapter": "security-events", "settings": SETTINGS | settings}
    recipient = factories.recipient(
        "health", address=f"{far_end.url}/security-events/health", route=route, grants=GRANTS
    )
    factories.submitted()
    return recipient


def standing() -> tuple[str, str, int]:
    return Delivery.objects.values_list("state", "reason", "tries").get()


def test_what_is_acknowledged_is_sent_and_not_done(far_end: Running, published: FakeService) -> None:
    recipient = owed(far_end, published)
    drains.drain(recipient.pk, Lane.FIRST)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome) == ("sent", "")
    [booked] = far_end.books("health")["by_message"]
    claims = json.loads(booked["bodies"][0])
    assert (booked["message_id"], claims["txn"]) == (str(delivery.pk), delivery.report.reference)
    assert claims["iat"] == int(delivery.answers.closed_at.timestamp())
    (event,) = claims["events"].values()
    assert sorted(event) == ["deathRegistration", "subject"]


def test_a_later_try_says_the_same_under_another_signature(far_end: Running, published: FakeService) -> None:
    recipient = owed(far_end, published, {"drop": {"times": 1, "after_taking": True}})
    drains.drain(recipient.pk, Lane.FIRST)
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    books = far_end.books("health")
    assert (books["tries"], books["effects"], books["changed"]) == (2, 1, 0)
    assert len({bytes(each) for each in Attempt.objects.values_list("digest", flat=True)}) == 1
    assert standing() == ("sent", "", 2)


def test_a_token_that_cannot_be_taken_is_for_a_person(far_end: Running, published: FakeService) -> None:
    recipient = owed(far_end, published, {"refuse": 400})
    drains.drain(recipient.pk, Lane.FIRST)
    assert standing() == ("failed", "set-invalid-request", 1)


def test_what_is_wrong_between_us_and_them_stops_the_mailbox(far_end: Running, published: FakeService) -> None:
    recipient = owed(far_end, published, audience="urn:somebody")
    drains.drain(recipient.pk, Lane.FIRST)
    assert Mailbox.objects.get().pause_reason == "set-invalid-audience"
    assert standing() == ("pending", "", 1)
    assert Result.objects.get().outcome == "misconfigured"


def test_without_a_key_nothing_is_sent_and_the_mailbox_stops(
    far_end: Running, published: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F28: key missing."""
    recipient = owed(far_end, published)
    given = json.loads(os.environ["VAULT_KEYS"])
    del given["events"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(given))
    drains.drain(recipient.pk, Lane.FIRST)
    assert Mailbox.objects.get().pause_reason == "key-missing"
    assert standing() == ("pending", "", 0)
    assert far_end.books("health")["tries"] == 0


def test_a_key_that_is_replaced_between_two_tries_changes_nothing_else(
    far_end: Running, published: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F28: its secret rotated in flight; the keys that were published before the rotation verify after it."""
    recipient = owed(far_end, published, {"refuse": {"status": 503, "times": 1}})
    drains.drain(recipient.pk, Lane.FIRST)
    text = json.dumps(json.loads(os.environ["VAULT_KEYS"]))
    signed_by = event_keys.private()
    monkeypatch.setenv("VAULT_KEYS", keyrings.with_new_version(text, of="events"))
    assert event_keys.private() != signed_by
    make_due()
    drains.drain(recipient.pk, Lane.RETRY)
    assert standing() == ("sent", "", 2)


def test_a_death_whose_entry_cannot_be_named_is_not_sent(far_end: Running, published: FakeService) -> None:
    recipient = owed(far_end, published, register_of_deaths="urn:fdc:gro.gov.uk:2023:death:")
    drains.drain(recipient.pk, Lane.FIRST)
    assert standing() == ("failed", "register-entry-unfit", 0)
    assert far_end.books("health")["tries"] == 0
