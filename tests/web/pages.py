"""A browser without JavaScript, over HTTPS, as tests play whoever sits at it."""

from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse


class Pages:
    """Pages by the names of their views; `asked` are the filters with which one is asked for."""

    def __init__(self) -> None:
        self.client = Client()

    def ask(self, name: str, /, query: str = "", **place: Any) -> Any:
        """GET a page."""
        return self.client.get(reverse(name, kwargs=place or None) + query, secure=True)

    def read(
        self, name: str, /, query: str = "", *, status: int = 200, asked: dict[str, Any] | None = None, **place: Any
    ) -> str:
        """GET a page that is there, or has another `status`, and give its words as they stand in it."""
        answer = self.ask(name, query or _filters(asked), **place)
        assert answer.status_code == status, answer.get("Location", answer.status_code)
        return str(answer.content.decode())

    def send(self, name: str, form: Any, /, *, asked: dict[str, Any] | None = None, **place: Any) -> Any:
        """POST a form, without following anywhere."""
        return self.client.post(reverse(name, kwargs=place or None) + _filters(asked), form, secure=True)

    def follow(self, answer: Any) -> str:
        """Go where an answer leads."""
        assert answer.status_code == 303, answer.content.decode()
        shown = self.client.get(answer["Location"], secure=True)
        assert shown.status_code == 200
        return str(shown.content.decode())


def _filters(asked: dict[str, Any] | None) -> str:
    return f"?{urlencode(asked)}" if asked else ""
