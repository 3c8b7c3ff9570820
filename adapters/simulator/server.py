"""The simulator's doors: a desk for each recipient, and its books to read."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
from aiohttp import web

from adapters.simulator import accounts, behaviour, checks, confirming, troubles
from adapters.simulator.behaviour import Plan
from adapters.simulator.books import Books, Received
from adapters.simulator.config import Recipient, Simulator
from adapters.simulator.confirming import Confirmer
from adapters.simulator.lines import Line
from adapters.simulator.polling import Poller
from adapters.simulator.replies import Desk, Reply, Unreadable
from adapters.simulator.rest import RestDesk
from adapters.simulator.steps import Hostility, Refusal

UNAUTHORISED = Reply(401, b"Who are you?\n", headers={"WWW-Authenticate": "Bearer, Basic"})
LARGEST = 4 * 1024 * 1024


class Door:
    """Takes the requests of one recipient."""

    def __init__(self, recipient: Recipient, books: Books, confirmer: Confirmer) -> None:
        self._recipient = recipient
        self._books = books
        self._confirmer = confirmer
        self._desk = desk(recipient)
        self._under_way: Counter[str] = Counter()

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one request, as the recipient's behaviour says."""
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not checks.is_let_in(self._recipient.requires, headers, body):
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


async def _misbehave(request: web.Request, planned: Plan, media_type: str) -> web.StreamResponse:
    if isinstance(planned.trouble, Hostility):
        return await troubles.harm(request, planned.trouble, media_type)
    if planned.ending == "never_answers":
        return await troubles.hang(request)
    return troubles.cut(request) if planned.ending == "drop" else troubles.rubbish(media_type)


def desk(recipient: Recipient) -> Desk:
    """Set up the desk that fits; zeep costs memory, so it is loaded only for those who speak SOAP."""
    if recipient.soap is None:
        return RestDesk(recipient)
    from adapters.simulator.soap import SoapDesk  # noqa: PLC0415

    return SoapDesk(recipient, recipient.soap)


def send(reply: Reply) -> web.Response:
    """Put a reply on the wire."""
    return web.Response(status=reply.status, body=reply.body, content_type=reply.media_type, headers=reply.headers)


def application(simulator: Simulator, books: Books, confirmer: Confirmer) -> web.Application:
    """Route to every recipient that is called, and to the books. Raises ConfigError."""
    app = web.Application(client_max_size=LARGEST)
    for recipient in simulator.recipients:
        if recipient.style != "inbox":
            door = Door(recipient, books, confirmer)
            app.router.add_post(f"/{recipient.style}/{recipient.name}", door.take)
    names = [recipient.name for recipient in simulator.recipients]

    async def read_all(_request: web.Request) -> web.Response:
        return web.json_response(accounts.summarise(books, names))

    async def read_one(request: web.Request) -> web.Response:
        if request.match_info["name"] not in names:
            raise web.HTTPNotFound
        return web.json_response(accounts.detail(books, request.match_info["name"]))

    app.router.add_get("/books", read_all)
    app.router.add_get("/books/{name}", read_one)
    return app


@contextlib.asynccontextmanager
async def running(simulator: Simulator) -> AsyncIterator[int]:
    """Play all recipients; yields the port. Raises ConfigError, or OSError when the port is taken."""
    async with contextlib.AsyncExitStack() as stack:
        books = stack.enter_context(contextlib.closing(Books(simulator.books, keep_bodies=simulator.keep_bodies)))
        timeout = aiohttp.ClientTimeout(total=15, sock_connect=3)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        lines = _lines(simulator, session)
        confirmer = Confirmer(books, lines)
        stack.push_async_callback(confirmer.close)
        runner = web.AppRunner(application(simulator, books, confirmer), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, simulator.host, simulator.port).start()
        port: int = runner.addresses[0][1]
        confirmer.take_on(books.owed())
        pollers = [
            asyncio.create_task(Poller(recipient, books, lines[recipient.name], confirmer).run())
            for recipient in simulator.recipients
            if recipient.style == "inbox"
        ]
        stack.callback(lambda: [poller.cancel() for poller in pollers])
        if simulator.port_file is not None:
            announce(simulator.port_file, port)
        yield port


def _lines(simulator: Simulator, session: aiohttp.ClientSession) -> Mapping[str, Line]:
    """Open a line per organisation, and give it to each of its recipients."""
    if simulator.service is None:
        return {}
    by_client = {name: Line(session, simulator.service, client) for name, client in simulator.clients.items()}
    return {recipient.name: by_client[recipient.client] for recipient in simulator.recipients if recipient.client}


def announce(path: Path, port: int) -> None:
    """Write the port so that a reader finds it whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text(f"{port}\n", encoding="ascii")
    unfinished.replace(path)
