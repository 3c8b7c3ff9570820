"""Staff who read lists and answer: a desk whose pages are asked for with filters, and followed where they lead."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tests.web.desks import Desk


class Reader(Desk):
    """A desk with the words of a page at hand, whatever its status."""

    def look(self, name: str, /, *, status: int = 200, asked: dict[str, Any] | None = None, **place: Any) -> str:
        """Read a page, and give it as it stands."""
        answer = self.client.get(address(name, asked, place), secure=True)
        assert answer.status_code == status, answer.headers.get("Location", str(answer.status_code))
        return str(answer.content.decode())

    def put(self, name: str, form: Any, /, *, asked: dict[str, Any] | None = None, **place: Any) -> Any:
        """Send a form of a page that was asked for with filters, without following anywhere."""
        return self.client.post(address(name, asked, place), form, secure=True)

    def follow(self, answer: Any) -> str:
        """Go where an answer leads."""
        assert answer.status_code == 303, answer.content.decode()
        shown = self.client.get(answer["Location"], secure=True)
        assert shown.status_code == 200
        return str(shown.content.decode())


def address(name: str, asked: dict[str, Any] | None, place: dict[str, Any]) -> str:
    """Give the address of a page with its filters."""
    return reverse(name, kwargs=place or None) + (f"?{urlencode(asked)}" if asked else "")
