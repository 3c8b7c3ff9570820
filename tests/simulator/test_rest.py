"""Recipients that take JSON."""

import base64
import time
from typing import Any

import pytest
import requests

from adapters.simulator import checks
from tests.simulator.peers import SENT, Running, eventually


def test_what_comes_is_taken_and_booked_by_paths_and_never_by_values(play: Running) -> None:
    play.start({"name": "library", "style": "rest"})

    reply = play.send("library")

    assert (reply.status_code, reply.json()["status"]) == (202, "taken")
    [line] = play.lines()
    assert (line["message_id"], line["reference"], line["sequence"]) == ("m-1", "K7QF-2M9X", 1)
    assert {"subject.died_on", "subject.name.family", "subject.name.given"} <= set(line["fields"])
    assert "Hughes" not in (play.folder / "books.jsonl").read_text()


def test_bodies_are_kept_only_when_asked_for(play: Running) -> None:
    play.start({"name": "library", "style": "rest"}, keep_bodies=True)

    play.send("library", {**SENT, "subject": {"name": "Siân"}})

    [message] = play.books("library")["by_message"]
    assert "Si\\u00e2n" in message["bodies"][0]


def test_ids_are_found_where_the_configuration_says(play: Running) -> None:
    play.start(
        {
            "name": "fund",
            "style": "rest",
            "message_id": "envelope.ref",
            "reference": "header:x-case",
            "sequence": "number",
        }
    )

    play.send("fund", {"envelope": {"ref": "abc", "number": 3}}, headers={"X-Case": "K7"})

    [message] = play.books("fund")["by_message"]
    assert (message["message_id"], message["reference"], message["sequence"]) == ("abc", "K7", 3)


def test_a_recipient_that_detects_duplicates_applies_once(play: Running) -> None:
    play.start({"name": "library", "style": "rest"})

    replies = [play.send("library").json()["status"] for _ in range(3)]

    assert replies == ["taken", "duplicate", "duplicate"]
    books = play.books("library")
    assert (books["tries"], books["repeats"], books["effects"], books["second_effects"]) == (3, 2, 1, 0)


def test_a_duplicate_may_be_told_by_a_conflict(play: Running) -> None:
    play.start({"name": "fund", "style": "rest", "duplicate_status": 409})

    replies = [play.send("fund") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [202, 409]
    assert replies[1].json()["duplicate"] is True


def test_a_recipient_that_does_not_detect_duplicates_shows_a_second_sending(play: Running) -> None:
    play.start({"name": "old", "style": "rest", "detects_duplicates": False})

    play.send("old")
    play.send("old")

    books = play.books("old")
    assert (books["effects"], books["second_effects"]) == (2, 1)


def test_a_second_id_for_one_delivery_is_counted_even_by_those_who_detect_duplicates(play: Running) -> None:
    play.start({"name": "library", "style": "rest"})

    play.send("library", id="m-1")
    play.send("library", id="m-2")

    totals = play.books()["totals"]
    assert (totals["messages"], totals["second_ids"], totals["second_effects"]) == (2, 1, 1)


def test_an_answer_comes_in_the_reply(play: Running) -> None:
    stopped = {"code": "payment_stopped", "on": "2026-11-20"}
    play.start(
        {"name": "fund", "style": "rest", "behaviour": [{"answer": {"outcome": "acted", "actions": [stopped]}}]},
        {"name": "badges", "style": "rest", "behaviour": [{"not_known": True}]},
    )

    assert play.send("fund").json()["outcome"] == "acted"
    assert play.send("fund", id="m-2").json()["actions"] == [stopped]
    assert play.send("badges").json()["outcome"] == "no_match"


def test_a_recipient_has_words_of_its_own(play: Running) -> None:
    replies = {"taken": {"ok": True, "ticket": "{their_reference}"}, "duplicate": {"again": ["{message_id}"]}}
    play.start({"name": "fund", "style": "rest", "replies": replies})

    first, second = play.send("fund").json(), play.send("fund").json()

    assert first["ok"] is True
    assert first["ticket"].startswith("R-")
    assert second == {"again": ["m-1"]}


def test_the_first_tries_of_each_message_fail(play: Running) -> None:
    play.start({"name": "fund", "style": "rest", "behaviour": [{"fail_first": {"times": 2, "retry_after_s": 7}}]})

    replies = [play.send("fund") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [503, 503, 202]
    assert replies[0].headers["Retry-After"] == "7"
    assert play.send("fund", id="m-2").status_code == 503
    assert play.books("fund")["effects"] == 1


def test_a_refusal_has_no_effect(play: Running) -> None:
    play.start({"name": "fund", "style": "rest", "behaviour": [{"refuse": 422}]})

    assert play.send("fund").status_code == 422
    assert play.books("fund")["effects"] == 0


def test_a_slow_recipient_takes_its_time(play: Running) -> None:
    play.start({"name": "slow", "style": "rest", "behaviour": [{"delay_s": 0.4}]})

    begun = time.monotonic()

    assert play.send("slow").status_code == 202
    assert time.monotonic() - begun >= 0.4


def test_a_reply_that_nobody_waited_for_had_its_effect_all_the_same(play: Running) -> None:
    play.start({"name": "slow", "style": "rest", "behaviour": [{"delay_s": 2}]})

    with pytest.raises(requests.Timeout):
        play.send("slow", timeout=1)

    assert play.send("slow").json()["status"] == "duplicate"


@pytest.mark.parametrize(("after_taking", "effects"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("trouble", ["never_answers", "drop", "malformed"])
def test_trouble_comes_before_or_after_the_effect(
    play: Running, trouble: str, *, after_taking: bool, effects: int
) -> None:
    play.start({"name": "bad", "style": "rest", "behaviour": [{trouble: {"after_taking": after_taking, "times": 1}}]})

    with pytest.raises((requests.ConnectionError, requests.Timeout, ValueError)):
        play.send("bad", timeout=1).json()

    [message] = eventually(lambda: play.books("bad")["by_message"])
    assert (message["tries"], message["effects"], message["statuses"]) == (1, effects, [None])
    assert play.send("bad").json()["status"] == ("duplicate" if effects else "taken")
    assert play.books("bad")["effects"] == 1


def test_hostile_replies_are_what_they_are_called(play: Running) -> None:
    kinds = ["redirect", "entities", "empty", "huge", "trickle"]
    play.start(*({"name": kind, "style": "rest", "behaviour": [{"hostile": kind}]} for kind in kinds))

    redirect = play.send("redirect", allow_redirects=False)
    assert (redirect.status_code, redirect.headers["Location"]) == (307, "http://192.0.2.1/elsewhere")
    assert b"<!ENTITY" in play.send("entities").content
    assert (play.send("empty").status_code, play.send("empty").content) == (200, b"")
    with play.send("huge", stream=True) as huge:
        assert sum(len(chunk) for _, chunk in zip(range(64), huge.iter_content(65_536), strict=False)) > 1024 * 1024
    with play.send("trickle", stream=True) as trickle:
        assert next(trickle.iter_content(8)) == b" "


@pytest.mark.parametrize(("body", "said"), [(b"{", "not JSON"), (b"[]", "not a JSON object"), (b"\xff", "not JSON")])
def test_what_cannot_be_read_is_refused_and_counted_apart(play: Running, body: bytes, said: str) -> None:
    play.start({"name": "fund", "style": "rest"})

    reply = requests.post(f"{play.url}/rest/fund", data=body, timeout=30)

    assert (reply.status_code, reply.json()["title"]) == (400, said)
    assert (play.books("fund")["unread"], play.books("fund")["messages"]) == (1, 0)


def test_a_message_without_an_id_is_refused(play: Running) -> None:
    play.start({"name": "fund", "style": "rest"})

    assert requests.post(f"{play.url}/rest/fund", json=SENT, timeout=30).json()["title"].startswith("no message id")


def test_only_those_who_show_what_is_required_are_let_in(play: Running) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    play.start(
        {"name": "bearer", "style": "rest", "requires": {"bearer": "abc"}},
        {"name": "basic", "style": "rest", "requires": {"basic": "user:pass"}},
        {"name": "signed", "style": "rest", "requires": {"hmac": secret}},
    )

    assert play.send("bearer").status_code == 401
    assert play.send("bearer", headers={"Authorization": "Bearer abc"}).status_code == 202
    assert play.send("basic", auth=("user", "wrong")).status_code == 401
    assert play.send("basic", auth=("user", "pass")).status_code == 202
    assert play.send("signed").status_code == 401
    assert play.books("signed")["effects"] == 0


def test_access_tokens_are_given_to_who_knows_the_secret_and_count_for_a_while(play: Running) -> None:
    play.start(
        {"name": "held", "style": "rest", "requires": {"oauth2": "us:a b", "token_s": 60}},
        {"name": "brief", "style": "rest", "requires": {"oauth2": "us:a b", "token_s": 0}},
    )

    def asked(name: str, **shown: Any) -> requests.Response:
        form = {"grant_type": "client_credentials", **shown.pop("form", {})}
        return requests.post(f"{play.url}/oauth/{name}", data=form, timeout=30, **shown)

    assert play.send("held").status_code == 401
    assert play.send("held", headers={"Authorization": "Bearer guessed"}).status_code == 401
    assert asked("held", auth=("us", "wrong")).json() == {"error": "invalid_client"}
    assert asked("held", form={"grant_type": "password"}).json() == {"error": "unsupported_grant_type"}
    for name, status in (("held", 202), ("brief", 401)):
        for told in (asked(name, auth=("us", "a+b")), asked(name, form={"client_id": "us", "client_secret": "a b"})):
            shown = {"Authorization": f"Bearer {told.json()['access_token']}"}
            assert play.send(name, id=told.json()["access_token"], headers=shown).status_code == status


@pytest.mark.parametrize(
    ("age_s", "secret", "status"), [(0, "a", 202), (3600, "a", 401), (0, "b", 401)], ids=["right", "old", "wrong key"]
)
def test_a_signature_holds_for_its_key_and_a_few_minutes(play: Running, age_s: int, secret: str, status: int) -> None:
    keys = {name: "whsec_" + base64.b64encode(name.encode() * 24).decode() for name in "ab"}
    play.start({"name": "signed", "style": "rest", "requires": {"hmac": keys["a"]}})
    body, stamp = b'{"message": {}}', str(int(time.time()) - age_s)

    headers = {
        "webhook-id": "m-1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1a,xyz v1,{checks.sign(keys[secret], 'm-1', stamp, body)}",
    }

    assert requests.post(f"{play.url}/rest/signed", data=body, headers=headers, timeout=30).status_code == status


def test_the_specifications_own_example_is_signed_as_it_says() -> None:
    """Standard Webhooks, specification, "Signature scheme": the example's secret, id, timestamp and payload."""
    body = b'{"event_type":"ping","data":{"success":true}}'

    signature = checks.sign("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", "1731705121", body)

    assert signature == "rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_there_are_no_books_of_strangers(play: Running) -> None:
    play.start({"name": "fund", "style": "rest"})

    assert requests.get(f"{play.url}/books/other", timeout=30).status_code == 404
    assert requests.post(f"{play.url}/rest/other", json=SENT, timeout=30).status_code == 404
