"""Look a postcode up in the directory."""

import re

from tellusonce.models import Postcode


def find(typed: str) -> Postcode | None:
    """Give what the directory says of a postcode; one that is no longer in use still lies where it lay."""
    return Postcode.objects.filter(pk=tidy(typed)).first()


def tidy(postcode: str) -> str:
    """Write a postcode as the directory does: capitals, and a space before the last three."""
    squeezed = re.sub(r"\s", "", postcode).upper()
    return f"{squeezed[:-3]} {squeezed[-3:]}"
