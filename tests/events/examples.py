"""One complete report of each kind, and what was wrong with one that is not."""

from copy import deepcopy
from datetime import date
from typing import Any

from tellusonce import events

TODAY = date(2026, 11, 22)

_PERSON = {
    "name": {"title": "Ms", "given": ["Ada"], "family": "Example"},
    "relationship": "Daughter",
    "address": {"lines": ["2 Sample Street"], "town": "Northmoor", "postcode": "ZZ99 9AB"},
    "lived_together": False,
    "email": "ada@example.com",
    "phone": "020 7946 0018",
    "deals_with_estate": True,
}

_DEATH: dict[str, Any] = {
    "subject": {
        "name": {"title": "Mr", "given": ["George", "Test"], "family": "EXAMPLE", "suffix": "OBE"},
        "other_names": [{"use": "former", "words": "formerly known as", "given": ["George"], "family": "Sample"}],
        "sex": "male",
        "born_on": "1941-03",
        "born_on_text": "in March 1941",
        "place_of_birth": "Northmoor",
        "marital_status": "married",
        "addresses": [
            {"use": "usual", "lines": ["1 Sample Street"], "postcode": "zz999aa", "uprn": "000100012345"},
            {"use": "other", "text": "the boat at Southmere lock", "area": "E07000999"},
        ],
        "care_home": {"name": "The Elms", "address": {"town": "Southmere", "county": "Fenshire"}},
        "identifiers": {
            "nino": "qq 12 34 56 c",
            "nhs_number": "943 476 5919",
            "passports": ["123456789", "987654321"],
            "driver_number": "EXAMP 403011 GT9IJ",
            "vehicles": ["AB12 CDE", "Q1 ABC", "A1", "B2", "C3", "D4", "E5"],
            "blue_badge": "232C48",
            "council_tax_account": "550012345",
            "library_card": "L 99",
            "travel_pass": "T 99",
            "service_number": "24000000",
        },
    },
    "death": {
        "died_on": "2026-11-01",
        "died_on_text": "on or about 1 November 2026",
        "place": {"name": "Northmoor General Hospital", "address": {"postcode": "ZZ99 9ZZ", "country": "Wales"}},
        "was_in_hospital": True,
    },
    "registration": {"number": "500045735", "registered_on": "2026-11-03", "office": "Northmoor"},
    "informant": {
        **_PERSON,
        "organisation": "Northmoor Advice",
        "contact_by": "email",
        "letter_language": "welsh",
        "needs_large_print": False,
        "is_next_of_kin": True,
    },
    "next_of_kin": {**_PERSON, "contact_by": "post"},
    "spouse": {**_PERSON, "has_agreed": True, "born_on": "1943-05-06", "nino": "QQ123456D"},
    "estate": {
        "name": {"family": "Solicitor"},
        "organisation": "Sample & Co",
        "is_firm": True,
        "reference": "GE/1",
        "address": {"lines": ["3 Rue Exemple"], "country": "France", "postcode": "75001"},
        "lived_together": False,
        "email": "post@example.com",
        "phone": "+44 (0)20 7946 0018",
        "contact_by": "phone",
    },
    "pensions": [{"scheme": "Fenshire Pension Fund", "reference": "P/1"}],
    "services": {
        "council_tax": True,
        "adults_remaining": 1,
        "housing_benefit": False,
        "council_housing": False,
        "electoral_register": True,
        "library": True,
        "concessionary_travel": True,
        "sundry_debts": False,
        "blue_badge": True,
        "adult_social_care": True,
        "assisted_waste": False,
        "dwp_benefits": True,
        "personal_tax": True,
        "tax_credits": False,
        "passport": True,
        "driving_licence": True,
        "registered_keeper": True,
        "armed_forces_pension": False,
        "armed_forces_compensation": False,
        "war_pension": False,
    },
}

_PARENT = {
    "name": {"title": "Ms", "given": ["Ada"], "family": "Example"},
    "born_on": "1994-05-06",
    "place_of_birth": "Southmere",
    "occupation": "Lock keeper",
    "nino": "QQ123456D",
    "address": {"lines": ["2 Sample Street"], "town": "Northmoor", "postcode": "ZZ99 9AB"},
    "email": "ada@example.com",
    "phone": "020 7946 0018",
}

_BIRTH: dict[str, Any] = {
    "subject": {
        "name": {"given": ["Tim"], "family": "EXAMPLE"},
        "sex": "male",
        "born_on": "2026-11-01",
        "place_of_birth": "Northmoor General Hospital",
        "is_one_of_several": False,
        "address": {"lines": ["2 Sample Street"], "town": "Northmoor", "postcode": "zz999ab", "uprn": "100012345"},
        "identifiers": {"nhs_number": "943 476 5919", "library_card": "L 1"},
        "has_disability": False,
    },
    "mother": {**_PARENT, "other_names": [{"use": "maiden", "family": "Sample"}]},
    "second_parent": {**_PARENT, "relationship": "father", "name": {"given": ["Bob"], "family": "Example"}},
    "registration": {"number": "BXCG 123456", "registered_on": "2026-11-10", "office": "Northmoor"},
    "informant": {
        "name": {"given": ["Ada"], "family": "Example"},
        "relationship": "Mother",
        "organisation": "Northmoor Advice",
        "address": {"lines": ["2 Sample Street"], "postcode": "ZZ99 9AB"},
        "email": "ada@example.com",
        "phone": "020 7946 0018",
        "contact_by": "text",
        "letter_language": "english",
        "needs_large_print": False,
    },
    "services": {
        "child_benefit": True,
        "first_child": True,
        "universal_credit": False,
        "tax_free_childcare": True,
        "healthy_start": True,
        "gp_registration": True,
        "council_tax": True,
        "people_in_household": 3,
        "housing_benefit": False,
        "council_housing": False,
        "library": True,
        "childrens_centre": True,
        "early_education": True,
        "school_admissions": True,
        "childrens_social_care": False,
    },
}

_MOVE: dict[str, Any] = {
    "subject": {
        "name": {"given": ["Ada"], "family": "Example"},
        "other_names": [{"use": "maiden", "family": "Sample"}],
        "born_on": "1970-01-02",
        "identifiers": _DEATH["subject"]["identifiers"],
        "email": "ada@example.com",
        "phone": "020 7946 0018",
        "contact_by": "email",
        "letter_language": "welsh",
        "needs_large_print": True,
    },
    "children": [
        {
            "name": {"given": ["Tim"], "family": "Example"},
            "born_on": "2015-06-07",
            "school": "Millthorpe Primary",
            "identifiers": {"nhs_number": "9434765919", "library_card": "L 1"},
            "has_special_needs": False,
        }
    ],
    "others": [{"name": {"given": ["Bob"], "family": "Example"}, "email": "bob@example.com", "phone": "01632 960118"}],
    "moved_on": "2026-12-01",
    "old_address": {"lines": ["2 Sample Street"], "postcode": "ZZ99 9AB"},
    "new_address": {"lines": ["9 Model Road"], "postcode": "BFPO 12", "uprn": 100012345678},
    "services": {
        "council_tax": True,
        "adults_moving": 1,
        "adults_remaining": 0,
        "housing_benefit": False,
        "council_housing": False,
        "electoral_register": True,
        "library": True,
        "school_admissions": True,
        "parking_permit": False,
        "concessionary_travel": True,
        "blue_badge": True,
        "adult_social_care": False,
        "assisted_waste": False,
        "gp_registration": True,
        "dwp_benefits": False,
        "personal_tax": True,
        "child_benefit": True,
        "driving_licence": True,
        "registered_keeper": True,
    },
}

_MARRIAGE: dict[str, Any] = {
    "event": "marriage",
    "happened_on": "2026-10-31",
    "place": {"name": "Northmoor Town Hall", "address": {"lines": ["1 The Square"], "postcode": "ZZ99 9ZZ"}},
    "subject": {
        "name": {"title": "Ms", "given": ["Ada"], "family": "Sample"},
        "other_names": [{"use": "alias", "family": "Byron"}],
        "born_on": "1994-05-06",
        "address": {"lines": ["2 Sample Street"], "town": "Northmoor", "postcode": "ZZ99 9AB", "uprn": "100012345"},
        "identifiers": _DEATH["subject"]["identifiers"],
        "email": "ada@example.com",
        "phone": "020 7946 0018",
        "contact_by": "email",
        "letter_language": "english",
        "needs_large_print": False,
    },
    "new_name": {"title": "Mrs", "given": ["Ada"], "family": "Example"},
    "partner": {"name": {"given": ["Bob"], "family": "Example"}, "email": "bob@example.com", "phone": "01632 960118"},
    "registration": {"number": "M 42", "registered_on": "2026-11-02", "office": "Northmoor"},
    "pensions": [{"scheme": "Fenshire Pension Fund", "reference": "P/1"}],
    "services": {
        "electoral_register": True,
        "council_tax": True,
        "adults_in_household": 2,
        "housing_benefit": False,
        "council_housing": False,
        "library": True,
        "concessionary_travel": False,
        "blue_badge": False,
        "adult_social_care": False,
        "gp_registration": True,
        "dwp_benefits": False,
        "personal_tax": True,
        "marriage_allowance": True,
        "child_benefit": False,
        "passport": True,
        "driving_licence": True,
        "registered_keeper": True,
    },
}

_ALL = {"birth": _BIRTH, "death": _DEATH, "marriage": _MARRIAGE, "move": _MOVE}


def complete(kind: str) -> dict[str, Any]:
    """Give a report that says everything there is to say, or much of it."""
    return deepcopy(_ALL[kind])


def changed(kind: str, path: str, value: Any) -> dict[str, Any]:
    """Give a complete report with one value changed; indexes of lists are part of the path."""
    data = complete(kind)
    *above, last = path.split(".")
    group: Any = data
    for name in above:
        group = group[int(name) if isinstance(group, list) else name]
    group[last] = value
    return data


def faults(kind: str, data: Any, **options: Any) -> dict[str, str]:
    """Say by path what is wrong with answers; nothing if they are taken."""
    try:
        events.validate(events.find(kind), data, today=TODAY, **options)
    except events.Faults as error:
        return {fault.path: fault.message for fault in error.faults}
    return {}
