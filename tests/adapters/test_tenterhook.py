"""Tenterhook: exchanges as it has them."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from adapters.contract import (
    Action,
    Ambiguous,
    Answer,
    Failure,
    Misconfigured,
    OwnNumber,
    Receipt,
    Refused,
    Throttled,
    Transient,
)
from adapters.systems import tenterhook
from tests.adapters.checks import AT
from tests.adapters.examples import endpoint, message, response
from tests.catalogue.examples import altered, complaints

PLACE = endpoint("tenterhook", {"landlord": "0042", "auth": {"kind": "api-key", "secret": "k"}})
DEATH = (
    b"layout=TH7&landlord=0042&record=DTH0197b1c2-aaaa-7000-8000-000000000001TUO-7Q4-K2M+++++"
    b"O%27LEE-%C5NGSTR%D6M++++++++++++++++Ann+Mary++++++++++++++++++++++++++++++++05%2F1941+++31%2F01%2F2026"
    b"1+High+Street%2C+Northmoor%2C+NM1+1AA+++++++++++++++++++++++++++++++++++++++++++++++NM1+1AA+12++++++++++"
)
MOVE = {
    "subject": {"name": {"given": ["Gŵen"], "family": "Lee"}, "born_on": "1980-02-29"},
    "moved_on": "2026-03-01",
    "old_address": {"lines": ["1 High Street"], "town": "Northmoor", "postcode": "ZX1 1AA"},
}


def parts(fields: dict[str, Any], **changed: Any) -> dict[str, str]:
    """Cut up what was said as its layout has it."""
    said = tenterhook.encode(message(fields, **changed), PLACE)
    record = parse_qs(said.body.decode("ascii"), encoding="cp1252", strict_parsing=True)["record"][0]
    found, at = {}, 0
    for name, width in tenterhook.LAYOUT.items():
        found[name] = record[at : at + width].rstrip()
        at += width
    assert at == len(record) == 245
    return found


def test_a_death_is_said_as_recorded() -> None:
    said = tenterhook.encode(message(), PLACE)
    assert (said.body, said.media_type) == (DEATH, "application/x-www-form-urlencoded")


def test_a_move_says_where_from() -> None:
    assert parts(MOVE, kind="move") == {
        "event": "MOV",
        "id": message().id,
        "case": "TUO-7Q4-K2M",
        "surname": "LEE",
        "forenames": "Gwen",
        "born": "29/02/1980",
        "on": "01/03/2026",
        "address": "1 High Street, Northmoor, ZX1 1AA",
        "postcode": "ZX1 1AA",
        "uprn": "",
    }


@pytest.mark.parametrize(
    ("family", "surname"),
    [
        ("Llŷr", "LLYR"),
        ("Møller", "MØLLER"),
        ("Zoë", "ZOË"),
        ("Zoe\u0308", "ZOË"),
        ("Łuczak", "?UCZAK"),
        ("Lee\r\nDTX\t", "LEE DTX"),
        ("L" * 31, "L" * 30),
        ("ﬁ" * 30, "FI" * 15),
    ],
)
def test_a_name_stays_in_its_place_whatever_it_is(family: str, surname: str) -> None:
    assert parts({"subject": {"name": {"family": family}}})["surname"] == surname


def test_what_it_has_no_event_for_is_refused() -> None:
    with pytest.raises(Refused, match="event-not-spoken"):
        tenterhook.encode(message(kind="birth"), PLACE)


def test_each_try_is_the_same_and_says_who_we_are() -> None:
    content = tenterhook.encode(message(), PLACE)
    request = tenterhook.seal(content, PLACE, at=AT, nonce="n", keys={"k": "s3cret"})
    assert (request.body, request.headers["X-API-Key"]) == (content.body, "s3cret")


def test_without_its_secret_nothing_is_sent() -> None:
    with pytest.raises(Misconfigured, match="key-missing"):
        tenterhook.seal(tenterhook.encode(message(), PLACE), PLACE, at=AT, nonce="n", keys={})


Expected = Receipt | tuple[type[Failure], str]


def answered(outcome: str, *actions: Action) -> Receipt:
    numbers = (OwnNumber("own-reference", "T-00417"),)
    return Receipt(answer=Answer(outcome, actions, their_reference="T-00417", numbers=numbers))


EXCHANGES: list[tuple[int, bytes, Expected]] = [
    (200, b"100T-00417     31/01/2026\r\n", answered("acted", Action("account_closed", "2026-01-31"))),
    (200, b"101T-00417     31/01/2026", answered("acted", Action("record_updated", "2026-01-31"))),
    (200, b"101T-00417     99/99/2026", answered("acted", Action("record_updated"))),
    (200, b"110T-00417               ", answered("manual_review")),
    (200, b"120                      ", Receipt(answer=Answer("no_match"))),
    (200, b"121                      ", Receipt(answer=Answer("multiple_candidates"))),
    (200, b"130T-00417               ", answered("nothing_to_do")),
    (200, b"140T-00417     01/02/2026", answered("reversed")),
    (200, b"141T-00417               ", answered("reversal_refused")),
    (200, b"777                      ", Receipt(remark="answer-unreadable")),
    (200, b"200T-00417               ", Receipt(duplicate=True)),
    (200, b"300                      ", (Refused, "tenterhook-record")),
    (200, b"310                      ", (Misconfigured, "tenterhook-landlord-unknown")),
    (200, b"900                      ", (Transient, "tenterhook-rolled-back")),
    (200, b"901                      ", (Throttled, "tenterhook-night-run")),
    (200, b"999                      ", (Ambiguous, "tenterhook-unknown-state")),
    (200, b"", (Ambiguous, "reply-malformed")),
    (200, b"100T-00417     31/01/202", (Ambiguous, "reply-malformed")),
    (200, b"<html><body>Sorry</body>\r", (Ambiguous, "reply-malformed")),
    (200, "\u00b2\u00b2\u00b2                      ".encode("cp1252"), (Ambiguous, "reply-malformed")),
    (500, b"900                      ", (Ambiguous, "http-500")),
    (503, b"", (Transient, "http-503")),
    (401, b"", (Misconfigured, "http-401")),
]


@pytest.mark.parametrize(("status", "body", "expected"), EXCHANGES)
def test_each_reply_has_its_meaning(status: int, body: bytes, expected: Expected) -> None:
    try:
        found: Expected = tenterhook.decode(response(status, body), PLACE)
    except Failure as failure:
        found = type(failure), failure.code
    assert found == expected


ROUTE = (
    ("adapter: rest", "adapter: tenterhook"),
    (
        'mapping: "{who: full_name(subject.name), died: death.died_on}"',
        '{landlord: "0042", auth: {kind: api-key, secret: moor-homes}}',
    ),
)
GRANTED = (
    "[subject.name, death.died_on]",
    "[subject.name, subject.born_on, subject.addresses, death.died_on]",
)


def test_the_catalogue_takes_it_and_wants_what_it_says_to_be_granted(tmp_path: Path) -> None:
    assert complaints(tmp_path, altered(*ROUTE, GRANTED)) == []
    (found,) = complaints(tmp_path, altered(*ROUTE))
    assert "does not grant what the mapping of `libraries` needs: `subject.addresses.lines`" in found
