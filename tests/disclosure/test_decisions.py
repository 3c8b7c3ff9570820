"""Whom we may tell what: deny by default, one agreement for each answer."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tellusonce import disclosure
from tellusonce.disclosure import Grant, Question, Reason, Refusal
from tellusonce.models import Agreement, Recipient

TODAY = dt.date(2026, 11, 23)


def recipient(**columns: Any) -> Recipient:
    """Make a recipient that may be told, but for what the columns say."""
    return Recipient(**{"id": 1, "organisation_id": 10, "assured_until": TODAY, "is_active": True, **columns})


def agreement(**columns: Any) -> Agreement:
    """Make an agreement in force for that recipient, but for what the columns say."""
    usual = {
        "id": 100,
        "slug": "a",
        "organisation_id": 10,
        "recipient_id": 1,
        "kind": "death",
        "fields": ["death.died_on"],
        "lawful_basis": "public_task",
        "in_force_from": TODAY,
        "in_force_until": TODAY,
    }
    return Agreement(**{**usual, **columns})


def decide(*agreements: Agreement, to: Recipient | None = None, **question: Any) -> Grant | Refusal:
    """Decide about a verified death today, but for what the question says."""
    asked = Question(**{"kind": "death", "on": TODAY, "is_verified": True, **question})
    return disclosure.decide(to or recipient(), asked, agreements=agreements)


def test_an_agreement_in_force_grants_its_fields() -> None:
    decision = decide(agreement())
    assert isinstance(decision, Grant)
    assert decision.fields == {"death.died_on"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": "birth"}, Reason.NO_AGREEMENT),
        ({"recipient_id": 2}, Reason.NO_AGREEMENT),
        ({"recipient_id": None, "organisation_id": 11}, Reason.NO_AGREEMENT),
        ({"in_force_from": TODAY + dt.timedelta(days=1), "in_force_until": None}, Reason.NOT_IN_FORCE),
        ({"in_force_until": TODAY - dt.timedelta(days=1), "in_force_from": dt.date(2020, 1, 1)}, Reason.NOT_IN_FORCE),
        ({"lawful_basis": "consent"}, Reason.CONSENT_NEEDED),
    ],
)
def test_an_agreement_that_does_not_fit_withholds(changed: dict[str, Any], reason: Reason) -> None:
    assert decide(agreement(**changed)) == Refusal(reason)


def test_without_any_agreement_nothing_is_told() -> None:
    assert decide() == Refusal(Reason.NO_AGREEMENT)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"is_active": False}, Reason.RECIPIENT_INACTIVE),
        ({"assured_until": TODAY - dt.timedelta(days=1)}, Reason.NOT_ASSURED),
    ],
)
def test_a_recipient_that_may_not_be_reached_is_not_told(changed: dict[str, Any], reason: Reason) -> None:
    assert decide(agreement(), to=recipient(**changed)) == Refusal(reason)


def test_a_death_without_evidence_is_not_told() -> None:
    """A living man lost his benefits on one caller's word."""
    assert decide(agreement(), is_verified=False) == Refusal(Reason.UNVERIFIED)


def test_what_the_informant_did_not_choose_is_not_told_unless_the_law_requires_it() -> None:
    assert decide(agreement(), chosen=set()) == Refusal(Reason.NOT_CHOSEN)
    assert isinstance(decide(agreement(), chosen={1}), Grant)
    assert isinstance(decide(agreement(is_required=True), chosen=set()), Grant)


def test_a_recipients_own_agreement_goes_before_its_organisations_and_they_are_never_joined() -> None:
    wide = agreement(id=1, slug="wide", recipient_id=None, fields=["subject.name.family", "subject.born_on"])
    own = agreement(id=2, slug="own", fields=["death.died_on"])
    for order in ((wide, own), (own, wide)):
        decision = decide(*order)
        assert isinstance(decision, Grant)
        assert decision.agreement.slug == "own"
        assert decision.fields == {"death.died_on"}


NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.text(min_size=1) | st.integers() | st.booleans()
TREES = st.recursive(LEAVES, lambda below: st.dictionaries(NAMES, below) | st.lists(below, max_size=3), max_leaves=12)


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """List every leaf with its path, list places left out."""
    if isinstance(value, dict):
        return [leaf for name, below in value.items() for leaf in leaves(below, (*path, name))]
    if isinstance(value, list):
        return [leaf for below in value for leaf in leaves(below, path)]
    return [(path, value)]


@given(st.dictionaries(NAMES, TREES), st.sets(st.lists(NAMES, min_size=1, max_size=4).map(".".join)))
def test_nothing_is_projected_that_was_not_granted(answers: dict[str, Any], fields: set[str]) -> None:
    granted = [tuple(path.split(".")) for path in fields]
    for path, _ in leaves(disclosure.project(answers, fields)):
        assert path in granted


@given(st.dictionaries(NAMES, TREES))
def test_what_was_granted_arrives_whole(answers: dict[str, Any]) -> None:
    paths = {".".join(path) for path, _ in leaves(answers)}
    assume(not any(path.startswith(f"{other}.") for path in paths for other in paths))
    assert sorted(map(repr, leaves(disclosure.project(answers, paths)))) == sorted(map(repr, leaves(answers)))


def test_an_agreement_without_fields_grants_nothing() -> None:
    assert disclosure.project({"subject": {"name": "x"}}, []) == {}


def test_a_leaf_that_has_become_a_group_is_granted_to_nobody() -> None:
    answers = {"subject": {"name": {"given": "x"}, "tags": ["a", {"secret": "b"}]}}
    assert disclosure.project(answers, ["subject.name", "subject.tags"]) == {"subject": {"tags": ["a"]}}


def test_lists_keep_their_order_and_lose_what_was_not_granted() -> None:
    answers = {"addresses": [{"town": "A", "postcode": "1"}, {"postcode": "2"}, {"town": "C"}], "other": "x"}
    assert disclosure.project(answers, {"addresses.postcode"}) == {"addresses": [{"postcode": "1"}, {"postcode": "2"}]}
