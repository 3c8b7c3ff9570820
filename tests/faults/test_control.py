"""F27 to F33: consents, agreements, recipients and secrets that change on the way; what is asked twice or replayed."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy import services
from deploy.demo import calls
from tests.faults import scenes, verdicts
from tests.faults.conftest import Tally
from tests.journeys.leaks import Listener
from tests.loads import recipients, reckonings, submitting
from tests.loads.recipients import Played
from tests.loads.stacks import Stack

JSON = Any
NOBODY = "http://127.0.0.1:9/"  # refused: whoever is told there is tried again and has had nothing
ON_CONSENT = {"lawful_basis": "consent"}
AT_ONCE = 50
OLD, NEW = "loads-of-yesterday-0123456789", "loads-of-tomorrow-0123456789"  # what opens a recipient's door


def office_says(stack: Stack, method: str, path: str, said: JSON, *, key: str = "") -> JSON:
    """Let the office say something to the interface."""
    return stack.office.call(method, f"/api/v1/reports/{path}", said, key=key or str(uuid.uuid4()))


def yes(*names: str) -> list[JSON]:
    """Give the informant's consent towards each of these."""
    return [{"recipient": name, "given": True, "wording": "tell-recipient/1"} for name in names]


@pytest.mark.fault("F27")
def test_a_consent_withdrawn_before_sending_and_during_retries(tally: Tally) -> None:
    """F27: consent withdrawn after the submission: before a recipient's turn, and while another is tried again."""
    charity, club = Played("charity", agreed=ON_CONSENT), Played("club", address=NOBODY, agreed=ON_CONSENT)
    with scenes.playing([*recipients.several(3), charity, club]) as stack:
        stack.manage("mailboxes", "pause", "charity")
        report = submitting.drafted(stack, 0, seed=tally.seed)
        submitting.submit(stack, report, consents=yes("charity", "club"))
        stack.wait_for(lambda: verdicts.heard(stack).get("club"), why="The club was never tried.")
        for name in ("charity", "club"):
            office_says(stack, "POST", f"{report['id']}/consents/withdrawal", {"recipient": name})
        club_is_well(stack)
        stack.manage("mailboxes", "resume", "charity")
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        tally.hold(reckonings.reckon(stack, withheld=dict.fromkeys(("charity", "club"), "consent-withdrawn")))


def club_is_well(stack: Stack) -> None:
    """Let the club be reachable from now on: whatever were still sent to it would come."""
    stack.apply([replace(each, address="") for each in stack.recipients])


@pytest.mark.fault("F27")
def test_an_agreement_that_ends_between_submission_and_sending(tally: Tally) -> None:
    """F27: agreement ended after submission and before sending: not sent, and recorded with its reason."""
    ending = Played("ending")
    with scenes.playing([*recipients.several(3), ending]) as stack:
        stack.manage("mailboxes", "pause", "ending")
        scenes.submit(stack, tally, 3)
        stack.apply([*recipients.several(3), replace(ending, agreed=None)])
        stack.manage("mailboxes", "resume", "ending")
        tally.mended()
        scenes.all_told(stack)
        assert verdicts.standing(stack)["ending"] == {("withheld", "no-agreement")}
        assert stack.metric("tellusonce_withheld_total", reason="no-agreement") == 3
        tally.hold(reckonings.reckon(stack, withheld={"ending": "no-agreement"}))


@pytest.mark.fault("F28")
def test_a_recipient_removed_and_one_that_moves_while_it_is_tried(tally: Tally) -> None:
    """F28: recipient removed while it is owed something; its address replaced between two tries."""
    well = recipients.several(3)
    with scenes.playing([*well, Played("removed", address=NOBODY), Played("moving", address=NOBODY)]) as stack:
        scenes.submit(stack, tally, 3)
        stack.wait_for(lambda: verdicts.heard(stack).keys() >= {"removed", "moving"}, why="They were never tried.")
        assert stack.metric("tellusonce_attempt_failures_total", recipient="moving", code="connect-refused") >= 1
        stack.apply([*well, Played("moving")])
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        assert verdicts.are_told(stack, ["moving"])
        assert stack.metric("tellusonce_withheld_total", reason="recipient-inactive") == 3
        tally.hold(reckonings.reckon(stack, withheld={"removed": "recipient-inactive"}))


@pytest.mark.fault("F28")
def test_a_secret_that_is_missing_and_one_that_is_replaced(tally: Tally, tmp_path: Path) -> None:
    """F28: key missing: nothing is sent; a secret rotated in flight: the next try goes by the new one."""
    secrets = tmp_path / "secrets.json"
    secrets.write_text("{}")
    signing = {"settings": {"auth": {"kind": "bearer", "secret": "door"}}}
    kept = Played("kept", route=signing, played={"requires": {"bearer": NEW}})
    with scenes.playing([*recipients.several(3), kept], SECRETS_FILE=str(secrets)) as stack:
        scenes.submit(stack, tally, 3)
        stack.wait_for(lambda: verdicts.paused(stack), why="Nobody stopped for want of the key.")
        assert verdicts.paused(stack) == {"kept": "key-missing"}
        assert stack.metric("tellusonce_mailboxes_paused") == 1
        verdicts.see_told(stack, recipients.several(3))
        assert not [line for line in reckonings.read_books(stack.books) if line["recipient"] == "kept"]
        secrets.write_text(json.dumps({"door": OLD}))
        stack.manage("mailboxes", "resume", "kept")
        stack.wait_for(lambda: verdicts.paused(stack), why="They took the old secret.")
        assert verdicts.paused(stack) == {"kept": "http-401"}
        secrets.write_text(json.dumps({"door": NEW}))
        stack.manage("mailboxes", "resume", "kept")
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        tally.hold(reckonings.reckon(stack))


@pytest.mark.fault("F29")
def test_replays_that_race_each_other_and_what_is_tried_by_itself(tally: Tally) -> None:
    """F29: manual replay racing a scheduled retry; of a closed delivery; of a range; by a double click."""
    refusing = Played("refusing", behaviour=[{"fail_first": {"status": 422, "times": 1}}])
    retrying = Played("retrying", behaviour=[{"fail_first": {"status": 503, "times": 2}}])
    with scenes.playing([*recipients.several(2), refusing, retrying]) as stack:
        scenes.submit(stack, tally, 3)
        stack.wait_for(
            lambda: verdicts.standing(stack)["refusing"] == {("failed", "http-422")}, why="It was not refused."
        )
        assert stack.metric("tellusonce_failed_deliveries") == 3
        rows = stack.query("SELECT d.id::text, d.state FROM tellusonce_delivery d ORDER BY d.id")
        first, *_ = [key for key, state in rows if state == "failed"]
        sent = next(key for key, state in rows if state == "sent")
        waits = [key for key, state in rows if state == "pending"]
        _at_once(
            lambda: scenes.hurry(stack),
            *[lambda: _replay(stack, first)] * 3,
            *[lambda: _replay(stack, "--recipient", "refusing")] * 3,
            lambda: _replay(stack, sent),
            *[lambda: _replay(stack, each) for each in waits[:1]],  # noqa: B023 - of a list that is done
        )
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        assert stack.metric("tellusonce_failed_deliveries") == 0
        assert {len(tries) for tries in _tries(stack, "refusing")} == {2}
        assert {len(tries) for tries in _tries(stack, "retrying")} == {3}
        assert {len(tries) for tries in _tries(stack, "rest-1")} == {1}
        tally.hold(reckonings.reckon(stack))


def _replay(stack: Stack, *words: str) -> None:
    """Replay; what is not there to be replayed is said, and is no fault of the service."""
    with suppress(services.CannotStart):
        stack.manage("deliveries", "replay", *words)


def _tries(stack: Stack, name: str) -> list[list[JSON]]:
    """Give a recipient's requests by message."""
    found: dict[str, list[JSON]] = {}
    for line in reckonings.read_books(stack.books):
        if line["recipient"] == name:
            found.setdefault(line["message_id"], []).append(line)
    return list(found.values())


def _at_once(*works: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


@pytest.mark.fault("F30")
def test_the_same_submission_again_and_fifty_at_once(tally: Tally) -> None:
    """F30: the same submission twice: same key and body, same key and other body (409), 50 at once."""
    with scenes.playing(CLIENT_REQUESTS_PER_MINUTE="0") as stack:
        report = submitting.drafted(stack, 0, seed=tally.seed)
        reckonable = [each.name for each in stack.recipients]
        submitting.note(stack.owed, report["reference"], reckonable)
        key, token = str(uuid.uuid4()), stack.office._bearer()

        def submit(said: JSON) -> int:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
            at = f"{stack.url}/api/v1/reports/{report['id']}/submission"
            return calls.insist("POST", at, headers=headers, body=json.dumps(said).encode()).status

        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = set(pool.map(submit, [{"recipients": None}] * AT_ONCE))
        # Whoever comes while the first one is still at work is told so, and may ask again.
        assert 201 in statuses, statuses
        assert statuses <= {201, 409}
        assert submit({"recipients": None}) == 201
        assert submit({"recipients": ["rest-1"]}) == 409
        assert stack.metric("tellusonce_refused_requests_total", door="api", status="409") >= 1
        assert stack.query("SELECT count(*) FROM tellusonce_delivery") == [(len(stack.recipients),)]
        tally.mended()
        scenes.settled(stack, tally)


@pytest.mark.fault("F31")
def test_no_recipient_one_and_forty_and_one_named_twice(tally: Tally) -> None:
    """F31: no recipient, one, forty; the same recipient by two routes, its own agreement and its council's: one row."""
    with scenes.playing(recipients.several(40)) as stack:
        for number, names in enumerate(([], ["rest-7"], None)):
            report = submitting.drafted(stack, number, seed=tally.seed)
            told = [each.name for each in stack.recipients] if names is None else names
            submitting.note(stack.owed, report["reference"], told)
            office_says(stack, "POST", f"{report['id']}/submission", {"recipients": names})
        rows = stack.query(
            "SELECT count(d.id) FROM tellusonce_report r LEFT JOIN tellusonce_delivery d"
            " ON d.report_id = r.id AND d.state <> 'withheld' GROUP BY r.id ORDER BY 1"
        )
        assert rows == [(0,), (1,), (40,)]
        scenes.all_told(stack)
        whole = stack.directory / "catalogue" / "whole.yaml"
        whole.write_text(WHOLE, encoding="utf-8")
        stack.apply(stack.recipients)
        scenes.submit(stack, tally, 1, part=1)
        ((most,),) = stack.query(
            "SELECT max(n) FROM (SELECT count(*) n FROM tellusonce_delivery GROUP BY report_id, recipient_id) c"
        )
        assert most == 1
        tally.mended()
        scenes.all_told(stack)
        assert stack.metric("tellusonce_open_deliveries", state="pending") == 0
        tally.hold(reckonings.reckon(stack))


WHOLE = f"""
agreements:
  - slug: whole-council
    organisation: {recipients.ORGANISATION}
    kind: death
    fields: [subject.name]
    lawful_basis: public_task
    in_force: {{from: "2025-01-01"}}
    document_reference: LOAD/2
"""


@pytest.mark.fault("F32")
def test_nothing_personal_stands_anywhere_but_in_the_vault(tally: Tally) -> None:
    """F32: a search for every personal value at the broker, in logs, metrics and tables, while much goes wrong."""
    rude = [{"fail_first": {"status": 400, "times": 1}}]
    played = [
        *scenes.cast(behaviour=[{"drop": {"times": 1, "after_taking": True}}]),
        Played("rude", behaviour=rude),
        Played("babbling", behaviour=[{"malformed": {"times": 1, "after_taking": True}}]),
    ]
    with scenes.playing(played, LOG_LEVEL="DEBUG") as stack, Listener(stack.servers.redis_url) as listener:
        scenes.submit(stack, tally)
        stack.wait_for(lambda: verdicts.standing(stack)["rude"] == {("failed", "http-400")}, why="It was not refused.")
        verdicts.put_right(stack, replay=["rude"])
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        assert listener.has_heard("BRPOP")
        tally.hold(reckonings.reckon(stack, undetected={"heedless"}, heard=listener.heard))


@pytest.mark.fault("F33")
def test_an_erasure_asked_for_while_somebody_is_tried_again(tally: Tally) -> None:
    """F33: erasure asked for during a retry: refused with the reason and recorded, and the retry goes on."""
    late = Played("late", address=NOBODY)
    with scenes.playing([*recipients.several(2), late]) as stack:
        (reference,) = scenes.submit(stack, tally, 1)
        stack.wait_for(lambda: verdicts.heard(stack).get("late"), why="It was never tried.")
        with pytest.raises(services.CannotStart):
            stack.manage("erase", reference)
        assert stack.has_logged("Recipients still have to say what they did")
        assert stack.query("SELECT count(*) FROM identity_access WHERE action = 'erasure_refused'") == [(1,)]
        stack.apply([*recipients.several(2), replace(late, address="")])
        tally.mended()
        scenes.all_told(stack, is_hurried=True)
        tally.hold(reckonings.reckon(stack))
