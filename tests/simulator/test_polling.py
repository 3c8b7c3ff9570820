"""Recipients that fetch."""

import json
from typing import Any

from tests.simulator.peers import FakeService, Running, eventually


def item(number: int, **more: Any) -> dict[str, Any]:
    fields = {"subject": {"name": {"family": "Hughes"}}}
    return {"id": f"d-{number}", "kind": "death", "reference": f"K{number}", "sequence": 1, "fields": fields, **more}


def charity(**more: Any) -> dict[str, Any]:
    answer = {"answer": {"outcome": "nothing_to_do"}}
    return {
        "name": "charity",
        "style": "inbox",
        "client": "northmoor",
        "poll_every_s": 0.05,
        "behaviour": [answer],
        **more,
    }


def test_what_lies_in_the_inbox_is_fetched_booked_and_confirmed(play: Running, service: FakeService) -> None:
    service.pages = [{"items": [item(1), item(2)], "next": "1"}, {"items": [item(3)], "next": None}]
    play.start(charity(), service=service)

    eventually(lambda: play.books("charity")["confirmations_taken"] == 3)

    paths = sorted(said["path"] for said in service.confirmations)
    assert paths == [f"/api/v1/deliveries/d-{number}/confirmations" for number in (1, 2, 3)]
    assert json.loads(service.confirmations[0]["body"])["outcome"] == "nothing_to_do"
    first = play.books("charity")["by_message"][0]
    assert (first["message_id"], first["reference"], first["fields"]) == ("d-1", "K1", ["subject.name.family"])


def test_what_is_still_there_at_the_next_poll_is_known(play: Running, service: FakeService) -> None:
    service.pages = [{"items": [item(1)], "next": None}]
    play.start(charity(detects_duplicates=False), service=service)
    eventually(lambda: play.books("charity")["confirmations_taken"] == 1)

    service.pages[0]["items"].append(item(2))
    eventually(lambda: play.books("charity")["messages"] == 2)

    assert (play.books("charity")["tries"], play.books("charity")["effects"]) == (2, 2)


def test_what_is_for_another_recipient_of_the_organisation_is_left(play: Running, service: FakeService) -> None:
    service.pages = [{"items": [item(1, recipient="other"), {"no": "id"}, item(2, recipient="charity")], "next": None}]
    play.start(charity(), service=service)

    eventually(lambda: play.books("charity")["messages"])

    assert [message["message_id"] for message in play.books("charity")["by_message"]] == ["d-2"]


def test_a_service_that_is_away_is_asked_again(play: Running, service: FakeService) -> None:
    service.pages = [{"items": [item(1)], "next": None}]
    service.tokens = 7
    play.start(charity(), service=service)
    eventually(lambda: service.tokens > 7)
    service.tokens += 1

    assert eventually(lambda: play.books("charity")["confirmations_taken"] == 1)
