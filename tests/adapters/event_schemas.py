"""What security events have to look like: the published schemas where they lie beside the project, and ours."""

import json
from pathlib import Path
from typing import Any

from adapters.life_events import GOV_UK

PUBLISHED = Path(__file__).parents[3] / "shared/data/set-schemas"

TEXT = {"type": "string", "minLength": 1}
DATE = {
    "type": "object",
    "required": ["value"],
    "additionalProperties": False,
    "properties": {"value": {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}},
}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$"}
NAME = {
    "type": "object",
    "required": ["nameParts"],
    "additionalProperties": False,
    "properties": {
        "description": TEXT,
        "nameParts": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "value"],
                "additionalProperties": False,
                "properties": {"type": {"enum": ["GivenName", "FamilyName"]}, "value": TEXT},
            },
        },
    },
}
PARTS_OF_ADDRESSES = (
    "subBuildingName",
    "buildingName",
    "buildingNumber",
    "streetName",
    "dependentAddressLocality",
    "addressLocality",
    "addressRegion",
    "addressCountry",
    "postalCode",
    "freeFormatAddress",
)
ADDRESS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(PARTS_OF_ADDRESSES, TEXT),
        **{name: {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"} for name in ("validFrom", "validUntil")},
        "uprn": {"type": "integer", "minimum": 1, "maximum": 999999999999},
    },
}
PERSON = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": {"type": "array", "items": NAME},
        "sex": {"type": "array", "items": {"required": ["value"], "properties": {"value": TEXT}}},
        "birthDate": {"type": "array", "items": DATE},
        "freeFormatBirthDate": TEXT,
        "address": {"type": "array", "items": ADDRESS},
        "relationship": TEXT,
    },
}
# Everything that an event of any kind may say, and nothing else.
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["subject"],
    "additionalProperties": False,
    "properties": {
        "subject": PERSON,
        "parent": {"type": "array", "items": PERSON},
        "child": {"type": "array", "items": PERSON},
        "newName": {"type": "array", "items": NAME},
        "formerAddress": {"type": "array", "items": ADDRESS},
        **dict.fromkeys(("deathDate", "changeDate"), DATE),
        **dict.fromkeys(("deathRegistrationTime", "birthRegistrationTime", "marriageRegistrationTime"), MOMENT),
        "recordUpdateTime": MOMENT,
        "freeFormatDeathDate": TEXT,
        "deathRegistration": {"type": "string", "pattern": r"^urn:"},
        **dict.fromkeys(("birthRegistration", "marriageRegistration", "change"), TEXT),
        **{name: {"enum": ["cancelled"]} for name in ("deathRegistrationUpdateReason", "updateReason")},
    },
}
DEATH: dict[str, Any] = {
    "required": ["subject", "deathRegistration"],
    "properties": {"deathRegistration": {"pattern": "^urn:fdc:gro.gov.uk:2023:death:[0-9]+$"}},
}
EVENTS = {f"{GOV_UK}deathRegistered": DEATH, f"{GOV_UK}deathRegistrationUpdated": DEATH}

# RFC 8417, section 2.2, and what is asked of each of ours.
CLAIMS: dict[str, Any] = {
    "type": "object",
    "required": ["iss", "iat", "jti", "aud", "txn", "events"],
    "additionalProperties": False,
    "properties": {
        "iss": {"type": "string", "format": "uri"},
        "aud": {"type": "string", "format": "uri"},
        "jti": {"type": "string", "pattern": "^urn:uuid:[0-9a-f-]{36}$"},
        "txn": TEXT,
        "iat": {"type": "integer"},
        "toe": {"type": "integer"},
        "events": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"type": "object"},
        },
    },
}


def published(name: str) -> dict[str, Any] | None:
    """Read one of the vocabulary's own schemas; None where it does not lie beside the project."""
    file = PUBLISHED / name
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
