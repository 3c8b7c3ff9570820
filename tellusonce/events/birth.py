"""A birth, as the register has it, and what the family adds: where the child lives, and who is to know.

Sources: Births and Deaths Registration Act 1953, section 2, and the Registration of Births and Deaths Regulations 1987,
schedule 2 form 1, for what an entry says; NHS Data Dictionary, for the NHS number that is given at birth.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from tellusonce.events import dates, parts
from tellusonce.events.birth_pages import INTRODUCTION, PAGES
from tellusonce.events.dates import Day, PartialDate
from tellusonce.events.definitions import Fault, Kind, Told
from tellusonce.events.identifiers import ChildNumbers, Nino
from tellusonce.events.parts import PERSON, SENSITIVE, Count, Part, Text, YesNo
from tellusonce.events.people import ContactRoute, Email, LetterLanguage, Name, OtherName, Phone, Sex
from tellusonce.events.places import Address

_PARENTS = {"mother": "the mother", "second_parent": "the father or second parent"}


class Child(Part):
    """The child that was born."""

    name: Name = Field(title="Name")
    sex: Sex | None = Field(None, title="Sex")
    born_on: Day = Field(title="Date of birth")
    place_of_birth: Text | None = Field(None, title="Place of birth")
    is_one_of_several: YesNo | None = Field(None, title="Twin, triplet or more")
    address: Address = Field(title="Address")
    identifiers: ChildNumbers | None = Field(None, title="Numbers and references")
    has_disability: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Has a disability or a long illness")


class Mother(Part):
    """The mother, or the parent who gave birth."""

    name: Name = Field(title="Name")
    other_names: tuple[OtherName, ...] = Field((), title="Other names", max_length=20)
    born_on: PartialDate | None = Field(None, title="Date of birth")
    place_of_birth: Text | None = Field(None, title="Place of birth")
    occupation: Text | None = Field(None, title="Occupation")
    nino: Nino | None = Field(None, title="National Insurance number")
    address: Address | None = Field(None, title="Address")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")


class SecondParent(Part):
    """The father, or the second parent, where the register has one."""

    relationship: Literal["father", "parent"] | None = Field(None, title="Father or second parent")
    name: Name = Field(title="Name")
    born_on: PartialDate | None = Field(None, title="Date of birth")
    place_of_birth: Text | None = Field(None, title="Place of birth")
    occupation: Text | None = Field(None, title="Occupation")
    nino: Nino | None = Field(None, title="National Insurance number")
    address: Address | None = Field(None, title="Address")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")


class Registration(Part):
    """The entry in the register of births."""

    number: Text | None = Field(None, title="Registration number")
    registered_on: Day | None = Field(None, title="Date of registration")
    office: Text | None = Field(None, title="Register office")


class Informant(Part):
    """Whoever tells: mostly a parent."""

    name: Name = Field(title="Name")
    relationship: Text = Field(title="Relationship")
    organisation: Text | None = Field(None, title="Organisation")
    address: Address | None = Field(None, title="Address")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")
    letter_language: LetterLanguage | None = Field(None, title="Language of letters")
    needs_large_print: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Needs large print")


class Services(Part):
    """What the family has, or may use from now on; absent where nobody says. It is not the Instruction."""

    child_benefit: YesNo | None = Field(None, title="Child Benefit")
    first_child: YesNo | None = Field(None, title="First child in the family")
    universal_credit: YesNo | None = Field(None, title="Universal Credit or other DWP benefits")
    tax_free_childcare: YesNo | None = Field(None, title="Help with the cost of childcare")
    healthy_start: YesNo | None = Field(None, title="Healthy Start")
    gp_registration: YesNo | None = Field(None, title="Registering with a doctor")
    council_tax: YesNo | None = Field(None, title="Council Tax")
    people_in_household: Count | None = Field(None, title="Number of people who live at the address")
    housing_benefit: YesNo | None = Field(None, title="Housing Benefit or Council Tax Reduction")
    council_housing: YesNo | None = Field(None, title="Rented from the council")
    library: YesNo | None = Field(None, title="Library card for the child")
    childrens_centre: YesNo | None = Field(None, title="Family hub or children's centre")
    early_education: YesNo | None = Field(None, title="Free hours of early education")
    school_admissions: YesNo | None = Field(None, title="News when it is time to apply for a school")
    childrens_social_care: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Children's social care")


class BirthReport(Part):
    """Everything that may be told about a birth."""

    subject: Annotated[Child, PERSON] = Field(title="Child")
    mother: Annotated[Mother, PERSON] = Field(title="Mother")
    second_parent: Annotated[SecondParent | None, PERSON] = Field(None, title="Father or second parent")
    registration: Registration | None = Field(None, title="Registration")
    informant: Annotated[Informant, PERSON] = Field(title="Informant")
    services: Services | None = Field(None, title="Services")


def lies_in_the_past(told: Told) -> Iterator[Fault]:
    """Nobody is reported born, and no birth registered, before the day has come."""
    paths = {"subject.born_on": "Date of birth", "registration.registered_on": "Date of registration"}
    for path, words in paths.items():
        if _is_to_come(path, told):
            yield Fault.of(path, "{Field} must be today or in the past", field=words)
    for part, whose in _PARENTS.items():
        if _is_to_come(f"{part}.born_on", told):
            yield Fault.of(f"{part}.born_on", "Date of birth of {whose} must be today or in the past", whose=whose)


def _is_to_come(path: str, told: Told) -> bool:
    meant = dates.span(parts.dig(told.data, path))
    return meant is not None and meant[0] > told.today


def follows_birth(told: Told) -> Iterator[Fault]:
    """A birth is registered when it has happened."""
    born = dates.span(parts.dig(told.data, "subject.born_on"))
    registered = dates.span(parts.dig(told.data, "registration.registered_on"))
    if born and registered and registered[1] < born[0]:
        yield Fault("registration.registered_on", "Date of registration must be on or after the date of birth")


def follows_parents(told: Told) -> Iterator[Fault]:
    """A child is younger than its parents, as far as the dates are known."""
    born = dates.span(parts.dig(told.data, "subject.born_on"))
    for part, whose in _PARENTS.items():
        theirs = dates.span(parts.dig(told.data, f"{part}.born_on"))
        if born and theirs and theirs[0] >= born[0]:
            yield Fault.of(f"{part}.born_on", "Date of birth of {whose} must be before that of the child", whose=whose)


KIND = Kind(
    name="birth",
    title="Birth",
    model=BirthReport,
    evidence=("register-entry",),
    registered=(
        "subject.name",
        "subject.sex",
        "subject.born_on",
        "subject.place_of_birth",
        "mother.name",
        "second_parent.name",
        "registration",
    ),
    places=("subject.address", "mother.address", "second_parent.address"),
    rules=(lies_in_the_past, follows_birth, follows_parents),
    happens_once=True,
    letter="subject.born_on",
    introduction=INTRODUCTION,
    pages=PAGES,
    called="the child",
)
