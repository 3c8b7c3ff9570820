"""F15, F20 and F21: what recipients answer: every status, the same answer twice, an answer that is lost."""

import asyncio
import datetime as dt
import itertools
import json
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from adapters.simulator import ways
from adapters.simulator.ways import Line, whole
from tests.faults import scenes, verdicts
from tests.faults.conftest import Tally
from tests.loads import reckonings, rogues, submitting
from tests.loads.recipients import Played
from tests.loads.rogues import Rogue, Rogues
from tests.loads.stacks import Stack

JSON = Any
RETRIED, PAUSED, REFUSED = "retried", "paused", "refused"
WAIT = 3
DAY = dt.timedelta(days=1)


class Said(NamedTuple):
    """What a recipient says at first, the words that stand in the attempt, and what comes of the delivery."""

    says: JSON
    words: tuple[str, str]
    becomes: str = RETRIED


# F15, by the simulator: statuses that are said once.
ONCE: Mapping[str, Said] = {
    "says-500": Said({"status": 500}, ("ambiguous", "http-500")),
    "says-502": Said({"status": 502}, ("ambiguous", "http-502")),
    "says-504": Said({"status": 504}, ("ambiguous", "http-504")),
    "says-503": Said({"status": 503}, ("transient", "http-503")),
    "says-503-and-seconds": Said({"status": 503, "retry_after_s": WAIT}, ("throttled", "http-503")),
    "says-429": Said({"status": 429}, ("throttled", "http-429")),
    "says-429-and-seconds": Said({"status": 429, "retry_after_s": WAIT}, ("throttled", "http-429")),
    "says-429-and-less-than-nothing": Said({"status": 429, "retry_after_s": -7}, ("throttled", "http-429")),
    "says-408": Said({"status": 408}, ("transient", "http-408")),
    "says-401": Said({"status": 401}, ("misconfigured", "http-401"), PAUSED),
    "says-403": Said({"status": 403}, ("misconfigured", "http-403"), PAUSED),
    "says-404": Said({"status": 404}, ("misconfigured", "http-404"), PAUSED),
    "says-410": Said({"status": 410}, ("misconfigured", "http-410"), PAUSED),
    "says-400": Said({"status": 400}, ("refused", "http-400"), REFUSED),
    "says-409": Said({"status": 409}, ("refused", "http-409"), REFUSED),
    "says-413": Said({"status": 413}, ("refused", "http-413"), REFUSED),
    "says-415": Said({"status": 415}, ("refused", "http-415"), REFUSED),
}
# By a server of the tests: what the simulator cannot say.
ODD: Mapping[str, Said] = {
    "says-429-and-a-date": Said("date", ("throttled", "http-429")),
    "says-429-and-no-sense": Said({"code": 429, "retry-after": "soon"}, ("throttled", "http-429")),
    "says-it-had-it": Said({"code": 409, "body": "We have it already."}, ("duplicate", "http-409")),
}
# Those that never mend, and how what they are owed has to stand.
FOR_EVER: Mapping[str, tuple[JSON, tuple[str, str]]] = {
    "stays-401": ({"status": 401}, ("pending", "")),
    "stays-400": ({"status": 400}, ("failed", "http-400")),
    "stays-503": ({"status": 503}, ("pending", "")),
    "asks-for-ages": ({"status": 429, "retry_after_s": 10**12}, ("pending", "")),
}
UNTOLD = {name: standing for name, (_, standing) in FOR_EVER.items()}


async def after_a_date(line: Line) -> None:
    """Ask for time until a moment, by its own clock, which is an hour wrong."""
    now = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    until = now + dt.timedelta(seconds=WAIT)
    headers = {name: format_datetime(moment, usegmt=True) for name, moment in (("Date", now), ("Retry-After", until))}
    await line.say(whole(b"", status=429, headers=headers))


def odd() -> list[Rogue]:
    """Play those that the simulator cannot."""
    return [
        Rogue(name, after_a_date, takes=False)
        if said.says == "date"
        else Rogue(name, ways.status, takes=said.words[0] == "duplicate", asked=urlencode(said.says))
        for name, said in ODD.items()
    ]


def by_status(there: Rogues, well: list[Played]) -> list[Played]:
    """Give all of them."""
    return [
        *well,
        *(Played(name, behaviour=[{"fail_first": {**said.says, "times": 1}}]) for name, said in ONCE.items()),
        *(Played(name, behaviour=[{"refuse": says}]) for name, (says, _) in FOR_EVER.items()),
        *map(there.told, ODD),
    ]


@pytest.mark.fault("F15")
def test_every_status_has_its_consequence_and_costs_nobody_else(tally: Tally) -> None:
    """F15: 500, 502, 503 and 429 with Retry-After, 504, 408, 409 duplicate, 410, 401, 403, 404, 400, 413, 415."""
    well = scenes.cast()
    said = {**ONCE, **ODD}
    with rogues.playing(*odd()) as there, scenes.playing(by_status(there, well)) as stack:
        there.keep(stack.books)
        submitting.by_interface(stack, 1, seed=tally.seed)
        stack.wait_for(lambda: verdicts.heard(stack).keys() >= {*said, *UNTOLD}, why="Somebody was not even tried.")
        stack.wait_for(lambda: verdicts.are_told(stack, [each.name for each in well]), why="The well were held up.")
        first = {name: tries[0].words for name, tries in verdicts.heard(stack).items()}
        assert {name: first[name] for name in said} == {name: each.words for name, each in said.items()}
        paused, refused = stopped(stack, said)
        tally.mended()
        verdicts.put_right(stack, resume=paused, replay=refused)
        stack.wait_for(lambda: verdicts.are_told(stack, said), why="Somebody who mended was not told.")
        tally.well()
        waited_as_asked(stack)
        tally.hold(reckonings.reckon(stack, untold=UNTOLD))


def stopped(stack: Stack, said: Mapping[str, Said]) -> tuple[list[str], list[str]]:
    """See that who has to be mended stands where a person looks; gives those paused and those that refused."""
    paused, refused = ([name for name, each in said.items() if each.becomes == what] for what in (PAUSED, REFUSED))
    assert verdicts.paused(stack) == {**{name: said[name].words[1] for name in paused}, "stays-401": "http-401"}
    standing = verdicts.standing(stack)
    assert all(standing[name] == {("failed", said[name].words[1])} for name in refused)
    assert all(standing[name] == {expected} for name, expected in UNTOLD.items())
    assert stack.metric("tellusonce_mailboxes_paused") == len(paused) + 1
    assert stack.metric("tellusonce_failed_deliveries") == len(refused) + 1
    assert stack.metric("tellusonce_breakers_open") >= 1
    for name, each in said.items():
        if each.words[0] != "duplicate":
            assert stack.metric("tellusonce_attempt_failures_total", recipient=name, code=each.words[1]) >= 1
    return paused, refused


def waited_as_asked(stack: Stack) -> None:
    """See that nobody who asked for time was asked again before, and nobody is left alone for more than a day."""
    heard = verdicts.heard(stack)
    for name in ("says-503-and-seconds", "says-429-and-seconds", "says-429-and-a-date"):
        before, after = heard[name]
        assert after.started_at - before.finished_at > dt.timedelta(seconds=WAIT - 1), name
    (only,) = heard["asks-for-ages"]
    ((due_at,),) = stack.query(
        "SELECT due_at FROM tellusonce_delivery d JOIN tellusonce_recipient p ON p.id = d.recipient_id"
        " WHERE p.slug = 'asks-for-ages'"
    )
    assert DAY - dt.timedelta(minutes=1) < due_at - only.finished_at <= DAY + dt.timedelta(minutes=1)


# F20


class Twins:
    """A recipient that says each answer twice, acted and not known by turns; it remembers what it said of which."""

    def __init__(self, *, pause: bool) -> None:
        self.said: dict[str, str] = {}
        self._outcomes = itertools.cycle(("acted", "no_match"))
        self._pause = pause

    async def say(self, line: Line) -> None:
        """Answer, and answer again."""
        outcome = self.said[line.told[rogues.MESSAGE]] = next(self._outcomes)
        answer = whole(json.dumps({"outcome": outcome}).encode(), status=202)
        if self._pause:
            await line.say(answer)
            await asyncio.sleep(ways.PAUSE_S)  # until the connection is kept for the next
            await line.say(answer)
        else:
            await line.say(answer + answer)


async def cut_short(line: Line) -> None:
    """Say 202, and hang up before all of it is said."""
    await line.say(b"HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\n" + ways.JSON)
    await line.end()


async def the_same(line: Line) -> None:
    """Say 202, as if it had never been said."""
    await line.say(whole(status=202))


ANSWERING: JSON = {"settings": {"reply": "{outcome: body.outcome}"}}
HASTY: list[JSON] = [{"never_answers": {"after_taking": True}}, {"confirm": {"outcome": "acted", "after_s": 0}}]


@pytest.mark.fault("F20")
def test_the_same_answer_twice_and_a_confirmation_before_our_own_settling(tally: Tally) -> None:
    """F20: the same 202 twice and no confirmation later; a confirmation before our own settling."""
    twins = {"twice-at-once": Twins(pause=False), "twice-in-a-row": Twins(pause=True)}
    again = Rogue("the-same-again", cut_short, then=the_same)
    with rogues.playing(again, *(Rogue(name, each.say) for name, each in twins.items())) as there:
        played = [
            *scenes.cast(),
            there.told(again.name),
            *(there.told(name, route=ANSWERING, limits={"in_flight": 1}) for name in twins),
            Played("confirms-first", behaviour=HASTY),
            Played("confirms-at-once", behaviour=[{"confirm": {"outcome": "acted", "after_s": 0}}]),
        ]
        with scenes.playing(played) as stack:
            there.keep(stack.books)
            submitting.by_interface(stack, 4, seed=tally.seed)
            tally.mended()
            scenes.all_told(stack)
            stack.wait_for(lambda: len(verdicts.heard(stack)["confirms-first"]) == 4, why="A try was not settled.")
            tally.well()
            taken_twice_and_then_silent(stack, again.name)
            confirmed_before_settled(stack)
            each_has_its_own(stack, {message: word for each in twins.values() for message, word in each.said.items()})
            tally.hold(reckonings.reckon(stack))


def taken_twice_and_then_silent(stack: Stack, name: str) -> None:
    """See that who took it twice and says nothing of it counts as told, never as done, and is overdue in the end."""
    tries = [each.words for each in verdicts.heard(stack)[name]]
    assert tries == [("ambiguous", "reply-truncated"), ("accepted", "http-202")] * 4
    assert verdicts.standing(stack)[name] == {("sent", "")}
    assert stack.metric("tellusonce_overdue_deliveries") == 0
    stack.query(
        "UPDATE tellusonce_delivery d SET confirm_by = current_date - 7 FROM tellusonce_recipient p"
        " WHERE p.id = d.recipient_id AND p.slug = %s",
        [name],
    )
    assert stack.metric("tellusonce_overdue_deliveries") == 4


def confirmed_before_settled(stack: Stack) -> None:
    """See that what they confirm is closed, whatever comes of the try that is under way; and is not tried again."""
    tries = verdicts.heard(stack)["confirms-first"]
    assert [(each.outcome, each.was_overtaken) for each in tries] == [("ambiguous", True)] * 4
    outcomes = stack.query(
        "SELECT DISTINCT d.state, d.outcome, d.tries FROM tellusonce_delivery d"
        " JOIN tellusonce_recipient p ON p.id = d.recipient_id WHERE p.slug IN ('confirms-first', 'confirms-at-once')"
    )
    assert outcomes == [("closed", "acted", 1)]
    assert stack.metric("tellusonce_settlings_fenced_total") >= 4
    assert stack.metric("tellusonce_confirmations_total", outcome="acted") >= 8


def each_has_its_own(stack: Stack, said: Mapping[str, str]) -> None:
    """See that no answer was taken for that to another message."""
    found = dict(
        stack.query("SELECT id::text, outcome FROM tellusonce_delivery WHERE id::text = ANY(%s)", [list(said)])
    )
    assert found == said
    assert set(said.values()) == {"acted", "no_match"}


# F21: they act, and what they say of it is lost; the words that stand in the first attempt.
LOST: Mapping[str, tuple[str, str, str]] = {
    "rest-cut": ("rest", "drop", "connection-lost"),
    "rest-silent": ("rest", "never_answers", "reply-"),
    "soap-cut": ("soap", "drop", "connection-lost"),
    "soap-silent": ("soap", "never_answers", "reply-"),
    "soap-garbled": ("soap", "malformed", "reply-malformed"),
}
# What they answer the second time: REST recipients that they had it, by whichever status.
AGAIN = {"rest-cut": ("duplicate", "http-409"), "rest-silent": ("accepted", "http-202")}
# These cannot tell a repetition: a person has to ask.
HEEDLESS = {"heedless-cut": "drop", "heedless-silent": "never_answers"}
REPORTS = 4  # below the five failures in a row that open a breaker


@pytest.mark.fault("F21")
def test_who_acted_and_was_not_heard_is_told_again_under_the_same_id_and_acts_once(tally: Tally) -> None:
    """F21: the recipient acted and its reply was lost: same id again, applied once."""
    played = [
        *scenes.cast(),
        *(Played(name, style, behaviour=once(how), played=status(name)) for name, (style, how, _) in LOST.items()),
        *(Played(name, behaviour=once(how), detects_duplicates=False) for name, how in HEEDLESS.items()),
    ]
    with scenes.playing(played) as stack:
        submitting.by_interface(stack, REPORTS, seed=tally.seed)
        tally.mended()
        scenes.all_told(stack)
        tally.well()
        for name, (_, _, code) in LOST.items():
            told_twice_and_applied_once(stack, name, code)
        for name in HEEDLESS:
            assert verdicts.standing(stack)[name] == {("failed", "outcome-unknown")}
            assert [each.outcome for each in verdicts.heard(stack)[name]] == ["ambiguous"] * REPORTS
        assert stack.metric("tellusonce_failed_deliveries") == len(HEEDLESS) * REPORTS
        tally.hold(reckonings.reckon(stack, undetected=HEEDLESS))


def once(how: str) -> list[JSON]:
    """Act, and let the first reply be lost."""
    return [{how: {"times": 1, "after_taking": True}}]


def status(name: str) -> JSON:
    """Say by which status they answer that they had it."""
    return {"duplicate_status": int(AGAIN[name][1].removeprefix("http-"))} if name in AGAIN else {}


def told_twice_and_applied_once(stack: Stack, name: str, code: str) -> None:
    """See it in the attempts, in the recipient's own books, and in what an operator watches."""
    tries = [each.words for each in verdicts.heard(stack)[name]]
    assert len(tries) == 2 * REPORTS
    assert all(outcome == "ambiguous" and said.startswith(code) for outcome, said in tries[::2]), tries
    assert set(tries[1::2]) == {AGAIN.get(name, ("accepted", "http-200"))}
    lines = [each for each in reckonings.read_books(stack.books) if each["recipient"] == name]
    assert sum(each["applied"] for each in lines) == len({each["message_id"] for each in lines}) == REPORTS
    assert stack.metric("tellusonce_attempts_total", recipient=name, outcome="ambiguous") == REPORTS
