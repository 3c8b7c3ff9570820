"""`manage.py recipient check` against systems on real sockets: a good one passes, a bad one fails its own line."""

from typing import Any

import pytest

from identity.models import Access
from tellusonce.models import Attempt, Confirmation, Delivery, Rehearsal
from tests.checkups.conftest import CONFIRMS, GOOD, SETTINGS, Playing, check

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_good_recipient_passes_every_line_and_nothing_of_it_counts(play: Playing) -> None:
    play.start()
    play.recipient()
    found = check()
    assert [(line["name"], line["state"]) for line in found.report["lines"]] == [
        (name, "passed")
        for name in (
            "reachable",
            "authenticates",
            "takes a message",
            "answers",
            "confirms",
            "takes it twice",
            "refuses garbage",
        )
    ], found.report
    assert found.status == 0
    assert "4 who are not us" in found.line("authenticates")["said"]
    for table in (Delivery, Attempt, Confirmation, Rehearsal):
        assert not table.objects.exists()
    assert not Access.objects.filter(about__startswith="delivery:").exists()
    (first, *_) = play.running.books("parking")["by_message"]
    assert first["reference"].startswith("TEST-")


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        ({"requires": {}}, "authenticates", "without `auth`"),
        ({"requires": {"bearer": GOOD["requires"]["bearer"]}}, "authenticates", "with a false `signing`"),
        ({"detects_duplicates": False}, "takes it twice", "it acted twice"),
        ({"behaviour": [{"answer": {"outcome": "received"}}]}, "confirms", "nothing came in 1 s"),
        ({"behaviour": [{"refuse": 422}, CONFIRMS]}, "takes a message", "death: refused (http-422)"),
        ({"replies": {"received": {"outcome": "cancelled"}}}, "answers", "answer-unknown-outcome"),
        (
            {"replies": {"received": {"outcome": "acted", "their_reference": "{now}"}}},
            "takes it twice",
            "it acted twice",
        ),
    ],
)
def test_a_bad_recipient_fails_exactly_its_line(play: Playing, changes: Any, line: str, said: str) -> None:
    play.start(**changes)
    play.recipient()
    found = check(wait=1 if line == "confirms" else 10)
    assert found.failed == [line], found.report
    assert said in found.line(line)["said"]
    assert found.line(line)["remedy"]
    assert found.status == 1
    assert found.report["certificate"] is None


def test_one_that_is_not_there_is_not_reached(play: Playing) -> None:
    play.start()
    play.recipient()
    play.running.end()
    found = check()
    assert found.failed == ["reachable"]
    assert found.line("reachable")["said"] == "connect-refused"
    assert {line["state"] for line in found.report["lines"][1:]} == {"not tried"}


def test_with_the_wrong_secret_of_ours_it_is_said_that_we_are_refused(play: Playing, settings: Any) -> None:
    play.start()
    play.recipient()
    settings.SECRETS = settings.SECRETS.replace("a-long-token", "another-token")
    found = check()
    assert found.failed == ["authenticates"]
    assert "we are refused ourselves" in found.line("authenticates")["said"]


def test_a_route_that_proves_nothing_is_said_to_be_open(play: Playing) -> None:
    play.start(requires={})
    play.recipient(settings={"reply": SETTINGS["reply"]})
    found = check()
    assert found.line("authenticates")["state"] == "left out"
    assert found.status == 0
