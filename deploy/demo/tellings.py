"""Tell the story through the service's own interface, and follow it until everybody has confirmed."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.calls import Caller
from deploy.demo.stories import Owed, Story

JSON = Any
LOOK_SECONDS = 0.4
ENDED = frozenset({"closed", "withheld", "failed"})


@dataclass(frozen=True, slots=True)
class Telling:
    """A story that is being told."""

    report: str
    reference: str


def start(registrar: Caller, story: Story) -> Telling:
    """Register the death: a report with its register entry. Raises Unexpected."""
    evidence = {"type": "register-entry", "entry": story.register_entry}
    report = registrar.call("POST", "/api/v1/reports", {"kind": "death", "evidence": evidence}, key=str(uuid.uuid4()))
    return Telling(report["id"], report["reference"])


def answer(journey: Caller, telling: Telling, story: Story) -> dict[str, str]:
    """Put in what the family says, and submit it for all that apply; gives receipts of consents, by recipient.

    Raises Unexpected.
    """
    at = f"/api/v1/reports/{telling.report}"
    journey.call("PATCH", f"{at}/answers", story.answers, key=str(uuid.uuid4()))
    asked = [each for each in journey.call("GET", f"{at}/preview")["recipients"] if each["consent"]]
    instruction = {"recipients": None, "consents": [_consent(each, story) for each in asked]}
    submitted = journey.call("POST", f"{at}/submission", instruction, key=str(uuid.uuid4()))
    return {each["recipient"]: each["receipt"] for each in submitted["consents"]}


def _consent(asked: JSON, story: Story) -> JSON:
    """Answer in the words in which it was asked; who is not in the story is told no."""
    recipient = asked["recipient"]
    return {
        "recipient": recipient,
        "given": story.consents.get(recipient, False),
        "wording": asked["consent"]["wording"],
    }


def unverified(system: Caller, receipts: Mapping[str, str], story: Story) -> list[str]:
    """Say, a sentence each, which receipts do not verify, or still would when changed. Raises Unexpected."""
    found = [f"There is no receipt for {each}." for each in sorted(story.consents.keys() - receipts.keys())]
    for recipient, receipt in receipts.items():
        if not _is_valid(system, receipt):
            found.append(f"The receipt for {recipient} does not verify.")
        if _is_valid(system, receipt[:-1] + ("A" if receipt[-1] != "A" else "Q")):
            found.append(f"The receipt for {recipient} verifies although it was changed.")
    return found


def _is_valid(system: Caller, receipt: str) -> bool:
    return bool(system.call("POST", "/api/v1/receipts/verification", {"receipt": receipt})["is_valid"])


def follow(
    system: Caller, telling: Telling, *, owed: Sequence[Owed], show: Callable[[Sequence[JSON]], None], until: float
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
