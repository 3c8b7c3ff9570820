"""``manage.py recipient``: check a recipient's system before it goes live, and verify what says that it was checked."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from identity import signatures, vault
from tellusonce import checkups, clocks, readiness, rehearsals
from tellusonce.checkups import Checkup, Line

JSON = Any

NOT_PASSED, BAD_USE = 1, 2
MARKS = {"passed": "PASS", "failed": "FAIL", "left out": "  - ", "not tried": "  - "}
LONGEST_WAIT = 3000.0  # seconds; what is made up for a check lasts for an hour


class Command(BaseCommand):
    """Check recipients."""

    help = "Check a recipient's system with made-up messages; verify a certificate that it was checked."
    requires_system_checks: list[str] = []  # noqa: RUF012 - as in the class above

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|verify")
        check = verbs.add_parser("check", help="send made-up messages the whole way, and say what holds")
        check.add_argument("recipient", metavar="NAME", help="a recipient's slug")
        check.add_argument("--kind", default="", help="of one kind alone; by default of each it has an agreement for")
        check.add_argument("--wait", type=_seconds, default=60.0, metavar="SECONDS", help="for a confirmation; 60")
        check.add_argument("--yes", action="store_true", help="send to a system that may be the real one")
        check.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
        check.add_argument("--certificate", type=Path, metavar="FILE", help="write the signed certificate here, too")
        verify = verbs.add_parser("verify", help="say whether a certificate is as it was issued; 1 when it is not")
        verify.add_argument("file", type=Path, metavar="FILE", help="the certificate")
        verify.add_argument("--keys", type=Path, metavar="JWKS", help="public keys in a file; our own if left out")
        for verb in (check, verify):
            verb.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, verb: str, **options: Any) -> None:
        """Run one verb."""
        try:
            (self._check if verb == "check" else self._verify)(options)
        except rehearsals.NotPossible as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        except readiness.BadCertificate as error:
            raise CommandError(str(error), returncode=NOT_PASSED) from error
        except (ValueError, OSError, vault.VaultFailure) as error:
            words = f"{error.filename}: {error.strerror}." if isinstance(error, OSError) else str(error)
            raise CommandError(words, returncode=BAD_USE) from error

    def _check(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            for words in rehearsals.rehearse(options["recipient"], kind=options["kind"]):
                self.stdout.write(words)
            return
        checkup = checkups.begin(options["recipient"], kind=options["kind"], wait=options["wait"])
        if not (options["yes"] or checkups.is_harmless(checkup)):
            raise rehearsals.NotPossible(_warning(checkup))
        for line in checkups.run(checkup):
            if not options["json"]:
                self._say(line)
        certificate = _certificate(checkup) if checkup.has_passed else ""
        if certificate and options["certificate"]:
            options["certificate"].write_text(certificate + "\n", encoding="ascii")
        self._sum_up(checkup, certificate, as_json=options["json"])
        if not checkup.has_passed:
            sys.exit(NOT_PASSED)

    def _say(self, line: Line) -> None:
        self.stdout.write(f"{MARKS[line.state]}  {line.name:<16} {line.seconds:6.2f} s  {line.said}")
        if line.remedy:
            self.stdout.write(f"      {'':<16}           {line.remedy}.")

    def _sum_up(self, checkup: Checkup, certificate: str, *, as_json: bool) -> None:
        if as_json:
            told = {**checkups.statement(checkup), "passed": checkup.has_passed, "certificate": certificate or None}
            self.stdout.write(json.dumps(told, indent=2))
            return
        for words in _ending(checkup, certificate):
            self.stdout.write(words)

    def _verify(self, options: dict[str, Any]) -> None:
        keys = options["keys"]
        published = json.loads(keys.read_text(encoding="utf-8")) if keys else signatures.public_keys()
        text = options["file"].read_text(encoding="utf-8")
        found = readiness.verify(text, published=published, at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for words in _described(found):
            self.stdout.write(words)


def _seconds(text: str) -> float:
    found = float(text)
    if not 0 <= found <= LONGEST_WAIT:
        raise ValueError(f"a wait is 0 to {LONGEST_WAIT:g} seconds")
    return found


def _warning(checkup: Checkup) -> str:
    where = checkup.route.address or "whoever fetches for it"
    return (
        f"This sends made-up events to a system that may be the real one: {where}. They are about nobody (George Test"
        " Example, postcodes that begin with ZX, references that begin with TEST), and it may keep them. Ask its owner,"
        " then say --yes; or write `test_endpoint: true` into the route's settings, if that is what it is."
    )


def _certificate(checkup: Checkup) -> str:
    """Sign what was found; without a key there is none, and the check has passed all the same."""
    try:
        return readiness.issue(checkups.statement(checkup), at=clocks.now(), until=checkups.ends_at(checkup))
    except vault.KeyMissing:
        return ""


def _ending(checkup: Checkup, certificate: str) -> Iterator[str]:
    counts = ", ".join(
        f"{count} {state}" for state in MARKS if (count := sum(line.state == state for line in checkup.lines))
    )
    yield f"{checkup.recipient.slug}: {counts}."
    if checkup.has_passed:
        yield certificate or "There is no certificate: the vault has no key to sign with (`manage.py vault`)."


def _described(statement: JSON) -> Iterator[str]:
    yield "This certificate is as it was issued."
    yield f"recipient: {statement['recipient']} of {statement['organisation']}"
    route = statement["route"]
    yield f"route:     {route['adapter']}, version {route['number']}, {route['digest']}"
    for state in ("passed", "left out"):
        names = [each["name"] for each in statement["lines"] if each["state"] == state]
        yield f"{state + ':':<10} {', '.join(names) or 'nothing'}"
    yield f"checked:   {readiness.moment(statement['iat']):%Y-%m-%d %H:%M} UTC"
    yield f"valid:     until {readiness.moment(statement['exp']):%Y-%m-%d}"
