"""One made-up report of each kind, to see what would be said to a recipient without telling it anything of anybody.

Nobody is called so or lives there: no postcode begins with ZX, QQ begins no National Insurance number, 999 no patient's
NHS number, no entry of a register has the number 9990000001, and Ofcom keeps 01632 960000 to 960999 free for drama.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

JSON = Any

_HOME = {
    "lines": ["1 Sample Street", "Upper Example"],
    "town": "Northmoor",
    "postcode": "ZX1 1AA",
    "uprn": "100000000001",
}
_NEW_HOME = {"lines": ["9 Model Road"], "town": "Southmere", "postcode": "ZX2 2BB", "uprn": "100000000002"}
_REACHED = {"email": "ada@mail.example", "phone": "01632 960018", "contact_by": "email"}
_IDENTIFIERS = {
    "nino": "QQ123456C",
    "nhs_number": "9994126075",
    "passports": ["123456789"],
    "driver_number": "EXAMP403011GT9IJ",
    "vehicles": ["ZX19ABC"],
    "blue_badge": "232C48",
    "council_tax_account": "550012345",
    "library_card": "L99",
    "travel_pass": "T99",
    "service_number": "24000000",
}
_ADA = {
    "name": {"title": "Ms", "given": ["Ada"], "family": "Example"},
    "other_names": [{"use": "maiden", "given": ["Ada"], "family": "Sample"}],
    "born_on": "1970-01-02",
    "identifiers": _IDENTIFIERS,
    **_REACHED,
}
_REGISTERED = {"number": "9990000001", "registered_on": "2026-01-19", "office": "Northmoor"}
_PENSIONS = [{"scheme": "Sample Pension Fund", "reference": "P/1"}]
_INFORMANT = {
    "name": {"title": "Ms", "given": ["Ada"], "family": "Example"},
    "relationship": "Daughter",
    "address": _HOME,
    **_REACHED,
}
_PARENT = {
    "name": {"title": "Ms", "given": ["Ada"], "family": "Example"},
    "born_on": "1994-05-06",
    "nino": "QQ123456D",
    "address": _HOME,
    "email": "ada@mail.example",
    "phone": "01632 960018",
}

_SAMPLES: Mapping[str, dict[str, JSON]] = {
    "death": {
        "subject": {
            "name": {"title": "Mr", "given": ["George", "Test"], "family": "Example"},
            "other_names": [{"use": "former", "given": ["George"], "family": "Sample"}],
            "sex": "male",
            "born_on": "1941-03-09",
            "place_of_birth": "Northmoor",
            "marital_status": "married",
            "addresses": [{"use": "usual", **_HOME}],
            "identifiers": _IDENTIFIERS,
        },
        "death": {"died_on": "2026-01-14", "was_in_hospital": False},
        "registration": _REGISTERED,
        "informant": {**_INFORMANT, "is_next_of_kin": True},
        "pensions": _PENSIONS,
        "services": {"council_tax": True, "adults_remaining": 1, "library": True, "passport": True},
    },
    "birth": {
        "subject": {
            "name": {"given": ["Tim"], "family": "Example"},
            "sex": "male",
            "born_on": "2026-01-14",
            "place_of_birth": "Northmoor",
            "address": _HOME,
            "identifiers": {"nhs_number": "9994126075"},
        },
        "mother": _PARENT,
        "second_parent": {**_PARENT, "relationship": "father", "name": {"given": ["Bob"], "family": "Example"}},
        "registration": _REGISTERED,
        "informant": {**_INFORMANT, "relationship": "Mother"},
        "services": {"child_benefit": True, "gp_registration": True, "council_tax": True, "library": True},
    },
    "marriage": {
        "event": "marriage",
        "happened_on": "2026-01-14",
        "place": {"name": "Northmoor Town Hall", "address": _NEW_HOME},
        "subject": {**_ADA, "address": _HOME},
        "new_name": {"title": "Mrs", "given": ["Ada"], "family": "Specimen"},
        "registration": _REGISTERED,
        "pensions": _PENSIONS,
        "services": {"council_tax": True, "electoral_register": True, "passport": True},
    },
    "move": {
        "subject": _ADA,
        "children": [{"name": {"given": ["Tim"], "family": "Example"}, "born_on": "2015-06-07"}],
        "moved_on": "2026-02-01",
        "old_address": _HOME,
        "new_address": _NEW_HOME,
        "services": {"council_tax": True, "adults_moving": 1, "electoral_register": True, "library": True},
    },
}


def sample(kind: str) -> dict[str, JSON]:
    """Give the made-up report of a kind. Raises KeyError for a kind that has none."""
    return deepcopy(_SAMPLES[kind])
