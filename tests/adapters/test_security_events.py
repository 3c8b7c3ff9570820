"""Security Event Tokens as they are pushed: what they claim, how they are signed, and what a receiver answers."""

import dataclasses
import json
from typing import Any

import jsonschema
import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from adapters import event_tokens, security_events
from adapters.contract import (
    Ambiguous,
    Failure,
    Misconfigured,
    Receipt,
    Refused,
    Request,
    Throttled,
    Transient,
)
from tests.adapters import event_schemas, examples
from tests.adapters.checks import AT, AnyKeys
from tests.adapters.examples import message, response
from tests.events import examples as reports

ISSUER, AUDIENCE = "https://tell.northmoor.example", "https://health.example/events"
SETTINGS = {"issuer": ISSUER, "audience": AUDIENCE}
DEATH = "https://vocab.account.gov.uk/v1/deathRegistered"
PLACE = examples.endpoint("security-events", SETTINGS)


def claims(*, kind: str = "death", settings: Any = SETTINGS, **changed: Any) -> dict[str, Any]:
    """Encode a complete report and read the claims back."""
    said = message(reports.complete(kind), kind=kind, **changed)
    content = security_events.encode(said, examples.endpoint("security-events", settings))
    found: dict[str, Any] = json.loads(content.body)
    return found


def sealed(**settings: Any) -> Request:
    place = examples.endpoint("security-events", {**SETTINGS, **settings})
    return security_events.seal(security_events.encode(message(), place), place, at=AT, nonce="n", keys=AnyKeys())


def test_a_token_says_who_tells_whom_which_thing_and_when() -> None:
    """RFC 8417, section 2.2: iss, iat, jti, aud, txn and toe; no exp and no sub, which events are not to have."""
    found = claims()
    assert {name: found[name] for name in found if name != "events"} == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": "urn:uuid:0197b1c2-aaaa-7000-8000-000000000001",
        "txn": "TUO-7Q4-K2M",
        "iat": 1769940000,
        "toe": 1793664000,
    }
    assert list(found["events"]) == [DEATH]


@pytest.mark.parametrize("kind", ["death", "birth", "move", "marriage"])
@pytest.mark.parametrize("purpose", ["notify", "correct", "void", "withdraw"])
def test_the_claims_of_each_kind_and_purpose_have_the_shape_of_a_token(kind: str, purpose: str) -> None:
    checker = jsonschema.Draft202012Validator(event_schemas.CLAIMS, format_checker=jsonschema.FormatChecker())
    checker.validate(claims(kind=kind, purpose=purpose))


@pytest.mark.parametrize(
    ("purpose", "name"), [("notify", "DeathRegisteredJWT"), ("correct", "DeathRegistrationUpdatedJWT")]
)
def test_a_death_and_its_update_fit_the_vocabularys_own_schemas(purpose: str, name: str) -> None:
    """The published schemas are read where they lie beside the project; ours say what they say of these."""
    published = event_schemas.published(f"{name}.json") or {"properties": {"events": {"required": []}}}
    found = claims(purpose=purpose)
    checker = jsonschema.Draft201909Validator(published, format_checker=jsonschema.FormatChecker())
    checker.validate(found)
    (uri,) = found["events"]
    jsonschema.validate(found["events"][uri], event_schemas.EVENTS[uri])
    jsonschema.validate(found["events"][uri], event_schemas.EVENT)


def test_only_granted_fields_are_in_it() -> None:
    granted = {"subject": {"name": {"family": "Lee"}}, "registration": {"number": "7"}}
    content = security_events.encode(message(granted), PLACE)
    assert json.loads(content.body)["events"][DEATH] == {
        "subject": {"name": [{"nameParts": [{"type": "FamilyName", "value": "Lee"}]}]},
        "deathRegistration": "urn:fdc:gro.gov.uk:2023:death:7",
    }


def test_a_route_may_add_what_the_vocabulary_has_no_word_for_and_override_nothing() -> None:
    more = "{nhsNumber: subject.identifiers.nhs_number, subject: 'nobody', none: subject.identifiers.none}"
    event = claims(settings={**SETTINGS, "more": more})["events"][DEATH]
    assert event["nhsNumber"] == reports.complete("death")["subject"]["identifiers"]["nhs_number"]
    assert isinstance(event["subject"], dict)
    assert "none" not in event


def test_what_a_route_adds_has_to_be_an_object() -> None:
    with pytest.raises(Refused, match="mapping-misfit"):
        claims(settings={**SETTINGS, "more": "subject.name.family"})


def test_it_needs_what_the_route_adds_and_for_a_death_the_number_of_the_entry() -> None:
    place = examples.endpoint("security-events", {**SETTINGS, "more": "{n: subject.identifiers.nino}"})
    assert security_events.fields_needed(place) == {"subject.identifiers.nino"}
    assert security_events.fields_needed(PLACE) == frozenset()
    assert security_events.fields_of_kind("death") == {"registration.number"}
    assert security_events.fields_of_kind("birth") == frozenset()


def test_it_is_signed_by_es256_under_the_keys_thumbprint_as_an_event_token() -> None:
    """RFC 8417, section 2.3, and RFC 7518, section 3.4."""
    request = sealed()
    key = ECKey.import_key(AnyKeys.PEM)
    signed = jws.deserialize_compact(request.body, key, algorithms=["ES256"])
    assert signed.headers() == {"alg": "ES256", "kid": key.thumbprint(), "typ": "secevent+jwt"}
    assert signed.payload == security_events.encode(message(), PLACE).body
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(request.body, ECKey.generate_key("P-256"), algorithms=["ES256"])


def test_it_is_posted_as_it_is() -> None:
    """RFC 8935, section 2.1."""
    request = sealed(auth={"kind": "bearer", "secret": "token"})
    assert (request.method, request.url) == ("POST", PLACE.address)
    assert request.headers["Content-Type"] == "application/secevent+jwt"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"].startswith("Bearer ")


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({}, "key-missing"),
        ({event_tokens.KEY: "no key"}, "key-malformed"),
        ({event_tokens.KEY: str(ECKey.generate_key("P-384").as_pem(private=True).decode())}, "key-malformed"),
        ({event_tokens.KEY: str(ECKey.generate_key("P-256").as_pem(private=False).decode())}, "key-malformed"),
    ],
)
def test_without_a_fitting_key_nothing_is_sent(keys: dict[str, str], code: str) -> None:
    content = security_events.encode(message(), PLACE)
    with pytest.raises(Misconfigured, match=code):
        security_events.seal(content, PLACE, at=AT, nonce="n", keys=keys)


def test_no_route_can_send_the_private_key_itself() -> None:
    """A key that a header took would be given away: its name is refused as any other's secret."""
    auth = {"kind": "bearer", "secret": event_tokens.KEY}
    place = examples.endpoint("security-events", {**SETTINGS, "auth": auth})
    with pytest.raises(Misconfigured, match="key-malformed"):
        security_events.seal(security_events.encode(message(), place), place, at=AT, nonce="n", keys=AnyKeys())


@pytest.mark.parametrize(
    ("status", "body", "failure", "code"),
    [
        # RFC 8935, section 2.4: the errors by their names
        (400, b'{"err": "invalid_request", "description": "?"}', Refused, "set-invalid-request"),
        (400, b'{"err": "invalid_key"}', Misconfigured, "set-invalid-key"),
        (400, b'{"err": "invalid_issuer"}', Misconfigured, "set-invalid-issuer"),
        (400, b'{"err": "invalid_audience"}', Misconfigured, "set-invalid-audience"),
        (400, b'{"err": "authentication_failed"}', Misconfigured, "set-authentication-failed"),
        (400, b'{"err": "access_denied"}', Misconfigured, "set-access-denied"),
        (400, b'{"err": "Ann Lee is unknown"}', Refused, "set-error-unknown"),
        (400, b'{"err": 7}', Refused, "http-400"),
        (400, b"<html>", Refused, "http-400"),
        # section 2.2: 202 and nothing else acknowledges
        (200, b"", Ambiguous, "not-acknowledged"),
        (204, b"", Ambiguous, "not-acknowledged"),
        (409, b"duplicate", Ambiguous, "not-acknowledged"),
        # and whatever HTTP itself says
        (401, b"", Misconfigured, "http-401"),
        (307, b"", Misconfigured, "redirected"),
        (429, b"", Throttled, "http-429"),
        (500, b"", Ambiguous, "http-500"),
        (503, b"", Transient, "http-503"),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, failure: type[Failure], code: str) -> None:
    with pytest.raises(failure) as raised:
        security_events.decode(response(status, body), PLACE)
    assert (raised.type, raised.value.code) == (failure, code)


def test_a_token_that_is_accepted_is_received_and_no_more() -> None:
    """RFC 8935, section 2.2: the answer is empty, and says nothing of what was done."""
    assert security_events.decode(response(202), PLACE) == Receipt()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"issuer": "Northmoor"}, "issuer"),
        ({"audience": "https://health.example/ events"}, "audience"),
        ({"more": "{"}, "more"),
        ({"register_of_deaths": ""}, "register_of_deaths"),
    ],
)
def test_settings_that_cannot_be_are_named(change: dict[str, str], where: str) -> None:
    place = dataclasses.replace(PLACE, settings={**SETTINGS, **change})
    (sentence,) = security_events.check(place)
    assert sentence.startswith(f"`{where}`")
