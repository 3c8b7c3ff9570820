"""What a delivery costs beside none, one million and five million that are closed already.

A process of its own drains as a worker does, one lane after another, to a sink; beside that it claims and settles as
many without sending. What counts is the processor time of that process and of PostgreSQL together, per delivery.
`python -m tests.bench.millions` is that process.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psutil
from rich.table import Table

from deploy import ports, services
from tests.bench import arrivals, owing, sinks, staging
from tests.loads import recipients
from tests.loads.stacks import Stack

JSON = Any
RECIPIENTS = arrivals.RECIPIENTS
REPORTS, ROUNDS = 12, 3
STAGES = (0, 1_000_000, 5_000_000)
TABLES = ("report", "answers", "delivery", "deliverynumber", "attempt", "result")
# Rows as a delivery leaves them, by PostgreSQL itself; the checks of what points where are left out, and the indexes
# are made when all rows are there.
FILL = (
    """
    INSERT INTO tellusonce_report (id, reference, kind, state, organisation, started_by, started_at, expires_at,
        submitted_at, key_id)
    SELECT md5('report' || n)::uuid, 'FILL-' || n, 'death', 'submitted', 'loadshire', 'fill',
        now() - n * interval '9 s', now(), now() - n * interval '9 s', (SELECT id FROM identity_datakey LIMIT 1)
    FROM generate_series({first}::int / 20, {last}::int / 20 - 1) n
    """,
    """
    INSERT INTO tellusonce_answers (id, report_id, number, sealed, closed_at)
    SELECT md5('answers' || n)::uuid, md5('report' || n)::uuid, 1, decode(repeat(md5(n::text), 16), 'hex'),
        now() - n * interval '9 s'
    FROM generate_series({first}::int / 20, {last}::int / 20 - 1) n
    """,
    """
    INSERT INTO tellusonce_delivery (id, report_id, recipient_id, purpose, sequence, state, reason, outcome, answers_id,
        agreement_id, fields, route_id, content_digest, fence, tries, crashes, confirm_by, created_at, sent_at,
        closed_at)
    SELECT md5('delivery' || n)::uuid, md5('report' || n / 20)::uuid, told.ids[n % 20 + 1], 'notify', 1, 'closed', '',
        'acted', md5('answers' || n / 20)::uuid, told.agreements[n % 20 + 1], told.fields, told.routes[n % 20 + 1],
        decode(md5(n::text) || md5(n::text), 'hex'), 1, 1, 0, current_date, at, at, at
    FROM generate_series({first}::int, {last}::int - 1) n,
        LATERAL (SELECT now() - n / 20 * interval '9 s' AS at) t,
        (SELECT array_agg(r.id) AS ids, array_agg(r.route_id) AS routes, array_agg(a.id) AS agreements,
            min(a.fields::text)::varchar[] AS fields
         FROM tellusonce_recipient r JOIN tellusonce_agreement a ON a.recipient_id = r.id) told
    """,
    """
    INSERT INTO tellusonce_deliverynumber (delivery_id, report_id, recipient_id, sequence, purpose)
    SELECT md5('delivery' || n)::uuid, md5('report' || n / 20)::uuid, told.ids[n % 20 + 1], 1, 'notify'
    FROM generate_series({first}::int, {last}::int - 1) n, (SELECT array_agg(id) AS ids FROM tellusonce_recipient) told
    """,
    """
    INSERT INTO tellusonce_attempt (id, delivery_id, number, fence, digest, started_at)
    SELECT md5('attempt' || n)::uuid, md5('delivery' || n)::uuid, 1, 1, decode(md5(n::text) || md5(n::text), 'hex'),
        now()
    FROM generate_series({first}::int, {last}::int - 1) n
    """,
    """
    INSERT INTO tellusonce_result (attempt_id, outcome, code, was_overtaken, took_ms, finished_at)
    SELECT md5('attempt' || n)::uuid, 'taken', '202', false, 20, now()
    FROM generate_series({first}::int, {last}::int - 1) n
    """,
)
READY = """
UPDATE pg_index SET indisready = false, indisvalid = false
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relname = ANY(%s))
"""


def measure() -> dict[str, Any]:
    """Measure with each number of closed deliveries."""
    port = ports.free()
    played = [
        replace(each, address=f"http://127.0.0.1:{port}/rest/{each.name}") for each in recipients.several(RECIPIENTS)
    ]
    stages: list[dict[str, Any]] = []
    with staging.running(played, programs=()) as stack:
        sinks.start(stack, port=port)
        measured(stack, 0)  # plans, caches and connections are warm from here on
        closed = 0
        for wanted in STAGES:
            begun = time.monotonic()
            if wanted:
                fill(stack, closed, wanted)
            closed, filled_for = wanted, round(time.monotonic() - begun)
            stages.append({"closed": wanted, "filled_s": filled_for, **measured(stack, wanted + 1)})
    empty, full = stages[0], stages[-1]
    names = ("whole_ms", "claim_ms")
    return {"stages": stages, **{f"{name}_ratio": round(full[name] / empty[name], 3) for name in names}}


def fill(stack: Stack, first: int, last: int) -> None:
    """Bring the closed deliveries from one number to another."""
    tables = [f"tellusonce_{each}" for each in TABLES]
    settings = ("session_replication_role = replica", "statement_timeout = 0", "maintenance_work_mem = '256MB'")
    with staging.administrator(stack) as cursor:
        for setting in settings:
            cursor.execute(f"SET {setting}")
        cursor.execute(READY, [tables])
        for statement in FILL:
            cursor.execute(statement.format(first=first, last=last))
        for each in tables:
            cursor.execute(f"REINDEX TABLE {each}")
            cursor.execute(f"VACUUM (ANALYZE) {each}")
        cursor.execute("CHECKPOINT")


def measured(stack: Stack, seed: int) -> JSON:
    """Owe, and drain in a process of its own."""
    assert stack.servers.cluster is not None
    words = ["--seed", str(seed), "--postgres", str(stack.servers.cluster.process.pid)]
    environment = {**stack.environment, **stack.servers.environment(), "PYTHONPATH": str(services.ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.millions", *words]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def table(figures: dict[str, Any]) -> Table:
    """Put the figures as a table."""
    names = ("Closed", "Whole path", "Claim and settle", "Wall, whole", "Sent", "Owed")
    made = Table(*names, title="A delivery beside closed ones: processor time of worker and database")
    for each in figures["stages"]:
        times = (f"{each[name]} ms" for name in ("whole_ms", "claim_ms", "wall_ms"))
        made.add_row(f"{each['closed']:,}", *times, str(each["sent"]), str(each["owed"]))
    made.add_row("ratio", f"{figures['whole_ms_ratio']}", f"{figures['claim_ms_ratio']}")
    return made


def main() -> int:
    """Be the process that drains; the last line is what it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.millions")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--postgres", type=int, required=True)
    given = parser.parse_args()
    import django  # noqa: PLC0415 - only this process is one of the service's

    django.setup()
    database = psutil.Process(given.postgres)
    whole, claimed = [], []
    for number in range(ROUNDS):
        owing.owe(REPORTS, seed=given.seed * 1000 + number)
        whole.append(_costs(database, _drain))
        owing.owe(REPORTS, seed=given.seed * 1000 + 500 + number)
        claimed.append(_costs(database, _claim_and_settle))
    from tellusonce.models import Delivery  # noqa: PLC0415

    sent = Delivery.objects.filter(state="sent", created_at__gte=_begun()).count()
    middle = {
        "whole_ms": statistics.median(cpu for cpu, _ in whole),
        "claim_ms": statistics.median(cpu for cpu, _ in claimed),
        "wall_ms": statistics.median(wall for _, wall in whole),
    }
    owed = 2 * ROUNDS * REPORTS * RECIPIENTS
    print(json.dumps({**{name: round(each, 3) for name, each in middle.items()}, "sent": sent, "owed": owed}))
    return 0


def _begun() -> Any:
    import datetime as dt  # noqa: PLC0415

    return dt.datetime.fromtimestamp(psutil.Process().create_time(), tz=dt.UTC)


def _costs(database: psutil.Process, work: Callable[[int], None]) -> tuple[float, float]:
    """Give processor and wall time of a delivery, in milliseconds."""
    from tellusonce.models import Recipient  # noqa: PLC0415

    ids = list(Recipient.objects.order_by("pk").values_list("pk", flat=True))

    def spent() -> float:
        return staging.seconds([psutil.Process(), database, *database.children(recursive=True)])

    before, begun = spent(), time.perf_counter()
    for each in ids:
        work(each)
    per_delivery = 1000 / (REPORTS * len(ids))
    return (spent() - before) * per_delivery, (time.perf_counter() - begun) * per_delivery


def _drain(recipient: int) -> None:
    from tellusonce import drains  # noqa: PLC0415

    drains.drain(recipient, "first")


def _claim_and_settle(recipient: int) -> None:
    from django.db import transaction  # noqa: PLC0415

    from tellusonce.deliveries import claims, lanes, settling  # noqa: PLC0415
    from tellusonce.models import Recipient  # noqa: PLC0415

    hold = lanes.take(recipient, "first")
    assert hold is not None
    route = Recipient.objects.get(pk=recipient).route_id
    assert route is not None
    with transaction.atomic():
        taken = claims.claim(hold, limit=50)
    tries = [settling.Try(each, uuid.uuid4(), b"0" * 32, route, each.agreement_id, each.fields) for each in taken]
    with transaction.atomic():
        settling.begin(tries)
    with transaction.atomic():
        settling.settle(
            [
                settling.Settlement(
                    each.claimed, "sent", attempt_id=each.attempt_id, outcome="taken", code="202", took_ms=5
                )
                for each in tries
            ]
        )
    lanes.release(hold)


if __name__ == "__main__":
    sys.exit(main())
