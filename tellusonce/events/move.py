"""A move: a change of address for oneself and one's children; another adult is invited, and tells for themselves."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from tellusonce.events import dates, parts, people
from tellusonce.events.dates import Day, PartialDate
from tellusonce.events.definitions import Fault, Kind, Told
from tellusonce.events.identifiers import ChildNumbers, Identifiers
from tellusonce.events.move_pages import INTRODUCTION, PAGES
from tellusonce.events.outsiders import AFTER_A_MOVE
from tellusonce.events.parts import INVITED, PERSON, SENSITIVE, Count, Part, Text, YesNo
from tellusonce.events.people import ContactRoute, Email, Invited, LetterLanguage, Name, OtherName, Phone
from tellusonce.events.places import Address

_GROWN_UP = 18


class Mover(Part):
    """The adult who moves and tells."""

    name: Name = Field(title="Name")
    other_names: tuple[OtherName, ...] = Field((), title="Other names", max_length=20)
    born_on: PartialDate | None = Field(None, title="Date of birth")
    identifiers: Identifiers | None = Field(None, title="Numbers and references")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")
    letter_language: LetterLanguage | None = Field(None, title="Language of letters")
    needs_large_print: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Needs large print")


class Child(Part):
    """A child of the mover who moves too."""

    name: Name = Field(title="Name")
    born_on: Day | None = Field(None, title="Date of birth")
    school: Text | None = Field(None, title="School or nursery until now")
    identifiers: ChildNumbers | None = Field(None, title="Numbers and references")
    has_special_needs: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Has special educational needs")


class Services(Part):
    """What the household uses; absent where nobody says."""

    council_tax: YesNo | None = Field(None, title="Council Tax")
    adults_moving: Count | None = Field(None, title="Number of people aged 18 or over who move")
    adults_remaining: Count | None = Field(None, title="Number of people aged 18 or over who stay at the old address")
    housing_benefit: YesNo | None = Field(None, title="Housing Benefit or Council Tax Reduction")
    council_housing: YesNo | None = Field(None, title="Rented from the council")
    electoral_register: YesNo | None = Field(None, title="Registered to vote")
    library: YesNo | None = Field(None, title="Library services")
    school_admissions: YesNo | None = Field(None, title="A place at another school")
    parking_permit: YesNo | None = Field(None, title="Parking permit")
    concessionary_travel: YesNo | None = Field(None, title="Free or discounted travel pass")
    blue_badge: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Blue Badge")
    adult_social_care: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Adult social care")
    assisted_waste: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Help with putting out the bins")
    gp_registration: YesNo | None = Field(None, title="Registered with a doctor")
    dwp_benefits: YesNo | None = Field(None, title="State Pension or DWP benefits")
    personal_tax: YesNo | None = Field(None, title="HMRC personal tax")
    child_benefit: YesNo | None = Field(None, title="Child Benefit")
    driving_licence: YesNo | None = Field(None, title="Driving licence")
    registered_keeper: YesNo | None = Field(None, title="Registered keeper of a vehicle")


class MoveReport(Part):
    """Everything that may be told about a move."""

    subject: Annotated[Mover, PERSON] = Field(title="Person who moves")
    children: tuple[Child, ...] = Field((), title="Children who move too", max_length=30)
    others: Annotated[tuple[Invited, ...], INVITED] = Field((), title="Other adults who move too", max_length=20)
    moved_on: Day = Field(title="Date of the move")
    old_address: Address = Field(title="Old address")
    new_address: Address = Field(title="New address")
    services: Services | None = Field(None, title="Services")


def goes_somewhere(told: Told) -> Iterator[Fault]:
    """A move has two different ends."""
    old, new = parts.dig(told.data, "old_address"), parts.dig(told.data, "new_address")
    if old and old == new:
        yield Fault("new_address", "New address must be different from the old address")


def are_born(told: Told) -> Iterator[Fault]:
    """Nobody moves before they are born, as far as it can be known today."""
    people_told = [("subject", parts.dig(told.data, "subject") or {}), *parts.items(told.data, "children")]
    for path, person in people_told:
        born = dates.span(parts.dig(person, "born_on"))
        if born and born[0] > told.today:
            yield Fault(f"{path}.born_on", "Date of birth must be today or in the past")


def brings_children_alone(told: Told) -> Iterator[Fault]:
    """Whoever is grown up on the day of the move speaks for themselves (Family Law Reform Act 1969, section 1)."""
    moved = dates.span(told.data.get("moved_on"))
    for path, child in parts.items(told.data, "children"):
        born = dates.span(child.get("born_on"))
        if moved and born and _age(born[0].isoformat(), moved[0].isoformat()) >= _GROWN_UP:
            yield Fault(
                f"{path}.born_on", "A child must be under 18 on the day of the move; invite an adult under other adults"
            )


def _age(born_on: str, on: str) -> int:
    return int(on[:4]) - int(born_on[:4]) - (on[5:] < born_on[5:])


def reaches_the_others(told: Told) -> Iterator[Fault]:
    """An invitation needs a way to go."""
    if told.is_complete:
        for path, invited in parts.items(told.data, "others"):
            yield from people.unreachable(path, invited)


KIND = Kind(
    name="move",
    title="Change of address",
    model=MoveReport,
    registered=("subject.name", "subject.born_on"),  # of a citizen who tells, as their identity was proved
    teller="subject",
    places=("old_address", "new_address"),
    rules=(goes_somewhere, are_born, brings_children_alone, reaches_the_others),
    outsiders=AFTER_A_MOVE,
    introduction=INTRODUCTION,
    pages=PAGES,
    called="the person who moves",
    invites="others",
    shared=("moved_on", "old_address", "new_address"),
)
