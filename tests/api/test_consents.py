"""Consents over REST: asked for with the preview, given with the submission, taken back; receipts for anybody."""

import json
import os
from typing import Any

import pytest
from django.test import Client

from identity.models import Consent
from tellusonce import drains
from tellusonce.models import Delivery, Lane
from tests import factories
from tests.callers import Caller
from tests.simulator.peers import Running

pytestmark = pytest.mark.django_db
YES = {"recipient": "charity", "given": True, "wording": "tell-recipient/1"}


@pytest.fixture(autouse=True)
def recipients() -> None:
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    factories.recipient("council-tax")


@pytest.fixture
def caller() -> Caller:
    return Caller()


def begun(caller: Caller) -> str:
    evidence = {"type": "register-entry", "entry": factories.ENTRY}
    body = {"kind": "death", "answers": factories.TOLD, "evidence": evidence}
    report: str = caller.post("/reports", body).json()["id"]
    return f"/reports/{report}"


def submit(caller: Caller, at: str, *consents: dict[str, Any]) -> Any:
    return caller.post(f"{at}/submission", {"consents": list(consents)})


def verify(receipt: str) -> Any:
    body = {"receipt": receipt}
    return Client().post("/api/v1/receipts/verification", body, content_type="application/json", secure=True).json()


def test_the_preview_has_the_question_where_consent_is_the_basis_and_nowhere_else(caller: Caller) -> None:
    charity, council_tax = caller.get(f"{begun(caller)}/preview").json()["recipients"]
    assert (charity["is_told"], charity["reason"]) == (False, "consent-needed")
    assert charity["agreement"]["lawful_basis"] == "consent"
    assert [each["path"] for each in charity["fields"]] == ["subject.name.family", "death.died_on"]
    assert charity["consent"]["wording"] == "tell-recipient/1"
    assert charity["consent"]["question"] == f"May we tell {charity['name']}?"
    assert len(charity["consent"]["rights"]) == 4
    assert council_tax["consent"] is None


def test_the_question_is_asked_in_welsh_too(caller: Caller) -> None:
    charity = caller.get(f"{begun(caller)}/preview", language="cy").json()["recipients"][0]
    assert charity["consent"]["language"] == "cy"
    assert charity["consent"]["question"].startswith("A gawn ni")


def test_what_is_answered_is_recorded_and_a_receipt_returned(caller: Caller) -> None:
    at = begun(caller)
    answered = submit(caller, at, YES)
    assert answered.status_code == 201
    (consent,) = answered.json()["consents"]
    assert (consent["recipient"], consent["act"]) == ("charity", "given")
    assert {each["recipient"]: each["state"] for each in answered.json()["recipients"]} == {
        "charity": "pending",
        "council-tax": "pending",
    }
    (kept,) = caller.get(f"{at}/consents").json()["items"]
    assert kept["receipt"] == consent["receipt"]
    assert caller.get(f"{at}/preview").json()["recipients"][0]["is_told"] is True


def test_a_refusal_is_recorded_with_its_receipt_and_explained(caller: Caller) -> None:
    answered = submit(caller, begun(caller), {**YES, "given": False}).json()
    assert answered["consents"][0]["act"] == "refused"
    charity = answered["recipients"][0]
    assert (charity["state"], charity["reason"]) == ("withheld", "consent-refused")
    assert charity["reason_in_words"] == "This service may only be told with consent, which was refused."


@pytest.mark.parametrize(
    ("consent", "path", "words"),
    [
        ({**YES, "recipient": "council-tax"}, "consents.0", "Nobody is asked for consent here"),
        ({**YES, "wording": "other/1"}, "consents.0", "There is no such wording; there are: tell-recipient/1."),
        ({**YES, "given": "yes"}, "consents.0.given", "Enter true or false"),
        ({**YES, "language": "fr"}, "consents.0.language", "Choose one of: en, cy"),
        ({"recipient": "charity", "given": True}, "consents.0.wording", "This is missing"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place_and_nothing_is_submitted(
    caller: Caller, consent: dict[str, Any], path: str, words: str
) -> None:
    refused = submit(caller, begun(caller), consent)
    assert refused.status_code == 422
    (fault,) = refused.json()["faults"]
    assert fault["path"] == path
    assert words in fault["message"]
    assert not Consent.objects.exists()
    assert not Delivery.objects.exists()


def test_an_answer_after_the_submission_counts_too(caller: Caller) -> None:
    at = begun(caller)
    submit(caller, at)
    answered = caller.post(f"{at}/consents", {"consents": [YES]})
    assert (answered.status_code, [each["act"] for each in answered.json()["items"]]) == (201, ["given"])
    assert {each["state"] for each in caller.get(at).json()["recipients"]} == {"pending"}
    refused = caller.post(f"{at}/consents", {"consents": [{**YES, "given": False}]})
    assert refused.json()["faults"][0]["path"] == "consents.0"
    assert caller.post(f"{at}/consents", {"consents": []}).json()["faults"][0]["message"] == "Enter at least 1"


def test_without_a_key_to_sign_with_no_consent_is_taken(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    at = begun(caller)
    ring = json.loads(os.environ["VAULT_KEYS"])
    del ring["signing"]
    monkeypatch.setenv("VAULT_KEYS", json.dumps(ring))
    refused = submit(caller, at, YES)
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:tell-us-once:problem:unavailable")
    assert not Delivery.objects.exists()


def test_a_consent_is_withdrawn_once_however_often_that_is_sent(caller: Caller) -> None:
    at = begun(caller)
    submit(caller, at, YES)
    path, body = f"{at}/consents/withdrawal", {"recipient": "charity"}
    first, again = (caller.post(path, body, key="the-same") for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.json()["consent"]["act"] == "withdrawn"
    (withheld,) = first.json()["deliveries"]
    assert (withheld["state"], withheld["reason"]) == ("withheld", "consent-withdrawn")
    another = caller.post(path, body)
    assert (another.status_code, another.json()["type"]) == (409, "urn:tell-us-once:problem:consent-not-in-force")
    assert [each["act"] for each in caller.get(f"{at}/consents").json()["items"]] == ["given", "withdrawn"]


@pytest.mark.django_db(transaction=True)
def test_whoever_was_told_is_owed_the_withdrawal_and_the_report_shows_both(caller: Caller, far_end: Running) -> None:
    far_end.start({"name": "hospice", "style": "rest"}, keep_bodies=True)
    hospice = factories.recipient(
        "hospice", address=f"{far_end.url}/rest/hospice", agreement={"lawful_basis": "consent"}
    )
    at = begun(caller)
    submit(caller, at, {**YES, "recipient": "hospice"})
    drains.drain(hospice.pk, Lane.FIRST)
    withdrawn = caller.post(f"{at}/consents/withdrawal", {"recipient": "hospice"}).json()
    assert [(each["recipient"], each["state"]) for each in withdrawn["deliveries"]] == [("hospice", "pending")]
    standings = [each for each in caller.get(at).json()["recipients"] if each["recipient"] == "hospice"]
    assert [(each["purpose"], each["state"]) for each in standings] == [("notify", "sent"), ("withdraw", "pending")]


def test_another_organisation_sees_and_withdraws_nothing(caller: Caller) -> None:
    at = begun(caller)
    submit(caller, at, YES)
    stranger = Caller("elsewhere")
    assert stranger.get(f"{at}/consents").status_code == 404
    assert stranger.post(f"{at}/consents/withdrawal", {"recipient": "charity"}).status_code == 404


def test_anybody_verifies_a_receipt_and_learns_what_is_wrong_with_a_changed_one(caller: Caller) -> None:
    (consent,) = submit(caller, begun(caller), YES).json()["consents"]
    valid = verify(consent["receipt"])
    assert (valid["is_valid"], valid["fault"]) == (True, "")
    assert valid["record"]["event"]["event_state"] == "given"
    header, content, signature = consent["receipt"].split(".")
    changed = verify(f"{header}.{content[:-4]}AAAA.{signature}")
    assert (changed["is_valid"], changed["record"]) == (False, None)
    assert "content" in changed["fault"]
    assert "three parts" in verify("nonsense")["fault"]


def test_a_receipt_that_is_too_long_to_be_one_is_not_read() -> None:
    assert verify("x" * 20_001)["status"] == 422
