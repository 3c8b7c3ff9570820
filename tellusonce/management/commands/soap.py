"""``manage.py soap``: look into a WSDL before a mapping is written, and at a request before one is sent."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adapters import descriptions, documents, wsdls
from tellusonce import rehearsals

BAD_USE = 2
FEW = 3  # so many operations are written out unasked


class Command(BaseCommand):
    """Describe a WSDL; show what a recipient would be sent."""

    help = "Describe a WSDL, with a mapping to start from; show the request that a recipient would be sent."
    requires_system_checks: list[str] = []  # noqa: RUF012 - as in the class above

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Describe the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="describe|try")
        describe = verbs.add_parser("describe", help="list ports and operations, and a mapping; opens no database")
        describe.add_argument("file", metavar="WSDL", type=Path, help="the file; what it imports lies beside it")
        describe.add_argument("--operation", default="", metavar="NAME", help="write out this one alone")
        attempt = verbs.add_parser("try", help="show the request, secrets masked, and send nothing")
        attempt.add_argument("recipient", metavar="RECIPIENT", help="a recipient's slug")
        attempt.add_argument("--report", default="demo", choices=["demo"], help="what is told: a made-up report")
        attempt.add_argument("--kind", default="", help="of which kind; by default the first it has an agreement for")

    def handle(self, *, verb: str, **options: Any) -> None:
        """Run one verb."""
        try:
            if verb == "describe":
                lines = described(options["file"], operation=options["operation"])
            else:
                lines = rehearsals.rehearse(options["recipient"], kind=options["kind"])
            for line in lines:
                self.stdout.write(line)
        except (documents.Unusable, wsdls.Unusable, rehearsals.NotPossible) as error:
            raise CommandError(str(error), returncode=BAD_USE) from error


def described(file: Path, *, operation: str) -> Iterator[str]:
    """Write a WSDL's description, line by line. Raises Unusable, of documents or of WSDLs."""
    texts = documents.closure(file.name, lambda name: (file.parent / name).read_bytes())
    given = {name: text.encode() for name, text in texts.items()}
    ports = descriptions.ports(given, file.name)
    if not ports:
        raise wsdls.Unusable(f"{file.name} has no port for SOAP over HTTP")
    names = {each.name for port in ports for each in port.operations}
    if operation and operation not in names:
        raise wsdls.Unusable(f"there is no operation {operation}; there are {', '.join(sorted(names))}")
    if not descriptions.is_checked(given):
        yield "libxml2 cannot read its schemas, so that what is said to it is not checked before it goes."
    for port in ports:
        yield from _port(port, operation)
    if not operation and max(len(port.operations) for port in ports) > FEW:
        yield "Name one with --operation to see its arguments and a mapping to start from."


def _port(port: descriptions.Port, operation: str) -> Iterator[str]:
    yield f"service {port.service}, port {port.name}: SOAP {port.version}, at {port.address or 'no address'}"
    for each in port.operations:
        if each.name == operation or (not operation and len(port.operations) <= FEW):
            yield from _written_out(each)
        elif not operation:
            yield f"  {each.name}"


def _written_out(operation: descriptions.Operation) -> Iterator[str]:
    answers = "" if operation.answers else ", no reply"
    yield f"  operation: {operation.name} ({operation.style}, action {operation.action or 'none'}{answers})"
    for name in operation.headers:
        yield f"  header block, filled by `headers`: {name}"
    yield "  mapping: |"
    for line in operation.skeleton.splitlines():
        yield f"    {line}"
    for field in operation.fields:
        yield f"  # {field}"
