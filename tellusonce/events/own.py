"""What a recipient itself calls the subject: nobody tells it, but an agreement grants it, and a mapping reads it.

It is one and the same for every kind, and each recipient is given its own organisation's alone.
"""

from pydantic import Field

from tellusonce.events.parts import Part, Text


class Number(Part):
    """A number by which the recipient's organisation knows the subject, as it told us itself."""

    scheme: Text = Field(title="Kind of number")
    value: Text = Field(title="Number")


class Recipient(Part):
    """What the recipient's organisation calls the subject."""

    numbers: tuple[Number, ...] = Field((), title="Their own numbers of the person")
    pseudonym: Text | None = Field(None, title="Name of the person that they alone are given")


class Own(Part):
    """What stands beside the answers of every kind."""

    recipient: Recipient = Field(title="Recipient")
