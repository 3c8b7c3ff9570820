"""Those that come to fetch are checked by what waits for them: by interface, as a file, as a token."""

from typing import Any

import pytest

from tellusonce import checkups, synthetics
from tellusonce.models import Confirmation, Delivery, Rehearsal
from tests.callers import Caller
from tests.checkups.conftest import CONFIRMS, Playing, check

pytestmark = pytest.mark.django_db(transaction=True)

TOKENS = {"issuer": "https://tell.example", "audience": "https://parking.example/events"}
FILE = {"format": "csv", "columns": ["surname"], "mapping": "{surname: subject.name.family}"}


@pytest.mark.parametrize(
    ("style", "told", "more"),
    [("inbox", {}, {}), ("security-event-poll", TOKENS, {"events": TOKENS})],
)
def test_whoever_fetches_and_confirms_passes(play: Playing, style: str, told: Any, more: Any) -> None:
    fetches(play, style, told)
    play.start(style=style, poll_every_s=0.1, behaviour=[CONFIRMS], requires={}, **more)
    found = check("--yes")
    assert [line["state"] for line in found.report["lines"]] == ["passed"] * 4, found.report
    assert not Delivery.objects.exists()
    assert not Confirmation.objects.exists()
    assert not Rehearsal.objects.exists()


def fetches(play: Playing, style: str, settings: Any) -> None:
    """Let the catalogue have a recipient that fetches."""
    play.recipient(settings=settings, adapter=style, path="")


def test_nobody_comes_and_nobody_may(play: Playing) -> None:
    fetches(play, "inbox", {})
    unregistered = check("--yes", wait=1)
    assert unregistered.failed == ["has a client"]
    Caller("northmoor")
    assert check("--yes", wait=1).failed == ["fetches"]


def test_a_person_with_a_mailbox_needs_a_mail_and_no_client(play: Playing, settings: Any) -> None:
    fetches(play, "inbox", {"mail": {"to": "parking@northmoor.example"}})
    assert check("--yes").failed == ["has a client"]
    settings.NOTICES_CHANNEL, settings.SERVICE_ADDRESS = "console", "https://tell.example"
    assert check("--yes").status == 0


def test_a_file_that_cannot_be_made_is_said_before_anybody_comes(play: Playing) -> None:
    fetches(play, "inbox", {"file": {**FILE, "mapping": "[subject.name.family]"}})
    Caller("northmoor")
    assert check("--yes").failed == ["can be said"]


def test_what_is_made_up_is_given_in_a_file_to_its_own_organisation_alone(play: Playing) -> None:
    fetches(play, "inbox", {"file": FILE})
    checkup = checkups.begin("parking", wait=0)
    message_id = checkup.compose().id
    ours, stranger = Caller("northmoor"), Caller("southmoor")
    assert stranger.get("/inbox").json()["items"] == []
    assert stranger.post(f"/deliveries/{message_id}/confirmations", {"outcome": "acted"}).status_code == 404
    rows = ours.get("/inbox/file", recipient="parking").content.decode().splitlines()
    assert rows[1] == f'"{message_id}","Example"'
    answers = f"message,outcome\n{message_id},acted\n".encode()
    said = [ours.call("POST", "/confirmations/file", answers, key=key, media="text/csv").json() for key in ("a1", "a2")]
    assert [(each["taken"], each["known"]) for each in said] == [(1, 0), (0, 1)]
    assert ours.get("/inbox").json()["items"] == [], "what is answered is not given again"
    synthetics.close(checkup.opened)
    assert ours.post(f"/deliveries/{message_id}/confirmations", {"outcome": "acted"}).status_code == 404
