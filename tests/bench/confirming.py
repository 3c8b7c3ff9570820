"""Confirmations taken in through the REST interface, one for each of many deliveries that were sent."""

import asyncio
import json
import time
from typing import Any

from rich.table import Table

from deploy.demo.calls import System
from tests.bench import callers, intake, staging
from tests.bench.callers import Client, Request
from tests.loads import recipients
from tests.loads.stacks import Stack

AT_ONCE, MEASURED = 8, 800
SENT = "SELECT id::text FROM tellusonce_delivery WHERE state = 'sent' ORDER BY created_at LIMIT %s"
CLOSED = "SELECT count(*) FROM tellusonce_delivery WHERE state = 'closed'"
SAID = json.dumps({"outcome": "acted", "actions": [{"code": "account_closed", "on": "2026-11-02"}]}).encode()


def measure(stack: Stack) -> dict[str, Any]:
    """Confirm deliveries of a running service that have been sent."""
    ids = [each for (each,) in stack.query(SENT, [MEASURED])]
    system = System(stack.url, stack.logins[recipients.SYSTEM])
    client = Client(stack.url, system._bearer())
    requests = [Request(f"/api/v1/deliveries/{each}/confirmations", SAID) for each in ids]
    web, database = staging.families(stack, "web"), staging.database(stack)
    before, begun = staging.seconds([*web, *database]), time.perf_counter()
    asked = asyncio.run(callers.closed_loop(client, requests, at_once=AT_ONCE))
    took, cpu = time.perf_counter() - begun, staging.seconds([*web, *database]) - before
    ((closed,),) = stack.query(CLOSED)
    return {
        "per_s": round(len(ids) / took, 1),
        **intake.quantiles(asked),
        "cpu_ms": round(cpu * 1000 / len(ids), 2),
        "asked": len(ids),
        "closed": closed,
    }


def table(figures: dict[str, Any]) -> Table:
    """Put the figures as a table."""
    names = ("A second", "Median", "99 of 100 within", "Processor, web and database", "Asked", "Closed")
    made = Table(*names, title=f"Confirmations by REST, {AT_ONCE} at once")
    times = (f"{figures[name]} ms" for name in ("p50_ms", "p99_ms", "cpu_ms"))
    made.add_row(str(figures["per_s"]), *times, str(figures["asked"]), str(figures["closed"]))
    return made
