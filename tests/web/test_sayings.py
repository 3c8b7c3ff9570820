"""What is wrong with an answer is said in the reader's language, and about what is one's own to oneself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

import tellusonce.events
from tellusonce import events
from tellusonce.events import Fault, Kind, dates, sentences
from tellusonce.web.journeys import flows, forms, sayings
from tests import messages
from tests.events import examples

EVENTS = Path(next(iter(tellusonce.events.__path__)))
KINDS = [pytest.param(kind, id=name) for name, kind in events.kinds().items()]
FAMILY_NAME = Fault.of(
    "informant.name.family", "Enter the {field} of {whose}", field="Family name", whose="the informant"
)
POSTCODE = Fault.of(
    "informant.address.postcode", "{Field} of {whose} {rule}", field="Postcode", whose="the informant",
    rule="must be {max_length} characters or fewer", max_length=16,
)  # fmt: skip


def test_a_fault_reads_as_it_always_did() -> None:
    assert (FAMILY_NAME.path, "Enter the family name of the informant", *FAMILY_NAME[2:]) == FAMILY_NAME
    assert POSTCODE.message == "Postcode of the informant must be 16 characters or fewer"


def test_it_is_said_in_welsh() -> None:
    with translation.override("cy"):
        assert sayings.of(FAMILY_NAME, teller="subject") == "Rhowch yr wybodaeth hon: enw teuluol (yr hysbysydd)"
        assert sayings.of(POSTCODE, teller="subject") == "Cod post (yr hysbysydd): rhaid iddo fod yn 16 nod neu lai"
        whole = sayings.of(Fault("new_address", "New address must be different from the old address"), teller="subject")
    assert whole == "Rhaid i'r cyfeiriad newydd fod yn wahanol i'r hen gyfeiriad"


def test_of_what_is_ones_own_one_is_asked_as_oneself() -> None:
    assert sayings.of(FAMILY_NAME, teller="informant") == "Enter your family name"
    assert sayings.of(POSTCODE, teller="informant") == "Your postcode must be 16 characters or fewer"
    with translation.override("cy"):
        assert sayings.of(FAMILY_NAME, teller="informant") == "Rhowch eich enw teuluol"


def test_a_page_asks_so() -> None:
    kind = events.find("death")
    page = flows.find(kind, "your-name")
    assert page is not None
    sheet = forms.take(kind, page, {"informant.name.given": "Ada"})
    assert sheet.with_faults(forms.missing(sheet)).faults == {"informant.name.family": "Enter your family name"}


def test_a_date_is_asked_for_as_its_boxes_are() -> None:
    fault = Fault.of("moved_on", "{Field} {rule}", field="Date of the move", rule=dates.WRONG_DAY)
    assert sayings.of(fault, teller="subject") == "Date of the move must be a real date, like 27 3 2026"


def test_choices_are_said_as_the_page_offers_them() -> None:
    fault = Fault.of("sex", "{Field} {rule}", field="Sex", rule="must be one of: {choices}", choices=("a-thing", "it"))
    assert fault.message == "Sex must be one of: a-thing, it"
    assert sayings.of(fault, teller="informant") == "Sex must be one of: A thing, It"


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_can_be_wrong_can_be_said_in_welsh(kind: Kind) -> None:
    said = messages.gather()
    found = list(wrong(kind))
    assert len(found) > 20
    for fault in found:
        texts = [value for value in fault.values.values() if isinstance(value, str)]
        for text in (fault.template or fault.message, *texts):
            assert sayings.ON_PAGES.get(text, text) in said, fault


def wrong(kind: Kind) -> Iterator[Fault]:
    """Spoil every control of every field in turn, and give what is said of it."""
    told = examples.complete(kind.name)
    for field in events.vocabulary(kind).values():
        for value in (7, [], {}, "x" * 2000, "\x00", "2999-01-01", "1850-01-01", -1, 1000, True, {"x": 1}, ["x"] * 80):
            try:
                events.validate(kind, spoilt(told, field.path.split("."), value))
            except events.Faults as error:
                yield from error.faults
    with pytest.raises(events.Faults) as refused:
        events.validate(kind, {})
    yield from refused.value.faults


def spoilt(data: object, parts: list[str], value: object) -> object:
    """Put a value at a path; in a list, into each entry."""
    if not parts:
        return value
    if isinstance(data, list | tuple):
        return [spoilt(each, parts, value) for each in data]
    group = dict(data) if isinstance(data, dict) else {}
    return {**group, parts[0]: spoilt(group.get(parts[0]), parts[1:], value)}


def test_what_is_said_of_an_answer_can_be_gathered() -> None:
    """A sentence with its values put in already is one that no translator sees."""
    for file in EVENTS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in {"Fault", "PydanticCustomError"}:
                assert not isinstance(node.args[1], ast.JoinedStr), f"{file.name}:{node.lineno}: use Fault.of(...)"


def test_a_word_with_a_small_letter_stands_within_the_sentence() -> None:
    values: dict[str, sentences.Value] = {"field": "Old address", "name": "UK passport"}
    assert sentences.put("{Field}, {field}, {name}", values) == "Old address, old address, UK passport"
