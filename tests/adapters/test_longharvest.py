"""Longharvest: exchanges as it has them."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import (
    Action,
    Ambiguous,
    Answer,
    Failure,
    Misconfigured,
    OwnNumber,
    Receipt,
    Refused,
    Throttled,
    Transient,
)
from adapters.systems import longharvest
from tests.adapters.checks import AT
from tests.adapters.examples import endpoint, message, response
from tests.catalogue.examples import altered, complaints

PLACE = endpoint("longharvest", {"scheme": "MOOR-LGPS", "auth": {"kind": "bearer", "secret": "k"}})
DEATH = (
    '{"case":"TUO-7Q4-K2M","diedOn":"2026-01-31","event":"MEMBER_DIED",'
    '"member":{"bornOn":"1941-05","forenames":"Ann Mary","nino":"QQ123456C","surname":"O\'Lee-Ångström"},'
    '"scheme":"MOOR-LGPS","version":1}'
)
MOVE = {
    "subject": {"name": {"given": ["Bo"], "family": "Lee"}, "identifiers": {"nino": "QQ654321A"}},
    "moved_on": "2026-03-01",
    "new_address": {"lines": ["Flat 2", "The Quay"], "town": "Southmoor", "postcode": "ZX2 2BB"},
}


def test_a_death_is_said_as_recorded() -> None:
    said = longharvest.encode(message(), PLACE)
    assert said.body.decode() == DEATH
    assert said.headers == {"Once-Only-Key": message().id}


def test_a_move_says_where_to() -> None:
    assert json.loads(longharvest.encode(message(MOVE, kind="move", sequence=2), PLACE).body) == {
        "event": "MEMBER_MOVED",
        "scheme": "MOOR-LGPS",
        "case": "TUO-7Q4-K2M",
        "version": 2,
        "member": {"nino": "QQ654321A", "surname": "Lee", "forenames": "Bo"},
        "movedOn": "2026-03-01",
        "address": {"lines": ["Flat 2", "The Quay", "Southmoor"], "postcode": "ZX2 2BB"},
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "marriage"}, "event-not-spoken"),
        ({"fields": {**MOVE, "subject": {"name": {"family": "Lee"}}}}, "nino-missing"),
        ({"fields": {**MOVE, "subject": {"identifiers": {"nino": ""}}}}, "nino-missing"),
    ],
)
def test_what_it_has_no_event_or_no_number_for_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        longharvest.encode(message(**{"kind": "move", **changed}), PLACE)


def test_each_try_has_the_same_key_and_says_who_we_are() -> None:
    content = longharvest.encode(message(), PLACE)
    request = longharvest.seal(content, PLACE, at=AT, nonce="n", keys={"k": "s3cret"})
    assert request.body == content.body
    assert request.headers["Once-Only-Key"] == message().id
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert "QQ123456C" not in request.url


def test_without_its_secret_nothing_is_sent() -> None:
    with pytest.raises(Misconfigured, match="key-missing"):
        longharvest.seal(longharvest.encode(message(), PLACE), PLACE, at=AT, nonce="n", keys={})


Expected = Receipt | tuple[type[Failure], str]


def error(code: Any, **more: Any) -> str:
    return json.dumps({"errors": [{"code": code, "message": "about QQ123456C"}], **more})


DONE = """{"decision": "DONE", "case": "LH-5", "memberships": [
    {"number": "DB-0041", "steps": [{"step": "PENSION_STOPPED", "from": "2026-02-01"},
                                    {"step": "OVERPAID", "pence": 34512}]},
    {"number": "AVC-7", "steps": [{"step": "SURVIVOR_SET_UP", "from": "2026-02-01"}]}]}"""
ACTIONS = (
    Action("payment_stopped", "2026-02-01"),
    Action("overpayment_assessed"),
    Action("survivor_pension_started", "2026-02-01"),
)
NUMBERS = (OwnNumber("own-reference", "DB-0041"), OwnNumber("own-reference", "AVC-7"))
TEA = '{"decision": "DONE", "memberships": [{"steps": [{"step": "TEA"}]}]}'
EXCHANGES: list[tuple[int, str, Expected]] = [
    (200, DONE, Receipt(answer=Answer("acted", ACTIONS, their_reference="LH-5", numbers=NUMBERS))),
    (200, TEA, Receipt(answer=Answer("acted"), remark="answer-unknown-action")),
    (202, '{"decision": "FOUND", "case": "LH-6"}', Receipt(answer=Answer("matched", their_reference="LH-6"))),
    (200, '{"decision": "NOT_FOUND"}', Receipt(answer=Answer("no_match"))),
    (200, '{"decision": "SEVERAL"}', Receipt(answer=Answer("multiple_candidates"))),
    (200, '{"decision": "DETAILS_DIFFER"}', Receipt(answer=Answer("manual_review"))),
    (200, '{"decision": "NOTHING_PAID"}', Receipt(answer=Answer("nothing_to_do"))),
    (200, '{"decision": "UNDONE"}', Receipt(answer=Answer("reversed"))),
    (200, '{"decision": "CANNOT_UNDO"}', Receipt(answer=Answer("reversal_refused"))),
    (200, '{"decision": "NEW WORD"}', Receipt(remark="answer-unreadable")),
    (200, '{"decision": "NOT_FOUND", "memberships": 7}', Receipt(answer=Answer("no_match"))),
    (409, error("event.already-held"), Receipt(duplicate=True)),
    (200, error("event.already-held"), Receipt(duplicate=True)),
    (400, error("payload.invalid"), (Refused, "longharvest-payload")),
    (409, error("key.used-otherwise"), (Refused, "longharvest-key-reused")),
    (409, error("key.in-use"), (Transient, "longharvest-key-in-use")),
    (500, error("ledger.unavailable"), (Transient, "longharvest-ledger")),
    (404, error("scheme.unknown"), (Misconfigured, "longharvest-scheme-unknown")),
    (403, error("client.not-admitted"), (Misconfigured, "longharvest-not-admitted")),
    (500, error("outcome.unknown"), (Ambiguous, "longharvest-outcome-unknown")),
    (503, error("scheme.in-payroll-run"), (Throttled, "longharvest-payroll-run")),
    (422, error("new.word"), (Refused, "http-422")),
    (500, error(["payload.invalid"]), (Ambiguous, "http-500")),
    (200, error("new.word"), (Ambiguous, "reply-malformed")),
    (200, "<html>", (Ambiguous, "reply-malformed")),
    (200, '{"decision": null}', (Ambiguous, "reply-malformed")),
    (200, "[]", (Ambiguous, "reply-malformed")),
    (401, "", (Misconfigured, "http-401")),
]


@pytest.mark.parametrize(("status", "body", "expected"), EXCHANGES)
def test_each_reply_has_its_meaning(status: int, body: str, expected: Expected) -> None:
    try:
        found: Expected = longharvest.decode(response(status, body.encode()), PLACE)
    except Failure as failure:
        found = type(failure), failure.code
    assert found == expected


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [(30, 1800.0), (10**30, 86400.0), (0, 0.0), (-5, None), (True, None), ("30", None), (1e300, None), (None, None)],
)
def test_it_is_given_the_time_it_asks_for_within_reason(minutes: Any, seconds: float | None) -> None:
    with pytest.raises(Throttled) as caught:
        longharvest.decode(response(503, error("scheme.in-payroll-run", tryAgainInMinutes=minutes).encode()), PLACE)
    assert caught.value.retry_after == seconds


ROUTE = (
    ("adapter: rest", "adapter: longharvest"),
    (
        'mapping: "{who: full_name(subject.name), died: death.died_on}"',
        "{scheme: MOOR-LGPS, auth: {kind: bearer, secret: moor-pensions}}",
    ),
)


def granting(paths: str) -> str:
    return altered(*ROUTE, ("[subject.name, death.died_on]", f"[subject.name, subject.born_on, death.died_on{paths}]"))


def test_the_catalogue_takes_it_where_the_number_is_granted_and_nowhere_else(tmp_path: Path) -> None:
    assert complaints(tmp_path, granting(", subject.identifiers.nino")) == []
    (found,) = complaints(tmp_path, granting(""))
    assert "does not grant what the mapping of `libraries` needs: `subject.identifiers.nino`; grant it" in found
