"""Reports taken in through the interface: how many a second, and how long each takes at half of that.

One report is one request with evidence, answers and instruction. It counts when it was answered 201 and the database
has all its deliveries. Beside it stand the three requests that do the same (`start`, `answers`, `submission`). No
worker runs: what is measured is taking in.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from tests.bench import callers, staging
from tests.bench.callers import Asked, Client, Request
from tests.loads import recipients
from tests.loads.stacks import Stack

JSON = Any
WEB_PROCESSES, AT_ONCE = 2, 8
WARMING, MEASURED, OPEN_SECONDS, ROUNDS = 100, 300, 5.0, 3
CREATED = 201
POSTCODES = "ABDEFGHJLNPQRSTUWXYZ"


def measure() -> dict[str, Any]:
    """Measure with twenty recipients and with one."""
    return {"twenty": _with(20), "one": _with(1), "web_processes": WEB_PROCESSES}


def _with(count: int) -> dict[str, Any]:
    played = recipients.several(count)
    with staging.running(played, programs=("web",), WEB_PROCESSES=str(WEB_PROCESSES)) as stack:
        return asyncio.run(_measured(stack, count))


async def _measured(stack: Stack, count: int) -> dict[str, Any]:
    client = Client(stack.url, stack.office._bearer())
    numbers = iter(range(10**6))
    await callers.closed_loop(client, [whole(next(numbers)) for _ in range(WARMING)], at_once=AT_ONCE)
    rounds = [await _round(stack, client, [whole(next(numbers)) for _ in range(MEASURED)]) for _ in range(ROUNDS)]
    rate = statistics.median(each["per_s"] for each in rounds)
    steady = [whole(next(numbers)) for _ in range(int(rate / 2 * OPEN_SECONDS))]
    asked = await callers.open_loop(client, steady, per_second=rate / 2)
    chain = await _chain(client, [next(numbers) for _ in range(MEASURED // 4)])
    client.close()
    expected = (WARMING + ROUNDS * MEASURED + len(steady) + MEASURED // 4) * count
    ((owed,),) = stack.query("SELECT count(*) FROM tellusonce_delivery WHERE state = 'pending'")
    middle = sorted(rounds, key=lambda each: each["per_s"])[len(rounds) // 2]
    return {
        **middle,
        "at_half": {"per_s": round(rate / 2, 1), **quantiles(asked), "refused": _refused(asked)},
        "chain": chain,
        "owed": owed,
        "missing": expected - owed,
    }


def whole(number: int) -> Request:
    """Give one whole report, of somebody whom nobody reported yet."""
    entry, told = somebody(number)
    evidence = {"type": "register-entry", "entry": entry}
    said = {"kind": "death", "evidence": evidence, "answers": told, "submission": {}}
    return Request("/api/v1/reports", json.dumps(said).encode())


def somebody(number: int) -> tuple[JSON, JSON]:
    """Give the entry and the answers about somebody who lives where few others do, as people in a county do."""
    entry, told = recipients.somebody(number, seed=7)
    place = number * 7919 % 7600
    sector, letters = place // 400 + 1, place % 400
    postcode = f"ZX1 {sector % 9 + 1}{POSTCODES[letters // 20]}{POSTCODES[letters % 20]}"
    told["subject"]["addresses"][0] |= {"postcode": postcode}
    return entry, told


async def _round(stack: Stack, client: Client, requests: Sequence[Request]) -> dict[str, Any]:
    web, database = staging.families(stack, "web"), staging.database(stack)
    before, begun = (staging.seconds(web), staging.seconds(database)), time.perf_counter()
    asked = await callers.closed_loop(client, requests, at_once=AT_ONCE)
    took = time.perf_counter() - begun
    after = staging.seconds(web), staging.seconds(database)
    per_report = 1000 / len(requests)
    return {
        "per_s": round(len(requests) / took, 1),
        **quantiles(asked),
        "refused": _refused(asked),
        "web_cpu_ms": round((after[0] - before[0]) * per_report, 2),
        "database_cpu_ms": round((after[1] - before[1]) * per_report, 2),
    }


async def _chain(client: Client, numbers: Sequence[int]) -> dict[str, Any]:
    """Do the same by three requests a report, one after another in each of several connections."""
    waiting = iter(numbers)
    steps: dict[str, list[Asked]] = {"start": [], "answers": [], "submission": []}

    async def one_after_another() -> None:
        for number in waiting:
            entry, told = somebody(number)
            said = {"kind": "death", "evidence": {"type": "register-entry", "entry": entry}}
            begun = await client.ask(_json("/api/v1/reports", said), due=time.perf_counter())
            at = f"/api/v1/reports/{json.loads(begun.body)['id']}"
            patched = _json(f"{at}/answers", told, method="PATCH")
            answered = await client.ask(patched, due=time.perf_counter())
            submitted = await client.ask(_json(f"{at}/submission", {}), due=time.perf_counter())
            for step, asked in zip(steps.values(), (begun, answered, submitted), strict=True):
                step.append(asked)

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    took = time.perf_counter() - begun
    medians = {f"{name}_ms": quantiles(asked)["p50_ms"] for name, asked in steps.items()}
    return {"per_s": round(len(numbers) / took, 1), **medians}


def _json(path: str, said: JSON, *, method: str = "POST") -> Request:
    return Request(path, json.dumps(said).encode(), method)


def _refused(asked: Sequence[Asked]) -> int:
    return sum(each.status != CREATED for each in asked)


def quantiles(asked: Sequence[Asked]) -> dict[str, float]:
    """Give the median and the 99th percentile, in milliseconds."""
    took = [each.took * 1000 for each in asked]
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p99_ms": round(statistics.quantiles(took, n=100, method="inclusive")[-1], 1),
    }


def table(figures: dict[str, Any]) -> Table:
    """Put the figures as a table."""
    made = Table(
        "Recipients",
        "Reports a second",
        "99 of 100 within",
        "At half of it",
        "By three requests",
        "Processor",
        "Missing",
        title=f"Reports taken in by {figures['web_processes']} web processes, {AT_ONCE} at once",
    )
    for name in ("one", "twenty"):
        each = figures[name]
        made.add_row(
            name,
            f"{each['per_s']}",
            f"{each['p99_ms']} ms",
            f"{each['at_half']['p99_ms']} ms at {each['at_half']['per_s']} a second",
            f"{each['chain']['per_s']} a second",
            f"{each['web_cpu_ms']} ms web, {each['database_cpu_ms']} ms database",
            f"{each['missing']} of {each['owed'] + each['missing']}",
        )
    return made
