"""A move: a change of address for oneself and one's children; another adult is asked separately."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from tellusonce.events import parts
from tellusonce.events.dates import Day, PartialDate
from tellusonce.events.definitions import Fault, Kind, Told
from tellusonce.events.identifiers import Identifiers
from tellusonce.events.parts import PERSON, SENSITIVE, Count, Part, YesNo
from tellusonce.events.people import ContactRoute, Email, Name, OtherName, Phone
from tellusonce.events.places import Address


class Mover(Part):
    """The adult who moves and tells."""

    name: Name = Field(title="Name")
    other_names: tuple[OtherName, ...] = Field((), title="Other names", max_length=20)
    born_on: PartialDate | None = Field(None, title="Date of birth")
    identifiers: Identifiers | None = Field(None, title="Numbers and references")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")


class Child(Part):
    """A child of the mover who moves too."""

    name: Name = Field(title="Name")
    born_on: Day | None = Field(None, title="Date of birth")


class Services(Part):
    """What the household uses; absent where nobody says."""

    council_tax: YesNo | None = Field(None, title="Council Tax")
    adults_moving: Count | None = Field(None, title="Number of people aged 18 or over who move")
    adults_remaining: Count | None = Field(None, title="Number of people aged 18 or over who stay at the old address")
    housing_benefit: YesNo | None = Field(None, title="Housing Benefit or Council Tax Reduction")
    electoral_register: YesNo | None = Field(None, title="Registered to vote")
    library: YesNo | None = Field(None, title="Library services")
    concessionary_travel: YesNo | None = Field(None, title="Free or discounted travel pass")
    blue_badge: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Blue Badge")
    adult_social_care: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Adult social care")
    assisted_waste: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Help with putting out the bins")


class MoveReport(Part):
    """Everything that may be told about a move."""

    subject: Annotated[Mover, PERSON] = Field(title="Person who moves")
    children: tuple[Child, ...] = Field((), title="Children who move too", max_length=30)
    moved_on: Day = Field(title="Date of the move")
    old_address: Address = Field(title="Old address")
    new_address: Address = Field(title="New address")
    services: Services | None = Field(None, title="Services")


def goes_somewhere(told: Told) -> Iterator[Fault]:
    """A move has two different ends."""
    old, new = parts.dig(told.data, "old_address"), parts.dig(told.data, "new_address")
    if old and old == new:
        yield Fault("new_address", "New address must be different from the old address")


KIND = Kind(
    name="move",
    title="Change of address",
    model=MoveReport,
    registered=("subject.name", "subject.born_on"),  # of a citizen who tells, as their identity was proved
    teller="subject",
    places=("old_address", "new_address"),
    rules=(goes_somewhere,),
)
