"""Shelfmark: exchanges as it has them."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from adapters.contract import Action, Ambiguous, Answer, Failure, Receipt, Refused, Throttled, Transient
from adapters.systems import shelfmark
from tests.adapters.examples import endpoint, message, response

PLACE = endpoint("shelfmark", {"authority": "NM", "key": "k"})


def test_a_death_is_a_borrower_event() -> None:
    assert json.loads(shelfmark.encode(message(), PLACE).body) == {
        "eventType": "BORROWER_DECEASED",
        "transaction": message().id,
        "authority": "NM",
        "caseRef": "TUO-7Q4-K2M",
        "borrower": {
            "barcode": "L-77",
            "surname": "O'LEE-ÅNGSTRÖM",
            "forenames": "Ann Mary",
            "dob": "05/1941",
            "address": ["1 High Street", "Northmoor"],
            "postcode": "NM1 1AA",
        },
    }


def test_a_move_brings_the_new_address() -> None:
    fields = {
        "old_address": {"lines": ["1 High Street"]},
        "new_address": {"lines": ["2 The Quay"], "postcode": "ZX2 2BB"},
    }
    said = json.loads(shelfmark.encode(message(fields, kind="move"), PLACE).body)
    assert said["borrower"] == {"address": ["2 The Quay"], "postcode": "ZX2 2BB"}


def test_what_it_has_no_event_for_is_refused() -> None:
    with pytest.raises(Refused, match="event-not-spoken"):
        shelfmark.encode(message(kind="marriage"), PLACE)


def test_time_and_body_are_signed() -> None:
    content = shelfmark.encode(message(), PLACE)
    request = shelfmark.seal(content, PLACE, at=datetime(2026, 2, 1, tzinfo=UTC), nonce="", keys={"k": "s3cret"})
    expected = hmac.new(b"s3cret", b"1769904000" + content.body, hashlib.sha256).hexdigest()
    assert request.headers["X-Shelfmark-Time"] == "1769904000"
    assert request.headers["X-Shelfmark-Signature"] == expected
    assert request.headers["X-Shelfmark-Transaction"] == message().id


EXCHANGES: list[tuple[int, bytes, Receipt | type[Failure]]] = [
    (
        200,
        b'{"result": "DONE", "done": ["CARD_CANCELLED"], "ticket": "T1"}',
        Receipt(answer=Answer("acted", (Action("account_closed"),), their_reference="T1")),
    ),
    (200, b'{"result": "QUEUED", "ticket": "T2"}', Receipt(answer=Answer("received", their_reference="T2"))),
    (200, b'{"result": "NO_BORROWER"}', Receipt(answer=Answer("no_match"))),
    (200, b'{"result": "SEVERAL"}', Receipt(answer=Answer("multiple_candidates"))),
    (200, b'{"result": "DUPLICATE"}', Receipt(duplicate=True)),
    (200, b'{"result": "DONE", "done": ["TEA"]}', Receipt(answer=Answer("acted"), remark="answer-unknown-action")),
    (200, b'{"result": "NEW WORD"}', Receipt(remark="answer-unreadable")),
    (200, b'{"result": "BUSY"}', Throttled),
    (200, b'{"result": "REJECTED"}', Refused),
    (200, b"<html>", Ambiguous),
    (200, b'{"result": null}', Ambiguous),
    (503, b"", Transient),
]


@pytest.mark.parametrize(("status", "body", "expected"), EXCHANGES)
def test_each_result_has_its_meaning(status: int, body: bytes, expected: Receipt | type[Failure]) -> None:
    try:
        assert shelfmark.decode(response(status, body), PLACE) == expected
    except Failure as failure:
        assert type(failure) is expected  # noqa: PT017
