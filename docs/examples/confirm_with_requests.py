"""Fetch what waits in the inbox, and say what was done about each: REST, OAuth 2 client credentials, `requests`.

    TELL_ADDRESS=https://tell.northmoor.example TELL_CLIENT_ID=... TELL_CLIENT_SECRET=... \
        python confirm_with_requests.py

Safe to run as often as you like: what has been confirmed does not come again.
"""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import requests

SECONDS = 30
OURS = uuid.UUID("6f3f1a52-6d0c-4f0e-9d3b-1f6a54a1f6c0")  # draw one of your own


class Service:
    """Talks to the service for one client; a token is fetched when it is needed, and once more when it has ended."""

    def __init__(self, address: str, client_id: str, secret: str) -> None:
        self._address = address.rstrip("/")
        self._client = (client_id, secret)
        self._session = requests.Session()

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Call once; a token that is not taken any more (401) is replaced once."""
        for _ in range(2):
            if "Authorization" not in self._session.headers:
                self._session.headers["Authorization"] = f"Bearer {self._token()}"
            reply = self._session.request(method, self._address + path, timeout=SECONDS, allow_redirects=False, **more)
            if reply.status_code != requests.codes.unauthorized:
                break
            del self._session.headers["Authorization"]
        reply.raise_for_status()
        return reply

    def _token(self) -> str:
        form = {"grant_type": "client_credentials"}
        reply = requests.post(f"{self._address}/oauth/token/", data=form, auth=self._client, timeout=SECONDS)
        reply.raise_for_status()
        return str(reply.json()["access_token"])

    def waiting(self) -> Iterator[dict[str, Any]]:
        """Give each message that we have not answered, page by page."""
        cursor = None
        while True:
            page = self.call("GET", "/api/v1/inbox", params={"cursor": cursor} if cursor else {}).json()
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return

    def confirm(self, message_id: str, outcome: str, **more: Any) -> bool:
        """Say what was done; True if that was new. The key is the same for every try, so that it counts once."""
        key = str(uuid.uuid5(OURS, f"{message_id} {outcome}"))
        said = {"outcome": outcome, **more}
        path = f"/api/v1/deliveries/{message_id}/confirmations"
        reply = self.call("POST", path, json=said, headers={"Idempotency-Key": key})
        return bool(reply.json()["is_new"])


def from_environment() -> Service:
    """Read who we are and where the service is; the secret never stands in a command line."""
    return Service(*(os.environ[f"TELL_{name}"] for name in ("ADDRESS", "CLIENT_ID", "CLIENT_SECRET")))


def work(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Do what has to be done about one message: here you find the person, and close what they had with you."""
    return "acted", {"actions": [{"code": "account_closed"}], "their_reference": f"CASE-{message['reference']}"}


def main() -> None:
    """Work through the inbox once."""
    service = from_environment()
    for message in service.waiting():
        outcome, more = work(message)
        is_new = service.confirm(message["id"], outcome, **more)
        print(message["id"], outcome, "new" if is_new else "said before")


if __name__ == "__main__":
    main()
