"""Staff at their desks, as tests play them: a browser without JavaScript, signed in once."""

import re
import time
from typing import Any

from django.test import Client
from django.urls import reverse

from identity import accounts
from identity.accounts import Post


class Desk:
    """One browser over HTTPS, with the visit of one member of staff."""

    def __init__(self, role: str, organisation: str = "northmoor") -> None:
        self.client = Client()
        account, _ = accounts.add(
            f"{role}-{organisation}-{time.monotonic_ns()}", posts=[Post(role, organisation)], password="x" * 20
        )
        self.name = f"account:{account.pk}"
        now = int(time.time())
        session = self.client.session
        session.update(
            {
                "account": str(account.pk),
                "organisation": organisation,
                "confidence": "",
                "by": "password",
                "idle": 3600,
                "ends": now + 7200,
                "until": now + 3600,
            }
        )
        session.save()

    def ask(self, name: str, /, query: str = "", **place: Any) -> Any:
        """GET a page by its name."""
        return self.client.get(reverse(name, kwargs=place or None) + query, secure=True)

    def read(self, name: str, /, query: str = "", **place: Any) -> str:
        """GET a page that is there, and give its words as they stand in it."""
        answer = self.ask(name, query, **place)
        assert answer.status_code == 200, answer.get("Location", answer.status_code)
        return str(answer.content.decode())

    def send(self, name: str, form: Any, /, **place: Any) -> Any:
        """POST a form."""
        return self.client.post(reverse(name, kwargs=place or None), form, secure=True)


def token_in(page: str) -> str:
    """Give the token of a form."""
    found = re.search(r'name="once" value="(\w+)"', page)
    assert found is not None
    return found[1]


def words(page: str) -> str:
    """Give what a page says, without its marks and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
