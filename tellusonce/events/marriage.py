"""A marriage, a civil partnership or a change of name: who somebody was until now, and who they are from now on.

It is told by one person about themselves. The other one of a couple is invited, and tells for themselves if they wish.
Sources: Marriage Act 1949 and the Registration of Marriages Regulations 2021; Civil Partnership Act 2004; Enrolment of
Deeds (Change of Name) Regulations 1994.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from tellusonce.events import dates, parts, people
from tellusonce.events.dates import Day, PartialDate
from tellusonce.events.definitions import Fault, Kind, Told
from tellusonce.events.identifiers import Identifiers, Pension
from tellusonce.events.marriage_pages import INTRODUCTION, PAGES
from tellusonce.events.parts import INVITED, PERSON, SENSITIVE, Count, Part, Text, YesNo
from tellusonce.events.people import ContactRoute, Email, Invited, LetterLanguage, Name, OtherName, Phone
from tellusonce.events.places import Address, Place

_COUPLES = ("marriage", "civil-partnership")


class Teller(Part):
    """The adult who tells, by the name under which bodies know them until now."""

    name: Name = Field(title="Name until now")
    other_names: tuple[OtherName, ...] = Field((), title="Other names", max_length=20)
    born_on: PartialDate | None = Field(None, title="Date of birth")
    address: Address = Field(title="Address")
    identifiers: Identifiers | None = Field(None, title="Numbers and references")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")
    letter_language: LetterLanguage | None = Field(None, title="Language of letters")
    needs_large_print: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Needs large print")


class Registration(Part):
    """The entry in the register of marriages or of civil partnerships."""

    number: Text | None = Field(None, title="Registration number")
    registered_on: Day | None = Field(None, title="Date of registration")
    office: Text | None = Field(None, title="Register office")


class Deed(Part):
    """The document by which a name was changed."""

    type: Literal["deed-poll", "enrolled-deed-poll", "statutory-declaration"] | None = Field(
        None, title="Kind of document"
    )
    reference: Text | None = Field(None, title="Reference of the document")
    witnessed_by: Text | None = Field(None, title="Solicitor or court")


class Services(Part):
    """What the person has or uses; absent where nobody says. It is not the Instruction, which names recipients."""

    electoral_register: YesNo | None = Field(None, title="Registered to vote")
    council_tax: YesNo | None = Field(None, title="Council Tax")
    adults_in_household: Count | None = Field(None, title="Number of people aged 18 or over who live at the address")
    housing_benefit: YesNo | None = Field(None, title="Housing Benefit or Council Tax Reduction")
    council_housing: YesNo | None = Field(None, title="Rented from the council")
    library: YesNo | None = Field(None, title="Library services")
    concessionary_travel: YesNo | None = Field(None, title="Free or discounted travel pass")
    blue_badge: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Blue Badge")
    adult_social_care: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Adult social care")
    gp_registration: YesNo | None = Field(None, title="Registered with a doctor")
    dwp_benefits: YesNo | None = Field(None, title="State Pension or DWP benefits")
    personal_tax: YesNo | None = Field(None, title="HMRC personal tax")
    marriage_allowance: YesNo | None = Field(None, title="Marriage Allowance")
    child_benefit: YesNo | None = Field(None, title="Child Benefit")
    passport: YesNo | None = Field(None, title="UK passport")
    driving_licence: YesNo | None = Field(None, title="Driving licence")
    registered_keeper: YesNo | None = Field(None, title="Registered keeper of a vehicle")


class MarriageReport(Part):
    """Everything that may be told about a marriage, a civil partnership or a change of name."""

    event: Literal["marriage", "civil-partnership", "change-of-name"] = Field(title="Kind of event")
    happened_on: Day = Field(title="Date of the event")
    place: Place | None = Field(None, title="Place of the ceremony")
    subject: Annotated[Teller, PERSON] = Field(title="Person who tells")
    new_name: Name | None = Field(None, title="New name")
    partner: Annotated[Invited | None, PERSON, INVITED] = Field(None, title="Husband, wife or civil partner")
    registration: Registration | None = Field(None, title="Registration")
    deed: Deed | None = Field(None, title="Deed poll")
    pensions: tuple[Pension, ...] = Field((), title="Pensions", max_length=50)
    services: Services | None = Field(None, title="Services")


def lies_in_the_past(told: Told) -> Iterator[Fault]:
    """Nobody is told of a wedding before it was held, or of a name before it counts."""
    paths = {
        "happened_on": "Date of the event",
        "subject.born_on": "Date of birth",
        "registration.registered_on": "Date of registration",
    }
    for path, words in paths.items():
        meant = dates.span(parts.dig(told.data, path))
        if meant and meant[0] > told.today:
            yield Fault.of(path, "{Field} must be today or in the past", field=words)


def follows_birth(told: Told) -> Iterator[Fault]:
    """Somebody is born first."""
    born, happened = (dates.span(parts.dig(told.data, path)) for path in ("subject.born_on", "happened_on"))
    if born and happened and happened[1] < born[0]:
        yield Fault("happened_on", "Date of the event must be on or after the date of birth")


def has_a_place(told: Told) -> Iterator[Fault]:
    """A couple was joined somewhere; a deed is signed anywhere."""
    if told.is_complete and told.data.get("event") in _COUPLES and not told.data.get("place"):
        yield Fault("place.name", "Enter the name of the place of the ceremony")


def changes_something(told: Told) -> Iterator[Fault]:
    """A change of name has a new name; somebody who marries may keep theirs, and then leaves it empty."""
    new = told.data.get("new_name")
    if told.is_complete and told.data.get("event") == "change-of-name" and not new:
        yield Fault("new_name.family", "Enter the family name of the new name")
    if new and new == parts.dig(told.data, "subject.name"):
        yield Fault(
            "new_name.family", "New name must be different from the name until now; leave it empty if the name stays"
        )


def rests_on_its_own_document(told: Told) -> Iterator[Fault]:
    """A couple is in a register; a name alone is changed by a deed."""
    event = told.data.get("event")
    if event in _COUPLES and told.data.get("deed"):
        yield Fault("deed", "A deed poll is for a change of name alone; take it out, or choose a change of name")
    if event == "change-of-name" and told.data.get("registration"):
        yield Fault("registration", "A change of name has no register entry; take it out, or choose another event")


def concerns_whom_it_concerns(told: Told) -> Iterator[Fault]:
    """Only a couple has another one to invite, and an invitation needs a way to go."""
    partner = told.data.get("partner")
    if not isinstance(partner, Mapping):
        return
    if told.data.get("event") == "change-of-name":
        yield Fault("partner", "A change of name is about one person; take the other one out")
    elif told.is_complete:
        yield from people.unreachable("partner", partner)


KIND = Kind(
    name="marriage",
    title="Marriage, civil partnership or change of name",
    model=MarriageReport,
    evidence=("register-entry", "marriage-certificate", "civil-partnership-certificate", "deed-poll"),
    registered=("event", "happened_on", "subject.name", "subject.born_on", "new_name", "registration", "deed"),
    places=("subject.address",),
    rules=(
        lies_in_the_past,
        follows_birth,
        has_a_place,
        changes_something,
        rests_on_its_own_document,
        concerns_whom_it_concerns,
    ),
    teller="subject",
    letter="happened_on",
    introduction=INTRODUCTION,
    pages=PAGES,
    called="the person who tells",
    invites="partner",
    shared=("event", "happened_on", "place"),
)
