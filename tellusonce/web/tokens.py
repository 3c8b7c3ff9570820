"""A token in a form: sent twice with the same one, it is done once."""

import re
import uuid

from django.http import HttpRequest

NAME = "once"
USABLE = re.compile(r"[0-9a-f]{32}")


def fresh() -> str:
    """Make a token for a form that is shown anew."""
    return uuid.uuid4().hex


def sent(request: HttpRequest) -> str:
    """Give the token of a form that was sent; a fresh one where somebody took it away."""
    token = request.POST.get(NAME, "")
    return token if USABLE.fullmatch(token) else fresh()
