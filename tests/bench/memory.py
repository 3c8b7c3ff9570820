"""How much memory a worker holds at the start and after many deliveries."""

import asyncio
from typing import Any

from rich.table import Table

from tests.bench import callers, intake, staging
from tests.bench.callers import Client
from tests.loads.stacks import Stack

AT_ONCE, REPORTS, RECIPIENTS = 8, 2500, 20
MOST_MB = 130
LATEST_SECONDS = 300.0
WAITING = "SELECT count(*) FROM tellusonce_delivery WHERE state = 'pending'"
SENT = "SELECT count(*) FROM tellusonce_delivery WHERE state IN ('sent', 'closed')"


def resident(stack: Stack) -> dict[str, float]:
    """Give what each worker process holds, in megabytes: shared libraries count in each."""
    return {
        name: round(max(each.memory_info().rss for each in staging.families(stack, name)) / 1e6, 1)
        for name in staging.WORKERS
    }


def measure(stack: Stack, *, at_start: dict[str, float]) -> dict[str, Any]:
    """Have so many delivered in two halves, and look after each."""
    numbers, looks = iter(range(2_000_000, 3_000_000)), [{"deliveries": 0, **at_start}]
    ((before,),) = stack.query(SENT)
    for half in (1, 2):
        client = Client(stack.url, stack.office._bearer())
        requests = [intake.whole(next(numbers)) for _ in range(REPORTS // 2)]
        asyncio.run(callers.closed_loop(client, requests, at_once=AT_ONCE))
        why = "Not everything was sent in time."
        stack.wait_for(lambda: stack.query(WAITING) == [(0,)], seconds=LATEST_SECONDS, why=why)
        looks.append({"deliveries": half * REPORTS * RECIPIENTS // 2, **resident(stack)})
    ((after,),) = stack.query(SENT)
    return {"looks": looks, "owed": REPORTS * RECIPIENTS, "sent": after - before}


def table(figures: dict[str, Any]) -> Table:
    """Put the figures as a table."""
    made = Table("Deliveries", *staging.WORKERS, title=f"Memory of a worker process; at most {MOST_MB} MB")
    for each in figures["looks"]:
        made.add_row(f"{each['deliveries']:,}", *(f"{each[name]} MB" for name in staging.WORKERS))
    made.add_row("sent of owed", f"{figures['sent']} of {figures['owed']}")
    return made
