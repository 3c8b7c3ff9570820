"""Reports that are owed to every recipient: through the interface as systems hand them in, or many at a time.

`python -m tests.loads.submitting` makes many, in a process of its own with the service's own functions.
"""

import argparse
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from deploy import services
from tests.loads import recipients
from tests.loads.stacks import Stack

JSON = Any


def by_interface(stack: Stack, count: int, *, seed: int) -> list[str]:
    """Hand reports in one after another, and give their references; a lost reply does no harm. Raises Unexpected."""
    return [each for number in range(count) for each in _handed_in(stack, number, seed)]


def _handed_in(stack: Stack, number: int, seed: int) -> Iterator[str]:
    office, (entry, told) = stack.office(), recipients.somebody(number, seed=seed)
    evidence = {"type": "register-entry", "entry": entry}
    report = office.call("POST", "/api/v1/reports", {"kind": "death", "evidence": evidence}, key=str(uuid.uuid4()))
    at = f"/api/v1/reports/{report['id']}"
    office.call("PATCH", f"{at}/answers", told, key=str(uuid.uuid4()))
    note(stack.owed, report["reference"], [each.name for each in stack.recipients])
    office.call("POST", f"{at}/submission", {"recipients": None}, key=str(uuid.uuid4()))
    yield report["reference"]


def note(file: Path, reference: str, names: Sequence[str]) -> None:
    """Write down what is owed, before it is submitted."""
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


def command(stack: Stack, count: int, *, seed: int) -> list[str]:
    """Give the command line of such a process, for whoever lets it run beside something else."""
    names = ",".join(each.name for each in stack.recipients)
    words = ["--count", str(count), "--seed", str(seed), "--owed", str(stack.owed), "--recipients", names]
    return [sys.executable, "-m", "tests.loads.submitting", *words]


def main() -> int:
    """Start and submit so many reports."""
    parser = argparse.ArgumentParser(prog="python -m tests.loads.submitting")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--owed", type=Path, required=True)
    parser.add_argument("--recipients", required=True)
    arguments = parser.parse_args()
    import django  # noqa: PLC0415 - only this process is one of the service's

    django.setup()
    for number in range(arguments.count):
        _submitted(number, arguments)
    return 0


def _submitted(number: int, arguments: argparse.Namespace) -> None:
    from identity.ledger import Actor  # noqa: PLC0415
    from tellusonce import events, reports  # noqa: PLC0415

    actor = Actor("load", organisation=recipients.ORGANISATION)
    entry, told = recipients.somebody(number, seed=arguments.seed)
    proof = reports.Proof("register-entry", entry)
    report = reports.start(actor, events.find("death"), told=told, proof=proof)
    note(arguments.owed, report.reference, arguments.recipients.split(","))
    reports.submit(actor, report.pk)


if __name__ == "__main__":
    sys.exit(main())
