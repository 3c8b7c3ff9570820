"""Reports that are owed to every recipient: through the interface as systems hand them in, or many at a time.

`python -m tests.loads.submitting` makes many, in a process of its own with the service's own functions.
"""

import argparse
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from deploy import services
from tests.loads import recipients
from tests.loads.stacks import Stack

JSON = Any
LOOK_EVERY, WAIT_SECONDS = 100, 2.0  # a look costs the database tens of milliseconds
Result = TypeVar("Result")


def by_interface(stack: Stack, count: int, *, seed: int) -> list[str]:
    """Hand reports in one after another, and give their references; a lost reply does no harm. Raises Unexpected."""
    return [each for number in range(count) for each in _handed_in(stack, number, seed)]


def _handed_in(stack: Stack, number: int, seed: int) -> Iterator[str]:
    report = drafted(stack, number, seed=seed)
    submit(stack, report)
    yield report["reference"]


def drafted(stack: Stack, number: int, *, seed: int) -> JSON:
    """Start a report and answer all, and give it as the interface does; nothing is owed by then."""
    office, (entry, told) = stack.office, recipients.somebody(number, seed=seed)
    evidence = {"type": "register-entry", "entry": entry}
    report = office.call("POST", "/api/v1/reports", {"kind": "death", "evidence": evidence}, key=str(uuid.uuid4()))
    office.call("PATCH", f"/api/v1/reports/{report['id']}/answers", told, key=str(uuid.uuid4()))
    return report


def submit(stack: Stack, report: JSON, **more: JSON) -> None:
    """Write down what is owed, and submit it; `more` is said as well, such as consents."""
    note(stack.owed, report["reference"], [each.name for each in stack.recipients])
    at = f"/api/v1/reports/{report['id']}/submission"
    stack.office.call("POST", at, {"recipients": None, **more}, key=str(uuid.uuid4()))


def note(file: Path, reference: str, names: Sequence[str]) -> None:
    """Write down what is owed, before it is submitted; to nobody, where in the end it was not."""
    with file.open("a", encoding="utf-8") as owed:
        owed.write(json.dumps({"reference": reference, "recipients": list(names)}) + "\n")


def many(stack: Stack, count: int, *, seed: int) -> None:
    """Hand many reports in, as quick as one process can. Raises CalledProcessError."""
    subprocess.run(
        command(stack, count, seed=seed),
        env={**stack.environment, "PYTHONPATH": str(services.ROOT)},
        check=True,
        capture_output=True,
    )


@contextmanager
def beside(stack: Stack, count: int, *, seed: int, more: Sequence[str] = ()) -> Iterator["subprocess.Popen[bytes]"]:
    """Let such a process run beside the block, and end it with the block."""
    environment = {**stack.environment, "PYTHONPATH": str(services.ROOT)}
    with (stack.directory / "logs" / f"submitter-{seed}.log").open("ab") as log:
        process = subprocess.Popen(command(stack, count, seed=seed, more=more), env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def command(stack: Stack, count: int, *, seed: int, more: Sequence[str] = ()) -> list[str]:
    """Give the command line of such a process, for whoever lets it run beside something else.

    `more` are further arguments, as ``--help`` has them.
    """
    names = ",".join(each.name for each in stack.recipients)
    words = ["--count", str(count), "--seed", str(seed), "--owed", str(stack.owed), "--recipients", names]
    return [sys.executable, "-m", "tests.loads.submitting", *words, *more]


def main() -> int:
    """Start and submit so many reports."""
    parser = argparse.ArgumentParser(prog="python -m tests.loads.submitting")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--owed", type=Path, required=True)
    parser.add_argument("--recipients", required=True)
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--per-second", type=float, default=0, help="how many at most; 0 is as many as can be")
    parser.add_argument("--pause-above", type=int, default=0, help="wait while more deliveries than that are due")
    arguments = parser.parse_args()
    import django  # noqa: PLC0415 - only this process is one of the service's

    django.setup()
    began = time.monotonic()
    for number in range(arguments.count):
        if arguments.pause_above and number % LOOK_EVERY == 0:
            _insistently(lambda: _wait_below(arguments.pause_above))
        if arguments.per_second:
            time.sleep(max(0.0, began + number / arguments.per_second - time.monotonic()))
        _submitted(arguments.first + number, arguments)
    return 0


def _submitted(number: int, arguments: argparse.Namespace) -> None:
    """Hand in one report, through whatever befalls the database; what was never committed is not owed."""
    from tellusonce.models import Report  # noqa: PLC0415

    noted: list[str] = []

    def hand_in() -> None:
        if noted and Report.objects.filter(reference=noted[-1]).exists():
            return  # the commit was done, and its answer lost
        _hand_in(number, arguments, noted)

    _insistently(hand_in)
    for reference in noted[:-1]:
        note(arguments.owed, reference, [])


def _hand_in(number: int, arguments: argparse.Namespace, noted: list[str]) -> None:
    from django.db import transaction  # noqa: PLC0415

    from identity.ledger import Actor  # noqa: PLC0415
    from tellusonce import events, reports  # noqa: PLC0415
    from tellusonce.closing import Instructed  # noqa: PLC0415

    actor, kind = Actor("load", organisation=recipients.ORGANISATION), events.find("death")
    entry, told = recipients.somebody(number, seed=arguments.seed)
    proof = reports.Proof("register-entry", entry)
    with transaction.atomic():
        report, _ = reports.hand_in(actor, kind, told=told, proof=proof, instructed=Instructed(chosen=None))
        note(arguments.owed, report.reference, arguments.recipients.split(","))
        noted.append(report.reference)


def _wait_below(most: int) -> None:
    """Wait until fewer deliveries are due than that; never counts further."""
    from django.db import connection  # noqa: PLC0415

    due = "SELECT count(*) FROM (SELECT 1 FROM tellusonce_delivery WHERE state = 'pending' LIMIT %s) AS found"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(due, [most])
            if cursor.fetchone()[0] < most:
                return
        time.sleep(WAIT_SECONDS)


def _insistently(work: Callable[[], Result]) -> Result:
    """Do it again when the database was lost."""
    from django.db import InterfaceError, OperationalError, connection  # noqa: PLC0415

    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
