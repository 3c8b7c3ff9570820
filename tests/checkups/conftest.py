"""A recipient to be checked: its route, its secrets, and a simulator that plays its system and confirms to us."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from adapters.egress import Egress
from identity import clients
from tests import factories
from tests.simulator.peers import Running
from tests.soap.conftest import address

__all__ = ["address"]

SECRETS = {"parking-token": "a-long-token-of-theirs", "parking-webhook": "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw=="}
SETTINGS = {
    "auth": {"kind": "bearer", "secret": "parking-token"},
    "signing": "parking-webhook",
    "reply": "body.{outcome: outcome, duplicate: duplicate, their_reference: their_reference}",
}
REQUIRES = {"bearer": SECRETS["parking-token"], "hmac": SECRETS["parking-webhook"]}
SCOPES = ["confirmations:write", "inbox:read", "events:poll"]
CONFIRMS = {"confirm": {"outcome": "acted", "after_s": 0.1}}
GOOD: dict[str, Any] = {
    "name": "parking",
    "style": "rest",
    "client": "northmoor",
    "requires": REQUIRES,
    "behaviour": [{"answer": {"outcome": "received"}}, CONFIRMS],
}


@dataclass(frozen=True, slots=True)
class Checked:
    """How a check ended: its status, each line's state by its name, and the whole report."""

    status: int
    report: dict[str, Any]

    @property
    def failed(self) -> list[str]:
        """The lines that failed."""
        return [line["name"] for line in self.report["lines"] if line["state"] == "failed"]

    def line(self, name: str) -> dict[str, Any]:
        """One line of the report."""
        found: dict[str, Any] = next(line for line in self.report["lines"] if line["name"] == name)
        return found


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; give its status and what it printed."""
    out = io.StringIO()
    try:
        call_command("recipient", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def check(*arguments: str, wait: float = 10) -> Checked:
    """Check the recipient `parking`."""
    status, said = run("check", "parking", "--json", "--wait", str(wait), *arguments)
    return Checked(status, json.loads(said))


@pytest.fixture
def play(tmp_path: Path, address: str, settings: Any) -> Iterator["Playing"]:
    """Give a service on a real socket, and a simulator that is not yet playing anybody to it."""
    settings.SECRETS = json.dumps(SECRETS)
    playing = Playing(Running(tmp_path), address)
    yield playing
    playing.running.end()
    with suppress(RuntimeError):
        Egress.shared().close()
    Egress._forget()


@dataclass(frozen=True, slots=True)
class Playing:
    """A recipient of the catalogue, and the simulator that plays it."""

    running: Running
    service: str

    def recipient(self, *, settings: Any = SETTINGS, path: str = "/rest/parking", **route: Any) -> None:
        """Let the catalogue have it, with a client of its own."""
        factories.recipient(
            "parking",
            address=self.running.url + path,
            organisation="northmoor",
            grants=("subject.name.family", "death.died_on", "registration.number"),
            route={"settings": settings, **route},
        )

    def start(self, **changes: Any) -> None:
        """Play it."""
        client_id, secret = clients.register("Parking", organisation="northmoor", scopes=SCOPES)
        self.running.start(
            {**GOOD, **changes},
            service={"url": self.service, "token_url": f"{self.service}/oauth/token/", "longest_pause_s": 0.2},
            clients={"northmoor": {"id": client_id, "secret": secret, "scope": " ".join(SCOPES)}},
        )
