"""The programs of docs/examples, run as processes against a service on a real socket, so that they stay true."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tellusonce.models import Confirmation, Delivery, Report
from tests import factories
from tests.checkups.conftest import SECRETS, SETTINGS, Playing, check
from tests.simulator.peers import ROOT
from tests.soap.conftest import SCOPES, System, system

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def parking(db: None) -> System:
    return system("northmoor", scopes=[*SCOPES, "inbox:read"])


def environment(address: str, who: System, **more: str) -> dict[str, str]:
    return {"TELL_ADDRESS": address, "TELL_CLIENT_ID": who.client_id, "TELL_CLIENT_SECRET": who.secret, **more}


def run(name: str, *arguments: str, env: dict[str, str], status: int = 0) -> str:
    """Run an example to its end, and give what it printed."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@contextmanager
def listening(name: str, env: dict[str, str]) -> Iterator[str]:
    """Run an example that listens, and give its address."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "0"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()


def waiting() -> list[Delivery]:
    """Have two deaths told to a recipient that fetches."""
    factories.recipient("parking", address="", route={"adapter": "inbox"})
    for _ in range(2):
        factories.submitted()
    return list(Delivery.objects.order_by("created_at"))


def test_an_inbox_is_fetched_and_confirmed_by_rest(address: str, parking: System) -> None:
    deliveries = waiting()
    said = run("confirm_with_requests", env=environment(address, parking))
    assert said.splitlines() == [f"{each.pk} acted new" for each in deliveries]
    assert run("confirm_with_requests", env=environment(address, parking)) == ""
    assert {each.outcome for each in Delivery.objects.all()} == {"acted"}
    assert Confirmation.objects.count() == 2


def test_a_delivery_is_confirmed_by_soap(address: str, parking: System) -> None:
    delivery, other = waiting()
    Delivery.objects.filter(pk=delivery.pk).update(tries=1)
    env = environment(address, parking)
    assert run("confirm_with_zeep", str(delivery.pk), "acted", "account_closed", env=env) == "new\n"
    assert run("confirm_with_zeep", str(delivery.pk), "acted", "account_closed", env=env) == "said before\n"
    assert "no delivery with this id" in run("confirm_with_zeep", str(other.pk), "acted", env=env, status=1)
    assert Confirmation.objects.get().actions == [{"code": "account_closed", "on": None}]


def test_a_report_is_made_by_soap(address: str, parking: System) -> None:
    factories.recipient("libraries")
    env = environment(address, parking)
    said = run("report_with_zeep", "NM-1", env=env)
    report = Report.objects.get()
    assert said.splitlines() == [f"{report.reference} submitted", "libraries pending"]
    assert run("report_with_zeep", "NM-1", env=env) == said
    assert Delivery.objects.count() == 1


def test_the_receiver_of_webhooks_passes_the_whole_check(play: Playing, parking: System) -> None:
    env = environment(play.service, parking, WEBHOOK_SECRET=SECRETS["parking-webhook"])
    with listening("receive_webhooks", env) as url:
        play.running.url = url.rstrip("/")
        play.recipient(settings={"signing": "parking-webhook", "reply": SETTINGS["reply"]}, path="/")
        found = check()
    assert found.status == 0, found.report
    assert {line["state"] for line in found.report["lines"]} == {"passed"}


def test_the_receiver_of_security_events_takes_our_tokens_and_no_others(play: Playing, parking: System) -> None:
    told = {"issuer": "https://tell.example", "audience": "https://parking.example/events"}
    names = {f"EVENTS_{name.upper()}": value for name, value in told.items()}
    with listening("receive_security_events", environment(play.service, parking, **names)) as url:
        play.running.url = url.rstrip("/")
        play.recipient(settings=told, path="/", adapter="security-events")
        found = check(wait=0)
        stranger = requests.post(url, data="a.b.c", timeout=30)
    assert found.status == 0, found.report
    assert found.line("refuses garbage")["said"] == "refused (set-invalid-request)"
    assert (stranger.status_code, stranger.json()["err"]) == (400, "invalid_request")


def test_no_example_names_what_is_not_there() -> None:
    """Every program is in the guide, and every one that the guide names is there."""
    guide = (ROOT / "docs" / "join-in-an-afternoon.md").read_text()
    assert set(re.findall(r"examples/(\w+)\.py", guide)) == {each.stem for each in EXAMPLES.glob("*.py")}
