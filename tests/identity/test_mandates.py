"""Somebody lets a helper act for named purposes until a moment, sees it, and ends it when they like."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from identity import ledger, mandates
from identity.ledger import Action, Actor
from identity.mandates import Terms
from identity.models import Access, Mandate

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
DAUGHTER, SOLICITOR = "report:1", "account:2"
ACTOR = Actor("journey", organisation="northmoor")


def granted(**changes: Any) -> Mandate:
    usual = {"person": DAUGHTER, "helper": SOLICITOR, "purposes": ["answer", "follow"], "until": AT + 30 * DAY}
    return mandates.grant(ACTOR, Terms(**{**usual, **changes}), at=AT)


def may(purpose: str = "answer", *, at: dt.datetime = AT, helper: str = SOLICITOR, person: str = DAUGHTER) -> bool:
    try:
        mandates.acting(ACTOR, [helper], person=person, purpose=purpose, at=at)
    except mandates.NoMandate:
        return False
    return True


def test_a_helper_may_do_what_the_mandate_names_and_nothing_else() -> None:
    assert not may()
    granted()
    assert may("answer")
    assert may("follow")
    assert not may("withdraw")
    assert not may(helper="account:3")
    assert not may(person="report:9")


@pytest.mark.parametrize(
    ("at", "expected"),
    [(AT - DAY, False), (AT, True), (AT + 30 * DAY - dt.timedelta(seconds=1), True), (AT + 30 * DAY, False)],
)
def test_it_is_in_force_from_its_grant_until_its_end(at: dt.datetime, *, expected: bool) -> None:
    granted()
    assert may(at=at) is expected


def test_whoever_gave_it_ends_it_at_any_time_and_it_stays_ended() -> None:
    given = granted()
    mandates.end(ACTOR, DAUGHTER, given.pk, at=AT + DAY)
    mandates.end(ACTOR, DAUGHTER, given.pk, at=AT + 2 * DAY)
    assert may(at=AT + DAY / 2)
    assert not may(at=AT + DAY)
    assert [each.action for each in Access.objects.order_by("id")] == ["mandate_granted", "mandate_ended"]


def test_nobody_else_ends_it() -> None:
    given = granted()
    for person, mandate in ((SOLICITOR, given.pk), ("report:9", given.pk), (DAUGHTER, uuid.uuid4())):
        with pytest.raises(mandates.UnknownMandate):
            mandates.end(ACTOR, person, mandate, at=AT)
    assert may()


def test_a_helper_lays_down_their_own_and_no_other_s() -> None:
    given, other = granted(), granted(helper="account:3")
    with pytest.raises(mandates.UnknownMandate):
        mandates.lay_down(Actor(SOLICITOR), [SOLICITOR], other.pk, at=AT)
    assert [each.pk for each in mandates.held_by([SOLICITOR], at=AT)] == [given.pk]
    mandates.lay_down(Actor(SOLICITOR), [SOLICITOR], given.pk, at=AT)
    assert not may()
    assert may(helper="account:3")
    assert Access.objects.latest("id").action == "mandate_laid_down"


def test_ending_one_leaves_the_others() -> None:
    first, _ = granted(), granted(purposes=["answer"])
    mandates.end(ACTOR, DAUGHTER, first.pk, at=AT)
    assert may("answer")
    assert not may("follow")


def test_whoever_gave_mandates_sees_them_all_ended_or_not() -> None:
    ended, still = granted(), granted(helper="account:3")
    mandates.end(ACTOR, DAUGHTER, ended.pk, at=AT + DAY)
    seen = {each.pk: each for each in mandates.given_by(DAUGHTER)}
    assert set(seen) == {ended.pk, still.pk}
    assert seen[ended.pk].ending.ended_at == AT + DAY
    assert not hasattr(seen[still.pk], "ending")
    assert not mandates.given_by(SOLICITOR)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"helper": DAUGHTER}, "act for themselves"),
        ({"purposes": []}, "at least one purpose"),
        ({"until": AT}, "ends in the future"),
        ({"until": AT + dt.timedelta(days=400)}, "within a year"),
    ],
)
def test_a_mandate_without_bounds_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(mandates.UnfitMandate, match=words):
        granted(**changes)
    assert not Mandate.objects.exists()


def test_all_that_a_helper_does_shows_on_whose_behalf() -> None:
    granted()
    acting = mandates.acting(ACTOR, [SOLICITOR], person=DAUGHTER, purpose="answer", at=AT)
    assert (acting.name, acting.organisation) == (ACTOR.name, ACTOR.organisation)
    assert acting.purposes == {"answer", "follow"}
    ledger.record(acting, action=Action.REPORT_READ, about=DAUGHTER)
    assert Access.objects.latest("pk").on_behalf_of == DAUGHTER


def test_without_a_mandate_nobody_acts_for_another() -> None:
    given = granted()
    mandates.end(ACTOR, DAUGHTER, given.pk, at=AT)
    with pytest.raises(mandates.NoMandate, match="ask them to give you one"):
        mandates.acting(ACTOR, [SOLICITOR], person=DAUGHTER, purpose="answer", at=AT)


def test_mandates_and_endings_cannot_be_changed() -> None:
    given = granted()
    mandates.end(ACTOR, DAUGHTER, given.pk, at=AT)
    for change in (lambda: Mandate.objects.update(until=AT + 99 * DAY), given.ending.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
