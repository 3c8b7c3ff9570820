"""What passes between the service and its recipients: what they are told, and what they say they did."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from adapters.contract import ACTION_CODES, OUTCOMES
from tellusonce.api.shapes import Day, In, Moment

JSON = Any


class ActionIn(In):
    """One thing that was done, and the day it took effect."""

    code: Literal[ACTION_CODES]  # type: ignore[valid-type]  # the contract lists them once
    on: Day | None = None


class OwnNumberIn(In):
    """A number by which you know the person."""

    scheme: Annotated[str, StringConstraints(min_length=1, max_length=50)] = Field(
        description="What kind of number it is: council-tax-account, library-card, own-reference, ..."
    )
    value: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ConfirmationIn(In):
    """What a recipient says it did."""

    outcome: Literal[OUTCOMES]  # type: ignore[valid-type]  # the contract lists them once
    actions: Annotated[list[ActionIn], Field(max_length=50)] = Field(default_factory=list)
    occurred_at: Moment | None = Field(None, description="When it happened there; now, if left out")
    their_reference: Annotated[str, StringConstraints(max_length=100)] = ""
    note: Annotated[str, StringConstraints(max_length=2000)] = ""
    numbers: Annotated[list[OwnNumberIn], Field(max_length=10)] = Field(
        default_factory=list,
        description="Your own numbers of the person; the next message about them brings them, if your agreement has "
        "recipient.numbers",
    )


class ToldIn(ConfirmationIn):
    """What a recipient says it did, and about which delivery."""

    delivery: UUID


class HookIn(In):
    """A webhook of a recipient's."""

    type: Literal["delivery.confirmed"]
    timestamp: Moment | None = Field(None, description="When you made it")
    data: ToldIn


class ItemOut(BaseModel):
    """One delivery that its recipient has fetched: its `id` stays the same however often it is fetched."""

    id: UUID
    kind: str
    purpose: str
    reference: str
    sequence: int
    reported_at: dt.datetime
    recipient: str
    fields: dict[str, JSON]


class InboxOut(BaseModel):
    """A page of what is to be fetched, oldest first."""

    items: list[ItemOut]
    next: str | None


class SaidOut(BaseModel):
    """What the recipient has said so far."""

    outcome: str
    actions: list[dict[str, JSON]]
    occurred_at: dt.datetime


class DeliveryOut(BaseModel):
    """A delivery as its recipient sees it."""

    id: UUID
    kind: str
    purpose: str
    reference: str
    sequence: int
    recipient: str
    state: str
    outcome: str
    told_at: dt.datetime | None
    confirm_by: dt.date | None
    is_overdue: bool
    closed_at: dt.datetime | None
    confirmations: list[SaidOut]


class RecordedOut(BaseModel):
    """That a confirmation has been kept, and where the delivery stands now."""

    delivery: UUID
    is_new: bool
    state: str
    outcome: str


class LineOut(BaseModel):
    """A line of a file that could not be used, and what would be right."""

    line: int
    why: str


class FatesOut(BaseModel):
    """What became of a file of answers."""

    taken: int
    known: int
    refused: list[LineOut]
