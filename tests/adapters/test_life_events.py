"""Life events as security events say them: their vocabulary, and no field that was not granted."""

import json
from typing import Any

import jsonschema
import pytest

from adapters import life_events, person_claims
from adapters.contract import Refused
from adapters.life_events import GENERAL_REGISTER, GOV_UK, OURS
from tests.adapters import event_schemas
from tests.adapters.examples import message
from tests.events import examples

NOBODY: dict[str, Any] = {"subject": {}}
LINES = {
    "subBuildingName": "flat",
    "buildingName": "house",
    "buildingNumber": "number",
    "streetName": "street",
    "dependentAddressLocality": "locality",
}
NUMBERED = {"registration": {"number": "500045735"}}


def said(fields: Any, **changed: Any) -> life_events.Said:
    return life_events.say(message(fields, **changed), register=GENERAL_REGISTER)


@pytest.mark.parametrize(
    ("kind", "told", "updated"),
    [
        ("death", f"{GOV_UK}deathRegistered", f"{GOV_UK}deathRegistrationUpdated"),
        ("birth", f"{OURS}birthRegistered", f"{OURS}birthRegistrationUpdated"),
        ("move", f"{OURS}addressChanged", f"{OURS}addressChangeUpdated"),
        ("marriage", f"{OURS}partnershipOrNameChanged", f"{OURS}partnershipOrNameChangeUpdated"),
        ("adoption", f"{OURS}adoptionReported", f"{OURS}adoptionReportUpdated"),
    ],
)
def test_each_kind_has_an_event_for_when_it_is_told_and_one_for_when_it_is_told_anew(
    kind: str, told: str, updated: str
) -> None:
    uris = {purpose: said(NUMBERED, kind=kind, purpose=purpose).uri for purpose in ("notify", "correct", "void")}
    assert uris == {"notify": told, "correct": updated, "void": updated}


def test_a_withdrawn_permission_is_an_event_of_its_own_whatever_the_kind() -> None:
    event = said({"subject": {"name": {"family": "Lee"}}}, purpose="withdraw")
    assert event.uri == f"{OURS}permissionWithdrawn"
    assert event.payload["kind"] == "death"


@pytest.mark.parametrize(
    ("kind", "purpose", "reason"),
    [
        ("death", "correct", {}),
        ("death", "void", {"deathRegistrationUpdateReason": "cancelled"}),
        ("move", "void", {"updateReason": "cancelled"}),
    ],
)
def test_an_update_says_when_and_a_void_that_the_record_is_cancelled(
    kind: str, purpose: str, reason: dict[str, str]
) -> None:
    payload = dict(said(NUMBERED, kind=kind, purpose=purpose).payload)
    assert payload["recordUpdateTime"] == "2026-02-01T10:00:00Z"
    assert {name: value for name, value in payload.items() if name.endswith("Reason")} == reason


@pytest.mark.parametrize("purpose", ["answer", "apply"])
def test_a_purpose_that_is_no_event_is_not_spoken(purpose: str) -> None:
    with pytest.raises(Refused, match="purpose-not-spoken"):
        said(NUMBERED, purpose=purpose)


def test_a_death_is_said_in_the_words_of_the_vocabulary() -> None:
    fields = {
        "subject": {
            "name": {"title": "Mrs", "given": ["Velma", "Jo"], "family": "Rogers"},
            "other_names": [
                {"given": ["Velma"], "family": "Molone", "use": "maiden"},
                {"given": ["Velma"], "family": "Smith", "use": "alias", "words": "Known at work as"},
            ],
            "sex": "female",
            "born_on": "1989-07",
            "born_on_text": "In July 1989",
            "addresses": [{"lines": ["Flat 4", "5 Mystery Street"], "town": "Coolsville", "uprn": "012"}],
        },
        "death": {"died_on": "2026", "died_on_text": "Early in 2026"},
        "registration": {"number": "123456", "registered_on": "2026-01-20"},
    }
    event = said(fields)
    assert event.came_about_at == "2026-01-20T00:00:00Z"
    assert event.payload == {
        "subject": {
            "name": [
                {
                    "nameParts": [
                        {"value": "Velma", "type": "GivenName"},
                        {"value": "Jo", "type": "GivenName"},
                        {"value": "Rogers", "type": "FamilyName"},
                    ]
                },
                {
                    "nameParts": [{"value": "Velma", "type": "GivenName"}, {"value": "Molone", "type": "FamilyName"}],
                    "description": "Name before marriage",
                },
                {
                    "nameParts": [{"value": "Velma", "type": "GivenName"}, {"value": "Smith", "type": "FamilyName"}],
                    "description": "Known at work as",
                },
            ],
            "sex": [{"value": "Female"}],
            "birthDate": [{"value": "1989-07"}],
            "freeFormatBirthDate": "In July 1989",
            "address": [
                {
                    "subBuildingName": "Flat 4",
                    "buildingNumber": "5",
                    "streetName": "Mystery Street",
                    "addressLocality": "Coolsville",
                    "uprn": 12,
                }
            ],
        },
        "deathRegistration": "urn:fdc:gro.gov.uk:2023:death:123456",
        "deathDate": {"value": "2026"},
        "freeFormatDeathDate": "Early in 2026",
        "deathRegistrationTime": "2026-01-20T00:00:00Z",
    }


def test_only_what_was_granted_is_said_and_the_subject_is_there_be_it_empty() -> None:
    entry = {"deathRegistration": "urn:fdc:gro.gov.uk:2023:death:500045735"}
    assert said(NUMBERED).payload == {"subject": {}, **entry}
    granted = {"subject": {"name": {"family": "Lee"}}, **NUMBERED}
    assert said(granted).payload["subject"] == {"name": [{"nameParts": [{"value": "Lee", "type": "FamilyName"}]}]}
    assert said(granted).came_about_at == "", "nobody granted the day of the registration"


@pytest.mark.parametrize(
    ("number", "register", "urn"),
    [
        ("500045735", GENERAL_REGISTER, "urn:fdc:gro.gov.uk:2023:death:500045735"),
        ("NM/2026 7", "urn:fdc:northmoor.example:2026:death:", "urn:fdc:northmoor.example:2026:death:NM%2F2026%207"),
    ],
)
def test_an_entry_of_the_register_is_named_by_a_urn(number: str, register: str, urn: str) -> None:
    """RFC 4198 and RFC 8141, section 2.2."""
    event = life_events.say(message({"registration": {"number": number}}), register=register)
    assert event.payload["deathRegistration"] == urn


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "register-entry-missing"),
        ({"registration": {"registered_on": "2026-01-20"}}, "register-entry-missing"),
        ({"registration": {"number": "NM-4711"}}, "register-entry-unfit"),
        ({"registration": {"number": "١٢٣"}}, "register-entry-unfit"),
    ],
)
def test_a_death_without_a_fitting_entry_is_not_called_registered(fields: Any, code: str) -> None:
    with pytest.raises(Refused, match=code):
        said(fields)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ""),
        (["1 High Street"], "number 1, street High Street"),
        (["14a, Larkspur Terrace", "Beckside"], "number 14a, street Larkspur Terrace, locality Beckside"),
        (["Flat 2", "Old House", "9-11 Quay Row"], "flat Flat 2, house Old House, number 9-11, street Quay Row"),
        (["Rose Cottage"], "house Rose Cottage"),
        (["Rose Cottage", "Church Lane", "Netherby"], "house Rose Cottage, street Church Lane, locality Netherby"),
        (["Flat 2", "The Old Boathouse"], "flat Flat 2, street The Old Boathouse"),
        (["a", "b", "c", "d"], "house a, street b, locality c, d"),
    ],
)
def test_no_line_of_an_address_is_lost(lines: list[str], expected: str) -> None:
    found = person_claims.filled(person_claims.address({"lines": lines}))
    assert ", ".join(f"{LINES[name]} {value}" for name, value in found.items()) == expected


def test_a_birth_has_its_parents() -> None:
    fields = {
        "subject": {
            "name": {"given": ["Io"], "family": "Lee"},
            "born_on": "2026-01-02",
            "address": {"postcode": "ZX1 1AA"},
        },
        "mother": {"name": {"family": "Lee"}},
        "second_parent": {"name": {"family": "Mole"}, "relationship": "father"},
        "registration": {"number": "BXCG 1", "registered_on": "2026-01-09"},
    }
    event = said(fields, kind="birth")
    assert event.came_about_at == "2026-01-09T00:00:00Z"
    assert event.payload == {
        "subject": {
            "name": [{"nameParts": [{"value": "Io", "type": "GivenName"}, {"value": "Lee", "type": "FamilyName"}]}],
            "birthDate": [{"value": "2026-01-02"}],
            "address": [{"postalCode": "ZX1 1AA"}],
        },
        "birthRegistration": "BXCG 1",
        "birthRegistrationTime": "2026-01-09T00:00:00Z",
        "parent": [
            {"name": [{"nameParts": [{"value": "Lee", "type": "FamilyName"}]}], "relationship": "mother"},
            {"name": [{"nameParts": [{"value": "Mole", "type": "FamilyName"}]}], "relationship": "father"},
        ],
    }


def test_a_move_has_both_its_ends_and_its_day() -> None:
    fields = {
        "subject": {"name": {"family": "Lee"}},
        "moved_on": "2026-03-01",
        "old_address": {"postcode": "ZX1 1AA"},
        "new_address": {"postcode": "ZX2 2BB"},
        "children": [{"name": {"family": "Lee"}, "born_on": "2020-01-01"}],
    }
    assert said(fields, kind="move").payload == {
        "subject": {
            "name": [{"nameParts": [{"value": "Lee", "type": "FamilyName"}]}],
            "address": [{"postalCode": "ZX2 2BB", "validFrom": "2026-03-01"}],
        },
        "formerAddress": [{"postalCode": "ZX1 1AA", "validUntil": "2026-03-01"}],
        "changeDate": {"value": "2026-03-01"},
        "child": [
            {
                "name": [{"nameParts": [{"value": "Lee", "type": "FamilyName"}]}],
                "birthDate": [{"value": "2020-01-01"}],
            }
        ],
    }


def test_a_marriage_has_the_new_name() -> None:
    fields = {
        "event": "marriage",
        "happened_on": "2026-03-01",
        "subject": {"name": {"family": "Lee"}},
        "new_name": {"family": "Mole"},
        "registration": {"number": "M 42"},
    }
    assert said(fields, kind="marriage").payload == {
        "subject": {"name": [{"nameParts": [{"value": "Lee", "type": "FamilyName"}]}]},
        "change": "marriage",
        "changeDate": {"value": "2026-03-01"},
        "newName": [{"nameParts": [{"value": "Mole", "type": "FamilyName"}]}],
        "marriageRegistration": "M 42",
    }


@pytest.mark.parametrize("kind", ["death", "birth", "move", "marriage"])
@pytest.mark.parametrize("purpose", ["notify", "correct", "void"])
def test_a_complete_report_of_each_kind_has_the_shape(kind: str, purpose: str) -> None:
    event = said(examples.complete(kind), kind=kind, purpose=purpose)
    payload = json.loads(json.dumps(event.payload))
    jsonschema.validate(payload, event_schemas.EVENT, cls=jsonschema.Draft202012Validator)
    if event.uri in event_schemas.EVENTS:
        jsonschema.validate(payload, event_schemas.EVENTS[event.uri], cls=jsonschema.Draft202012Validator)
