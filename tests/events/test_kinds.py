"""What holds for every kind that is found, also for one that is added tomorrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tellusonce.events
from tellusonce import events
from tellusonce.events import vocabularies
from tests.events import examples

KINDS = [pytest.param(kind, id=kind.name) for kind in events.kinds().values()]
each_kind = pytest.mark.parametrize("kind", KINDS)


def test_all_kinds_are_found() -> None:
    assert {"birth", "death", "marriage", "move"} <= set(events.kinds())
    assert events.find("death").title == "Death"


def test_kinds_are_listed_in_alphabetical_order() -> None:
    assert list(events.kinds()) == sorted(events.kinds())


def test_an_unknown_kind_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(
        events.UnknownKind, match=r"no kind of life event 'wedding'. There are: birth, death, marriage, move"
    ):
        events.find("wedding")


def test_shared_parts_are_no_kinds() -> None:
    assert not set(events.kinds()) & {"people", "places", "identifiers", "dates", "parts"}


@each_kind
def test_every_field_has_a_title_in_plain_words(kind: events.Kind) -> None:
    for field in vocabularies.fields(kind.model).values():
        assert field.words, field.path
        assert "_" not in field.words, field.path
        assert field.words[0].isupper(), field.path


@each_kind
def test_every_model_is_frozen_and_closed(kind: events.Kind) -> None:
    groups = [field.model for field in vocabularies.fields(kind.model).values() if field.model]
    for model in (kind.model, *groups):
        assert model.model_config["frozen"] is True
        assert model.model_config["extra"] == "forbid"


@each_kind
def test_what_is_not_required_is_absent_by_default(kind: events.Kind) -> None:
    """Otherwise the normal form would depend on who filled in the default."""
    groups = [field.model for field in vocabularies.fields(kind.model).values() if field.model]
    for model in (kind.model, *groups):
        assert all(field.is_required() or field.default in (None, ()) for field in model.model_fields.values())


@each_kind
def test_the_paths_that_a_kind_names_exist(kind: events.Kind) -> None:
    for path in (*kind.registered, *kind.places):
        assert events.expand(kind, path)
    for path in kind.places:
        assert f"{path}.postcode" in events.vocabulary(kind)


@each_kind
def test_nothing_registered_lies_in_a_list(kind: events.Kind) -> None:
    """A register entry fixes fields one by one; positions in a list are nobody's."""
    for path in kind.registered:
        parts = path.split(".")
        above = [vocabularies.fields(kind.model)[".".join(parts[:depth])] for depth in range(1, len(parts) + 1)]
        assert not any(field.is_list for field in above if field.model)


@each_kind
def test_nothing_told_at_all_is_refused_with_what_is_needed(kind: events.Kind) -> None:
    with pytest.raises(events.Faults) as refused:
        events.validate(kind, {})
    assert all(fault.message.startswith("Enter the ") for fault in refused.value.faults)


@each_kind
def test_nothing_told_at_all_is_a_fair_beginning(kind: events.Kind) -> None:
    assert events.validate_partial(kind, {}) == {}


@each_kind
def test_its_example_says_all_but_the_finer_parts_of_names_and_addresses(kind: events.Kind) -> None:
    accepted = events.validate(kind, examples.complete(kind.name), today=examples.TODAY)
    told = set(paths_in(accepted))
    unsaid = {path for path in events.vocabulary(kind) if path not in told}
    fine = {"name", "new_name", "address", "addresses", "old_address", "new_address", "other_names", "deed"}
    assert all(path.split(".")[-2] in fine for path in unsaid), sorted(unsaid)


def paths_in(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths_in(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner, path)
    else:
        yield path


@each_kind
def test_whoever_is_invited_is_named_and_reached_and_nothing_else(kind: events.Kind) -> None:
    """Design, section 3: another adult is invited and accepts; what else is known of them is theirs to say."""
    for path, field in events.vocabulary(kind).items():
        if field.is_for_inviting:
            assert path.split(".", 1)[1].split(".")[0] in {"name", "email", "phone"}


@each_kind
def test_whoever_is_named_to_be_invited_is_invited_and_shares_what_is_about_nobody(kind: events.Kind) -> None:
    known = events.vocabulary(kind)
    theirs = {path.split(".")[0] for path, field in known.items() if field.is_for_inviting}
    assert theirs == ({kind.invites} if kind.invites else set())
    assert not {kind.teller, "subject", "children", *theirs} & set(kind.shared)
    assert set(kind.shared) <= {path.split(".")[0] for path in known}


def test_kinds_know_no_table() -> None:
    """Kinds are plain models: nothing under tellusonce.events asks for Django."""
    sources = [path.read_text() for path in Path(next(iter(tellusonce.events.__path__))).glob("*.py")]
    assert not any("django" in source.lower() for source in sources)
