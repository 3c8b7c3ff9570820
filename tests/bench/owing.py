"""A process that owes many deliveries while nothing may be sent, and lets them go at a word.

``python -m tests.bench.owing`` prints a line when all are owed, and waits for one; then it lets them be sent, and
prints the moment.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from deploy import services
from tests.bench import staging
from tests.loads import recipients
from tests.loads.stacks import Stack

# Ours; one task for each delivery; and the same with connections that are kept.
OURS, PLAIN, KEPT = "ours", "plain", "kept"
PAUSE = """
INSERT INTO tellusonce_pause (kind, paused_at, paused_by, reason) VALUES ('', now(), 'bench', 'measuring')
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured: so many reports by REST or SOAP, delivered by one of the engines, by so many workers."""

    engine: str
    style: str
    workers: int
    count: int


@contextmanager
def owed(stack: Stack, wanted: Wanted, *, seed: int) -> Iterator["subprocess.Popen[str]"]:
    """Have so many reports owed for as long as the block does; `go` lets them be sent."""
    with staging.administrator(stack) as cursor:
        cursor.execute(PAUSE)
    words = [f"--{name}={value}" for name, value in {**asdict(wanted), "seed": seed}.items()]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.owing", *words],
        env={**stack.environment, "PYTHONPATH": str(services.ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        _hear(process)
        yield process


def go(process: "subprocess.Popen[str]") -> float:
    """Let them be sent, and give the moment from which they might be."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return float(_hear(process))


def _hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise services.CannotStart("What was to be measured could not be owed.")
    return line


def main() -> int:
    """Be that process."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.owing")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--engine", choices=(OURS, PLAIN, KEPT), required=True)
    parser.add_argument("--style", choices=("rest", "soap"), required=True)
    parser.add_argument("--workers", type=int, required=True)
    given = parser.parse_args()
    import django  # noqa: PLC0415 - only this process is one of the service's

    django.setup()
    app = _application(given.engine)
    while len(app.control.ping(timeout=0.5)) < given.workers:  # they have just been started
        time.sleep(0.1)
    owe(given.count, seed=given.seed)
    if given.engine != OURS:
        _queue(given.style)
    print("owed", flush=True)
    sys.stdin.readline()
    print(_let_go() if given.engine == OURS else _consume(), flush=True)
    return 0


def _application(engine: str) -> Any:
    """Give the one, and never read the other: the last one read is the current one of its process."""
    if engine == OURS:
        from config.celery import app  # noqa: PLC0415
    else:
        from tests.bench.plain import app  # noqa: PLC0415
    return app


def owe(count: int, *, seed: int) -> None:
    """Hand in so many reports."""
    from django.db import transaction  # noqa: PLC0415

    from identity.ledger import Actor  # noqa: PLC0415
    from tellusonce import events, reports  # noqa: PLC0415
    from tellusonce.closing import Instructed  # noqa: PLC0415

    actor, kind = Actor("load", organisation=recipients.ORGANISATION), events.find("death")
    for number in range(count):
        entry, told = recipients.somebody(number, seed=seed)
        proof = reports.Proof("register-entry", entry)
        with transaction.atomic():
            reports.hand_in(actor, kind, told=told, proof=proof, instructed=Instructed(chosen=None))


def _let_go() -> float:
    from tellusonce.deliveries import hints  # noqa: PLC0415
    from tellusonce.models import Lane, Mailbox, Pause  # noqa: PLC0415

    lanes = [(each, str(Lane.FIRST)) for each in Mailbox.objects.values_list("pk", flat=True)]
    hints.forget(lanes)
    begun = time.time()
    Pause.objects.all().delete()
    hints.wake(lanes)
    return begun


def _queue(style: str) -> None:
    """Publish a task for each delivery, to a queue that nobody listens to yet."""
    from tellusonce.models import Delivery  # noqa: PLC0415
    from tests.bench import plain  # noqa: PLC0415

    plain.app.control.cancel_consumer(plain.QUEUE, reply=True)
    task = plain.tell if style == "rest" else plain.tell_by_soap
    with plain.app.connection_for_write() as connection, connection.Producer() as producer:
        for each in Delivery.objects.filter(state="pending").values_list("pk", flat=True):
            task.apply_async((str(each),), producer=producer)


def _consume() -> float:
    from tests.bench import plain  # noqa: PLC0415

    begun = time.time()
    plain.app.control.add_consumer(plain.QUEUE)
    return begun


if __name__ == "__main__":
    sys.exit(main())
