"""Pages of a journey: filled from answers, read back, and nothing changed by looking."""

from typing import Any

import pytest

from tellusonce import answering, events
from tellusonce.events import Kind, pages, vocabularies
from tellusonce.events.pages import Page
from tellusonce.web.journeys import controls, flows, forms
from tests.events import examples

KINDS = [pytest.param(kind, id=name) for name, kind in events.kinds().items() if kind.pages]
DEATH = events.find("death")


def page(name: str) -> Page:
    found = flows.find(DEATH, name)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_asks_for_fields_that_the_kind_has(kind: Kind) -> None:
    known = vocabularies.fields(kind.model)
    for each in kind.pages:
        asked = [f"{each.each}.{path}" if each.each else path for path in each.fields]
        assert {*asked, *([each.each] if each.each else [])} <= set(known), each.name
        assert controls.of_page(kind.model, each, place=0 if each.each else None), each.name
        named = {path.partition("=")[0] for path in (*each.needs, *each.labels, *each.hints)}
        assert named <= set(known), each.name


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_a_kind_have_names_of_their_own(kind: Kind) -> None:
    names = [each.name for each in kind.pages]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", KINDS)
def test_looking_at_a_page_and_sending_it_changes_nothing(kind: Kind) -> None:
    told = events.validate(kind, examples.complete(kind.name))
    for each in kind.pages:
        shown = forms.show(kind, each, told)
        sent = forms.take(kind, each, shown.form)
        assert events.validate(kind, answering.patched(told, forms.patch(sent, told))) == told, each.name


def test_what_the_register_fixes_is_not_asked() -> None:
    entry = {"subject": {"name": {"family": "Tamblyn"}}, "death": {"died_on": "2026-03-27"}}
    asked = {each.name for each in flows.asked(DEATH, entry, entry=entry)}
    assert not {"name", "died-on"} & asked
    assert {"name", "died-on"} <= {each.name for each in flows.asked(DEATH, {}, entry={})}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (("27", "3", "2026"), "2026-03-27"),
        (("27", "March", "2026"), "2026-03-27"),
        (("", "3", "1954"), "1954-03"),
        (("", "", "1954"), "1954"),
        (("", "", ""), None),
        (("31", "2", "2026"), "2026-02-31"),
        (("31", "", "2026"), "2026-?-31"),
        (("31", "2", ""), "?-02-31"),
    ],
)
def test_a_date_is_read_as_it_was_typed(typed: tuple[str, str, str], read: str | None) -> None:
    form = {f"on.{part}": text for part, text in zip(controls.PARTS, typed, strict=True)}
    assert controls.date(form, "on") == read


def test_a_fault_stands_at_its_own_control_and_what_was_typed_is_kept() -> None:
    sheet = forms.take(DEATH, page("national-insurance"), {"subject.identifiers.nino": "nonsense"})
    with pytest.raises(events.Faults) as refused:
        events.validate_partial(DEATH, forms.patch(sheet, {}))
    shown = sheet.with_faults(refused.value.faults)
    assert list(shown.faults) == ["subject.identifiers.nino"]
    assert shown.form["subject.identifiers.nino"] == "nonsense"


def test_what_has_to_be_there_is_asked_for_by_name() -> None:
    sheet = forms.take(DEATH, page("your-name"), {"informant.name.given": "Ada"})
    assert [(each.path, each.message) for each in forms.missing(sheet)] == [
        ("informant.name.family", "Enter the family name of the informant")
    ]


def addresses(*lines: str) -> dict[str, str]:
    return {
        name: text
        for place, line in enumerate(lines)
        for name, text in {
            f"subject.addresses.{place}.use": "usual" if line else "",
            f"subject.addresses.{place}.lines.0": line,
        }.items()
    }


def test_an_entry_that_was_left_empty_is_left_out() -> None:
    sheet = forms.take(DEATH, page("addresses"), addresses("1 Low Road", "", "3 High Road"))
    assert forms.patch(sheet, {}) == {
        "subject": {
            "addresses": [{"use": "usual", "lines": ["1 Low Road"]}, {"use": "usual", "lines": ["3 High Road"]}]
        }
    }


def test_an_entry_can_be_taken_away() -> None:
    sheet = forms.take(DEATH, page("addresses"), addresses("1 Low Road", "2 Mid Road"), without=0)
    assert forms.patch(sheet, {})["subject"]["addresses"] == [{"use": "usual", "lines": ["2 Mid Road"]}]


def known(**more: str) -> dict[str, Any]:
    return {"subject": {"addresses": [{"use": "usual", "lines": ["1 Low Road"], "postcode": "ZX1 1AA", **more}]}}


def test_what_a_page_does_not_ask_of_an_entry_stays_with_it() -> None:
    told = known(uprn="1234")
    sent = {**forms.show(DEATH, page("addresses"), told).form, "subject.addresses.0.town": "Northmoor"}
    (entry,) = forms.patch(forms.take(DEATH, page("addresses"), sent), told)["subject"]["addresses"]
    assert entry == {**told["subject"]["addresses"][0], "town": "Northmoor"}


def test_another_postcode_forgets_the_property_of_the_old_one() -> None:
    told = known(uprn="1234", area="E07000123")
    sent = {**forms.show(DEATH, page("addresses"), told).form, "subject.addresses.0.postcode": "ZX2 2BB"}
    (entry,) = forms.patch(forms.take(DEATH, page("addresses"), sent), told)["subject"]["addresses"]
    assert entry == {"use": "usual", "lines": ["1 Low Road"], "postcode": "ZX2 2BB"}


def test_a_box_that_is_not_ticked_is_no_answer() -> None:
    sheet = forms.take(DEATH, page("council-services"), {"services.library": "yes"})
    patch = forms.patch(sheet, {})["services"]
    assert patch.pop("library") is True
    assert set(patch.values()) == {None}


def test_what_is_hidden_stays_if_it_is_left_empty_and_goes_if_it_is_typed_anew() -> None:
    contact, hidden = page("your-contact"), {"informant.email", "informant.phone"}
    empty = forms.take(DEATH, contact, {})
    assert forms.keeps(empty, hidden=hidden)
    typed = forms.take(DEATH, contact, {"informant.phone": "020 7946 0018"})
    assert not forms.keeps(typed, hidden=hidden)
    assert forms.patch(typed, {}, hidden=hidden) == {"informant": {"phone": "020 7946 0018", "contact_by": None}}


def test_conditions_look_at_the_answers() -> None:
    told = {"services": {"library": True, "passport": False}}
    assert pages.yes("services.library")(told)
    assert pages.no("services.passport")(told)
    assert not pages.yes("services.passport")(told)
    assert pages.told("services")(told)
    assert not pages.told("subject")(told)
    assert pages.either(pages.no("services.library"), pages.no("services.passport"))(told)
