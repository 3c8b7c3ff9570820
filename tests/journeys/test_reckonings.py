"""What the demonstration finds in the recipients' books, by examples."""

import json
from typing import Any

import pytest

from deploy.demo import reckonings
from deploy.demo.reckonings import Reckoning
from deploy.demo.stories import Owed

REFERENCE = "K7MD-4RTW-X9QF"
TOLD = {
    "message": {"id": "<id>", "reference": "<reference>", "reported_at": "<time>"},
    "recipient": {"pseudonym": "<pseudonym>"},
    "who": {"names": ["Ada", "Mary"], "is_known": True},
}
OWED = [Owed("library", told=TOLD, outcome="acted"), Owed("charity", withheld="consent-needed")]
SOAP = """<e:Envelope xmlns:e="{envelope}"><e:Body><n:Notice xmlns:n="urn:n" xmlns:xsi=
"http://www.w3.org/2001/XMLSchema-instance" version="2"><n:Id>m-1</n:Id><n:Line>1</n:Line><n:Line>2</n:Line>
<n:Number xsi:type="x" scheme="NINO"> QQ </n:Number></n:Notice></e:Body></e:Envelope>"""


def body(**changes: Any) -> str:
    message = {"id": "m-1", "reference": REFERENCE, "reported_at": "2026-11-22T14:00:00Z"}
    who, recipient = {"names": ["Ada", "Mary"], "is_known": True}, {"pseudonym": "p-7"}
    return json.dumps({"message": message, "who": who, "recipient": recipient, **changes})


def entry(**changes: Any) -> dict[str, Any]:
    usual = {
        "message_id": "m-1",
        "reference": REFERENCE,
        "sequence": 1,
        "tries": 1,
        "effects": 1,
        "bodies": [body()],
        "first_at": "2026-11-22T14:00:00.000Z",
    }
    return {**usual, **changes}


def reckon(*entries: dict[str, Any], charity: tuple[dict[str, Any], ...] = ()) -> Reckoning:
    return reckonings.reckon(OWED, {"library": entries, "charity": charity}, reference=REFERENCE)


def test_all_is_well_when_everybody_got_what_is_owed_and_no_more() -> None:
    assert reckon(entry()) == Reckoning()
    assert reckon(entry()).is_as_expected


def test_who_got_nothing_has_lost_it() -> None:
    found = reckon()
    assert found.lost == ["library"]
    assert found.all_faults == ["library never got what it is owed."]


def test_what_came_and_was_not_taken_is_lost() -> None:
    assert reckon(entry(effects=0)).lost == ["library"]


def test_what_came_of_another_report_counts_for_nothing() -> None:
    assert reckon(entry(reference="other")).lost == ["library"]


def test_tries_under_the_same_id_are_repeats_and_no_duplicates() -> None:
    found = reckon(entry(tries=3, bodies=[body()] * 3))
    assert (found.repeats, found.duplicates, found.is_as_expected) == (2, 0, True)


@pytest.mark.parametrize(
    "entries",
    [
        [entry(tries=2, effects=2)],
        [entry(), entry(message_id="m-2", effects=0, bodies=[])],
    ],
)
def test_a_second_effect_and_a_second_id_are_duplicates(entries: list[dict[str, Any]]) -> None:
    found = reckon(*entries)
    assert found.duplicates == 1
    assert found.all_faults == ["1 came or took effect twice."]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"who": {"names": ["Ada", "Mary"]}}, "library: who.is_known is missing."),
        ({"who": {"names": ["Mary", "Ada"], "is_known": True}}, "library: who.names is not what is owed."),
        ({"born": "1815-12-10"}, "library: born is not owed."),
        ({"message": {"id": "m-1", "reference": REFERENCE}}, "library: message.reported_at is missing."),
        (
            {"message": {"id": "m-2", "reference": REFERENCE, "reported_at": "now"}},
            "library: message.id is not what is owed.",
        ),
    ],
)
def test_what_is_not_to_the_letter_is_a_fault_that_quotes_no_value(changes: dict[str, Any], fault: str) -> None:
    assert reckon(entry(bodies=[body(**changes)])).all_faults == [fault]


def test_one_wrong_try_among_right_ones_is_a_fault() -> None:
    assert reckon(entry(tries=2, bodies=[body(), body(born="1815")])).faults == ["library: born is not owed."]


def test_what_somebody_got_who_is_owed_nothing_is_a_fault() -> None:
    assert reckon(entry(), charity=(entry(),)).faults == ["charity was sent something and is owed nothing."]


@pytest.mark.parametrize("envelope", reckonings.ENVELOPES)
def test_a_soap_body_is_read_by_names_with_its_attributes(envelope: str) -> None:
    assert reckonings.read(SOAP.replace("{envelope}", envelope)) == [
        ("@version", "2"),
        ("Id", "m-1"),
        ("Line", "1"),
        ("Line", "2"),
        ("Number.#", "QQ"),
        ("Number.@scheme", "NINO"),
    ]


def test_a_message_of_a_report_that_nobody_made_is_a_stray() -> None:
    old, new = entry(reference="before", first_at="2026-11-22T13:59:59.000Z"), entry(reference="other")
    books = {"library": [entry(), old], "charity": [entry(reference="before"), new]}
    since = "2026-11-22T14:00:00.000Z"
    assert reckonings.strays(books, known=[REFERENCE], since=since) == [
        "charity was sent something of a report that nobody made."
    ]
    assert reckonings.strays(books, known=[REFERENCE, "other"], since=since) == []


def test_what_somebody_could_not_read_is_a_fault() -> None:
    found = reckonings.unreadable({"library": 1, "charity": 2}, {"library": 2, "charity": 2})
    assert found == ["library was sent what it cannot read."]
