"""Who takes part in the demonstration: the systems that log in, and how the simulator plays the recipients."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import yaml

from adapters.simulator import config
from adapters.simulator.config import Simulator
from deploy import states
from deploy.demo.calls import Login

JSON = Any
HERE = Path(__file__).parent
SECRETS = ("passports-secret", "revenue-signing", "drivers-password")
US = "tell-us-once"  # who we are to whoever gives us access tokens
OFFICE = "northmoor-registration"
REGISTRAR, JOURNEY = "register-office", "bereavement-journey"
OFFICE_SCOPES = {
    REGISTRAR: ["reports:start", "evidence:record", "reports:read"],
    JOURNEY: ["reports:answer", "reports:read"],
}
RECIPIENT_SCOPES = ["inbox:read", "deliveries:read", "confirmations:write"]
POLLED = "security-event-poll"
FILES_KEY = "income-files-key"


@dataclass(frozen=True, slots=True)
class Client:
    """One body's system, as it is registered with the service."""

    name: str
    organisation: str
    scopes: list[str]
    login: Login


def played() -> list[dict[str, JSON]]:
    """Read how each recipient is played."""
    recipients: list[dict[str, JSON]] = yaml.safe_load((HERE / "players.yaml").read_text(encoding="utf-8"))[
        "recipients"
    ]
    return recipients


def clients(directory: Path) -> dict[str, Client]:
    """Give every system its login, made up the first time and kept; by the system's or the organisation's name."""
    organisations = sorted({each["client"] for each in played() if "client" in each})
    given = states.passwords(directory, *(f"client {name}" for name in (*OFFICE_SCOPES, *organisations)))
    logins = {
        name.removeprefix("client "): Login(f"demo-{name.removeprefix('client ')}", given[name]) for name in given
    }
    office = {name: Client(name, OFFICE, scopes, logins[name]) for name, scopes in OFFICE_SCOPES.items()}
    return office | {name: _system(name, logins[name]) for name in organisations}


def _system(organisation: str, login: Login) -> Client:
    """Who polls for events has a system for it, which may do that too."""
    if organisation not in {each["client"] for each in played() if each["style"] == POLLED}:
        return Client("case-system", organisation, RECIPIENT_SCOPES, login)
    return Client(
        "event-system",
        organisation,
        [*RECIPIENT_SCOPES, "events:poll"],
        Login(f"{login.client_id}-events", login.secret),
    )


def write_clients(known: Mapping[str, Client], file: Path) -> None:
    """Write them down as ``manage.py client import`` reads them."""
    rows = [
        {
            "name": each.name,
            "organisation": each.organisation,
            "scopes": each.scopes,
            "id": each.login.client_id,
            "secret": each.login.secret,
        }
        for each in known.values()
    ]
    states.write_private(file, json.dumps(rows, indent=2))


def secrets(directory: Path) -> dict[str, str]:
    """Give what recipients ask us for, by the names under which the catalogue has it; made up once and kept."""
    made = states.passwords(directory, *SECRETS)
    return {name: _signing(text) if name.endswith("-signing") else text for name, text in made.items()}


def _signing(text: str) -> str:
    return "whsec_" + base64.b64encode(text.encode()).decode()


def public_key(directory: Path) -> str:
    """Give the public key of whoever takes encrypted files."""
    return str(pyrage.x25519.Identity.from_str(_private_key(directory)).to_public())


def _private_key(directory: Path) -> str:
    """Give the private half, made the first time and kept."""
    file = directory / "files-key"
    if not file.exists():
        states.write_private(file, str(pyrage.x25519.Identity.generate()))
    return file.read_text(encoding="ascii")


def simulator(directory: Path, *, ports: tuple[int, int], service_url: str) -> Simulator:
    """Configure the simulator; its ports are that of its doors and that of its mailboxes."""
    systems = {name: each for name, each in clients(directory).items() if name not in OFFICE_SCOPES}
    known = secrets(directory)
    return Simulator.model_validate(
        {
            "port": ports[0],
            "mail_port": ports[1],
            "books": directory / "books.jsonl",
            "keep_bodies": True,
            "service": {"url": service_url, "token_url": f"{service_url}/oauth/token/", "longest_pause_s": 2},
            "clients": {
                name: {"id": each.login.client_id, "secret": each.login.secret, "scope": " ".join(each.scopes)}
                for name, each in systems.items()
            },
            "recipients": list(_recipients(known | {FILES_KEY: _private_key(directory)})),
        }
    )


def _recipients(known: Mapping[str, str]) -> Iterator[dict[str, JSON]]:
    for each in played():
        if "soap" in each:
            each["soap"] = {**each["soap"], "wsdl": HERE / "wsdl" / each["soap"]["wsdl"]}
        if "requires" in each:
            named = {what: known[name] for what, name in each["requires"].items()}
            each["requires"] = {what: f"{US}:{text}" if what == "oauth2" else text for what, text in named.items()}
        if "opens_with" in each:
            each["opens_with"] = known[each["opens_with"]]
        if each["style"] in config.FETCHING:
            each.setdefault("poll_every_s", 1)
        yield each


def write_simulator(wanted: Simulator, file: Path) -> None:
    """Write the simulator's file."""
    config.write(wanted, file)
