"""F25, F26: what recipients say twice, in the wrong order, too late, in a burst, or under another's name."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from deploy.demo import calls
from deploy.demo.calls import System
from tests.bench import callers
from tests.bench.callers import Asked, Client, Request
from tests.faults import scenes
from tests.faults.conftest import Tally
from tests.loads import recipients, reckonings, submitting
from tests.loads.stacks import Stack

JSON = Any
BURST, AT_ONCE = 10_000, 16
MB = 1024 * 1024
UNLIMITED = {"CLIENT_REQUESTS_PER_MINUTE": "0"}


class Officer:
    """A recipient's system, which says what was done."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.token = System(stack.url, stack.logins[recipients.SYSTEM])._bearer()

    def says(self, delivery: str, outcome: str, *, token: str = "", key: str = "", **more: JSON) -> tuple[int, JSON]:
        """Say it, and give the status and what was answered."""
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = key or str(uuid.uuid4())
        body = json.dumps({"outcome": outcome, **more}).encode()
        heard = calls.send("POST", f"{self.stack.url}{path(delivery)}", headers=headers, body=body)
        return heard.status, json.loads(heard.body or b"{}")

    def state(self, delivery: str) -> tuple[str, str]:
        """Give where a delivery stands."""
        ((state, outcome),) = self.stack.query(
            "SELECT state, outcome FROM tellusonce_delivery WHERE id = %s", [delivery]
        )
        return state, outcome


def path(delivery: str) -> str:
    """Give where a delivery is confirmed."""
    return f"/api/v1/deliveries/{delivery}/confirmations"


def told(stack: Stack) -> list[str]:
    """Give the ids of what was told, the oldest first."""
    return [key for (key,) in stack.query("SELECT id::text FROM tellusonce_delivery ORDER BY created_at, id")]


@pytest.mark.fault("F25")
def test_what_recipients_say_twice_too_late_or_under_a_false_name(tally: Tally) -> None:
    """F25: duplicate; done then refused; refused then done; unknown; after expiry; forged; huge body; while paused."""
    with scenes.playing(recipients.several(3), **UNLIMITED) as stack:
        scenes.submit(stack, tally, 3)
        scenes.all_told(stack)
        officer = Officer(stack)
        twice, torn, turned, late, paused, *rest = told(stack)
        assert [officer.says(twice, "acted")[0] for _ in range(3)] == [201, 200, 200]
        assert [officer.says(torn, word)[0] for word in ("acted", "declined")] == [201, 201]
        assert [officer.says(turned, word)[0] for word in ("declined", "acted")] == [201, 201]
        assert officer.state(twice) == ("closed", "acted")
        assert [officer.state(each) for each in (torn, turned)] == [("closed", "contested")] * 2
        assert stack.metric("tellusonce_contested_total") == 2
        stack.query(
            "UPDATE tellusonce_delivery SET confirm_by = current_date - 30, escalated_at = now() WHERE id = %s", [late]
        )
        assert officer.says(late, "acted")[0] == 201
        stack.manage("mailboxes", "pause", "rest-1")
        assert officer.says(paused, "acted")[0] == 201
        assert [officer.state(each) for each in (late, paused)] == [("closed", "acted")] * 2
        _refused(officer, rest[0])
        stack.manage("mailboxes", "resume", "rest-1")
        tally.hold(reckonings.reckon(stack))


def _refused(officer: Officer, delivery: str) -> None:
    """Nobody learns what there is by asking, and nothing counts that was not said by whom it was told to."""
    stack = officer.stack
    submitted = submitting.drafted(stack, 90, seed=90)  # owed to nobody yet
    unknown, known = officer.says(str(uuid.uuid4()), "acted"), officer.says(submitted["id"], "acted")
    assert unknown[0] == known[0] == 404
    assert unknown[1]["detail"] == known[1]["detail"]
    forged = officer.token[:-4] + "".join(reversed(officer.token[-4:]))
    assert officer.says(delivery, "acted", token=forged)[0] == 401
    assert officer.says(delivery, "acted", token=f"{uuid.uuid4().hex}")[0] == 401
    assert officer.says(delivery, "acted", note="x" * 3 * MB)[0] == 413
    assert officer.says(delivery, "done")[0] == 422
    assert officer.state(delivery) == ("sent", "")
    assert stack.metric("tellusonce_refused_requests_total", door="api", status="401") == 2
    assert stack.metric("tellusonce_refused_requests_total", door="api", status="404") == 2


@pytest.mark.fault("F25")
def test_ten_thousand_confirmations_in_a_burst(tally: Tally) -> None:
    """F25: 10,000 in a burst, each said twice by some: each counts once, and none is lost."""
    with scenes.playing(recipients.several(20), is_direct=True, WEB_PROCESSES="2", **UNLIMITED) as stack:
        submitting.many(stack, BURST // 20, seed=tally.seed)
        scenes.all_told(stack, seconds=300)
        ids = told(stack)
        said = json.dumps({"outcome": "acted", "actions": [{"code": "account_closed"}]}).encode()
        requests = [Request(path(each), said) for each in [*ids, *ids[::10]]]
        tally.mended()
        asked = asyncio.run(_said(stack, requests))
        tally.well()
        statuses = [each.status for each in asked]
        assert (statuses.count(201), statuses.count(200)) == (BURST, BURST // 10)
        assert stack.metric("tellusonce_confirmations_total", outcome="acted") == BURST
        assert stack.query("SELECT count(*) FROM tellusonce_confirmation") == [(BURST,)]
        assert stack.query("SELECT state, outcome, count(*) FROM tellusonce_delivery GROUP BY 1, 2") == [
            ("closed", "acted", BURST)
        ]
        tally.hold(reckonings.reckon(stack))


async def _said(stack: Stack, requests: list[Request]) -> list[Asked]:
    """Say all of it as quick as it is taken."""
    client = Client(stack.url, Officer(stack).token)
    try:
        return await callers.closed_loop(client, requests, at_once=AT_ONCE)
    finally:
        client.close()


@pytest.mark.fault("F26")
def test_completed_before_received(tally: Tally) -> None:
    """F26: the last word comes before the first: it stands, by its own time and whatever comes after it."""
    with scenes.playing(recipients.several(2), **UNLIMITED) as stack:
        scenes.submit(stack, tally, 1)
        scenes.all_told(stack)
        officer = Officer(stack)
        first, second = told(stack)
        assert officer.says(first, "acted", occurred_at="2026-11-20T12:00:00Z")[0] == 201
        assert officer.says(first, "received", occurred_at="2026-11-20T10:00:00Z")[0] == 201
        assert officer.says(second, "acted")[0] == 201
        assert officer.says(second, "received")[0] == 201
        assert [officer.state(each) for each in (first, second)] == [("closed", "acted")] * 2
        assert stack.metric("tellusonce_contested_total") == 0
        assert stack.metric("tellusonce_confirmations_total", outcome="received") == 2
        tally.hold(reckonings.reckon(stack))
