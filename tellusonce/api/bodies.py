"""Reading JSON strictly (RFC 8259 and I-JSON, RFC 7493): what two readers could understand differently is refused."""

import json
import math
from http import HTTPStatus
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from tellusonce.api.problems import Problem

JSON = Any
DEEPEST = 32
PLAIN, PATCH = "application/json", "application/merge-patch+json"


class StrictParser(Parser):
    """What django-ninja reads bodies with."""

    def parse_body(self, request: HttpRequest) -> JSON:
        """Read the body. Raises Problem, which django-ninja passes on as the cause of its own."""
        known = (PLAIN, PATCH) if request.method == "PATCH" else (PLAIN,)
        if request.content_type not in known:
            detail = f"Send the body as {' or '.join(known)}, and say so in the header Content-Type."
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
        return parse(request.body)


def parse(body: bytes) -> JSON:
    """Read one JSON text. Raises Problem, which says where it stops making sense and never what stands there."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise malformed(f"The body is not UTF-8 text: see byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise malformed(f"The body is not JSON: see line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise too_deep() from None
    except ValueError:  # an integer of thousands of digits
        raise malformed("A number in the body is too long.") from None
    _check_depth(value)
    return value


def malformed(detail: str) -> Problem:
    """Refuse what cannot be read."""
    return Problem(HTTPStatus.BAD_REQUEST, "malformed", detail)


def too_deep() -> Problem:
    """Refuse what is nested for no good reason."""
    return malformed(f"The body is nested more than {DEEPEST} deep.")


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise malformed("The body has an object in which one name stands twice; which of them is meant?")
    return found


def _no_number(_: str) -> NoReturn:
    raise malformed("The body has NaN or Infinity, which are not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise malformed("A number in the body is too large.")
    return number


def _check_depth(value: JSON) -> None:
    """Walk level by level, so that depth costs no stack."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise too_deep()
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [one for each in inner for one in each if isinstance(one, dict | list)]
