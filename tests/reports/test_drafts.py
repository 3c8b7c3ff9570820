"""A draft lasts for 28 days, can be kept for longer, and does not go without a word."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.models import Access
from tellusonce import clocks, drafts, reports, retention
from tellusonce.models import Notice, Report
from tellusonce.notices import occasions, sending
from tellusonce.notices.owing import Contact
from tests import factories
from tests.callers import Caller
from tests.notices.conftest import Mailroom, fresh_breaker, mailroom

__all__ = ["fresh_breaker", "mailroom"]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
EMAIL = "bram@quillfeather.example"


def started(*, days_ago: float, days_left: float, **informant: Any) -> Report:
    """Start a report that has so many days left."""
    report = factories.started()
    if informant:
        reports.save(factories.REGISTRAR, report.pk, patch={"informant": informant})
    now = clocks.now()
    Report.objects.filter(pk=report.pk).update(started_at=now - days_ago * DAY, expires_at=now + days_left * DAY)
    report.refresh_from_db()
    return report


def days_left(report: Report) -> int:
    report.refresh_from_db()
    return round((report.expires_at - clocks.now()) / DAY)


def test_whoever_tells_has_it_kept_for_28_days_more() -> None:
    report = started(days_ago=27, days_left=1)
    drafts.extend(factories.REGISTRAR, report.pk)
    assert days_left(report) == 28
    assert Access.objects.filter(action="report_extended", about=f"report:{report.pk}").count() == 1


def test_it_is_kept_for_84_days_and_no_longer() -> None:
    report = started(days_ago=70, days_left=3)
    drafts.extend(factories.REGISTRAR, report.pk)
    assert days_left(report) == 14
    with pytest.raises(drafts.CannotExtend, match="84 days"):
        drafts.extend(factories.REGISTRAR, report.pk)


def test_what_was_submitted_or_has_expired_is_not_extended() -> None:
    with pytest.raises(reports.NotOpen):
        drafts.extend(factories.REGISTRAR, factories.submitted().pk)
    report = started(days_ago=29, days_left=-1)
    with pytest.raises(reports.NotOpen, match="expired"):
        drafts.extend(factories.REGISTRAR, report.pk)


def test_what_is_kept_for_longer_is_not_forgotten() -> None:
    report = started(days_ago=27, days_left=1)
    drafts.extend(factories.REGISTRAR, report.pk)
    retention.apply()
    report.refresh_from_db()
    assert report.state == "started"


def test_by_the_interface_of_their_own_alone() -> None:
    report = started(days_ago=20, days_left=8)
    assert Caller("elsewhere").post(f"/reports/{report.pk}/extension", {}).status_code == 404
    answer = Caller().post(f"/reports/{report.pk}/extension", {})
    assert (answer.status_code, answer.json()["state"], days_left(report)) == (200, "started", 28)
    Report.objects.update(started_at=clocks.now() - 80 * DAY, expires_at=clocks.now() + 4 * DAY)
    answer = Caller().post(f"/reports/{report.pk}/extension", {})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "cannot-extend")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("drafts", *arguments, stdout=out)
    return out.getvalue()


def test_an_operator_keeps_one_beyond_that_and_is_named_in_the_ledger() -> None:
    report = started(days_ago=80, days_left=2)
    assert report.reference in run("list")
    run("extend", report.reference, "--days", "60", "--by", "B. Clerk")
    assert days_left(report) == 60
    run("extend", report.reference, "--days", "1", "--by", "B. Clerk")
    assert days_left(report) == 60, "it is never kept for less"
    assert set(Access.objects.filter(action="report_extended").values_list("actor", flat=True)) == {"B. Clerk"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--days", "0"), "--days from 1 to 84"), (("--days", "85"), "--days from 1 to 84"), ((), "has been submitted")],
)
def test_what_cannot_be_extended_is_said(arguments: tuple[str, ...], words: str) -> None:
    report = factories.submitted()
    with pytest.raises(CommandError, match=words):
        run("extend", report.reference, "--by", "x", *arguments)


# Before it expires


def test_the_informant_hears_five_days_before_and_once(mailroom: Mailroom) -> None:
    report = started(days_ago=24, days_left=4, email=EMAIL)
    started(days_ago=20, days_left=8, email=EMAIL)
    assert (drafts.remind(), drafts.remind()) == (1, 0)
    assert sending.send() == 1
    (mail,) = mailroom.took
    assert mail["Subject"] == "Your report has not been sent yet"
    assert report.reference in mail.get_content()
    assert "Quillfeather" not in mail.get_content()


def test_whoever_extends_hears_again_before_the_new_day(mailroom: Mailroom) -> None:
    report = started(days_ago=24, days_left=4, email=EMAIL)
    drafts.remind()
    drafts.extend(factories.REGISTRAR, report.pk)
    assert drafts.remind() == 0
    Notice.objects.update(created_at=clocks.now() - 24 * DAY)
    Report.objects.filter(pk=report.pk).update(expires_at=clocks.now() + 3 * DAY)
    assert drafts.remind() == 1


def test_who_gave_no_address_hears_where_the_reference_was_sent(mailroom: Mailroom) -> None:
    report = started(days_ago=24, days_left=4)
    assert drafts.remind() == 0
    occasions.hand_over(report, Contact("email", EMAIL, "cy"))
    assert drafts.remind() == 1
    assert Notice.objects.get(kind="draft-expires").language == "cy"


def test_nobody_hears_of_what_was_submitted_or_has_expired(mailroom: Mailroom) -> None:
    started(days_ago=29, days_left=-1, email=EMAIL)
    report = started(days_ago=24, days_left=4, email=EMAIL)
    reports.submit(factories.REGISTRAR, report.pk)
    assert drafts.remind() == 0


def test_a_draft_is_read_after_its_report_is_locked() -> None:
    """Joined to the row that is waited for, it would be as it was before the wait, and the other's answers be lost."""
    report = factories.started()
    with CaptureQueriesContext(connection) as asked:
        reports.save(factories.REGISTRAR, report.pk, patch={})
    said = [each["sql"] for each in asked]
    locking = next(place for place, each in enumerate(said) if "FOR UPDATE" in each)
    reading = [place for place, each in enumerate(said) if each.startswith("SELECT") and "tellusonce_draft" in each]
    assert reading
    assert min(reading) > locking
