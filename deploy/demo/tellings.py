"""Tell the story through the service's own interface, and follow it until everybody has confirmed."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.calls import System
from deploy.demo.stories import Owed, Story

JSON = Any
LOOK_SECONDS = 0.4
ENDED = frozenset({"closed", "withheld", "failed"})


@dataclass(frozen=True, slots=True)
class Telling:
    """A story that is being told."""

    report: str
    reference: str


def start(registrar: System, story: Story) -> Telling:
    """Register the death: a report with its register entry. Raises Unexpected."""
    evidence = {"type": "register-entry", "entry": story.register_entry}
    report = registrar.call("POST", "/api/v1/reports", {"kind": "death", "evidence": evidence}, key=str(uuid.uuid4()))
    return Telling(report["id"], report["reference"])


def answer(journey: System, telling: Telling, story: Story) -> None:
    """Put in what the family says, and submit it for all that apply. Raises Unexpected."""
    at = f"/api/v1/reports/{telling.report}"
    journey.call("PATCH", f"{at}/answers", story.answers, key=str(uuid.uuid4()))
    journey.call("POST", f"{at}/submission", {"recipients": None}, key=str(uuid.uuid4()))


def follow(
    system: System, telling: Telling, *, owed: Sequence[Owed], show: Callable[[Sequence[JSON]], None], until: float
) -> list[JSON]:
    """Watch, and give the last that was seen: when all has come as it should, or `until` (monotonic) is over."""
    while True:
        standings: list[JSON] = system.call("GET", f"/api/v1/reports/{telling.report}")["recipients"]
        show(standings)
        if not shortcomings(standings, owed) or time.monotonic() > until:
            return standings
        time.sleep(LOOK_SECONDS)


def shortcomings(standings: Sequence[JSON], owed: Sequence[Owed]) -> list[str]:
    """Say, a sentence each, where the service does not report what the story's list expects."""
    found = []
    seen = {each["recipient"]: each for each in standings}
    for each in owed:
        standing = seen.pop(each.recipient, None)
        if standing is None:
            found.append(f"{each.recipient} is not among the recipients.")
        elif (got := _ending(standing)) != (wanted := _wanted(each)):
            found.append(f"{each.recipient} should be {' '.join(wanted)} and is {' '.join(got)}.")
    return found + [f"{slug} is not on the story's list." for slug in sorted(seen)]


def _ending(standing: JSON) -> tuple[str, ...]:
    if standing["state"] == "withheld":
        return "withheld", standing["reason"]
    return standing["state"], standing["outcome"], *sorted({each["code"] for each in standing["actions"]})


def _wanted(owed: Owed) -> tuple[str, ...]:
    if owed.withheld:
        return "withheld", owed.withheld
    return "closed", owed.outcome, *sorted(owed.actions)
