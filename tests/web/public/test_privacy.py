"""The privacy notice says what the agreements say that are in force today, and nothing else."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tellusonce import entitlements, events
from tellusonce.models import Agreement
from tests import factories
from tests.web.desks import words

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def ask(name: str, /, status: int = 200, **place: str) -> str:
    answer = Client().get(reverse(name, kwargs=place or None), secure=True)
    assert answer.status_code == status
    assert len(answer.content) < 100_000
    return words(answer.content.decode())


def test_the_notice_says_how_long_what_is_kept_and_whom_to_ask(settings: Any) -> None:
    settings.RETENTION_DAYS, settings.PRIVACY_CONTACT = 400, "dpo@northmoor.example"
    shown = ask("privacy")
    assert "kept for 28 days" in shown
    assert "up to 84 days" in shown
    assert "kept for 400 days after the last body has answered" in shown
    assert "dpo@northmoor.example" in shown


def test_the_notice_leads_to_each_kind() -> None:
    page = Client().get(reverse("privacy"), secure=True).content.decode()
    for kind in events.kinds():
        assert f'href="/privacy/{kind}"' in page


def test_each_recipient_has_what_it_is_told_why_and_by_which_agreement() -> None:
    factories.recipient(
        "care",
        name="Adult social care",
        grants=("subject.name.family", "services.adult_social_care"),
        agreement={"lawful_basis": "legal_obligation", "article_9_condition": "health_or_social_care"},
    )
    shown = ask("privacy-kind", kind="death")
    assert "Adult social care Run by Northmoor" in shown
    assert "Person who died: Name: Family name" in shown
    assert "Services: Adult social care (sensitive)" in shown
    assert "A law says that it must be told For what is sensitive: health or social care" in shown
    assert "DSA-1, in force from 1 January 2020" in shown


def test_whose_consent_is_needed_is_said() -> None:
    factories.recipient("charity", agreement={"lawful_basis": "consent"})
    assert "Only if you agree" in ask("privacy-kind", kind="death")


@pytest.mark.parametrize(
    "fields",
    [
        {"agreement": {"in_force_until": dt.date(2020, 12, 31)}},
        {"agreement": {"kind": "move"}},
        {"is_active": False},
        {"assured_until": dt.date(2020, 1, 1)},
    ],
    ids=str,
)
def test_who_is_told_nothing_is_not_there(fields: dict[str, Any]) -> None:
    factories.recipient("gone", **fields)
    assert "Nobody is told of this at the moment" in ask("privacy-kind", kind="death")


def test_a_recipients_own_agreement_stands_before_that_of_its_organisation() -> None:
    narrow = factories.recipient("narrow", grants=("death.died_on",))
    wide = Agreement.objects.create(
        slug="all-of-northmoor",
        number=1,
        organisation=narrow.organisation,
        kind="death",
        fields=["subject.name.family"],
        lawful_basis="public_task",
        in_force_from=dt.date(2024, 1, 1),
        document_reference="DSA-2",
        catalogue=factories.version(),
    )
    factories.count_agreements([*factories.version().agreements, wide.pk])
    (told,) = entitlements.of(events.find("death"), on=dt.date(2026, 11, 25))
    assert [field.path for field in told.fields] == ["death.died_on"]


def test_a_kind_that_is_none_is_not_there() -> None:
    answer = Client().get("/privacy/nothing", secure=True)
    assert answer.status_code == 404


def test_many_recipients_cost_no_more_queries(django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        factories.recipient(f"service-of-{number}")
    with django_assert_max_num_queries(MOST_QUERIES):
        ask("privacy-kind", kind="death")
