"""The poll for security events: RFC 8936, Poll-Based SET Delivery Using HTTP, read November 2026."""

import threading
import time
from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints

from identity.ledger import Actor
from tellusonce import polls, rules
from tellusonce.api import doors
from tellusonce.models import Recipient
from tellusonce.polls import Tokens

router = Router(tags=["security events"])

A_POLL = 50
LOOK_EVERY = 0.5  # seconds
WAIT_FOR = 5.0
# Whoever waits holds a thread of the process, and pages need threads too: who comes when these are taken is answered
# at once.
WAITING = threading.BoundedSemaphore(2)

Jti = Annotated[str, StringConstraints(max_length=200)]


class ErrorIn(BaseModel):
    """Why one token could not be taken: `err` of RFC 8935, section 2.4. What `description` says is not kept."""

    err: Annotated[str, StringConstraints(max_length=200)]


class PollIn(BaseModel):
    """A poll, section 2.2; members that are not known are left alone."""

    model_config = ConfigDict(extra="ignore")

    maxEvents: StrictInt = Field(A_POLL, ge=0, description="None at all with 0, which only acknowledges")  # noqa: N815 - the RFC's name
    returnImmediately: StrictBool = Field(  # noqa: N815 - the RFC's name
        default=False, description="Otherwise an empty answer takes up to 5 seconds"
    )
    ack: Annotated[list[Jti], Field(max_length=1000)] = Field(
        default_factory=list, description="The `jti` of those that are safe with you"
    )
    setErrs: Annotated[dict[Jti, ErrorIn], Field(max_length=1000)] = Field(  # noqa: N815 - the RFC's name
        default_factory=dict, description="By `jti`, what is wrong with those that you cannot take"
    )


class PollOut(BaseModel):
    """The answer to a poll, section 2.3."""

    sets: dict[str, str] = Field(description="Signed tokens by their `jti`")
    moreAvailable: bool  # noqa: N815 - the RFC's name


@router.post(
    "/security-events/{recipient}",
    response=PollOut,
    summary="Poll for security events",
    **doors.read(rules.POLL_EVENTS),
)
def poll(request: HttpRequest, recipient: str, body: PollIn) -> PollOut:
    """Acknowledge what you have, and fetch what waits (RFC 8936); each token comes again until it is acknowledged.

    Safe to repeat. It needs no Idempotency-Key: what has been acknowledged is known by its `jti`.
    """
    actor = doors.actor(request)
    theirs = polls.find(actor, recipient)
    polls.acknowledge(actor, theirs, body.ack)
    polls.refuse(actor, theirs, {jti: error.err for jti, error in body.setErrs.items()})
    found = _fetched(actor, theirs, most=min(body.maxEvents, A_POLL), waits=not body.returnImmediately)
    return PollOut(sets=dict(found.sets), moreAvailable=found.are_more)


def _fetched(actor: Actor, recipient: Recipient, *, most: int, waits: bool) -> Tokens:
    found = polls.fetch(actor, recipient, most=most)
    if found.sets or not waits or most == 0 or not WAITING.acquire(blocking=False):
        return found
    try:
        return _waited(actor, recipient, most=most)
    finally:
        WAITING.release()


def _waited(actor: Actor, recipient: Recipient, *, most: int) -> Tokens:
    """Look again every now and then for a while (RFC 6202, section 2); no transaction is open in between."""
    until = time.monotonic() + WAIT_FOR
    while True:
        time.sleep(LOOK_EVERY)
        found = polls.fetch(actor, recipient, most=most)
        if found.sets or time.monotonic() >= until:
            return found
