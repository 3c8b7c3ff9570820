"""Settings of recipients that come for what they are told: how they hear of it, and in which file they take it.

It is no adapter that sends: such a recipient reads a page, asks the interface, or takes a file.
"""

from pydantic import Field

from adapters import batches, credentials, mapping, options
from adapters.contract import Endpoint

USUAL_DAYS, LONGEST_DAYS = 14, 60


class Mail(credentials.Settings):
    """A mail that something waits, with a link to it and nothing of what it says."""

    to: str = Field(max_length=254, pattern=r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\"]+$")
    language: str = Field("en", pattern="^(en|cy)$")
    days: int = Field(USUAL_DAYS, ge=1, le=LONGEST_DAYS, description="How long a link works; then a new one is sent")


class Options(credentials.Settings):
    """Settings of an inbox; all may be left out."""

    mail: Mail | None = Field(
        None, description="Where to write that something waits; left out: they look by themselves"
    )
    file: batches.File | None = Field(None, description="The file that they can take; left out: pages and JSON alone")


def fields_needed(endpoint: Endpoint) -> frozenset[str]:
    """Name the fields that the file's mapping reads."""
    file = options.read(Options, endpoint).file
    return mapping.compile(file.mapping).paths if file else frozenset()


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
