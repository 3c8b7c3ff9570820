"""Confirmations in a burst and in odd moments (F25), at the doors themselves, over sockets."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tellusonce import clocks
from tellusonce.deliveries import mailboxes
from tellusonce.models import Confirmation, Delivery
from tests import factories
from tests.callers import Caller

pytestmark = pytest.mark.django_db(transaction=True)
MANY, ALIKE = 20, 15
LARGE = 300_000


@pytest.fixture
def elections() -> Caller:
    factories.recipient("electors", organisation="elections")
    return Caller("elections")


def told(count: int = 1) -> list[Delivery]:
    for _ in range(count):
        factories.submitted()
    Delivery.objects.update(tries=1, state="sent", sent_at=clocks.now(), due_at=None)
    return list(Delivery.objects.order_by("created_at"))


def confirm(address: str, token: str, delivery_id: object, said: Any, *, key: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or uuid.uuid4().hex}
    headers["Content-Type"] = "application/json"
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    url = f"{address}/api/v1/deliveries/{delivery_id}/confirmations"
    return requests.post(url, data=body, headers=headers, timeout=30)


def test_a_burst_in_which_each_is_said_many_times_keeps_each_once(address: str, elections: Caller) -> None:
    """F25: a burst, duplicates at the same moment among it (10,000 of them: the suite of faults)."""
    deliveries = told(MANY)
    said = {"outcome": "acted", "actions": [{"code": "name_removed"}], "occurred_at": "2026-11-02T10:00:00Z"}
    asked = [each.pk for each in deliveries] * ALIKE
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda pk: confirm(address, elections.token, pk, said).status_code, asked))
    assert sorted(set(answers)) == [200, 201]
    assert answers.count(201) == MANY
    assert Confirmation.objects.count() == MANY
    assert set(Delivery.objects.values_list("state", flat=True)) == {"closed"}


def test_a_paused_recipient_is_still_listened_to(address: str, elections: Caller) -> None:
    """F25: while the recipient is paused."""
    (delivery,) = told()
    mailboxes.pause(delivery.recipient_id, by="operator", reason="drill")
    assert confirm(address, elections.token, delivery.pk, {"outcome": "no_match"}).status_code == 201
    delivery.refresh_from_db()
    assert delivery.state == "closed"


def test_what_is_said_of_an_older_try_is_said_of_the_delivery(address: str, elections: Caller) -> None:
    """F25: for an older attempt: all tries have one id."""
    (delivery,) = told()
    Delivery.objects.update(state="pending", due_at=clocks.now(), tries=3, fence=7)
    assert confirm(address, elections.token, delivery.pk, {"outcome": "acted"}).status_code == 201
    delivery.refresh_from_db()
    assert (delivery.state, delivery.outcome) == ("closed", "acted")


def test_a_refusal_after_what_was_done_and_the_other_way_round_is_for_a_person(address: str, elections: Caller) -> None:
    """F25: done then refused; refused then done."""
    for first, then in (("acted", "declined"), ("declined", "acted")):
        delivery = told()[-1]
        assert confirm(address, elections.token, delivery.pk, {"outcome": first}).status_code == 201
        assert confirm(address, elections.token, delivery.pk, {"outcome": then}).json()["outcome"] == "contested"


@pytest.mark.parametrize("token", ["", "nonsense", "eyJhbGciOiJub25lIn0.e30.", "x" * 5000])
def test_a_forged_token_says_nothing_of_what_there_is(address: str, elections: Caller, token: str) -> None:
    """F25: forged or expired token."""
    (delivery,) = told()
    answers = {confirm(address, token, pk, {"outcome": "acted"}).status_code for pk in (delivery.pk, uuid.uuid4())}
    assert answers == {401}
    assert not Confirmation.objects.exists()


def test_a_huge_body_and_a_replay_with_another_body_are_refused(address: str, elections: Caller) -> None:
    """F25: huge body; replay."""
    (delivery,) = told()
    large = b'{"outcome": "acted", "note": "' + b"x" * LARGE + b'"}'
    assert confirm(address, elections.token, delivery.pk, large).status_code == 413
    assert confirm(address, elections.token, delivery.pk, {"outcome": "received"}, key="k").status_code == 201
    assert confirm(address, elections.token, delivery.pk, {"outcome": "received"}, key="k").status_code == 201
    assert confirm(address, elections.token, delivery.pk, {"outcome": "acted"}, key="k").status_code == 409
    assert Confirmation.objects.count() == 1
