"""Sum up the books: what a recipient got, how often, and what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from adapters.simulator.books import Books, Tally


def summarise(books: Books, names: Iterable[str]) -> dict[str, Any]:
    """Sum up every recipient, and all of them together."""
    recipients = {name: totals(books.account(name), unread=books.unread(name)) for name in names}
    keys = next(iter(recipients.values()), {}).keys()
    return {
        "recipients": recipients,
        "totals": {key: sum(recipient[key] for recipient in recipients.values()) for key in keys},
    }


def detail(books: Books, name: str) -> dict[str, Any]:
    """Sum up one recipient, and list its messages."""
    tallies = books.account(name)
    return {
        "name": name,
        **totals(tallies, unread=books.unread(name)),
        "by_message": [asdict(tally) for tally in tallies],
    }


def totals(tallies: Sequence[Tally], *, unread: int) -> dict[str, int]:
    """Count; `second_effects` are effects beyond the first of a delivery, `second_ids` its ids beyond the first.

    A delivery is known by reference and sequence, so both show whether or not the recipient detects duplicates.
    """
    states = [entry["state"] for tally in tallies for entry in tally.confirmations]
    by_delivery = _by_delivery(tallies)
    return {
        "messages": len(tallies),
        "tries": sum(tally.tries for tally in tallies),
        "repeats": sum(tally.tries - 1 for tally in tallies),
        "accepted": sum(tally.accepted for tally in tallies),
        "effects": sum(tally.effects for tally in tallies),
        "second_effects": sum(max(0, sum(t.effects for t in group) - 1) for group in by_delivery),
        "second_ids": sum(len(group) - 1 for group in by_delivery),
        "changed": sum(len(tally.digests) > 1 for tally in tallies),
        "unread": unread,
        "confirmations_owed": len(states),
        "confirmations_taken": states.count("taken"),
        "confirmations_given_up": states.count("given_up"),
    }


def _by_delivery(tallies: Sequence[Tally]) -> list[list[Tally]]:
    """Group by reference and sequence; what names neither is a delivery of its own."""
    groups: defaultdict[tuple[str, int | None], list[Tally]] = defaultdict(list)
    for tally in tallies:
        key = tally.reference or f"id {tally.message_id}"
        groups[key, tally.sequence].append(tally)
    return list(groups.values())
