"""``manage.py matching``: learn the weights by which people are recognised."""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from identity import ledger, matching, training, traits, weights
from identity.ledger import Actor
from identity.traits import Traits

BAD_USE = 2
OPERATOR = Actor("operator")
FEWEST = 100
MOST = 100_000


class Command(BaseCommand):
    """Learn the weights of matching."""

    help = "Learn the weights by which people are recognised, without being told who is who."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where the people come from, and where the weights go."""
        actions = parser.add_subparsers(dest="action", required=True)
        train = actions.add_parser("train", help="learn how much each level of likeness is worth")
        source = train.add_mutually_exclusive_group(required=True)
        source.add_argument("--file", type=Path, metavar="CSV", help="people of a set in the columns of FEBRL")
        source.add_argument("--people", action="store_true", help=f"the people known here, {MOST:,} at most")
        train.add_argument("--name", required=True, help="the version that each decision will name")
        train.add_argument("--out", type=Path, default=weights.FILE, metavar="FILE", help="default: the file in use")
        train.add_argument("--dry-run", action="store_true", help="print the file and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Learn, and write or print the file; thresholds and cautions stay as people fixed them."""
        people = known_here() if options["people"] else read(options["file"])
        if len(people) < FEWEST:
            raise CommandError(
                f"{len(people)} people are too few to learn from: {FEWEST} at least.", returncode=BAD_USE
            )
        learnt = training.learn(people)
        source = "people known here" if options["people"] else options["file"].name
        like = weights.FILE.read_text()
        text = weights.dumped(
            learnt.chances(), like=like, version=options["name"], learnt_from=f"{len(people):,} records of {source}"
        )
        if options["dry_run"]:
            self.stdout.write(text)
            return
        options["out"].write_text(text)
        self.stdout.write(f"Wrote {options['out']}: {len(people):,} people, version {options['name']}.")


@transaction.atomic
def known_here() -> list[Traits]:
    """Read the people known here, which the ledger is told of."""
    ledger.record(OPERATOR, action=ledger.Action.PEOPLE_LEARNT_FROM, about="people", purpose="matching train")
    return matching.everybody(MOST)


def read(file: Path) -> list[Traits]:
    """Read people from a file in the columns of FEBRL (given_name, surname, street_number, address_1 and so on)."""
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            return list(map(from_columns, _rows(lines)))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USE) from error
    except KeyError as error:
        raise CommandError(f"{file} has no column {error.args[0]}.", returncode=BAD_USE) from error


def from_columns(row: Mapping[str, str]) -> Traits:
    """Give the traits of one line of FEBRL, without its social-security number."""
    address = traits.Place(
        *(traits.folded(row[name]) for name in ("street_number", "address_1", "address_2", "suburb", "postcode"))
    )
    return Traits(
        names=(traits.name([row["given_name"]], row["surname"]),),
        born_on=traits.born(row["date_of_birth"]),
        places=(address,),
    )


def _rows(lines: Any) -> Iterator[dict[str, str]]:
    for row in csv.DictReader(lines, skipinitialspace=True):
        yield {name.strip(): (value or "").strip() for name, value in row.items() if name}
