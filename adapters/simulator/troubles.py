"""Replies that are no proper reply: silence, a cut line, rubbish, and replies that are meant to harm."""

import asyncio

from aiohttp import web

from adapters.simulator.steps import Hostility

HUGE = 64 * 1024 * 1024
CHUNK = b"x" * 65_536
ENTITIES = (
    b'<?xml version="1.0"?>\n<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>\n<e>&d;</e>\n'
)
LOOK_EVERY_S = 0.2


async def hang(request: web.Request) -> web.StreamResponse:
    """Say nothing until the caller has gone."""
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(LOOK_EVERY_S)
    return web.Response()


def cut(request: web.Request) -> web.StreamResponse:
    """Cut the line without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def rubbish(media_type: str) -> web.StreamResponse:
    """Say something that is neither JSON nor XML, under a proper media type."""
    return web.Response(body=b'<ok"{]', content_type=media_type)


async def harm(request: web.Request, hostility: Hostility, media_type: str) -> web.StreamResponse:
    """Send what `hostility` names."""
    if hostility.kind == "redirect":
        return web.Response(status=307, headers={"Location": hostility.to})
    if hostility.kind == "entities":
        return web.Response(body=ENTITIES, content_type=media_type)
    if hostility.kind == "empty":
        return web.Response(content_type=media_type)
    return await _flow(request, media_type, is_huge=hostility.kind == "huge")


async def _flow(request: web.Request, media_type: str, *, is_huge: bool) -> web.StreamResponse:
    """Send without end in sight, as fast as it is taken or a byte at a time."""
    response = web.StreamResponse(headers={"Content-Type": media_type})
    try:
        await response.prepare(request)
        for _ in range(HUGE // len(CHUNK)):
            await response.write(CHUNK if is_huge else b" ")
            await asyncio.sleep(0 if is_huge else LOOK_EVERY_S)
        await response.write_eof()
    except ConnectionError:  # they had enough
        pass
    return response
