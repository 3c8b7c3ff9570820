"""What the service made of recipients' replies, as its database has it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from deploy import services
from tests.loads.recipients import Played
from tests.loads.stacks import Stack

Words = tuple[str, str]

HEARD = """
SELECT p.slug, r.outcome, r.code, r.was_overtaken, a.started_at, r.finished_at
FROM tellusonce_attempt a JOIN tellusonce_result r ON r.attempt_id = a.id
JOIN tellusonce_delivery d ON d.id = a.delivery_id JOIN tellusonce_recipient p ON p.id = d.recipient_id
ORDER BY d.id, a.number, a.started_at
"""


class Heard(NamedTuple):
    """What became of one try."""

    outcome: str
    code: str
    was_overtaken: bool
    started_at: dt.datetime
    finished_at: dt.datetime

    @property
    def words(self) -> Words:
        """The two that stand in the attempt."""
        return self.outcome, self.code


def heard(stack: Stack) -> Mapping[str, list[Heard]]:
    """Give what was heard of each recipient, of one delivery after the other and try by try."""
    found = defaultdict(list)
    for slug, *rest in stack.query(HEARD):
        found[slug].append(Heard(*rest))
    return found


def standing(stack: Stack) -> Mapping[str, set[tuple[str, str]]]:
    """Give the states, with reasons, in which each recipient's deliveries stand."""
    found = defaultdict(set)
    rows = stack.query(
        "SELECT p.slug, d.state, d.reason"
        " FROM tellusonce_delivery d JOIN tellusonce_recipient p ON p.id = d.recipient_id"
    )
    for slug, state, reason in rows:
        found[slug].add((state, reason))
    return found


def paused(stack: Stack) -> Mapping[str, str]:
    """Give those to whom sending is paused, with the reason that an operator sees."""
    rows = stack.query(
        "SELECT p.slug, m.pause_reason FROM tellusonce_mailbox m JOIN tellusonce_recipient p ON p.id = m.recipient_id"
        " WHERE m.paused_at IS NOT NULL"
    )
    return dict(rows)


def are_told(stack: Stack, names: Collection[str]) -> bool:
    """Whether all that these are owed was taken by them."""
    found = standing(stack)
    return all(found[name] and found[name] <= {("sent", ""), ("closed", "")} for name in names)


def put_right(stack: Stack, *, resume: Iterable[str] = (), replay: Iterable[str] = ()) -> None:
    """Do what an operator does when recipients have mended: resume what was paused, put back what failed."""
    commands = [
        *(["mailboxes", "resume", name] for name in resume),
        *(["deliveries", "replay", "--recipient", name] for name in replay),
    ]
    services.commands(stack.supervisor, *commands, environment=stack.environment)


def see_words(stack: Stack, expected: Mapping[str, Words]) -> None:
    """Wait until each of these was tried, and see what stands in its first attempt, and what an operator sees of it."""
    stack.wait_for(lambda: heard(stack).keys() >= expected.keys(), why="Somebody was not tried.")
    first = {name: tries[0].words for name, tries in heard(stack).items() if name in expected}
    assert first == expected
    for name, (_, code) in expected.items():
        assert stack.metric("tellusonce_attempt_failures_total", recipient=name, code=code) >= 1, name


def see_told(stack: Stack, played: list[Played]) -> None:
    """Wait until those who are well are told, whatever the others do."""
    stack.wait_for(lambda: are_told(stack, [each.name for each in played]), why="The well were held up.")
