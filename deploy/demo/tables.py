"""The table of recipients, from told to confirmed, in words for people."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

JSON = Any
OUTCOMES = {
    "received": ("They have it", "yellow"),
    "matched": ("They found the record", "yellow"),
    "multiple_candidates": ("They found several", "yellow"),
    "manual_review": ("Somebody is looking", "yellow"),
    "needs_information": ("They ask for more", "yellow"),
    "acted": ("They found the record", "green"),
    "nothing_to_do": ("Nothing to do", "green"),
    "no_match": ("Not known to them", "green"),
    "declined": ("They declined", "red"),
    "contested": ("They contradict themselves", "red"),
}
WAITING = {"pending": "Waiting", "available": "To be fetched"}
ACTIONS = {
    "payment_stopped": "payment stopped",
    "account_closed": "account closed",
    "record_updated": "record updated",
    "record_created": "record created",
    "licence_cancelled": "licence cancelled",
    "name_removed": "name removed",
    "overpayment_assessed": "overpayment worked out",
    "entitlement_reviewed": "entitlement reviewed",
    "passport_cancelled": "passport cancelled",
    "survivor_pension_started": "survivor's pension started",
    "bill_reissued": "new bill sent",
    "equipment_collected": "equipment to be collected",
    "nothing_held": "nothing held",
}


def table(standings: Sequence[JSON], *, title: str) -> Table:
    """Draw all recipients."""
    drawn = Table(title=title, title_justify="left", pad_edge=False, box=None, padding=(0, 2, 0, 0), expand=False)
    for name in ("Recipient", "Told", "What they say", "What was done"):
        drawn.add_column(name, no_wrap=name in ("Told", "What they say"), header_style="bold")
    for each in standings:
        drawn.add_row(Text(each["name"]), *row(each))
    drawn.caption, drawn.caption_justify = summary(standings), "left"
    return drawn


def row(standing: JSON) -> tuple[Text, Text, Text]:
    """Say when one was told, what it says and what it did."""
    state = standing["state"]
    if state == "withheld":
        return Text("Not told", "dim"), Text(), Text(standing["reason_in_words"], "dim")
    if state == "failed":
        return Text("Not told", "red"), Text(), Text(standing["reason_in_words"], "red")
    told = Text(_clock(standing["told_at"])) if standing["told_at"] else Text(_waiting(standing), "dim")
    words, style = OUTCOMES.get(standing["outcome"], ("", ""))
    return told, Text(words, style), Text(done(standing["actions"]))


def _waiting(standing: JSON) -> str:
    return "Trying again" if standing["may_have_been_told"] else WAITING.get(standing["state"], "")


def done(actions: Sequence[Mapping[str, JSON]]) -> str:
    """Tell the actions in a sentence, those of one day together: "Account closed, new bill sent on 22 November"."""
    by_day: dict[str, list[str]] = {}
    for action in actions:
        words = ACTIONS.get(action["code"], action["code"].replace("_", " "))
        by_day.setdefault(_day(action["on"]), []).append(words)
    text = "; ".join(f"{', '.join(dict.fromkeys(words))}{day}" for day, words in by_day.items())
    return text[:1].upper() + text[1:]


def summary(standings: Sequence[JSON]) -> str:
    """Count."""
    states = [each["state"] for each in standings]
    closed, withheld = states.count("closed"), states.count("withheld")
    told = sum(each["told_at"] is not None for each in standings)
    parts = [f"{told} told", f"{closed} confirmed", f"{len(states) - closed - withheld} to come"]
    return ", ".join([*parts, f"{withheld} withheld"] if withheld else parts) + "."


def line(standing: JSON) -> str:
    """Say the same in one line, for an output that cannot be drawn upon."""
    told, said, was_done = (each.plain for each in row(standing))
    told = f"told {told}" if standing["told_at"] else _lower(told)
    return ", ".join(text for text in (f"{standing['name']}: {told}", _lower(said), _lower(was_done)) if text)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _clock(moment: str) -> str:
    return dt.datetime.fromisoformat(moment).astimezone().strftime("%H:%M:%S")


def _day(on: str | None) -> str:
    if not on:
        return ""
    day = dt.date.fromisoformat(on)
    return f" on {day.day} {day:%B}"
