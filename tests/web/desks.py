"""Staff at their desks, as tests play them: a browser without JavaScript, signed in once."""

import re
import time

from identity import accounts
from identity.accounts import Post
from tests.web.pages import Pages


class Desk(Pages):
    """One browser over HTTPS, with the visit of one member of staff."""

    def __init__(self, role: str, organisation: str = "northmoor") -> None:
        super().__init__()
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


def token_in(page: str) -> str:
    """Give the token of a form."""
    found = re.search(r'name="once" value="(\w+)"', page)
    assert found is not None
    return found[1]


def words(page: str) -> str:
    """Give what a page says, without its marks and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
