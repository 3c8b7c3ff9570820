"""What goes in and what comes out, as pydantic models; OpenAPI is made from them."""

import datetime as dt
import re
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from tellusonce.events.people import Email, Phone

JSON = Any
WRITTEN = re.compile(r"\d{4}-\d\d-\d\d")


def _written(value: object) -> object:
    """Let no number pass for a date: pydantic would count it in seconds."""
    if isinstance(value, str) and WRITTEN.match(value):
        return value
    raise PydanticCustomError("datetime_or_date", "not a date")


Day = Annotated[dt.date, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]


class In(BaseModel):
    """Something sent to us: a name that is not known is a mistake, and said to be one."""

    model_config = ConfigDict(extra="forbid")


class EvidenceIn(In):
    """A piece of evidence: its type, and what it says in the fields of the kind."""

    type: Annotated[str, StringConstraints(max_length=40)] = Field(description="As the kind names it: register-entry")
    entry: dict[str, JSON] = Field(description="The same fields as the answers")


class HandOverIn(In):
    """Where the informant is to be sent the reference: one notice for each that is given."""

    email: Email | None = None
    phone: Phone | None = Field(None, description="A number that takes texts")
    language: Literal["en", "cy"] = "en"


class ConsentIn(In):
    """What the informant answered when asked for consent towards one recipient."""

    recipient: Slug
    given: StrictBool = Field(description="true for yes, false for no")
    wording: Annotated[str, StringConstraints(max_length=60)] = Field(description="As in the preview: tell-recipient/1")
    language: Literal["en", "cy"] = Field("en", description="In which it was asked")


class SubmissionIn(In):
    """The informant's instruction, and their consents."""

    recipients: Annotated[list[Slug], Field(max_length=1000)] | None = Field(
        None, description="Slugs from the preview; null for all that apply"
    )
    consents: Annotated[list[ConsentIn], Field(max_length=1000)] = Field(
        default_factory=list, description="One for each recipient that the preview has a question for"
    )


class StartIn(In):
    """A report to be started."""

    kind: Annotated[str, StringConstraints(max_length=40)] = Field(description="One of /api/v1/kinds")
    answers: dict[str, JSON] = Field(default_factory=dict, description="The fields of the kind; any may be missing yet")
    evidence: EvidenceIn | None = Field(None, description="Needs the scope evidence:record as well")
    hand_over: HandOverIn | None = Field(None, description="Send the reference to the informant")
    submission: SubmissionIn | None = Field(
        None, description="Submit at once, where all has been answered; needs the scope reports:answer as well"
    )


class ConsentsIn(In):
    """What the informant answers apart from the submission."""

    consents: Annotated[list[ConsentIn], Field(min_length=1, max_length=1000)]


class WithdrawalIn(In):
    """Whom the informant no longer allows to be told."""

    recipient: Slug


class ReceiptIn(In):
    """A receipt as it was issued."""

    receipt: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class ReportOut(BaseModel):
    """A report's skeleton."""

    id: UUID
    reference: str
    kind: str
    state: Literal["started", "submitted", "expired"]
    started_at: dt.datetime
    expires_at: dt.datetime
    submitted_at: dt.datetime | None
    joins_earlier: bool = Field(description="This had been reported before: everybody is told under the first report")


class ReportedBeforeOut(BaseModel):
    """That this was reported before, and by whom; nothing of what was told."""

    organisation: str
    submitted_at: dt.datetime


class StartedOut(ReportOut):
    """A report that was started; only registrars are told of an earlier one."""

    reported_before: ReportedBeforeOut | None = None


class ReportsOut(BaseModel):
    """A page of reports, newest first."""

    items: list[ReportOut]
    next: str | None


class OrganisationOut(BaseModel):
    """A body that signs agreements."""

    slug: str
    name: str


class DoneOut(BaseModel):
    """Something a recipient did: a coded action, the day it took effect, and when that was said to have happened."""

    code: str
    on: dt.date | None
    said_at: dt.datetime


class StandingOut(BaseModel):
    """How far one recipient has got. `sent` is not done: done is `closed`, by an outcome."""

    delivery: UUID
    recipient: str
    name: str
    organisation: OrganisationOut
    purpose: str
    sequence: int
    state: Literal["pending", "available", "sent", "closed", "withheld", "failed"]
    reason: str
    reason_in_words: str
    may_have_been_told: bool
    outcome: str
    told_at: dt.datetime | None
    confirm_by: dt.date | None
    is_overdue: bool
    closed_at: dt.datetime | None
    actions: list[DoneOut]


class InvitedOut(BaseModel):
    """What became of inviting another adult to tell for themselves: not who it is, nor anything that they tell."""

    state: Literal["invited", "accepted", "declined", "lapsed", "unsent"]
    expires_at: dt.datetime


class StatusOut(ReportOut):
    """A report and how far each of its recipients has got."""

    recipients: list[StandingOut]
    invited: list[InvitedOut] = Field(
        description="The other adults whom the answers name, in that order; none without the scope `reports:answer`"
    )


class OwedOut(BaseModel):
    """Who will be told, and who not and why."""

    delivery: UUID
    recipient: str
    state: str
    reason: str
    reason_in_words: str


class ConsentOut(BaseModel):
    """One act of the informant's: given, refused or withdrawn; its receipt is a signed record, a JWS, for them."""

    recipient: str
    act: Literal["given", "refused", "withdrawn"]
    at: dt.datetime
    receipt: str


class ConsentsOut(BaseModel):
    """All that the informant gave, refused and withdrew, oldest first."""

    items: list[ConsentOut]


class SubmittedOut(ReportOut):
    """A report that has just been submitted."""

    recipients: list[OwedOut]
    consents: list[ConsentOut]


class WithdrawnOut(BaseModel):
    """A consent that has just been withdrawn, and the deliveries that changed by it or came of it."""

    consent: ConsentOut
    deliveries: list[OwedOut]


class VerifiedOut(BaseModel):
    """Whether a receipt is as it was issued here: its record, or exactly what is wrong with it."""

    is_valid: bool
    fault: str
    record: dict[str, JSON] | None


class FieldOut(BaseModel):
    """One field that a recipient would get, and whether there is a value for it."""

    path: str
    title: str
    is_sensitive: bool
    has_value: bool


class AgreementOut(BaseModel):
    """The agreement by which a recipient may have it."""

    slug: str
    document_reference: str
    lawful_basis: str
    article_9_condition: str


class QuestionOut(BaseModel):
    """The words in which the informant is to be asked for consent."""

    wording: str
    language: str
    question: str
    notice: list[str]
    withdrawal: str
    rights: list[str]


class OfferOut(BaseModel):
    """What one recipient gets and by what right, or would get with a consent, or why it would get nothing."""

    recipient: str
    name: str
    organisation: OrganisationOut
    is_told: bool
    reason: str
    reason_in_words: str
    agreement: AgreementOut | None
    fields: list[FieldOut]
    consent: QuestionOut | None = Field(description="Only where the agreement rests on the informant's consent")


class PreviewOut(BaseModel):
    """What each recipient that may apply would get."""

    id: UUID
    reference: str
    kind: str
    recipients: list[OfferOut]


class KindOut(BaseModel):
    """A kind of life event, and what a report of it rests on."""

    name: str
    title: str
    evidence: list[str]
    registered: list[str]
    schema_url: str


class KindsOut(BaseModel):
    """The kinds that there are."""

    items: list[KindOut]
