"""Where the figures do not settle it people decide: one of them, or two who agree once a report is sent."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection

from identity import doubts, matching
from identity.ledger import Actor
from identity.models import Access, Doubt
from identity.traits import Name
from tests.identity.persons import ALMA, CLERK, kept, like

pytestmark = pytest.mark.django_db

ADVISER, OTHER = Actor("A. Viser", "northmoor"), Actor("O. Ther", "northmoor")
TWIN = like(ALMA, names=(Name("edith", "quillfeather"),))


def raised(*, is_sent: bool = False) -> Doubt:
    kept(ALMA)
    (doubt,) = doubts.put(CLERK, match=matching.match(TWIN), about="report:1", is_sent=is_sent)
    return doubt


def test_a_doubt_shows_why_and_nobodys_data() -> None:
    doubt = raised()
    assert doubt.cautions == ["one household: another given name"]
    assert {"field": "given", "level": "different"}.items() <= next(
        e for e in doubt.evidence if e["field"] == "given"
    ).items()
    assert "quillfeather" not in str(doubt.evidence)
    assert list(doubts.waiting("report:1")) == [doubt]
    assert list(doubts.waiting("report:2")) == []


def test_a_doubt_is_raised_once() -> None:
    raised()
    assert doubts.put(CLERK, match=matching.match(TWIN), about="report:1", is_sent=False) == []
    assert doubts.waiting().count() == 1


def test_what_is_settled_raises_no_doubt() -> None:
    kept(ALMA)
    assert doubts.put(CLERK, match=matching.match(ALMA), about="report:1", is_sent=False) == []
    assert (
        doubts.put(
            CLERK, match=matching.match(replace(ALMA, names=(), places=(), born_on="")), about="report:1", is_sent=False
        )
        == []
    )


def test_before_anything_is_sent_one_decides() -> None:
    decided = doubts.decide(ADVISER, doubt=raised().pk, answer="different")
    assert decided.answer == "different"
    assert decided.decided_at is not None
    assert not doubts.waiting().exists()


def test_once_it_is_sent_two_have_to_agree() -> None:
    doubt = raised(is_sent=True)
    assert doubts.decide(ADVISER, doubt=doubt.pk, answer="same").answer == ""
    with pytest.raises(doubts.HasSpoken, match="somebody else"):
        doubts.decide(ADVISER, doubt=doubt.pk, answer="same")
    assert doubts.decide(OTHER, doubt=doubt.pk, answer="same").answer == "same"


def test_two_who_disagree_leave_it_to_a_third() -> None:
    doubt = raised(is_sent=True)
    doubts.decide(ADVISER, doubt=doubt.pk, answer="same")
    assert doubts.decide(OTHER, doubt=doubt.pk, answer="different").answer == ""
    assert doubts.decide(Actor("T. Hird", "northmoor"), doubt=doubt.pk, answer="different").answer == "different"


def test_a_doubt_of_a_report_sent_meanwhile_needs_two() -> None:
    doubt = raised()
    doubts.sent("report:1")
    assert doubts.decide(ADVISER, doubt=doubt.pk, answer="same").answer == ""


def test_what_is_decided_is_not_decided_again() -> None:
    doubt = raised()
    doubts.decide(ADVISER, doubt=doubt.pk, answer="same")
    with pytest.raises(doubts.AlreadyDecided, match="was decided before: same"):
        doubts.decide(OTHER, doubt=doubt.pk, answer="different")


def test_who_raised_and_who_decided_is_in_the_ledger() -> None:
    doubt = raised()
    doubts.decide(ADVISER, doubt=doubt.pk, answer="same")
    entries = Access.objects.filter(about=f"person:{doubt.person_id}").order_by("id")
    assert [(each.actor, each.action, each.on) for each in entries] == [
        (CLERK.name, "doubt_raised", "report:1"),
        (ADVISER.name, "doubt_decided", "report:1"),
    ]


def test_an_opinion_cannot_be_changed() -> None:
    doubts.decide(ADVISER, doubt=raised().pk, answer="same")
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"permission denied|only ever added"):
        cursor.execute("UPDATE identity_opinion SET answer = 'different'")
