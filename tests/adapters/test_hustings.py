"""Hustings: exchanges as it has them."""

import csv
import io
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

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
from adapters.systems import hustings
from tests.adapters.checks import AT
from tests.adapters.examples import endpoint, message, response
from tests.catalogue.examples import altered, complaints

SETTINGS = {"authority": "NM", "auth": {"kind": "basic", "username": "tuo", "secret": "k"}}
PLACE = endpoint("hustings", SETTINGS)
DEATH = """\
--hustings-0197b1c2-aaaa-7000-8000-000000000001
Content-Disposition: form-data; name="authority"

NM
--hustings-0197b1c2-aaaa-7000-8000-000000000001
Content-Disposition: form-data; name="changes"; filename="0197b1c2-aaaa-7000-8000-000000000001.csv"
Content-Type: text/csv; charset=utf-8

"line","change","case","surname","forenames","born","on","address","postcode","uprn"
"1","DECEASED","TUO-7Q4-K2M","O'LEE-ÅNGSTRÖM","Ann Mary","05/1941","31/01/2026",\
"1 High Street, Northmoor, NM1 1AA","NM1 1AA","12"
"2","DECEASED","TUO-7Q4-K2M","O'LEE-ÅNGSTRÖM","Ann Mary","05/1941","31/01/2026",\
"Flat 2, The Quay, Southmoor, SM2 2BB","SM2 2BB",""

--hustings-0197b1c2-aaaa-7000-8000-000000000001--
""".replace("\n", "\r\n")
MOVE = {
    "subject": {"name": {"given": ["Bo"], "family": "Lee"}, "born_on": "1980-02-29"},
    "moved_on": "2026-03-01",
    "old_address": {"lines": ["1 High Street"], "town": "Northmoor", "postcode": "ZX1 1AA"},
}


def rows(fields: dict[str, Any], **changed: Any) -> list[list[str]]:
    """Read what was said as whoever takes uploads does; without the line of headings."""
    said = hustings.encode(message(fields, **changed), PLACE)
    form = message_from_bytes(f"Content-Type: {said.media_type}\r\n\r\n".encode() + said.body, policy=default)
    _, file = form.iter_parts()
    return list(csv.reader(io.StringIO(file.get_content())))[1:]


def test_a_death_is_said_as_recorded() -> None:
    said = hustings.encode(message(), PLACE)
    assert said.body.decode() == DEATH
    assert said.media_type == 'multipart/form-data; boundary="hustings-0197b1c2-aaaa-7000-8000-000000000001"'


@pytest.mark.parametrize(
    ("changed", "row"),
    [
        (
            {"kind": "move"},
            "1|LEFT|TUO-7Q4-K2M|LEE|Bo|29/02/1980|01/03/2026|1 High Street, Northmoor, ZX1 1AA|ZX1 1AA|",
        ),
        (
            {"kind": "move", "purpose": "void"},
            "1|REINSTATE|TUO-7Q4-K2M|LEE|Bo|29/02/1980|01/03/2026|1 High Street, Northmoor, ZX1 1AA|ZX1 1AA|",
        ),
        ({"kind": "death", "purpose": "correct"}, "1|DECEASED|TUO-7Q4-K2M|LEE|Bo|29/02/1980||||"),
    ],
)
def test_there_is_a_line_for_each_address_and_one_where_none_is_known(changed: dict[str, str], row: str) -> None:
    assert rows(MOVE, **changed) == [row.split("|")]


@pytest.mark.parametrize(
    ("family", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@lee", "'@LEE"),
        ('O"Lee, "x', 'O"LEE, "X'),
        (
            "Lee\r\n--hustings-0197b1c2-aaaa-7000-8000-000000000001--\r\n",
            "LEE --HUSTINGS-0197B1C2-AAAA-7000-8000-000000000001--",
        ),
    ],
)
def test_no_name_makes_a_formula_a_line_or_the_end_of_the_form(family: str, cell: str) -> None:
    ((_, _, _, surname, *_),) = rows({"subject": {"name": {"family": family}}})
    assert surname == cell


def test_what_it_has_no_event_for_is_refused() -> None:
    with pytest.raises(Refused, match="event-not-spoken"):
        hustings.encode(message(purpose="withdraw"), PLACE)


def test_each_try_is_the_same_and_says_who_we_are() -> None:
    content = hustings.encode(message(), PLACE)
    request = hustings.seal(content, PLACE, at=AT, nonce="n", keys={"k": "s3cret"})
    assert request.body == content.body
    assert request.headers["Authorization"] == "Basic dHVvOnMzY3JldA=="
    assert request.headers["Content-Type"] == content.media_type


def test_without_its_secret_nothing_is_sent() -> None:
    with pytest.raises(Misconfigured, match="key-missing"):
        hustings.seal(hustings.encode(message(), PLACE), PLACE, at=AT, nonce="n", keys={})


Expected = Receipt | tuple[type[Failure], str]


def acted(code: str, *numbers: str) -> Receipt:
    own = tuple(OwnNumber("own-reference", number) for number in numbers)
    return Receipt(answer=Answer("acted", (Action(code),), their_reference="B7", numbers=own))


def answered(outcome: str) -> Receipt:
    return Receipt(answer=Answer(outcome, their_reference="B7"))


MALFORMED = (Ambiguous, "reply-malformed")
CUT_SHORT = (Ambiguous, "reply-cut-short")
EXCHANGES: list[tuple[int, str, Expected]] = [
    (200, "HUSTINGS,TAKEN,B7\r\n1,REMOVED,NM3-0417\r\nEND,1\r\n", acted("name_removed", "NM3-0417")),
    (200, "\ufeffHUSTINGS,TAKEN,B7\n1,REMOVED,NM3-0417\n2,NOT_FOUND,\nEND,2\n", acted("name_removed", "NM3-0417")),
    (200, 'HUSTINGS,TAKEN,B7\n1,REMOVED,N1\n2,"REMOVED",N1\nEND,2\n', acted("name_removed", "N1")),
    (200, "HUSTINGS,TAKEN,B7\n1,AMENDED,N1\nEND,1", acted("record_updated", "N1")),
    (200, "HUSTINGS,TAKEN,B7\n1,REMOVED,\nEND,1", acted("name_removed")),
    (200, "HUSTINGS,TAKEN,B7\n1,NOT_FOUND,\n2,NOT_FOUND,\nEND,2", answered("no_match")),
    (200, "HUSTINGS,TAKEN,B7\n1,SEVERAL,\n2,NOT_FOUND,\nEND,2", answered("multiple_candidates")),
    (200, "HUSTINGS,TAKEN,B7\n1,REMOVED,N1\n2,HELD,N2\nEND,2", answered("manual_review")),
    (200, "HUSTINGS,TAKEN,B7\n1,RESTORED,N1\nEND,1", answered("reversed")),
    (200, "HUSTINGS,TAKEN,B7\n1,RESTORED,N1\n2,BARRED,N2\nEND,2", answered("reversal_refused")),
    (200, "HUSTINGS,TAKEN,B7\n1,NEW_WORD,\n2,REMOVED,N1\nEND,2", Receipt(remark="answer-unknown-outcome")),
    (200, "HUSTINGS,TAKEN,B7\nEND,0", Receipt(remark="answer-unknown-outcome")),
    (200, "HUSTINGS,REPEATED,B7\nEND,0", Receipt(duplicate=True)),
    (200, "HUSTINGS,FROZEN,\nEND,0", (Throttled, "hustings-frozen")),
    (200, "HUSTINGS,REFUSED,\n1,SURNAME,\nEND,1", (Refused, "hustings-refused")),
    (200, "HUSTINGS,NEW_WORD,\nEND,0", MALFORMED),
    (200, "HUSTINGS,TAKEN,B7\n1,REMOVED,N1\n", CUT_SHORT),
    (200, "HUSTINGS,TAKEN,B7\n1,REMOVED,N1\nEND,2", CUT_SHORT),
    (200, "HUSTINGS,TAKEN,B7", CUT_SHORT),
    (200, "HUSTINGS,TAKEN,B7\n" + "1,REMOVED,N1\n" * 1000 + "END,1000", CUT_SHORT),
    (200, "HUSTINGS,TAKEN,B7\n1,REMOVED\nEND,1", MALFORMED),
    (200, 'HUSTINGS,TAKEN,B7\n1,"REMO', MALFORMED),
    (200, "", MALFORMED),
    (200, "<html>Please log in</html>", MALFORMED),
    (413, "", (Refused, "http-413")),
    (409, "REPEATED", (Refused, "http-409")),
    (401, "", (Misconfigured, "http-401")),
    (503, "", (Transient, "http-503")),
]


@pytest.mark.parametrize(("status", "body", "expected"), EXCHANGES)
def test_each_reply_has_its_meaning(status: int, body: str, expected: Expected) -> None:
    try:
        found: Expected = hustings.decode(response(status, body.encode()), PLACE)
    except Failure as failure:
        found = type(failure), failure.code
    assert found == expected


def test_a_reply_that_is_no_text_is_no_reply() -> None:
    with pytest.raises(Ambiguous, match="reply-malformed"):
        hustings.decode(response(200, b"HUSTINGS,TAKEN,\xff\nEND,0"), PLACE)


ROUTE = (
    ("adapter: rest", "adapter: hustings"),
    (
        'mapping: "{who: full_name(subject.name), died: death.died_on}"',
        "{authority: NM, auth: {kind: basic, username: tuo, secret: moor-register}}",
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
