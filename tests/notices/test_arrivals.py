"""What GOV.UK Notify says became of a notice counts once, in whatever order it comes, and only from them."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from tellusonce.models import Notice
from tellusonce.notices import occasions, sending, sweeps
from tellusonce.notices.owing import Contact
from tests import factories
from tests.notices.conftest import Exchange

pytestmark = pytest.mark.django_db
TOKEN = "t" * 40
BRAM = Contact("email", "bram@quillfeather.example")


@pytest.fixture
def notice(exchange: Exchange, settings: Any) -> Notice:
    """Give a notice that Notify has taken."""
    settings.NOTIFY_CALLBACK_TOKEN = TOKEN
    occasions.hand_over(factories.started(), BRAM)
    sending.send()
    return Notice.objects.get()


def told(reference: object, status: str = "delivered", *, minute: int = 0, token: str = TOKEN, **more: Any) -> int:
    body = {
        "id": str(uuid.uuid4()),
        "reference": str(reference),
        "to": "bram@quillfeather.example",
        "status": status,
        "completed_at": f"2026-11-20T10:{minute:02}:00.000000Z",
        "notification_type": "email",
        **more,
    }
    headers = {"Authorization": f"Bearer {token}"}
    answer = Client().post(
        "/notices/notify", json.dumps(body), content_type="application/json", headers=headers, secure=True
    )
    return int(answer.status_code)


def standing(notice: Notice) -> tuple[str, str, str]:
    notice.refresh_from_db()
    return notice.state, notice.reason, notice.arrival


def test_that_it_was_delivered_is_written_down_once(notice: Notice) -> None:
    assert [told(notice.pk), told(notice.pk)] == [204, 204]
    assert standing(notice) == ("sent", "", "delivered")


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_did_not_arrive_is_listed_for_an_operator(notice: Notice, status: str) -> None:
    told(notice.pk, status)
    assert standing(notice) == ("failed", f"notify-{status}", status)
    assert list(Notice.objects.troubled()) == [notice]


def test_the_newest_by_their_own_time_counts_whatever_comes_last(notice: Notice) -> None:
    told(notice.pk, "delivered", minute=9)
    told(notice.pk, "temporary-failure", minute=3)
    assert standing(notice) == ("sent", "", "delivered")


def test_a_failure_that_is_put_right_by_a_later_delivery_is_no_trouble(notice: Notice) -> None:
    told(notice.pk, "temporary-failure", minute=3)
    told(notice.pk, "delivered", minute=9)
    assert standing(notice) == ("sent", "", "delivered")


def test_what_did_not_arrive_goes_out_again_when_somebody_says_so(notice: Notice, exchange: Exchange) -> None:
    told(notice.pk, "permanent-failure")
    exchange.fates[str(notice.pk)] = "permanent-failure"
    assert sweeps.owe_again(notice.pk)
    told(notice.pk, "permanent-failure")  # the same once more, late
    assert standing(notice)[0] == "owed"
    assert sending.send() == 1
    assert exchange.references() == [str(notice.pk)] * 2


def test_a_try_of_unknown_outcome_that_arrived_is_settled_by_it(notice: Notice, exchange: Exchange) -> None:
    Notice.objects.update(state="owed", sent_at=None, due_at=notice.created_at)
    told(notice.pk)
    assert standing(notice) == ("sent", "", "delivered")
    assert sending.send() == 0


def test_who_has_not_the_token_changes_nothing(notice: Notice, settings: Any) -> None:
    assert told(notice.pk, "permanent-failure", token="x" * 40) == 401
    settings.NOTIFY_CALLBACK_TOKEN = ""
    assert told(notice.pk, "permanent-failure", token="") == 401
    assert standing(notice) == ("sent", "", "")


def test_what_is_not_about_a_notice_of_ours_is_passed_over(notice: Notice) -> None:
    assert told(uuid.uuid4()) == 204
    assert told("somebody's own") == 204
    assert told(None) == 204
    assert standing(notice) == ("sent", "", "")


@pytest.mark.parametrize("more", [{"status": "sending"}, {"completed_at": "yesterday"}, {"completed_at": None}])
def test_what_is_no_receipt_is_refused_and_not_repeated(
    notice: Notice, more: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert told(notice.pk, **more) == 400
    assert "quillfeather" not in caplog.text
    assert standing(notice) == ("sent", "", "")
