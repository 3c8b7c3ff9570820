"""Polling for security events, as RFC 8936 has it: given until acknowledged, stopped where there is an error."""

import json
import os
import uuid
from typing import Any

import pytest
from django.test import Client
from joserfc import jws
from joserfc.jwk import KeySet

from identity import keyrings
from identity.ledger import Actor
from identity.models import Access
from tellusonce import drains, messages
from tellusonce.deliveries import mailboxes, replays
from tellusonce.models import Attempt, Confirmation, Delivery, Recipient
from tests import factories
from tests.callers import SCOPES, Caller

AGENCY = "health-agency"
REGISTER = "urn:fdc:northmoor.example:2026:death:"
SETTINGS = {
    "issuer": "https://tell.northmoor.example",
    "audience": "https://health.example/events",
    "register_of_deaths": REGISTER,
}
ROUTE: dict[str, Any] = {"adapter": "security-event-poll", "settings": SETTINGS}
GRANTS = ("subject.name.family", "death.died_on", "registration.number")
DEATH = "https://vocab.account.gov.uk/v1/deathRegistered"


@pytest.fixture
def health() -> Recipient:
    """Give a recipient that polls."""
    return factories.recipient("health", organisation=AGENCY, address="", route=ROUTE, grants=GRANTS)


@pytest.fixture
def agency(health: Recipient) -> Caller:
    return Caller(AGENCY)


def poll(caller: Caller, *, recipient: str = "health", **said: Any) -> dict[str, Any]:
    answer = caller.call("POST", f"/security-events/{recipient}", {"returnImmediately": True, **said})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def jti(delivery: Delivery | None = None) -> str:
    return f"urn:uuid:{(delivery or Delivery.objects.get()).pk}"


def claims(token: str) -> dict[str, Any]:
    """Verify a token by what is published, as its recipient does."""
    published = KeySet.import_key_set(Client().get("/.well-known/jwks.json", secure=True).json())
    signed = jws.deserialize_compact(token, published, algorithms=["ES256"])
    assert signed.headers()["typ"] == "secevent+jwt"
    found: dict[str, Any] = json.loads(signed.payload)
    return found


def standing() -> tuple[str, str, str]:
    return Delivery.objects.values_list("state", "reason", "outcome").get()


@pytest.mark.django_db
def test_what_waits_is_given_signed_by_its_jti_with_nothing_but_what_was_granted(agency: Caller) -> None:
    """Section 2.3: `sets` is an object from each `jti` to its token."""
    report = factories.submitted()
    answer = poll(agency)
    assert list(answer) == ["sets", "moreAvailable"]
    assert answer["moreAvailable"] is False
    said = claims(answer["sets"][jti()])
    number = messages.latest_answers(report)["registration"]["number"]
    assert said["events"] == {
        DEATH: {
            "subject": {"name": [{"nameParts": [{"type": "FamilyName", "value": "Quillfeather"}]}]},
            "deathDate": {"value": "2026-10-30"},
            "deathRegistration": f"{REGISTER}{number}",
        }
    }
    assert (said["jti"], said["txn"], said["aud"]) == (jti(), report.reference, SETTINGS["audience"])


@pytest.mark.django_db
def test_being_given_is_being_sent(agency: Caller, health: Recipient) -> None:
    factories.submitted()
    poll(agency)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries, delivery.route_id) == ("sent", 1, health.route_id)
    assert Attempt.objects.get().number == 1
    assert Access.objects.get(action="delivery_fetched").actor == agency.name


@pytest.mark.django_db
def test_the_same_token_comes_again_until_it_is_acknowledged_and_never_after(agency: Caller) -> None:
    """Section 2.4.1 and 2.4.3: what is not acknowledged is given again, what is, is not."""
    factories.submitted()
    first, second = poll(agency)["sets"], poll(agency)["sets"]
    assert list(first) == list(second) == [jti()]
    assert claims(first[jti()]) == claims(second[jti()])
    assert poll(agency, ack=[jti()])["sets"] == {}
    assert poll(agency)["sets"] == {}


@pytest.mark.django_db
def test_an_acknowledgement_is_a_receipt_and_says_nothing_of_what_was_done(agency: Caller) -> None:
    factories.submitted()
    poll(agency)
    poll(agency, ack=[jti()])
    assert standing() == ("sent", "", "received")
    said = Confirmation.objects.get()
    assert (said.outcome, said.came_by, said.given_by) == ("received", "set-poll", agency.name)
    agency.post(f"/deliveries/{Delivery.objects.get().pk}/confirmations", {"outcome": "acted"})
    assert standing() == ("closed", "", "acted")


@pytest.mark.django_db
def test_an_acknowledgement_that_comes_twice_or_late_changes_nothing(agency: Caller) -> None:
    factories.submitted()
    poll(agency)
    for _ in range(2):
        poll(agency, ack=[jti(), jti()])
    agency.post(f"/deliveries/{Delivery.objects.get().pk}/confirmations", {"outcome": "matched"})
    poll(agency, ack=[jti()])
    assert standing() == ("sent", "", "matched")
    assert Confirmation.objects.count() == 2


@pytest.mark.django_db
def test_with_no_events_wished_for_it_only_acknowledges(agency: Caller) -> None:
    """Section 2.4.2: `maxEvents` of 0."""
    factories.submitted()
    assert poll(agency, maxEvents=0) == {"sets": {}, "moreAvailable": True}
    assert standing()[0] == "available"
    poll(agency)
    assert poll(agency, maxEvents=0, ack=[jti()]) == {"sets": {}, "moreAvailable": False}


@pytest.mark.django_db
def test_no_more_are_given_than_are_wished_for_oldest_first_and_it_is_said_that_more_wait(agency: Caller) -> None:
    """Sections 2.2 and 2.3: `maxEvents` and `moreAvailable`."""
    references = [factories.submitted().reference for _ in range(5)]
    seen: list[str] = []
    acknowledged: list[str] = []
    is_more = True
    while is_more:
        answer = poll(agency, maxEvents=2, ack=acknowledged)
        seen += [claims(token)["txn"] for token in answer["sets"].values()]
        acknowledged, is_more = list(answer["sets"]), answer["moreAvailable"]
    assert seen == references


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("err", "reason"),
    [
        ("invalid_request", "set-invalid-request"),
        ("invalid_key", "set-invalid-key"),
        ("invalid_audience", "set-invalid-audience"),
        ("Alma Quillfeather is no customer", "set-error-unknown"),
    ],
)
def test_what_cannot_be_taken_is_for_a_person_and_not_given_again(agency: Caller, err: str, reason: str) -> None:
    """Section 2.4.4 and RFC 8935, section 2.4; nothing of their own words is kept."""
    factories.submitted()
    poll(agency)
    errors = {jti(): {"err": err, "description": "Alma Quillfeather"}}
    assert poll(agency, setErrs=errors)["sets"] == {}
    assert standing() == ("failed", reason, "")
    entry = Access.objects.get(action="delivery_refused")
    assert (entry.about, entry.purpose) == (f"delivery:{Delivery.objects.get().pk}", reason)
    poll(agency, setErrs=errors)
    assert Access.objects.filter(action="delivery_refused").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("anew", [False, True])
def test_what_was_put_back_comes_again_under_the_same_jti(agency: Caller, anew: bool) -> None:  # noqa: FBT001
    factories.submitted()
    poll(agency)
    poll(agency, setErrs={jti(): {"err": "invalid_request"}})
    ((recipient_id, lane),) = replays.replay(Actor("operator"), [Delivery.objects.get().pk], anew=anew)
    drains.drain(recipient_id, lane)
    assert standing()[0] == "available"
    assert list(poll(agency)["sets"]) == [jti()]


@pytest.mark.django_db
def test_whoever_acknowledges_and_complains_has_it(agency: Caller) -> None:
    factories.submitted()
    poll(agency)
    poll(agency, ack=[jti()], setErrs={jti(): {"err": "invalid_request"}})
    assert standing() == ("sent", "", "received")
    poll(agency, setErrs={jti(): {"err": "invalid_request"}})
    assert standing() == ("sent", "", "received")


@pytest.mark.django_db
def test_what_was_complained_of_first_may_still_be_acknowledged(agency: Caller) -> None:
    factories.submitted()
    poll(agency)
    poll(agency, setErrs={jti(): {"err": "invalid_key"}})
    poll(agency, ack=[jti()])
    assert standing() == ("sent", "", "received")


@pytest.mark.django_db
def test_what_was_never_given_or_is_anothers_or_nobodys_is_passed_over_in_silence(agency: Caller) -> None:
    """No answer tells whether there is such a delivery."""
    factories.recipient("other", organisation="other", address="", route=ROUTE, grants=GRANTS)
    factories.submitted()
    theirs, ours = (Delivery.objects.get(recipient__slug=slug) for slug in ("other", "health"))
    other = Caller("other")
    poll(other, recipient="other")
    strange = [jti(theirs), jti(ours), f"urn:uuid:{uuid.uuid4()}", "x" * 200, ""]
    answer = poll(agency, maxEvents=0, ack=strange, setErrs={each: {"err": "invalid_key"} for each in strange})
    assert answer == {"sets": {}, "moreAvailable": True}
    assert not Confirmation.objects.exists()
    assert set(Delivery.objects.values_list("state", "outcome")) == {("sent", ""), ("available", "")}
    assert list(poll(other, recipient="other")["sets"]) == [jti(theirs)]


@pytest.mark.django_db
@pytest.mark.parametrize("recipient", ["other", "nobody", "library"])
def test_another_organisations_recipient_is_as_unknown_as_nobodys_and_one_that_does_not_poll(
    agency: Caller, recipient: str
) -> None:
    factories.recipient("other", organisation="other", address="", route=ROUTE, grants=GRANTS)
    factories.recipient("library", organisation=AGENCY, address="", route={"adapter": "inbox"})
    answer = agency.call("POST", f"/security-events/{recipient}", {"returnImmediately": True})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:tell-us-once:problem:unknown")


@pytest.mark.django_db
def test_a_recipient_is_given_its_own_and_the_inbox_has_none_of_it(agency: Caller) -> None:
    factories.recipient("second", organisation=AGENCY, address="", route=ROUTE, grants=GRANTS)
    factories.recipient("library", organisation=AGENCY, address="", route={"adapter": "inbox"})
    factories.submitted()
    assert len(poll(agency)["sets"]) == len(poll(agency, recipient="second")["sets"]) == 1
    assert [item["recipient"] for item in agency.get("/inbox").json()["items"]] == ["library"]


@pytest.mark.django_db
def test_it_takes_the_scope(health: Recipient) -> None:
    caller = Caller(AGENCY, scopes=tuple(scope for scope in SCOPES if scope != "events:poll"))
    assert caller.call("POST", "/security-events/health", {}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"maxEvents": -1}, 422),
        ({"maxEvents": "2"}, 422),
        ({"returnImmediately": 1}, 422),
        ({"ack": "urn:uuid:1"}, 422),
        ({"ack": [1]}, 422),
        ({"ack": ["x" * 201]}, 422),
        ({"ack": ["x"] * 1001}, 422),
        ({"setErrs": {"x": "invalid_key"}}, 422),
        ({"setErrs": {"x": {"description": "?"}}}, 422),
        ([], 422),
        (b"{", 400),
        ({"returnImmediately": True, "unknown": 1}, 200),
    ],
)
def test_a_poll_that_cannot_be_read_is_refused_and_a_member_that_is_not_known_is_left_alone(
    agency: Caller, body: Any, status: int
) -> None:
    answer = agency.call("POST", "/security-events/health", body)
    assert answer.status_code == status, answer.content


@pytest.mark.django_db
def test_entitlement_is_judged_at_each_poll(agency: Caller) -> None:
    factories.submitted()
    factories.submitted()
    assert len(poll(agency, maxEvents=1)["sets"]) == 1
    factories.count_agreements([])
    assert poll(agency) == {"sets": {}, "moreAvailable": False}
    assert sorted(Delivery.objects.values_list("state", "reason")) == [("sent", ""), ("withheld", "no-agreement")]


@pytest.mark.django_db
def test_a_paused_mailbox_gives_nothing(agency: Caller, health: Recipient) -> None:
    factories.submitted()
    mailboxes.pause(health.pk, by="tests", reason="tests")
    assert poll(agency)["sets"] == {}
    mailboxes.resume(health.pk)
    assert len(poll(agency)["sets"]) == 1


@pytest.mark.django_db
def test_an_acknowledgement_is_taken_while_the_mailbox_is_paused(agency: Caller, health: Recipient) -> None:
    """F25: while the recipient is paused."""
    factories.submitted()
    poll(agency)
    mailboxes.pause(health.pk, by="tests", reason="tests")
    poll(agency, ack=[jti()])
    assert standing() == ("sent", "", "received")


@pytest.mark.django_db
def test_without_a_key_nothing_is_given_and_nothing_counts_as_sent(
    agency: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.submitted()
    given = json.loads(os.environ["VAULT_KEYS"])
    given.pop("events", None)
    monkeypatch.setenv("VAULT_KEYS", json.dumps(given))
    answer = agency.call("POST", "/security-events/health", {"returnImmediately": True})
    assert (answer.status_code, standing()[0]) == (503, "available")
    monkeypatch.setenv("VAULT_KEYS", keyrings.with_new_version(json.dumps(given), of="events"))
    assert len(poll(agency)["sets"]) == 1


@pytest.mark.django_db
def test_a_death_whose_entry_cannot_be_named_is_for_a_person_and_holds_up_nobody(
    agency: Caller, health: Recipient
) -> None:
    plain = {name: value for name, value in SETTINGS.items() if name != "register_of_deaths"}
    factories.submitted()
    factories.route(health, address="", adapter="security-event-poll", settings=plain)
    assert poll(agency)["sets"] == {}
    assert standing() == ("failed", "register-entry-unfit", "")
    factories.route(health, address="", **ROUTE)
    factories.submitted()
    assert len(poll(agency)["sets"]) == 1


@pytest.mark.django_db
def test_a_route_that_changed_since_says_what_was_said_before(agency: Caller, health: Recipient) -> None:
    factories.submitted()
    first = claims(poll(agency)["sets"][jti()])
    factories.route(health, address="", adapter="security-event-poll", settings=SETTINGS | {"audience": "urn:new"})
    assert claims(poll(agency)["sets"][jti()]) == first
