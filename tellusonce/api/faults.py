"""What does not fit in a request, in a clerk's words: pydantic's own quote what was typed."""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from tellusonce.api import bodies, problems
from tellusonce.api.problems import Faulty, Problem
from tellusonce.events import Fault

Error = Mapping[str, Any]
NAME = re.compile(r"[a-z_]{1,40}|[0-9]{1,4}")
TEXT = "Enter text"
GROUP = "Enter a group of named fields"
MOMENT = "Enter a date like 2026-03-27, and for a time its offset too, like 2026-03-27T14:30:00+00:00"

WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "This is missing",
    "extra_forbidden": lambda _: "There is no field of this name here; take it out or correct its name",
    "string_type": lambda _: TEXT,
    "string_too_long": lambda context: f"Enter {context['max_length']} characters or fewer",
    "string_pattern_mismatch": lambda _: "Enter small letters, digits and hyphens only",
    "email": lambda _: "Enter an e-mail address, like name@example.com",
    "phone": lambda _: "Enter a telephone number, like 020 7946 0018 or +44 20 7946 0018",
    "dict_type": lambda _: GROUP,
    "model_type": lambda _: GROUP,
    "model_attributes_type": lambda _: GROUP,
    "list_type": lambda _: "Enter a list",
    "too_short": lambda context: f"Enter at least {context['min_length']}",
    "too_long": lambda context: f"Enter no more than {context['max_length']}",
    "literal_error": lambda context: f"Choose one of: {context['expected'].replace(' or ', ', ').replace(chr(39), '')}",
    "bool_type": lambda _: "Enter true or false",
    "int_parsing": lambda _: "Enter a whole number",
    "greater_than_equal": lambda context: f"Enter {context['ge']} or more",
    "less_than_equal": lambda context: f"Enter {context['le']} or less",
}


def problem(errors: Sequence[Error]) -> Problem:
    """Sum up why a request does not fit."""
    if any(error["loc"][0] == "path" for error in errors):
        return problems.general(HTTPStatus.NOT_FOUND)  # no such id can be anybody's
    if any(error["loc"][0] == "body" and len(error["loc"]) <= 2 and error["type"] == "missing" for error in errors):  # noqa: PLR2004 - the place and the parameter
        return bodies.malformed(
            "The request has no body. Send a JSON object, and its length in the header Content-Length."
        )
    return Faulty(list({fault.path: fault for fault in map(_fault, errors)}.values()))


def _fault(error: Error) -> Fault:
    source, *place = map(str, error["loc"])
    within = place[1:] if source == "body" else place  # django-ninja puts its parameter's name before the body's own
    return Fault(".".join(part for part in within if NAME.fullmatch(part)), _words(error))


def _words(error: Error) -> str:
    known = WORDS.get(error["type"])
    if known is not None:
        return known(error.get("ctx", {}))
    return MOMENT if error["type"].startswith(("date", "timezone")) else "This is not in the form that is expected here"
