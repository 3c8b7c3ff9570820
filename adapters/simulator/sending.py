"""``python -m adapters.simulator send ROUTE``: play the service towards a system that is being built, without it.

The route is written as in the catalogue. Each message is encoded, sealed and sent as the service would, twice, and
what comes back is classed as a drain would class it.
"""

import argparse
import ipaddress
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters import discovery, sendings, showings
from adapters.contract import Endpoint, Failure, Message
from adapters.egress import Egress
from adapters.sendings import Sent, Wire
from adapters.simulator import messages

JSON = Any

LOOPBACK = ("127.0.0.0/8", "::1/128")
LONGEST = 300  # characters of a reply
ALL_TAKEN, SOME_NOT, UNUSABLE = 0, 1, 2


class Route(BaseModel):
    """A route as the catalogue has it; its documents lie beside the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    adapter: str
    address: str = Field(pattern=r"^https?://")
    settings: dict[str, JSON] = Field(default_factory=dict)
    documents: tuple[str, ...] = ()
    detects_duplicates: bool = True


class CannotSend(Exception):
    """What was given cannot be used; the text says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is sent, where, how often, and whether the request is shown."""

    wire: Wire
    told: Sequence[tuple[str, Message]]
    times: int
    shows: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe them."""
    parser.add_argument("route", type=Path, metavar="ROUTE", help="a route as in the catalogue (YAML)")
    parser.add_argument("--message", type=Path, action="append", default=[], metavar="FILE", help="send this (JSON)")
    parser.add_argument(
        "--specimen", action="append", default=[], metavar="NAME", help="or one that is kept here; by default all are"
    )
    parser.add_argument("--secrets", type=Path, metavar="FILE", help="JSON, from names to secrets; else SECRETS")
    parser.add_argument("--network", action="append", default=[], help="a private network to send to, as 10.0.0.0/8")
    parser.add_argument("--times", type=int, default=2, choices=range(1, 11), metavar="N", help="each so often; twice")
    parser.add_argument("--show", action="store_true", help="show each request, too, with its secrets masked")


def run(arguments: argparse.Namespace) -> int:
    """Send; 0 if all were taken, 1 if some were not, 2 if nothing could be sent, after a sentence that says why."""
    try:
        ordered = order(arguments)
        results = [sent for line, sent in sendings_of(ordered) if _say(line)]
    except (CannotSend, messages.Unusable) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    finally:
        Egress.shared().close()
    return ALL_TAKEN if all(each.failure is None for each in results) else SOME_NOT


def _say(line: str) -> bool:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return True


def order(arguments: argparse.Namespace) -> Order:
    """Read what is asked for. Raises CannotSend, and Unusable of messages."""
    told = [(path.stem, messages.load(path)) for path in arguments.message]
    names = arguments.specimen or ([] if told else messages.names())
    told += [(name, messages.kept(name)) for name in names]
    try:
        networks = tuple(map(ipaddress.ip_network, (*LOOPBACK, *arguments.network)))
    except ValueError as error:
        raise CannotSend(f"--network: {error}.") from error
    wire = Wire(_endpoint(arguments.route), _secrets(arguments.secrets), networks)
    return Order(wire, told, arguments.times, arguments.show)


def _endpoint(path: Path) -> Endpoint:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        route = Route.model_validate(told.get("route", told) if isinstance(told, dict) else told)
        texts = {name: (path.parent / name).read_bytes() for name in route.documents}
        adapter = discovery.find(route.adapter)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, discovery.UnknownAdapter) as error:
        raise CannotSend(f"{path}: {error}") from error
    except ValidationError as error:
        faults = (f"`{'.'.join(map(str, each['loc']))}`: {each['msg']}" for each in error.errors(include_url=False))
        raise CannotSend(f"{path}: {'; '.join(faults)}.") from error
    endpoint = Endpoint(
        recipient=path.stem,
        adapter=route.adapter,
        address=route.address,
        settings=route.settings,
        documents={Path(name).name: text for name, text in texts.items()},
        detects_duplicates=route.detects_duplicates,
    )
    if wrong := adapter.check(endpoint):
        raise CannotSend("\n".join(f"{path}: {each}" for each in wrong))
    return endpoint


def _secrets(path: Path | None) -> Mapping[str, str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8") if path else os.environ.get("SECRETS") or "{}")
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        raise CannotSend("Secrets are one JSON object, from names to texts.")
    return told


def sendings_of(ordered: Order) -> Iterator[tuple[str, Sent]]:
    """Send all of it in turn; give a line, or several, for each sending, and what came of it."""
    for name, message in ordered.told:
        for number in range(1, ordered.times + 1):
            shown = "".join(f"{each}\n" for each in _shown(message, ordered)) if number == 1 and ordered.shows else ""
            sent = sendings.say(message, ordered.wire)
            yield f"{shown}{name:<18} {number}  {sent.seconds:6.2f} s  {sent.words}{_answered(sent)}", sent


def _shown(message: Message, ordered: Order) -> Iterator[str]:
    try:
        request = sendings.sealed(message, ordered.wire, at=datetime.now(UTC))
    except Failure:
        return
    yield from showings.shown(request, keys=ordered.wire.keys)
    yield ""


def _answered(sent: Sent) -> str:
    """Add what their answer is read as, and how the reply begins: it is about nobody, so that it may be shown."""
    answer = sent.receipt.answer if sent.receipt else None
    read = f", answered: {answer.outcome}" if answer else ""
    remark = f", {sent.receipt.remark}" if sent.receipt and sent.receipt.remark else ""
    body = sent.response.body[:LONGEST].decode("utf-8", "replace") if sent.response else ""
    said = " ".join("".join(c if c.isprintable() else " " for c in body).split())
    return f"{read}{remark}{f': {said}' if said else ''}"
