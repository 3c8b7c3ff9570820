"""Look postcodes up in the directory."""

import re
from collections.abc import Collection, Mapping

from tellusonce.models import Postcode


def areas_of(postcode: str) -> tuple[str, ...]:
    """Name the district and the county of a postcode, as the catalogue names its areas; neither where it is not listed.

    A postcode that is no longer in use still lies where it lay.
    """
    return areas_of_all([tidy(postcode)]).get(tidy(postcode), ())


def areas_of_all(postcodes: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Do the same for many, which are in normal form, in one query; those that are not listed are left out."""
    found = Postcode.objects.filter(pk__in=set(postcodes)).values_list("code", "district", "county")
    return {code: tuple(filter(None, areas)) for code, *areas in found}


def tidy(postcode: str) -> str:
    """Write a postcode as the directory does: capitals, and a space before the last three."""
    squeezed = re.sub(r"\s", "", postcode).upper()
    return f"{squeezed[:-3]} {squeezed[-3:]}"
