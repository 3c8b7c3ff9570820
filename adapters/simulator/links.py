"""A recipient that has only a mailbox: mail comes, somebody follows its link, reads the page, and answers on it."""

import json
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
from lxml import etree, html

from adapters.simulator import behaviour, confirming
from adapters.simulator.books import Books, Received
from adapters.simulator.config import Recipient, Service
from adapters.simulator.confirming import Confirmer
from adapters.simulator.lines import Heard
from adapters.simulator.steps import Confirm

LINK = re.compile(r"https?://\S+/waiting/\S+")
TOKEN = "csrfmiddlewaretoken"  # noqa: S105  the name of a field


class NotRead(Exception):
    """The page did not come, or is no page of a message: the mail may come again."""


class Reader:
    """Whoever reads the mailboxes: one browser for all of them."""

    def __init__(self, service: Service, books: Books) -> None:
        # The service is reached by its number here, and a browser trusts its own machine all the same.
        cookies = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=service.url)
        self._session = aiohttp.ClientSession(cookie_jar=cookies, timeout=aiohttp.ClientTimeout(total=10))
        self.service = service
        self._books = books

    async def close(self) -> None:
        """Close the browser."""
        await self._session.close()

    async def open(self, recipient: Recipient, text: str, confirmer: Confirmer) -> None:
        """Follow the link in a mail and book what the page says, with the answer that it brings. Raises NotRead."""
        found = LINK.search(text)
        if found is None:
            return  # a mail of another sort
        link = found[0].rstrip(".>")
        page = await self._shown(link)
        form = next(iter(page.xpath("//form[@data-message]")), None)
        if form is None:
            return  # it has been answered
        received = Received(form.get("data-message"), form.get("data-reference"), int(form.get("data-sequence")))
        known = self._books.tally(recipient.name, received.message_id).effects > 0
        planned = behaviour.plan(recipient.behaviour, tries_before=0)
        confirms = planned.confirms
        if planned.answer is not None:
            confirms = (Confirm(after_s=0, by="mail", **planned.answer.model_dump()), *confirms)
        owes = [] if known else confirming.owing(recipient, received.message_id, confirms)
        owes = [{**each, "by": "mail", "link": link} for each in owes]
        body = json.dumps(sections(page), ensure_ascii=False, sort_keys=True).encode()
        ended = "duplicate" if known else "taken"
        more: dict[str, Any] = {"applied": not known, "owes": owes, "door": "mail"}
        self._books.request(recipient.name, received, body, status=200, ended=ended, **more)
        confirmer.take_on(owes)

    async def answer(self, entry: Mapping[str, Any]) -> Heard:
        """Say on the page what was done."""
        says = entry["says"]
        codes = [action["code"] for action in says["actions"]]
        chosen = f"acted:{codes[0]}" if codes else says["outcome"]
        form = {"answer-it": "yes", "answer": chosen, "reference": says["their_reference"], "note": says["note"]}
        try:
            return await self._send(entry["link"], form)
        except NotRead:
            return Heard(None)

    async def _shown(self, link: str) -> Any:
        heard = await self._send(link, {})
        if not heard.is_well:
            raise NotRead
        return _page(heard.body)

    async def _send(self, link: str, fields: Mapping[str, str]) -> Heard:
        """Load the page as a browser does, and send its form."""
        try:
            async with self._session.get(link) as loaded:
                page = _page(await loaded.read())
            token = next(iter(page.xpath(f"//input[@name='{TOKEN}']/@value")), None)
            if token is None:
                return Heard(loaded.status, etree.tostring(page))
            headers = {"Referer": link}
            async with self._session.post(link, data={TOKEN: token, **fields}, headers=headers) as sent:
                return Heard(sent.status, await sent.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotRead from error


def _page(body: bytes) -> Any:
    try:
        return html.fromstring(body)
    except (etree.LxmlError, ValueError) as error:
        raise NotRead from error


def sections(page: Any) -> dict[str, dict[str, list[str]]]:
    """Read what the page says of the message: by heading, by label, the lines of each."""
    found: dict[str, dict[str, list[str]]] = {}
    for heading in page.xpath("//h2[following-sibling::*[1][self::dl]]"):
        rows = heading.getnext().xpath("./div")
        found[_text(heading)] = {_text(row.find("dt")): _lines(row.find("dd")) for row in rows}
    return found


def _lines(element: Any) -> list[str]:
    return [line for line in (" ".join(text.split()) for text in element.itertext()) if line]


def _text(element: Any) -> str:
    return " ".join(element.text_content().split())
