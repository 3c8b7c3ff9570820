"""``manage.py catalogue``: check, compare, propose and apply the files that say who may be told what, and how."""

import argparse
import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from identity import accounts
from identity.ledger import Actor
from tellusonce import proposals, releases
from tellusonce.catalogue import applying, checks, consequences, differences, shapes, snapshots
from tellusonce.catalogue.checks import Checked
from tellusonce.catalogue.differences import Change
from tellusonce.catalogue.faults import Fault, Faulty

JSON = Any
UNUSABLE = 2
LONGEST_NAME = 100


class Command(BaseCommand):
    """Check, compare and apply the catalogue."""

    help = (
        "Check the catalogue's files, show what they would change, propose or apply them, or print their JSON Schema."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - as in the class above

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|diff|propose|apply|schema")
        verbs.add_parser("schema", help="print the JSON Schema of one file")
        for verb, words in (
            ("check", "say everything that is wrong, with line and remedy; needs no database"),
            ("diff", "show what applying would change"),
            ("propose", "put the files forward, for another operator to approve on the page of the catalogue"),
            ("apply", "apply the files as a new version, in one transaction; again changes nothing"),
        ):
            _add_files(verbs.add_parser(verb, help=words))
        _add_author(verbs.choices["apply"])
        verbs.choices["propose"].add_argument(
            "--by", required=True, metavar="LOGIN", help="whose proposal it is; somebody else has to approve it"
        )

    def handle(self, *args: Any, verb: str, **options: Any) -> None:  # noqa: ARG002 - Django passes what it likes
        """Run one verb; faults are printed one a line and end with status 2."""
        if verb == "schema":
            self.stdout.write(json.dumps(shapes.json_schema(), indent=2))
            return
        run = {"check": _check, "diff": _diff, "propose": _propose, "apply": _apply}[verb]
        try:
            answer = run(checks.check(options["files"], bases=dict(options["set"]), on=timezone.localdate()), options)
        except Faulty as error:
            self.say(Answer(faults=error.faults), as_json=options["json"])
            sys.exit(UNUSABLE)
        except (accounts.NotPossible, proposals.NothingNew) as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        except (OperationalError, ProgrammingError) as error:
            reason = str(error).splitlines()[0]
            message = f"The database cannot be used ({reason}); check DATABASE_URL and run `manage.py migrate`."
            raise CommandError(message, returncode=UNUSABLE) from error
        self.say(answer, as_json=options["json"])

    def say(self, answer: "Answer", *, as_json: bool) -> None:
        """Print an answer: faults and warnings to standard error, what was asked for to standard output."""
        if as_json:
            self.stdout.write(json.dumps(answer.as_json(), indent=2, default=str))
            return
        for fault in answer.faults:
            self.stderr.write(str(fault))
        for warning in answer.warnings:
            self.stderr.write(f"warning: {warning}")
        for line in (*map(str, differences.spoken(answer.changes)), answer.words()):
            self.stdout.write(line)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a verb has to say, for people and for programs."""

    faults: list[Fault] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)
    changes: list[Change] = dataclasses.field(default_factory=list)
    version: int | None = None
    summary: str = ""

    def as_json(self) -> dict[str, JSON]:
        """Say it for a program."""
        return {
            "is_valid": all(fault.is_warning for fault in self.faults),
            "faults": [dataclasses.asdict(fault) for fault in self.faults],
            "warnings": self.warnings,
            "changes": [dataclasses.asdict(change) for change in self.changes],
            "version": self.version,
        }

    def words(self) -> str:
        """Sum it up in one line."""
        faults = sum(not fault.is_warning for fault in self.faults)
        return f"{faults} fault{'s' * (faults != 1)}; nothing was changed." if faults else self.summary


def _check(checked: Checked, options: dict[str, Any]) -> Answer:  # noqa: ARG001 - as the other verbs
    return Answer(faults=list(checked.warnings), summary=f"The catalogue is in order: {_counts(checked)}.")


def _diff(checked: Checked, options: dict[str, Any]) -> Answer:  # noqa: ARG001 - as the other verbs
    changes = differences.compare(snapshots.stored(), snapshots.wanted(checked))
    return Answer(
        faults=list(checked.warnings),
        warnings=list(map(str, consequences.foresee(changes))),
        changes=changes,
        summary=f"{len(changes)} changes." if changes else "Nothing would change.",
    )


def _propose(checked: Checked, options: dict[str, Any]) -> Answer:
    author = accounts.find(options["by"])
    made = proposals.propose(Actor(f"account:{author.pk}"), checked)
    outlook = proposals.foresee(made)
    return Answer(
        faults=list(checked.warnings),
        warnings=list(map(str, outlook.consequences)),
        changes=list(outlook.changes),
        summary=f"Proposed as {made.pk}: another operator than {author.login} has to approve it.",
    )


def _apply(checked: Checked, options: dict[str, Any]) -> Answer:
    outcome = applying.apply(snapshots.wanted(checked), by=options["by"])
    freed = releases.release()
    summary = f"Applied as version {outcome.version}: {_counts(checked)}."
    summary += f" {freed} withheld deliveries may go again." if freed else ""
    return Answer(
        faults=list(checked.warnings),
        warnings=list(map(str, consequences.foresee(outcome.changes))),
        changes=outcome.changes,
        version=outcome.version,
        summary=summary if outcome.changes else "Nothing to change; no new version.",
    )


def _counts(checked: Checked) -> str:
    reading = checked.reading
    return (
        f"{len(reading.recipients)} recipients of {len(reading.organisations)} organisations, "
        f"{len(reading.agreements)} agreements, {len(reading.areas)} areas"
    )


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="YAML files, or folders of them")
    parser.add_argument(
        "--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", help="fill {NAME} in addresses"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def _add_author(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by", default="command line", type=_author, metavar="NAME", help="who applies it, for the record"
    )


def _author(text: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= LONGEST_NAME:
        message = f"a name has 1 to {LONGEST_NAME} printable characters"
        raise argparse.ArgumentTypeError(message)
    return text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        message = f"{text!r} is not NAME=VALUE"
        raise argparse.ArgumentTypeError(message)
    return name, value
