"""A death: the register's part, which nobody may change here, and what the family adds to it.

Sources: DWP, dwp/tell-us-once, variable-list.txt at 5fca3f1 (July 2026), accounted for line by line in
docs/fields.md; the General Register Office's death extract.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from tellusonce.events import dates, parts
from tellusonce.events.dates import Day, PartialDate
from tellusonce.events.death_pages import INTRODUCTION, PAGES
from tellusonce.events.definitions import Fault, Kind, Told
from tellusonce.events.identifiers import Identifiers, Nino, Pension
from tellusonce.events.outsiders import AFTER_A_DEATH
from tellusonce.events.parts import PERSON, SENSITIVE, Count, LongText, Part, Text, YesNo
from tellusonce.events.people import ContactRoute, Email, LetterLanguage, MaritalStatus, Name, OtherName, Phone, Sex
from tellusonce.events.places import Address, Place, UsedAddress


class Deceased(Part):
    """The person who died."""

    name: Name = Field(title="Name")
    other_names: tuple[OtherName, ...] = Field((), title="Other names", max_length=20)
    sex: Sex | None = Field(None, title="Sex")
    born_on: PartialDate | None = Field(None, title="Date of birth")
    born_on_text: LongText | None = Field(None, title="Date of birth in words")
    place_of_birth: Text | None = Field(None, title="Place of birth")
    marital_status: MaritalStatus | None = Field(None, title="Marital status")
    addresses: tuple[UsedAddress, ...] = Field((), title="Addresses", max_length=20)
    care_home: Annotated[Place | None, SENSITIVE] = Field(None, title="Care home")
    identifiers: Identifiers | None = Field(None, title="Numbers and references")


class Death(Part):
    """When and where the person died."""

    died_on: PartialDate | None = Field(None, title="Date of death")
    died_on_text: LongText | None = Field(None, title="Date of death in words")
    place: Place | None = Field(None, title="Place of death")
    was_in_hospital: Annotated[YesNo | None, SENSITIVE] = Field(None, title="In hospital before they died")


class Registration(Part):
    """The entry in the register of deaths."""

    number: Text | None = Field(None, title="Registration number")
    registered_on: Day | None = Field(None, title="Date of registration")
    office: Text | None = Field(None, title="Register office")


class Informant(Part):
    """Whoever tells."""

    name: Name = Field(title="Name")
    relationship: Text = Field(title="Relationship")
    organisation: Text | None = Field(None, title="Organisation")
    address: Address | None = Field(None, title="Address")
    lived_together: YesNo | None = Field(None, title="Lived with the person who died")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")
    letter_language: LetterLanguage | None = Field(None, title="Language of letters")
    needs_large_print: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Needs large print")
    is_next_of_kin: YesNo | None = Field(None, title="Is the next of kin")
    deals_with_estate: YesNo | None = Field(None, title="Deals with the estate")


class NextOfKin(Part):
    """The closest relative, where that is not the informant."""

    name: Name = Field(title="Name")
    relationship: Text | None = Field(None, title="Relationship")
    address: Address | None = Field(None, title="Address")
    lived_together: YesNo | None = Field(None, title="Lived with the person who died")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")
    deals_with_estate: YesNo | None = Field(None, title="Deals with the estate")


class Spouse(Part):
    """The surviving husband, wife or civil partner; `has_agreed` is what the informant says, not a Consent."""

    name: Name = Field(title="Name")
    relationship: Text | None = Field(None, title="Relationship")
    has_agreed: YesNo | None = Field(None, title="Has agreed that their details are shared")
    born_on: PartialDate | None = Field(None, title="Date of birth")
    nino: Nino | None = Field(None, title="National Insurance number")
    address: Address | None = Field(None, title="Address")
    lived_together: YesNo | None = Field(None, title="Lived with the person who died")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    deals_with_estate: YesNo | None = Field(None, title="Deals with the estate")


class Estate(Part):
    """Whoever deals with the estate: a person, or a firm with or without a person's name."""

    name: Name | None = Field(None, title="Name")
    organisation: Text | None = Field(None, title="Firm")
    is_firm: YesNo | None = Field(None, title="A firm deals with the estate")
    reference: Text | None = Field(None, title="Firm's reference")
    address: Address | None = Field(None, title="Address")
    lived_together: YesNo | None = Field(None, title="Lived with the person who died")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")
    contact_by: ContactRoute | None = Field(None, title="Preferred way of contact")


class Services(Part):
    """What the person had or used; absent where nobody knows. It is not the Instruction, which names recipients."""

    council_tax: YesNo | None = Field(None, title="Council Tax")
    adults_remaining: Count | None = Field(None, title="Number of adults who still live there")
    housing_benefit: YesNo | None = Field(None, title="Housing Benefit or Council Tax Reduction")
    council_housing: YesNo | None = Field(None, title="Rented from the council")
    electoral_register: YesNo | None = Field(None, title="Registered to vote")
    library: YesNo | None = Field(None, title="Library services")
    concessionary_travel: YesNo | None = Field(None, title="Free or discounted travel pass")
    sundry_debts: YesNo | None = Field(None, title="Other sums owed to the council")
    blue_badge: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Blue Badge")
    adult_social_care: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Adult social care")
    assisted_waste: Annotated[YesNo | None, SENSITIVE] = Field(None, title="Help with putting out the bins")
    dwp_benefits: YesNo | None = Field(None, title="State Pension or DWP benefits")
    personal_tax: YesNo | None = Field(None, title="HMRC personal tax")
    tax_credits: YesNo | None = Field(None, title="HMRC benefits and credits")
    passport: YesNo | None = Field(None, title="UK passport")
    driving_licence: YesNo | None = Field(None, title="Driving licence")
    registered_keeper: YesNo | None = Field(None, title="Registered keeper of a vehicle")
    armed_forces_pension: YesNo | None = Field(None, title="Armed Forces Pension Scheme")
    armed_forces_compensation: Annotated[YesNo | None, SENSITIVE] = Field(
        None, title="Armed Forces Compensation Scheme"
    )
    war_pension: Annotated[YesNo | None, SENSITIVE] = Field(None, title="War Pensions Scheme")


class DeathReport(Part):
    """Everything that may be told about a death."""

    subject: Annotated[Deceased, PERSON] = Field(title="Person who died")
    death: Death | None = Field(None, title="Death")
    registration: Registration | None = Field(None, title="Registration")
    informant: Annotated[Informant, PERSON] = Field(title="Informant")
    next_of_kin: Annotated[NextOfKin | None, PERSON] = Field(None, title="Next of kin")
    spouse: Annotated[Spouse | None, PERSON] = Field(None, title="Surviving spouse or civil partner")
    estate: Annotated[Estate | None, PERSON] = Field(None, title="Person or firm dealing with the estate")
    pensions: tuple[Pension, ...] = Field((), title="Pensions", max_length=50)
    services: Services | None = Field(None, title="Services")


def has_a_date(told: Told) -> Iterator[Fault]:
    """A date of death is needed, whole, in part or in words."""
    if told.is_complete and not (parts.dig(told.data, "death.died_on") or parts.dig(told.data, "death.died_on_text")):
        yield Fault("death.died_on", "Enter the date of death")


def lies_in_the_past(told: Told) -> Iterator[Fault]:
    """Nobody is reported dead, born or registered before the day has come."""
    paths = {
        "death.died_on": "Date of death",
        "subject.born_on": "Date of birth",
        "registration.registered_on": "Date of registration",
    }
    for path, words in paths.items():
        meant = dates.span(parts.dig(told.data, path))
        if meant and meant[0] > told.today:
            yield Fault.of(path, "{Field} must be today or in the past", field=words)


def follows_birth(told: Told) -> Iterator[Fault]:
    """A death cannot be before the birth, as far as the dates are known."""
    born = dates.span(parts.dig(told.data, "subject.born_on"))
    died = dates.span(parts.dig(told.data, "death.died_on"))
    if born and died and died[1] < born[0]:
        yield Fault("death.died_on", "Date of death must be on or after the date of birth")


KIND = Kind(
    name="death",
    title="Death",
    model=DeathReport,
    evidence=("register-entry", "coroners-certificate"),
    registered=(
        "subject.name",
        "subject.sex",
        "subject.born_on",
        "subject.born_on_text",
        "death.died_on",
        "death.died_on_text",
        "registration",
    ),
    places=("subject.addresses", "subject.care_home.address"),
    rules=(has_a_date, lies_in_the_past, follows_birth),
    happens_once=True,
    letter="death.died_on",
    introduction=INTRODUCTION,
    pages=PAGES,
    outsiders=AFTER_A_DEATH,
    called="the person who died",
)
