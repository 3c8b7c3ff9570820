"""The shape of the catalogue's files, entry by entry; the published JSON Schema is made from it."""

import datetime as dt
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

JSON = Any

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
LongSlug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
AreaCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", max_length=20)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Beginning = Annotated[str, Field(pattern=r"^[A-Z]{1,2}([0-9][0-9A-Z]?( [0-9]([A-Z]{1,2})?)?)?$")]
Nation = Literal["england", "wales", "scotland", "northern-ireland"]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS_OF_WEEK: list[Day] = list(get_args(Day))
Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

LawfulBasis = Literal[
    "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"
]
Article9Condition = Literal[
    "explicit_consent",
    "employment_and_social_security",
    "vital_interests",
    "not_for_profit_body",
    "made_public",
    "legal_claims",
    "substantial_public_interest",
    "health_or_social_care",
    "public_health",
    "archiving_and_research",
]


class Shape(BaseModel):
    """What all entries have in common: nothing unknown, nothing changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Area(Shape):
    """A council's district, county or borough."""

    code: AreaCode = Field(description="Its official code, or a short name")
    name: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="What people call it")
    parent: AreaCode | None = Field(None, description="The code of the area around it, such as the county")
    nation: Nation = "england"
    postcodes: list[Beginning] = Field(
        default=[], description="Beginnings of its postcodes: `ZX1` for a whole district, `ZX1 2` for one sector"
    )


class Organisation(Shape):
    """A body that signs agreements."""

    slug: Slug = Field(description="Its short name in lower case, with hyphens")
    name: Name = Field(description="Its full name")


class Assurance(Shape):
    """How a connection is protected, and until when that has been accredited."""

    by: Name = Field(description="The secure network, certificate or accreditation")
    until: dt.date = Field(description="The last day on which it counts")


class Limits(Shape):
    """How much a recipient can take."""

    in_flight: int = Field(8, ge=1, le=1000, description="Requests under way at the same time")
    rate_per_second: float | None = Field(None, gt=0, le=10_000, description="Requests in a second; left out: no limit")


class OpeningHours(Shape):
    """The hours, in UK time, during which a recipient takes what it is sent."""

    days: list[Day] = Field(default=DAYS_OF_WEEK, min_length=1, description="monday to sunday; left out: all")
    opens: Hour = Field(alias="from", description='Such as "08:00"')
    closes: Hour = Field(alias="until", description='Such as "18:00", later than `from`')

    @model_validator(mode="after")
    def _closes_later(self) -> "OpeningHours":
        if self.closes <= self.opens:
            raise PydanticCustomError("order", "`until` is not later than `from`")
        return self


class Route(Shape):
    """How a recipient is reached: `inbox` when it comes for what it is told, else the name of an adapter."""

    adapter: str = Field(min_length=1, max_length=60, description="`rest`, `soap`, a system's name, or `inbox`")
    address: str = Field("", max_length=500, description="Where it listens; `{name}` is filled by --set name=value")
    documents: list[str] = Field(
        default=[], description="WSDL and schema files, relative to this file; what they import is found by itself"
    )
    settings: dict[str, JSON] = Field(default={}, description="The adapter's own settings, such as the mapping")
    detects_duplicates: bool = Field(
        default=True, description="false: their system acts again on a message that it has had; then a person decides"
    )


class Recipient(Shape):
    """One service of an organisation that can be told."""

    slug: Slug = Field(description="Its short name in lower case, with hyphens")
    name: Name = Field(description="What an informant reads: `Northmoor District - Council Tax`")
    organisation: Slug = Field(description="The slug of the organisation that answers for it")
    serves: list[AreaCode] = Field(default=[], description="Codes of its areas; left out: nationwide")
    nation: Nation = Field("england", description="Whose working days count")
    owner: Name = Field(description="Who deals with it when it is silent")
    contact: str = Field("", max_length=200, description="How the owner is reached")
    confirm_within_days: int = Field(ge=1, le=365, description="Working days until it must have confirmed")
    assurance: Assurance
    limits: Limits = Field(default=Limits(in_flight=8, rate_per_second=None))
    opening_hours: OpeningHours | None = Field(None, description="Left out: always open")
    route: Route


class InForce(Shape):
    """From which day until which an agreement holds, both included."""

    since: dt.date = Field(alias="from", description="The first day")
    until: dt.date | None = Field(None, description="The last day; left out: until further notice")

    @model_validator(mode="after")
    def _ends_later(self) -> "InForce":
        if self.until and self.until < self.since:
            raise PydanticCustomError("order", "`until` is before `from`")
        return self


class Agreement(Shape):
    """Which fields of a kind of life event an organisation, or one recipient of it, may have, and why."""

    slug: LongSlug = Field(description="Its short name in lower case, with hyphens")
    organisation: Slug = Field(description="The slug of the organisation that signed it")
    recipient: Slug | None = Field(None, description="Left out: all recipients of the organisation")
    kind: str = Field(description="The kind of life event, such as `death`")
    fields: list[str] = Field(min_length=1, description="Field paths, or their beginnings for all that lies below")
    lawful_basis: LawfulBasis = Field(description="UK GDPR, article 6(1)")
    article_9_condition: Article9Condition | None = Field(
        None, description="UK GDPR, article 9(2); needed for sensitive fields"
    )
    tells_from_registration: bool = Field(default=False, description="Told even when nobody completes the report")
    is_required: bool = Field(default=False, description="The informant cannot leave it out")
    in_force: InForce
    document_reference: Name = Field(description="Where the signed agreement is filed")


SHAPES: dict[str, type[Shape]] = {
    "areas": Area,
    "organisations": Organisation,
    "recipients": Recipient,
    "agreements": Agreement,
}


class Catalogue(Shape):
    """One file of the catalogue; each may hold any of the sections, and references may cross files."""

    areas: list[Area] = []
    organisations: list[Organisation] = []
    recipients: list[Recipient] = []
    agreements: list[Agreement] = []


def json_schema() -> dict[str, JSON]:
    """Describe one file of the catalogue as JSON Schema 2020-12, for editors and for reviewers."""
    schema = Catalogue.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Catalogue of organisations, recipients and agreements"
    schema["patternProperties"] = {"^x-": {"description": "A place for anchors; otherwise ignored"}}
    return schema
