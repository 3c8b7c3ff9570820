"""The newest version of the catalogue is read once, and a newer one counts at once."""

import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from tellusonce.catalogue import current, inforce
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_is_kept_costs_one_question(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    factories.recipient("library")
    first = current.catalogue()
    with django_assert_num_queries(1):
        assert current.catalogue() is first
        assert [each.slug for each in first.recipients_of(first.agreements("death"), ())] == ["library"]
        assert all(each.route and each.organisation.name for each in first.recipients)


def test_a_newer_version_counts_at_once() -> None:
    library = factories.recipient("library")
    assert current.catalogue().agreements("death")
    library.is_active = False
    library.save()
    factories.count_agreements([])
    newest = current.catalogue()
    assert (newest.agreements("death"), newest.recipients) == ((), [])


def test_it_says_what_the_database_says() -> None:
    factories.recipient("east", serves=["east", "village"])
    factories.recipient("west", serves=["west"], agreement={"in_force_until": dt.date(2021, 1, 1)})
    factories.recipient("nation")
    factories.recipient("gone", is_active=False)
    factories.recipient("moves", agreement={"kind": "move"})
    kept = current.catalogue()
    for kind in ("death", "move", "birth"):
        assert list(kept.agreements(kind)) == inforce.agreements(kind)
        for codes in (set[str](), {"east"}, {"west", "moor"}):
            assert kept.recipients_of(kept.agreements(kind), codes) == inforce.recipients_for(kind, codes)
