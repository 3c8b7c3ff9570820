"""What is taken, in which form, and what is said about the rest."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tellusonce import events
from tellusonce.events import vocabularies
from tests.events import examples
from tests.events.examples import TODAY, changed, complete, faults

DEATH = events.find("death")
NAMES = sorted({part for path in events.vocabulary(DEATH) for part in path.split(".")})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", " ", "QQ123456C", "1999", "2020-02-29", "ZZ99 3VZ", "usual", "former", "France", "\ud800"])
)
LISTS = {path for path, field in vocabularies.fields(DEATH.model).items() if field.is_list}
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=5),
)


@pytest.mark.parametrize("name", list(events.kinds()))
def test_a_complete_report_is_taken(name: str) -> None:
    assert faults(name, complete(name)) == {}


def test_the_complete_death_fills_every_field_there_is() -> None:
    accepted = events.validate(DEATH, complete("death"), today=TODAY)
    told = {".".join(part for part in path if isinstance(part, str)) for path in _places(accepted)}
    unsaid = {path for path in events.vocabulary(DEATH) if path not in told}
    assert all(path.split(".")[-2] in {"name", "address", "addresses", "other_names"} for path in unsaid)


def test_numbers_and_names_are_written_in_one_way() -> None:
    accepted = events.validate(DEATH, complete("death"), today=TODAY)
    identifiers = accepted["subject"]["identifiers"]
    assert identifiers["nino"] == "QQ123456C"
    assert identifiers["nhs_number"] == "9434765919"
    assert identifiers["driver_number"] == "EXAMP403011GT9IJ"
    assert identifiers["vehicles"][0] == "AB12CDE"
    assert accepted["subject"]["addresses"][0]["postcode"] == "ZZ99 9AA"
    assert accepted["subject"]["addresses"][0]["uprn"] == "100012345"
    assert accepted["estate"]["phone"] == "+442079460018"


def test_what_is_empty_is_absent() -> None:
    data = complete("move") | {"children": [], "services": {"library": None, "council_tax": True}}
    data["subject"] |= {"phone": "  ", "identifiers": {"nino": "", "passports": []}}
    accepted = events.validate(events.find("move"), data, today=TODAY)
    assert "children" not in accepted
    assert accepted["services"] == {"council_tax": True}
    assert {"phone", "identifiers"}.isdisjoint(accepted["subject"])


def test_false_and_nought_are_answers() -> None:
    accepted = events.validate_partial(DEATH, {"services": {"library": False, "adults_remaining": 0}})
    assert accepted == {"services": {"library": False, "adults_remaining": 0}}


def test_text_has_single_spaces_and_composed_letters() -> None:
    accepted = events.validate_partial(DEATH, {"subject": {"name": {"family": " DE\n\t BASTIA\u0301NI "}}})
    assert accepted["subject"]["name"]["family"] == "DE BASTIÁNI"


def test_everything_is_said_at_once() -> None:
    data = {
        "subject": {
            "name": {"given": ["George"]},
            "born_on": "1941-02-30",
            "addresses": [{"use": "usual", "postcode": "nowhere"}, {"use": "weekend"}],
            "identifiers": {"nino": "QQ12", "passports": ["123456789", "987654321", "111111111"], "shoe_size": 9},
        },
        "informant": {"email": "ada", "lived_together": "perhaps"},
        "services": {"adults_remaining": -1},
    }
    assert faults("death", data) == {
        "subject.name.family": "Enter the family name of the person who died",
        "subject.born_on": "Date of birth of the person who died must be a real date like 1954-04-11, "
        "or 1954-04 or 1954 if only that is known",
        "subject.addresses.0.postcode": "Postcode of the person who died must be a UK postcode, like AB1 2CD; "
        "leave it empty if there is none",
        "subject.addresses.1.use": "Use of the address of the person who died must be one of: usual, other",
        "subject.identifiers.nino": "National Insurance number of the person who died must be two letters, "
        "six digits and a letter A to D, like QQ 12 34 56 C",
        "subject.identifiers.passports": "Passport numbers of the person who died must be no more than 2",
        "subject.identifiers.shoe_size": "There is no field of this name here; take it out or correct its name",
        "informant.name.family": "Enter the family name of the informant",
        "informant.relationship": "Enter the relationship of the informant",
        "informant.email": "E-mail address of the informant must be an e-mail address, like name@example.com",
        "informant.lived_together": "Lived with the person who died: answer true or false",
        "services.adults_remaining": "Number of adults who still live there must be 0 or more",
        "death.died_on": "Enter the date of death",
    }


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("subject.name.family", 7, "Family name of the person who died must be text"),
        ("subject.name.family", "x" * 201, "Family name of the person who died must be 200 characters or fewer"),
        ("subject.name.given", "George", "Given names of the person who died must be a list"),
        ("subject.name.given", ["George", " "], "Given names of the person who died must not be empty"),
        ("subject.name", "George", "Name of the person who died must be a group of named fields"),
        ("pensions", {"scheme": "x"}, "Pensions must be a list"),
        ("services.adults_remaining", "two", "Number of adults who still live there must be a whole number"),
        ("services.adults_remaining", 1.5, "Number of adults who still live there must be a whole number"),
        ("services.adults_remaining", 100, "Number of adults who still live there must be 99 or less"),
        ("services.library", 1, "Library services: answer true or false"),
        ("informant.name", None, "Enter the family name of the informant"),
    ],
)
def test_each_fault_says_what_would_be_right(path: str, value: Any, message: str) -> None:
    assert list(faults("death", changed("death", path, value)).values()) == [message]


@pytest.mark.parametrize("data", [None, [], "", "death", 7, True])
def test_answers_are_a_group(data: Any) -> None:
    assert faults("death", data) == {"": "The answers must be a group of named fields"}


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x9b", "\ud800", "\uffff", "\u202e"])
def test_what_no_recipient_could_be_told_is_not_taken(character: str) -> None:
    """XML 1.0, section 2.2: such characters cannot stand in any SOAP message; marks of direction deceive the eye."""
    found = faults("death", changed("death", "subject.name.family", f"Exam{character}ple"))
    assert found == {"subject.name.family": "Take out the character that cannot be printed, and type this again"}


@pytest.mark.parametrize("name", ["QQ 12 34 56 C", "George Example", "x" * 41, "sub.ject", "\ud800", ""])
def test_what_was_typed_in_place_of_a_name_is_not_quoted(name: str) -> None:
    found = faults("death", complete("death") | {name: {"a": "\x00"}})
    assert found == {"": "A field here has a name that is not known; take it out or correct its name"}


def test_bottomless_answers_are_refused() -> None:
    data: Any = {}
    for _ in range(5000):
        data = {"subject": data}
    found = faults("death", data)
    assert any(message == "The answers are nested too deeply here" for message in found.values())


def test_the_exception_itself_says_nothing_personal() -> None:
    with pytest.raises(events.Faults) as refused:
        events.validate(DEATH, changed("death", "subject.identifiers.nino", "QQ 99 XX"))
    assert str(refused.value) == "The answers have faults in 1 fields"
    assert refused.value.__cause__ is None or "QQ 99 XX" not in str(refused.value.__cause__)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(sorted(DEATH.model.model_fields)) | st.text(), JUNK) | JUNK)
@example({"subject": {"addresses": [{"country": 7, "postcode": "AB1 2CD"}]}})
def test_whatever_comes_is_taken_or_refused_in_our_own_words(data: Any) -> None:
    for check in (events.validate, events.validate_partial):
        refused: tuple[events.Fault, ...] = ()
        try:
            accepted = check(DEATH, data, today=TODAY)
        except events.Faults as error:
            refused = error.faults
        else:
            assert check(DEATH, accepted, today=TODAY) == accepted
        assert all(_is_ours(fault) for fault in refused)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Z"]), min_size=5))
def test_a_fault_never_quotes_what_was_typed(text: str) -> None:
    """Personal data would go from there into logs and tickets."""
    quoted = f"<<{text}>>"
    for path in ("subject.identifiers.nino", "subject.born_on", "informant.email", "subject.sex", "services.library"):
        assert all(quoted not in message for message in faults("death", changed("death", path, quoted)).values())


@pytest.mark.parametrize("path", [path for path in vocabularies.fields(DEATH.model) if path not in LISTS])
def test_anything_may_be_missing_from_a_beginning(path: str) -> None:
    data = complete("death")
    data["estate"]["address"].pop("postcode")  # it is French, and would be no UK postcode without its country
    group: Any = data
    *above, last = path.split(".")
    for name in above:
        group = group[0][name] if isinstance(group, list) else group[name]
    (group[0] if isinstance(group, list) else group).pop(last, None)
    assert isinstance(events.validate_partial(DEATH, data, today=TODAY), dict)


def test_what_a_beginning_does_say_is_checked_like_the_end() -> None:
    with pytest.raises(events.Faults) as refused:
        events.validate_partial(DEATH, {"subject": {"identifiers": {"nino": "x"}, "hat": 1}}, today=TODAY)
    assert [fault.path for fault in refused.value.faults] == ["subject.identifiers.nino", "subject.hat"]


def test_the_addresses_that_decide_an_area_are_collected() -> None:
    accepted = events.validate(DEATH, complete("death"), today=TODAY)
    found = [address.get("postcode") or address.get("area") or address.get("town") for address in _areas(accepted)]
    assert found == ["ZZ99 9AA", "E07000999", "Southmere"]


def test_where_somebody_died_is_no_reason_to_tell_that_council() -> None:
    assert _areas({"death": {"place": {"address": {"postcode": "ZZ99 9ZZ"}}}}) == []


def test_both_ends_of_a_move_decide() -> None:
    found = events.addresses(events.find("move"), examples.complete("move"))
    assert [address["postcode"] for address in found] == ["ZZ99 9AB", "BFPO 12"]


def _areas(answers: dict[str, Any]) -> list[Any]:
    return list(events.addresses(DEATH, answers))


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, dict):
        return [place for name, item in data.items() for place in _places(item, (*path, name))]
    if isinstance(data, list):
        return [place for index, item in enumerate(data) for place in _places(item, (*path, index))]
    return [path]


def _is_ours(fault: events.Fault) -> bool:
    ours = ("Enter the ", "There is no field", "A field here", "Take out", "The answers")
    return fault.message.startswith(ours) or " must " in fault.message or "answer true or false" in fault.message
