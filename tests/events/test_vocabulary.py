"""The vocabulary: what agreements grant and mappings see."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tellusonce import events
from tests.events import examples
from tests.events.test_kinds import each_kind

DEATH = events.find("death")
PATHS = sorted(events.vocabulary(DEATH))
PREFIXES = sorted({".".join(path.split(".")[:depth]) for path in PATHS for depth in range(1, path.count(".") + 2)})


@pytest.mark.parametrize(
    ("path", "kind_of_value", "title"),
    [
        ("subject.name.family", "text", "Person who died: name: family name"),
        ("subject.addresses.postcode", "text", "Person who died: addresses: postcode"),
        ("subject.born_on", "partial-date", "Person who died: date of birth"),
        ("registration.registered_on", "date", "Registration: date of registration"),
        ("services.adults_remaining", "integer", "Services: number of adults who still live there"),
        ("services.blue_badge", "boolean", "Services: Blue Badge"),
        ("subject.marital_status", "choice", "Person who died: marital status"),
        ("spouse.nino", "text", "Surviving spouse or civil partner: National Insurance number"),
    ],
)
def test_a_leaf_has_its_type_and_says_whose_it_is(path: str, kind_of_value: str, title: str) -> None:
    field = events.vocabulary(DEATH)[path]
    assert (field.path, field.type, field.title) == (path, kind_of_value, title)


def test_indexes_of_lists_are_no_part_of_a_path() -> None:
    assert "subject.identifiers.vehicles" in PATHS
    assert events.vocabulary(DEATH)["subject.identifiers.vehicles"].is_list
    assert not any(part.isdigit() for path in PATHS for part in path.split("."))


def test_groups_are_no_leaves() -> None:
    assert not {"subject", "subject.name", "subject.addresses", "death.place"} & set(PATHS)


def test_health_and_care_are_sensitive() -> None:
    """UK GDPR, Article 9(1): data concerning health."""
    sensitive = {path for path, field in events.vocabulary(DEATH).items() if field.is_sensitive}
    assert sensitive == {
        "subject.identifiers.blue_badge",
        "death.was_in_hospital",
        "informant.needs_large_print",
        "services.blue_badge",
        "services.adult_social_care",
        "services.assisted_waste",
        "services.armed_forces_compensation",
        "services.war_pension",
        *events.expand(DEATH, "subject.care_home"),
    }


@given(st.sampled_from(PREFIXES))
def test_a_prefix_stands_for_all_the_leaves_below_it(prefix: str) -> None:
    found = events.expand(DEATH, prefix)
    assert found == {path for path in PATHS if f"{path}.".startswith(f"{prefix}.")}
    assert found == frozenset().union(*(events.expand(DEATH, path) for path in found))


@given(st.text() | st.sampled_from(PREFIXES).map(lambda path: path[:-1]))
def test_what_is_no_path_is_refused(path: str) -> None:
    if path in PREFIXES:
        assert events.expand(DEATH, path)
    else:
        with pytest.raises(events.UnknownField):
            events.expand(DEATH, path)


def test_a_slip_of_the_pen_gets_a_hint() -> None:
    with pytest.raises(events.UnknownField, match=r"no field 'subject.name.famly'. Did you mean subject.name.family"):
        events.expand(DEATH, "subject.name.famly")


@each_kind
def test_the_published_schema_is_valid_and_names_the_kind(kind: events.Kind) -> None:
    schema = events.json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:tell-us-once:kind:{kind.name}"
    assert schema["title"] == kind.title


@each_kind
def test_the_published_schema_has_every_leaf_and_its_mark(kind: events.Kind) -> None:
    found = dict(_leaves(events.json_schema(kind)))
    assert found == {path: field.is_sensitive for path, field in events.vocabulary(kind).items()}


@pytest.mark.parametrize("name", list(events.kinds()))
def test_what_we_accept_fits_the_published_schema(name: str) -> None:
    kind = events.find(name)
    accepted = events.validate(kind, examples.complete(name), today=examples.TODAY)
    Draft202012Validator(events.json_schema(kind)).validate(accepted)


def _leaves(schema: dict[str, Any]) -> list[tuple[str, bool]]:
    return list(_walk(schema, schema, path="", is_sensitive=False))


def _walk(node: dict[str, Any], root: dict[str, Any], *, path: str, is_sensitive: bool) -> Any:
    is_sensitive = is_sensitive or node.get("x-sensitive", False)
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    if "anyOf" in node:
        node = next(choice for choice in node["anyOf"] if choice.get("type") != "null")
        yield from _walk(node, root, path=path, is_sensitive=is_sensitive)
    elif node.get("type") == "array":
        yield from _walk(node["items"], root, path=path, is_sensitive=is_sensitive)
    elif "properties" in node:
        for name, child in node["properties"].items():
            yield from _walk(child, root, path=f"{path}.{name}".lstrip("."), is_sensitive=is_sensitive)
    else:
        yield path, is_sensitive
