"""The simulator's doors: a desk for each recipient, and its books to read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
from aiohttp import web
from aiosmtpd.smtp import SMTP

from adapters.simulator import accounts, config, doors
from adapters.simulator.books import Books
from adapters.simulator.config import Recipient, Simulator
from adapters.simulator.confirming import Confirmer
from adapters.simulator.event_polling import EventPoller
from adapters.simulator.filing import FilePoller
from adapters.simulator.lines import Line
from adapters.simulator.links import Reader
from adapters.simulator.mailroom import Mailroom
from adapters.simulator.polling import Poller
from adapters.simulator.tokens import Keys

LARGEST = 4 * 1024 * 1024


def application(simulator: Simulator, books: Books, confirmer: Confirmer, keys: Keys | None) -> web.Application:
    """Route to every recipient that is called, and to the books. Raises ConfigError."""
    app = web.Application(client_max_size=LARGEST)
    for recipient in simulator.recipients:
        if recipient.style not in config.NOT_CALLED:
            door = doors.door(recipient, books=books, confirmer=confirmer, keys=keys)
            app.router.add_post(f"/{recipient.style}/{recipient.name}", door.take)
            if recipient.requires.oauth2:
                app.router.add_post(f"/oauth/{recipient.name}", door.issuer.give)
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
        keys = Keys(session, simulator.service.url) if simulator.service else None
        reader = await _reader(simulator, books, stack)
        mailboxes = {each.name: reader for each in simulator.recipients if each.mail and reader}
        confirmer = Confirmer(books, lines, mailboxes)
        stack.push_async_callback(confirmer.close)
        runner = web.AppRunner(application(simulator, books, confirmer, keys), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, simulator.host, simulator.port).start()
        port: int = runner.addresses[0][1]
        confirmer.take_on(books.owed())
        if reader is not None and simulator.mail_port is not None:
            await _take_mail(simulator, reader, confirmer, stack)
        polling = [
            asyncio.create_task(_poll(recipient, books, confirmer, lines[recipient.name], keys))
            for recipient in simulator.recipients
            if recipient.style in config.FETCHING
        ]
        stack.callback(lambda: [poller.cancel() for poller in polling])
        if simulator.port_file is not None:
            announce(simulator.port_file, port)
        yield port


async def _poll(recipient: Recipient, books: Books, confirmer: Confirmer, line: Line, keys: Keys | None) -> None:
    if recipient.events is not None and keys is not None:
        await EventPoller(recipient, recipient.events, books=books, confirmer=confirmer).run(line, keys)
    if recipient.style == "file":
        await FilePoller(recipient, books, line, confirmer).run()
    await Poller(recipient, books, line, confirmer).run()


async def _reader(simulator: Simulator, books: Books, stack: contextlib.AsyncExitStack) -> Reader | None:
    """Seat somebody who reads mail, where any recipient has only a mailbox."""
    if simulator.service is None or not any(each.mail for each in simulator.recipients):
        return None
    reader = Reader(simulator.service, books)
    stack.push_async_callback(reader.close)
    return reader


async def _take_mail(
    simulator: Simulator, reader: Reader, confirmer: Confirmer, stack: contextlib.AsyncExitStack
) -> None:
    mailroom = Mailroom({each.mail.casefold(): each for each in simulator.recipients if each.mail}, reader, confirmer)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailroom, loop=loop), simulator.host, simulator.mail_port)
    stack.callback(server.close)


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
