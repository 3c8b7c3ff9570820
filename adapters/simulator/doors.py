"""The doors of recipients that are called: each takes requests as its recipient's behaviour says."""

import asyncio
from collections import Counter
from typing import Any

from aiohttp import web

from adapters.simulator import behaviour, checks, confirming, troubles
from adapters.simulator.behaviour import Plan
from adapters.simulator.books import Books, Received
from adapters.simulator.config import Recipient
from adapters.simulator.confirming import Confirmer
from adapters.simulator.event_desks import EventDesk
from adapters.simulator.issuing import Issuer
from adapters.simulator.replies import Desk, Reply, Unreadable
from adapters.simulator.rest import RestDesk
from adapters.simulator.steps import Hostility, Refusal
from adapters.simulator.tokens import Keys

UNAUTHORISED = Reply(401, b"Who are you?\n", headers={"WWW-Authenticate": "Bearer, Basic"})


class Door:
    """Takes the requests of one recipient."""

    def __init__(self, recipient: Recipient, *, desk: Desk, books: Books, confirmer: Confirmer) -> None:
        self._recipient = recipient
        self._books = books
        self._confirmer = confirmer
        self._desk = desk
        self.issuer = Issuer(recipient.requires)
        self._under_way: Counter[str] = Counter()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one request, as the recipient's behaviour says."""
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not (checks.is_let_in(self._recipient.requires, headers, body) and self.issuer.lets_in(headers)):
            return self._turn_away(None, body, UNAUTHORISED, ended="unauthorised")
        try:
            received = self._desk.read(headers, body)
        except Unreadable as problem:
            return self._turn_away(None, body, self._desk.complain(problem), ended="unreadable")
        earlier = self._books.tally(self._recipient.name, received.message_id).tries
        earlier += self._under_way[received.message_id]
        self._under_way[received.message_id] += 1
        try:
            return await self._follow(request, received, body, tries_before=earlier)
        finally:
            self._under_way -= Counter({received.message_id: 1})

    async def _follow(
        self, request: web.Request, received: Received, body: bytes, *, tries_before: int
    ) -> web.StreamResponse:
        planned = behaviour.plan(self._recipient.behaviour, tries_before=tries_before)
        await asyncio.sleep(planned.delay_s)
        if isinstance(planned.trouble, Refusal):
            return self._turn_away(received, body, self._desk.refuse(planned.trouble), ended=planned.ending)
        reply = self._apply(received, body, planned)
        return send(reply) if planned.trouble is None else await _misbehave(request, planned, reply.media_type)

    def _apply(self, received: Received, body: bytes, planned: Plan) -> Reply:
        """Book the request with its effect and what it brings, before anybody is told."""
        name = self._recipient.name
        is_known = self._books.tally(name, received.message_id).effects > 0
        word = "duplicate" if is_known and self._recipient.detects_duplicates else "taken"
        applied = planned.takes and word == "taken"
        reply = self._desk.reply(word, received, planned.answer)
        owes = confirming.owing(self._recipient, received.message_id, planned.confirms) if applied else []
        self._books.request(
            name,
            received,
            body,
            status=None if planned.trouble else reply.status,
            ended=planned.ending if planned.trouble else word,
            applied=applied,
            owes=owes,
        )
        self._confirmer.take_on(owes)
        return reply

    def _turn_away(self, received: Received | None, body: bytes, reply: Reply, *, ended: str) -> web.StreamResponse:
        self._books.request(self._recipient.name, received, body, status=reply.status, ended=ended)
        return send(reply)


class EventDoor(Door):
    """Looks up the key of a token before it is read."""

    def __init__(self, keys: Keys, recipient: Recipient, **rest: Any) -> None:
        super().__init__(recipient, **rest)
        self._keys = keys

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one token."""
        await self._keys.learn(await request.read())
        return await super().take(request)


async def _misbehave(request: web.Request, planned: Plan, media_type: str) -> web.StreamResponse:
    if isinstance(planned.trouble, Hostility):
        return await troubles.harm(request, planned.trouble, media_type)
    if planned.ending == "never_answers":
        return await troubles.hang(request)
    return troubles.cut(request) if planned.ending == "drop" else troubles.rubbish(media_type)


def door(recipient: Recipient, *, books: Books, confirmer: Confirmer, keys: Keys | None) -> Door:
    """Set up the door that fits; zeep costs memory, so it is loaded only for those who speak SOAP."""
    if recipient.events is not None and keys is not None:
        theirs = EventDesk(recipient.events, keys)
        return EventDoor(keys, recipient, desk=theirs, books=books, confirmer=confirmer)
    return Door(recipient, desk=desk(recipient), books=books, confirmer=confirmer)


def desk(recipient: Recipient) -> Desk:
    """Set up the desk of one that is called with anything but events."""
    if recipient.soap is None:
        return RestDesk(recipient)
    from adapters.simulator.soap import SoapDesk  # noqa: PLC0415

    return SoapDesk(recipient, recipient.soap)


def send(reply: Reply) -> web.Response:
    """Put a reply on the wire."""
    return web.Response(status=reply.status, body=reply.body, content_type=reply.media_type, headers=reply.headers)
