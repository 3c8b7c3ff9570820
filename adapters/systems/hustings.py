"""Hustings, an electoral register (invented, true to type): a small CSV file for each message, answered line by line.

The file is uploaded as a form (RFC 7578) and has a line for each address at which the elector may stand. The reply is
text, CSV too: a line on the whole file, one for each of ours with a status and the elector's number, and END with their
count. A file with one wrong line is refused whole; one that it has had is REPEATED.
"""

import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from adapters import batches, credentials, mapping, options, replies
from adapters.contract import (
    Ambiguous,
    Content,
    Endpoint,
    Message,
    Receipt,
    Refused,
    Request,
    Response,
    Throttled,
)

JSON = Any

CHANGES = {
    ("death", "notify"): "DECEASED",
    ("death", "correct"): "DECEASED",
    ("death", "void"): "REINSTATE",
    ("move", "notify"): "LEFT",
    ("move", "correct"): "LEFT",
    ("move", "void"): "REINSTATE",
}
COLUMNS = ("line", "change", "case", "surname", "forenames", "born", "on", "address", "postcode", "uprn")
ELECTOR = mapping.compile("[upper(subject.name.family), join_names(subject.name.given), uk_date(subject.born_on)]")
DAYS = {"death": mapping.compile("uk_date(death.died_on)"), "move": mapping.compile("uk_date(moved_on)")}
HOMES = {
    "death": mapping.compile("subject.addresses[].[one_line(@), postcode, uprn]"),
    "move": mapping.compile("to_array(old_address)[].[one_line(@), postcode, uprn]"),
}
NOWHERE = [[None, None, None]]

MOST_LINES = 1000  # nobody has lived at so many addresses
FROZEN_FOR = 60 * 60.0  # between the close of the register and a poll nothing is changed
# What each status of a line means; what a whole file comes to is what the first of these says that is among its lines:
# as long as one line is open, the elector is not done with.
STATUSES: Mapping[str, tuple[str, str]] = {
    "HELD": ("manual_review", ""),
    "SEVERAL": ("multiple_candidates", ""),
    "BARRED": ("reversal_refused", ""),
    "RESTORED": ("reversed", ""),
    "REMOVED": ("acted", "name_removed"),
    "AMENDED": ("acted", "record_updated"),
    "NOT_FOUND": ("no_match", ""),
}
DONE = [status for status, (outcome, _) in STATUSES.items() if outcome == "acted"]
AS_IT_IS = mapping.compile("body")


class Options(options.Common):
    """Settings of one register."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"authority": "NM", "auth": {"kind": "basic", "username": "tuo", "secret": "a-secret's-name"}}]
        }
    )

    authority: str = Field(pattern=r"^[A-Z]{2,4}$", description="The authority's code in Hustings")
    auth: credentials.Auth = Field(description="How we authenticate")


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as a file in a form; its boundary is the message's own, so that it is the same for every try."""
    change = CHANGES.get((message.kind, message.purpose))
    if change is None:
        raise Refused("event-not-spoken")
    given = message.as_input()
    person = [change, message.reference, *ELECTOR.apply(given), DAYS[message.kind].apply(given)]
    homes = HOMES[message.kind].apply(given) or NOWHERE
    parts = {
        'name="authority"': options.read(Options, endpoint).authority,
        f'name="changes"; filename="{message.id}.csv"\r\nContent-Type: text/csv; charset=utf-8': _file(person, homes),
    }
    boundary = f"hustings-{message.id}"
    form = "".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{part}\r\n" for head, part in parts.items()
    )
    body = f"{form}--{boundary}--\r\n".encode("utf-8", "replace")
    return Content(body, f'multipart/form-data; boundary="{boundary}"')


def _file(person: Sequence[JSON], homes: Sequence[Sequence[JSON]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([number, *map(_cell, [*person, *home])] for number, home in enumerate(homes, start=1))
    return written.getvalue()


def _cell(value: JSON) -> str:
    """On one line, so that no cell can end the form; and no formula where somebody opens it as a sheet."""
    text = " ".join(str(value or "").split())
    return f"'{text}" if batches.FORMULA.match(text) else text


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Say who we are. Raises Misconfigured without the secret."""
    headers = {"Content-Type": content.media_type, "Accept": "text/csv"}
    request = Request(endpoint.address, headers, content.body)
    return credentials.authorised(request, options.read(Options, endpoint).auth, keys=keys)


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """Read the lines, and what they come to."""
    receipt = replies.judge(response)
    (_, standing, batch), *lines = _whole(response)
    if standing == "FROZEN":
        raise Throttled("hustings-frozen", retry_after=FROZEN_FOR, status=response.status)
    if standing == "REFUSED":
        raise Refused("hustings-refused", status=response.status)
    if standing == "REPEATED":
        return Receipt(duplicate=True)
    if standing != "TAKEN":
        raise Ambiguous("reply-malformed", status=response.status)
    return replies.read_answer(AS_IT_IS, status=response.status, body=_told(lines, batch)).onto(receipt)


def _whole(response: Response) -> list[list[str]]:
    """Give the line on the file, and those on its lines. Raises Ambiguous for what is no reply, or not all of one."""
    try:
        read = csv.reader(io.StringIO(response.body.decode("utf-8-sig")), strict=True)
        rows = [row for row in itertools.islice(read, MOST_LINES) if row]
    except (ValueError, csv.Error):
        rows = []
    head, lines, last = rows[:1], rows[1:-1], rows[-1:]
    are_whole = all(len(row) == len(("line", "status", "number")) for row in head + lines)
    if not head or head[0][0] != "HUSTINGS" or not are_whole:
        raise Ambiguous("reply-malformed", status=response.status)
    if last != [["END", str(len(lines))]]:
        raise Ambiguous("reply-cut-short", status=response.status)
    return head + lines


def _told(lines: Sequence[Sequence[str]], batch: str) -> JSON:
    """Say what the lines come to; an unknown status, or none, is an unknown outcome."""
    said = [status for status in STATUSES if status in {line[1] for line in lines}]
    if not lines or any(status not in STATUSES for _, status, _ in lines):
        return {"outcome": "unknown"}
    outcome, _ = STATUSES[said[0]]
    if outcome != "acted":
        return {"outcome": outcome, "their_reference": batch}
    numbers = dict.fromkeys(number for _, status, number in lines if status in DONE)
    return {
        "outcome": outcome,
        "actions": [STATUSES[status][1] for status in said if status in DONE],
        "their_reference": batch,
        "numbers": [{"scheme": "own-reference", "value": number} for number in numbers],
    }


def fields_needed(endpoint: Endpoint) -> frozenset[str]:  # noqa: ARG001
    """Name the fields of an elector, whatever happened."""
    return ELECTOR.paths


def fields_of_kind(kind: str) -> frozenset[str]:
    """Name what each kind of event says besides."""
    return DAYS[kind].paths | HOMES[kind].paths if kind in DAYS else frozenset()


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
