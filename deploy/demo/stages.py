"""The stage: the service, its clients and catalogue, and the simulator, all as real processes."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from deploy import ports, processes, services, states
from deploy.demo import calls, players, visits
from deploy.demo.calls import System
from deploy.services import Service

JSON = Any
USUAL_SIMULATOR_PORT = 8100
USUAL_MAIL_PORT = 8125
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and who may log in."""

    service: Service
    simulator_url: str
    clients: Mapping[str, players.Client]

    def system(self, name: str) -> System:
        """Act as one of the systems that may log in."""
        return System(self.service.url, self.clients[name].login)

    def books(self) -> dict[str, list[JSON]]:
        """Read the simulator's books: the messages of each recipient."""
        heard = calls.insist("GET", f"{self.simulator_url}/books", headers={})
        names = heard.json()["recipients"]
        return {name: self._messages(name) for name in names}

    def unread(self) -> dict[str, int]:
        """Count, for each recipient, what came and could not be read."""
        heard = calls.insist("GET", f"{self.simulator_url}/books", headers={})
        return {name: each["unread"] for name, each in heard.json()["recipients"].items()}

    def _messages(self, name: str) -> list[JSON]:
        found: list[JSON] = calls.insist("GET", f"{self.simulator_url}/books/{name}", headers={}).json()["by_message"]
        return found


@contextmanager
def running(directory: Path) -> Iterator[Stage]:
    """Run all of it for as long as the block does. Raises one of services.FAULTS."""
    files = states.prepare(directory)
    secrets = files / "recipients-secrets.json"
    states.write_private(secrets, json.dumps(players.secrets(directory)))
    settings = {"SECRETS_FILE": str(secrets), "EGRESS_PRIVATE_NETWORKS": "127.0.0.0/8"}
    # Links in its mails lead to itself, whatever the environment says of another service.
    settings |= {"DEVELOPMENT_SIGN_IN": "true", "SERVICE_ADDRESS": ""}
    mail_port = ports.claim(USUAL_MAIL_PORT)
    settings |= {"NOTICES_CHANNEL": "smtp", "NOTICES_FROM": "no-reply@tell-us-once.example", "EMAIL_USE_TLS": "false"}
    settings |= {"EMAIL_HOST": ports.HOST, "EMAIL_PORT": str(mail_port)}
    with services.running(directory, **settings) as service:
        port = ports.claim(USUAL_SIMULATOR_PORT)
        known = players.clients(directory)
        url = f"http://{ports.HOST}:{port}"
        start_simulator(service, port=port, mail_port=mail_port)
        prepare(service, known, simulator_url=url)
        wait(f"{service.url}/api/v1/openapi.json")
        wait(f"{url}/books")
        stage = Stage(service, url, known)
        write_addresses(stage)
        yield stage


def start_simulator(service: Service, *, port: int, mail_port: int) -> None:
    """Have the recipients played, in a process of its own that is kept running."""
    file = service.directory / "simulator.yaml"
    wanted = players.simulator(service.directory, ports=(port, mail_port), service_url=service.url)
    players.write_simulator(wanted, file)
    command: list[str | Path] = [sys.executable, "-m", "adapters.simulator", "--config", file]
    program = processes.Program("simulator", command, {**service.environment, "PYTHONPATH": str(services.ROOT)})
    service.supervisor.start(program)


def prepare(service: Service, known: Mapping[str, players.Client], *, simulator_url: str) -> None:
    """Register the clients and the staff, take the catalogue and the postcodes; what is there is left as it is."""
    file = service.directory / "clients.json"
    players.write_clients(known, file)
    key = players.public_key(service.directory)
    filled = ["--set", f"simulator={simulator_url}", "--set", f"income-key={key}"]
    apply = ["catalogue", "apply", str(HERE / "catalogue"), *filled]
    people = service.directory / "accounts.json"
    states.write_private(people, json.dumps(visits.accounts(service.directory)))
    postcodes = ["postcodes", "import", str(HERE / "postcodes.csv")]
    steps = (["client", "import", str(file)], ["account", "import", str(people)], apply, postcodes)
    services.commands(service.supervisor, *steps, environment=service.environment)


def wait(url: str) -> None:
    """Wait until an address answers. Raises CannotStart."""
    until = time.monotonic() + services.START_SECONDS
    while time.monotonic() < until:
        try:
            if calls.send("GET", url, headers={}).status == HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise services.CannotStart(f"{url} does not answer; the logs say why.")


def write_addresses(stage: Stage) -> None:
    """Write down where everything is, for whoever explores; only its owner may read it."""
    found = {
        "service": stage.service.url,
        "simulator": stage.simulator_url,
        "database": stage.service.servers.owner_url,
        "broker": stage.service.servers.broker_url or stage.service.servers.redis_url,
    }
    states.write_private(stage.service.directory / "addresses.json", json.dumps(found, indent=2))
