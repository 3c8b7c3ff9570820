"""Decide what becomes of one request: pure, from the steps of a recipient and how often the message came before."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from adapters.simulator.steps import Answer, Confirm, Refusal, Step, Trouble

NOT_KNOWN = Answer(outcome="no_match")


@dataclass(frozen=True, slots=True)
class Plan:
    """Wait, then end in `trouble` or take it; taken, answer at once and owe confirmations.

    `ending` names the step that ends it (``refuse``, ``drop``, ...) or is ``taken``.
    """

    delay_s: float = 0
    ending: str = "taken"
    trouble: Refusal | Trouble | None = None
    takes: bool = True
    answer: Answer | None = None
    confirms: tuple[Confirm, ...] = ()


def plan(steps: Iterable[Step], *, tries_before: int) -> Plan:
    """Walk the steps in order; the first trouble that applies ends the walk for whatever must wait for it."""
    decided = Plan()
    for step in steps:
        if isinstance(step.value, Refusal | Trouble):
            if decided.trouble is None and _applies(step.value, tries_before):
                decided = _troubled(decided, step)
        elif step.name == "delay_s":
            decided = decided if decided.trouble else replace(decided, delay_s=decided.delay_s + step.value)
        elif step.name == "confirm":
            decided = replace(decided, confirms=(*decided.confirms, step.value))
        else:
            decided = replace(decided, answer=step.value if step.name == "answer" else NOT_KNOWN)
    return decided


def _applies(trouble: Refusal | Trouble, tries_before: int) -> bool:
    return trouble.times is None or tries_before < trouble.times


def _troubled(decided: Plan, step: Step) -> Plan:
    takes = isinstance(step.value, Trouble) and step.value.after_taking
    return replace(decided, ending=step.name, trouble=step.value, takes=takes)
