"""What is told of a birth, a marriage and a move on walks: of nobody, at postcodes and numbers that nobody has."""

from collections.abc import Mapping
from typing import Any

JSON = Any
BIRTH_ENTRY: Mapping[str, JSON] = {
    "subject": {
        "name": {"given": ["Clover"], "family": "Underwing"},
        "sex": "female",
        "born_on": "2026-10-12",
        "place_of_birth": "Millthorpe Infirmary",
    },
    "mother": {"name": {"given": ["Ione"], "family": "Underwing"}},
    "registration": {
        "number": "NMB-2026-000317",
        "registered_on": "2026-10-20",
        "office": "Millthorpe Register Office",
    },
}
BIRTH: Mapping[str, JSON] = {
    "subject": {"address": {"lines": ["5 Weir Close"], "town": "Millthorpe", "postcode": "ZX1 4QT"}},
    "informant": {
        "name": {"given": ["Ione"], "family": "Underwing"},
        "relationship": "Mother",
        "address": {"lines": ["5 Weir Close"], "town": "Millthorpe", "postcode": "ZX1 4QT"},
        "email": "ione.underwing@mail.example",
    },
    "mother": {"nino": "QQ123456A"},
    "services": {"child_benefit": True, "first_child": True, "gp_registration": True},
}
MARRIAGE_ENTRY: Mapping[str, JSON] = {
    "event": "marriage",
    "happened_on": "2026-10-17",
    "subject": {"name": {"given": ["Damaris"], "family": "Fallowfield"}, "born_on": "1991-04-02"},
    "new_name": {"given": ["Damaris"], "family": "Fallowfield-Roe"},
    "registration": {
        "number": "NMM-2026-000112",
        "registered_on": "2026-10-17",
        "office": "Millthorpe Register Office",
    },
}
MARRIAGE: Mapping[str, JSON] = {
    "place": {"name": "Millthorpe Guildhall"},
    "subject": {
        "address": {"lines": ["11 Tanner Street"], "town": "Millthorpe", "postcode": "ZX1 4QT"},
        "email": "damaris@mail.example",
        "identifiers": {"nino": "QQ123457A"},
    },
    "partner": {"name": {"given": ["Corin"], "family": "Roe"}, "email": "corin.roe@mail.example"},
    "services": {"personal_tax": True, "gp_registration": True},
}
MOVE: Mapping[str, JSON] = {
    "moved_on": "2026-11-14",
    "old_address": {"lines": ["2 Mill Lane"], "town": "Saltby", "postcode": "ZX5 2HN"},
    "new_address": {"lines": ["8 Mill Lane"], "town": "Saltby", "postcode": "ZX5 2HN"},
    "subject": {"email": "ottoline@mail.example", "identifiers": {"driver_number": "BRACK852294O99AB"}},
    "children": [
        {"name": {"given": ["Perdita"], "family": "Brack"}, "born_on": "2019-03-05", "school": "Saltby Primary"}
    ],
    "services": {"library": True, "driving_licence": True},
}
