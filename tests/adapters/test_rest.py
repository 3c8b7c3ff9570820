"""REST: what is said, how it is sealed, and what the replies mean."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from adapters import rest
from adapters.contract import Answer, Content, Misconfigured, Receipt, Refused
from tests.adapters.examples import FIELDS, endpoint, message, response

AT = datetime(2026, 2, 1, 10, tzinfo=UTC)


def said(settings: dict[str, Any], **changed: Any) -> Any:
    return json.loads(rest.encode(message(**changed), endpoint("rest", settings)).body)


def sealed(settings: dict[str, Any], keys: dict[str, str]) -> Any:
    place = endpoint("rest", settings)
    return rest.seal(rest.encode(message(), place), place, at=AT, nonce="n", keys=keys)


def test_without_a_mapping_the_message_and_what_was_granted_is_said() -> None:
    body = said({})
    assert body["fields"] == FIELDS | {"subject": FIELDS["subject"]}
    assert body["message"]["reference"] == "TUO-7Q4-K2M"
    assert set(body["message"]) == {"id", "kind", "purpose", "reference", "sequence", "reported_at"}


def test_a_mapping_makes_their_shape_of_it() -> None:
    settings = {"mapping": "{ref: message.reference, n: full_name(subject.name), phone: next_of_kin.phone}"}
    assert said(settings) == {"ref": "TUO-7Q4-K2M", "n": "Ann Mary O'Lee-Ångström"}
    assert said({**settings, "keep_nulls": True})["phone"] is None


def test_the_same_message_is_the_same_bytes_in_whatever_order_it_came() -> None:
    backwards = dict(reversed(FIELDS.items()))
    settings: dict[str, Any] = {"media_type": "application/vnd.northmoor+json"}
    one, other = (rest.encode(message(fields), endpoint("rest", settings)) for fields in (FIELDS, backwards))
    assert one == other
    assert one == Content(one.body, "application/vnd.northmoor+json", {"webhook-id": message().id})
    assert "Ångström".encode() in one.body


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"a": "\ud800"}, "not-json"), ({"a": float("nan")}, "not-json"), ({"a": object()}, "not-json")],
    ids=["surrogate", "not a number", "not JSON"],
)
def test_what_json_has_no_word_for_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        said({}, fields=fields)
    assert refused.value.code == code


def test_a_mapping_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        said({"mapping": "next_of_kin"})
    assert refused.value.code == "mapping-empty"


def test_a_try_goes_to_the_endpoints_address_under_the_messages_id() -> None:
    request = sealed({}, {})
    assert (request.method, request.url) == ("POST", "https://northmoor.example/in")
    assert request.headers["webhook-id"] == message().id
    assert request.headers["Content-Type"] == "application/json"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"kind": "bearer", "secret": "k"}, ("Authorization", "Bearer s3cret")),
        ({"kind": "basic", "username": "tuo", "secret": "k"}, ("Authorization", "Basic dHVvOnMzY3JldA==")),
        ({"kind": "api-key", "secret": "k"}, ("X-API-Key", "s3cret")),
        ({"kind": "api-key", "secret": "k", "header": "Ocp-Key"}, ("Ocp-Key", "s3cret")),
    ],
    ids=lambda value: value["kind"] + value.get("header", "") if isinstance(value, dict) else "",
)
def test_credentials_come_from_the_secret_that_is_named(auth: dict[str, str], header: tuple[str, str]) -> None:
    assert sealed({"auth": auth}, {"k": "s3cret"}).headers[header[0]] == header[1]


@pytest.mark.parametrize(
    "settings", [{"auth": {"kind": "bearer", "secret": "k"}}, {"signing": "k"}], ids=["auth", "signing"]
)
@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({}, "key-missing"),
        ({"k": ""}, "key-missing"),
        ({"other": "x"}, "key-missing"),
        ({"k": "a\r\nX-Other: b"}, "key-malformed"),
        ({"k": "é"}, "key-malformed"),
    ],
    ids=["none", "empty", "another", "line break", "not ascii"],
)
def test_a_secret_that_is_missing_or_malformed_sends_nothing(
    settings: dict[str, Any], keys: dict[str, str], code: str
) -> None:
    with pytest.raises(Misconfigured) as failed:
        sealed(settings, keys)
    assert failed.value.code == code


def test_a_signature_follows_standard_webhooks() -> None:
    """Standard Webhooks 1.0.0, "Signature scheme": HMAC-SHA256 over id.timestamp.payload, in base64."""
    raw = b"0123456789abcdef01234567"
    request = sealed({"signing": "k"}, {"k": "whsec_" + base64.b64encode(raw).decode()})
    stamp = str(int(AT.timestamp()))
    expected = hmac.new(raw, f"{message().id}.{stamp}.".encode() + request.body, hashlib.sha256).digest()
    assert request.headers["webhook-timestamp"] == stamp
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


def test_a_signing_secret_that_is_not_base64_sends_nothing() -> None:
    with pytest.raises(Misconfigured) as failed:
        sealed({"signing": "k"}, {"k": "whsec_not base64!"})
    assert failed.value.code == "key-malformed"


REPLY = """{
    outcome: code(body.status, {closed: 'acted', unknown: 'no_match', "*": 'received'}),
    actions: body.did[].{code: what, on: when},
    duplicate: body.status == 'again'
}"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"status": "unknown"}', Receipt(answer=Answer("no_match"))),
        (b'{"status": "again"}', Receipt(duplicate=True, answer=Answer("received"))),
        (b"<html>", Receipt()),
        (b"", Receipt()),
        (b"[" * 100_000, Receipt()),
        (
            b'{"status": "closed", "did": [{"what": "tea"}]}',
            Receipt(answer=Answer("acted"), remark="answer-unknown-action"),
        ),
    ],
    ids=["not known", "duplicate", "HTML", "empty", "deep", "unknown action"],
)
def test_a_system_that_answers_at_once_is_understood(body: bytes, expected: Receipt) -> None:
    assert rest.decode(response(200, body), endpoint("rest", {"reply": REPLY})) == expected


def test_the_fields_of_the_mapping_are_needed_and_none_without_one() -> None:
    assert rest.fields_needed(endpoint("rest", {})) == frozenset()
    assert rest.fields_needed(endpoint("rest", {"mapping": "{a: subject.sex}"})) == {"subject.sex"}


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        ({"maping": "a"}, "maping", "Extra inputs"),
        ({"mapping": "{a: "}, "mapping", "goes wrong"),
        ({"reply": "shout(body)"}, "reply", "there is no function shout()"),
        ({"auth": {"kind": "magic"}}, "auth", "magic"),
        ({"auth": {"kind": "bearer"}}, "auth.bearer.secret", "required"),
        ({"auth": {"kind": "api-key", "secret": "k", "header": "X: y"}}, "auth.api-key.header", "pattern"),
        ({"auth": {"kind": "basic", "secret": "k", "username": "a:b"}}, "auth.basic.username", "pattern"),
        ({"media_type": "text/plain\r\nX: y"}, "media_type", "pattern"),
    ],
)
def test_settings_that_do_not_fit_are_said_where_and_what(settings: dict[str, Any], place: str, words: str) -> None:
    (sentence,) = rest.check(endpoint("rest", settings))
    assert sentence.startswith(f"`{place}`")
    assert words in sentence
    with pytest.raises(Misconfigured) as failed:
        said(settings)
    assert failed.value.code == "settings-invalid"
    with pytest.raises(ValidationError):
        rest.Options.model_validate(settings)
