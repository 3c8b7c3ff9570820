"""Consents are given, refused and withdrawn; each act is kept, each has a receipt, and the newest counts."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from identity import consents, receipts, signatures, vault, wordings
from identity.consents import Act, Asked, Party
from identity.ledger import Actor
from identity.models import Access, Consent

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
JOURNEY = Actor("journey", organisation="northmoor")
ASKED = Asked(
    person="report:1",
    purpose="tell-of-life-event",
    audience=Party("lantern", "The Lantern Trust", "support@lantern.example"),
    controller=Party("lantern-trust", "The Lantern Trust for Bereaved Families"),
    agreement="lantern-death/3",
    document_reference="LT/REFERRALS/1",
    fields={"informant.email": "Your e-mail address", "informant.needs": "Help that you need"},
    sensitive=["informant.needs"],
    article_9_condition="explicit_consent",
    wording="tell-recipient/1",
)
WHERE: dict[str, Any] = {"purpose": ASKED.purpose, "audience": "lantern"}


def is_in_force(person: str = "report:1") -> bool:
    return consents.in_force(person, **WHERE)


def withdraw(person: str = "report:1") -> Consent:
    return consents.withdraw(JOURNEY, person, **WHERE, at=AT)


def record(consent: Consent) -> Any:
    return receipts.verify(consent.receipt, published=signatures.public_keys())


def test_nothing_is_in_force_until_it_is_given() -> None:
    assert not is_in_force()
    consents.give(JOURNEY, ASKED, at=AT)
    assert is_in_force()


def test_a_refusal_is_kept_and_allows_nothing() -> None:
    consents.refuse(JOURNEY, ASKED, at=AT)
    assert not is_in_force()
    assert consents.standings(["report:1"], purpose=ASKED.purpose) == {("report:1", "lantern"): "refused"}


def test_what_is_withdrawn_is_no_longer_in_force() -> None:
    consents.give(JOURNEY, ASKED, at=AT)
    withdraw()
    assert not is_in_force()


def test_a_consent_is_for_one_person_one_purpose_and_one_audience() -> None:
    consents.give(JOURNEY, ASKED, at=AT)
    assert not is_in_force("report:2")
    assert not consents.in_force("report:1", purpose="research", audience="lantern")
    assert not consents.in_force("report:1", purpose=ASKED.purpose, audience="other")


@given(st.lists(st.sampled_from(["give", "refuse", "withdraw"]), max_size=8))
def test_in_force_is_what_was_given_last_and_not_taken_back(acts: list[str]) -> None:
    asked = replace(ASKED, person=f"report:{uuid.uuid4()}")
    done: list[str] = []
    for act in acts:
        was_in_force = bool(done) and done[-1] == Act.GIVEN
        assert is_in_force(asked.person) is was_in_force
        try:
            done.append(str(_do(act, asked).act))
        except consents.NotInForce:
            assert act == "withdraw"
            assert not was_in_force
        except consents.InForce:
            assert act == "refuse"
            assert was_in_force
        else:
            assert (act, was_in_force) not in {("withdraw", False), ("refuse", True)}
    kept = consents.history(asked.person)
    assert [each.act for each in kept] == done
    assert [each.number for each in kept] == list(range(1, len(done) + 1))


def _do(act: str, asked: Asked) -> Consent:
    if act == "withdraw":
        return withdraw(asked.person)
    return getattr(consents, act)(JOURNEY, asked, at=AT)  # type: ignore[no-any-return]  # by its name


@pytest.mark.parametrize(
    ("act", "last", "may"),
    [
        (Act.GIVEN, None, True),
        (Act.GIVEN, Act.GIVEN, True),
        (Act.GIVEN, Act.REFUSED, True),
        (Act.GIVEN, Act.WITHDRAWN, True),
        (Act.REFUSED, None, True),
        (Act.REFUSED, Act.GIVEN, False),
        (Act.REFUSED, Act.WITHDRAWN, True),
        (Act.WITHDRAWN, None, False),
        (Act.WITHDRAWN, Act.GIVEN, True),
        (Act.WITHDRAWN, Act.REFUSED, False),
        (Act.WITHDRAWN, Act.WITHDRAWN, False),
    ],
)
def test_which_act_may_follow_which(act: Act, last: Act | None, *, may: bool) -> None:
    assert consents.may_follow(act, last) is may


def test_withdrawing_nothing_says_so() -> None:
    with pytest.raises(consents.NotInForce, match="no consent in force"):
        withdraw()


def test_each_act_has_a_receipt_with_the_notice_and_the_ways_to_exercise_rights() -> None:
    """UK GDPR articles 7(1), 7(3) and 13; ISO/IEC TS 27560:2023, section 6."""
    refused = consents.refuse(JOURNEY, ASKED, at=AT)
    given_ = consents.give(JOURNEY, ASKED, at=AT)
    withdrawn = withdraw()
    for act in (refused, given_, withdrawn):
        told = record(act)
        assert told["metadata"]["schema_version"] == "ISO/IEC TS 27560:2023"
        assert told["metadata"]["record_id"] == str(act.pk)
        assert told["metadata"]["pii_principal_id"] == "report:1"
        assert told["event"]["event_state"] == act.act
        assert told["event"]["event_time"] == "2026-11-22T12:00:00+00:00"
        assert told["event"]["entity_id"] == "northmoor/journey"
        (purpose,) = told["pii_processing"]["purposes"]
        assert purpose["agreement"] == {"version": "lantern-death/3", "document_reference": "LT/REFERRALS/1"}
        assert "back at any time" in purpose["withdrawal_method"]
        assert len(purpose["privacy_rights"]) == 4
        assert "support@lantern.example" in purpose["privacy_rights"][0]
        assert (
            "It would be told: Your e-mail address, Help that you need."
            in told["pii_processing"]["privacy_notice"]["text"]
        )


def test_the_record_names_fields_basis_and_parties() -> None:
    told = record(consents.give(JOURNEY, ASKED, at=AT))
    (purpose,) = told["pii_processing"]["purposes"]
    assert (purpose["lawful_basis"], purpose["article_9_condition"]) == ("consent", "explicit_consent")
    assert purpose["pii_information"] == [
        {"pii_type": "informant.email", "title": "Your e-mail address", "special_pii_category": False},
        {"pii_type": "informant.needs", "title": "Help that you need", "special_pii_category": True},
    ]
    parties = [(each["party_id"], each["party_role"]) for each in told["party_identification"]]
    assert parties == [("lantern", "recipient"), ("lantern-trust", "pii_controller")]


def test_who_acts_for_somebody_else_is_in_the_receipt_and_the_ledger() -> None:
    helper = replace(JOURNEY, on_behalf_of="person:7")
    given_ = consents.give(helper, ASKED, at=AT)
    assert record(given_)["event"]["on_behalf_of"] == "person:7"
    entry = Access.objects.get()
    assert (entry.action, entry.about, entry.on) == ("consent_given", "report:1", f"consent:{given_.pk}")
    assert entry.on_behalf_of == "person:7"


def test_it_can_be_asked_in_welsh() -> None:
    told = record(consents.give(JOURNEY, replace(ASKED, language="cy"), at=AT))
    assert told["pii_processing"]["language"] == "cy"
    assert told["pii_processing"]["privacy_notice"]["question"] == "A gawn ni ddweud wrth The Lantern Trust?"


@pytest.mark.parametrize(
    "wording", ["", "tell-recipient", "tell-recipient/2", "tell-recipient/01", "other/1", "/", "a/²"]
)
def test_words_that_nobody_was_shown_cannot_be_agreed_to(wording: str) -> None:
    with pytest.raises(wordings.UnknownWording, match="tell-recipient/1"):
        consents.give(JOURNEY, replace(ASKED, wording=wording), at=AT)
    with pytest.raises(wordings.UnknownWording, match="in that language"):
        consents.give(JOURNEY, replace(ASKED, language="fr"), at=AT)
    assert not Consent.objects.exists()


def test_without_a_receipt_there_is_no_consent(monkeypatch: pytest.MonkeyPatch, vault_keys: str) -> None:
    monkeypatch.setenv("VAULT_KEYS", vault_keys.replace('"signing"', '"sinning"'))
    with pytest.raises(vault.KeyMissing), transaction.atomic():
        consents.give(JOURNEY, ASKED, at=AT)
    assert not Consent.objects.exists()


def test_acts_cannot_be_changed_or_removed() -> None:
    consents.give(JOURNEY, ASKED, at=AT)
    for change in (lambda: Consent.objects.update(act="refused"), lambda: Consent.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_two_acts_cannot_have_one_place_in_the_order() -> None:
    row = consents.give(JOURNEY, ASKED, at=AT)
    row.pk = uuid.uuid4()
    with pytest.raises(IntegrityError, match="consent_number_is_unique"), transaction.atomic():
        row.save(force_insert=True)


def test_the_standings_of_many_take_one_query(django_assert_num_queries: Any) -> None:
    people = [f"report:{number}" for number in range(5)]
    for person in people:
        consents.give(JOURNEY, replace(ASKED, person=person), at=AT)
    withdraw("report:3")
    with django_assert_num_queries(1):
        found = consents.standings(people, **WHERE)
    assert [found[person, "lantern"] for person in people] == ["given", "given", "given", "withdrawn", "given"]
