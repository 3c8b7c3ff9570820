"""What is kept is kept for as long as the schedule says, and no longer."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from oauth2_provider.models import AccessToken, RefreshToken

from adapters.contract import Answer
from identity import ledger, vault
from identity.models import Access, Account, BlockKey, Invitation, Person, Session, Tries, UsedAssertion
from identity.models import Client as IdentityClient
from tellusonce import answering, confirmations, holdings, registrations, reports, retention, tasks
from tellusonce.models import Batch, Delivery, Draft, Registration, Report, WriteKey
from tests import factories

LONG_AGO = timezone.now() - dt.timedelta(days=400)

pytestmark = pytest.mark.django_db


def counts(found: list[retention.Applied]) -> dict[str, int]:
    return {each.rule.name: each.count for each in found if each.count}


def settled(*, on: dt.datetime = LONG_AGO) -> Report:
    """Give a report whose one recipient has answered."""
    factories.recipient()
    report = factories.submitted()
    for delivery in report.deliveries.all():
        delivery.state, delivery.outcome, delivery.tries = Delivery.State.CLOSED, "acted", 1
        delivery.due_at, delivery.sent_at, delivery.closed_at = None, on, on
        delivery.save()
    Report.objects.filter(pk=report.pk).update(submitted_at=on)
    report.refresh_from_db()
    return report


def person_of(report: Report) -> Person:
    assert report.subject is not None
    return Person.objects.get(pk=report.subject)


def test_a_draft_expires_and_all_that_it_said_is_erased() -> None:
    kept, report = factories.started(), factories.started()
    Report.objects.filter(pk=report.pk).update(expires_at=timezone.now())
    assert counts(retention.due()) == counts(retention.apply()) == {"drafts": 1}
    report = Report.objects.select_related("key").get(pk=report.pk)
    assert (report.state, report.key.destroyed_at is None) == (Report.State.EXPIRED, False)
    assert not Draft.objects.filter(report=report).exists()
    with pytest.raises(vault.KeyDestroyed):
        answering.registered(report)
    assert answering.told_so_far(kept)
    entry = Access.objects.get(action="report_expired")
    assert (entry.actor, entry.about) == ("retention", f"report:{report.pk}")
    assert counts(retention.apply()) == {}


def test_a_draft_that_was_put_off_is_kept() -> None:
    factories.started()
    assert counts(retention.apply()) == {}


def test_a_settled_report_is_forgotten_after_its_time_and_its_skeleton_stays() -> None:
    report = settled()
    recent = settled(on=timezone.now() - dt.timedelta(days=300))
    assert counts(retention.apply()) == {"reports": 1}
    with pytest.raises(vault.KeyDestroyed):
        reports.answers(factories.REGISTRAR, report.pk)
    assert reports.answers(factories.REGISTRAR, recent.pk)
    assert report.deliveries.get().outcome == "acted"
    assert Access.objects.filter(action="report_forgotten", about=f"report:{report.pk}").exists()


def test_whoever_no_report_is_about_any_more_is_forgotten_and_found_no_more() -> None:
    report = settled()
    person = person_of(report)
    Person.objects.update(created_at=LONG_AGO)
    assert counts(retention.due())["reports"] == 1
    retention.apply()
    person = Person.objects.select_related("key").get(pk=person.pk)
    assert person.key.destroyed_at is not None
    assert not BlockKey.objects.filter(person=person).exists()
    assert Access.objects.filter(action="person_forgotten", about=f"person:{person.pk}").exists()


def test_whoever_another_report_is_about_is_kept() -> None:
    forgotten, kept = settled(), settled(on=timezone.now())
    Report.objects.filter(pk=kept.pk).update(subject=forgotten.subject)
    merged = person_of(kept)
    Person.objects.update(created_at=LONG_AGO)
    Person.objects.filter(pk=merged.pk).update(merged_into=forgotten.subject)
    assert counts(retention.apply()) == {"reports": 1}
    assert not Person.objects.exclude(key__destroyed_at=None).exists()


def test_how_long_is_a_setting(settings: Any) -> None:
    settings.RETENTION_DAYS = 500
    settled()
    assert counts(retention.due()) == {}


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "sent", "closed_at": None},
        {"state": "failed", "reason": "http-400", "closed_at": None},
        {"state": "pending", "due_at": LONG_AGO, "closed_at": None},
    ],
)
def test_a_report_of_which_anything_is_open_is_kept_however_old(columns: dict[str, Any]) -> None:
    report = settled()
    report.deliveries.update(**columns)
    assert counts(retention.due()) == {}


def test_updates_without_a_report_registers_keys_and_tokens_go_in_their_time() -> None:
    batch = Batch.objects.create(digest=b"1", read_at=LONG_AGO, read_by="x", registrations=0, updates=1)
    key = vault.create_key()
    Registration.objects.create(
        batch=batch, number_index=b"\1", mark=b"2", is_update=True, recorded_at=LONG_AGO, key=key, sealed=b"3"
    )
    for age in (6, 8):
        used = timezone.now() - dt.timedelta(days=age)
        WriteKey.objects.create(client="x", key=str(age), request_digest=b"4", used_at=used)
    assert counts(retention.apply()) == {"registrations": 1, "write keys": 1}
    key.refresh_from_db()
    assert key.destroyed_at is not None
    assert WriteKey.objects.get().key == "6"
    assert registrations.index_anew(Registration.objects.select_related("key").get()) is None


def invited(*, until: dt.datetime, code: bytes) -> Invitation:
    times = {"until": until, "expires_at": until, "made_at": until}
    return Invitation.objects.create(person="report:1", purposes=["follow"], code=code, made_by="x", **times)


def test_what_has_expired_is_deleted_and_what_has_not_stays() -> None:
    account = Account.objects.create(login="x")
    for hours in (-48, 48):
        at = timezone.now() + dt.timedelta(hours=hours)
        Session.objects.create(session_key=str(hours), session_data="x", expire_date=at)
        invited(until=at, code=str(hours).encode())
        Tries.objects.create(door="x", key=str(hours).encode(), failures=1, last_at=at)
        client = IdentityClient.objects.create(name=f"x{hours}", organisation="x", scopes=["x"])
        UsedAssertion.objects.create(client=client, mark=b"x", expires_at=at)
        token = AccessToken.objects.create(application=client, token=f"x{hours}", expires=at, scope="")
        refresh = RefreshToken.objects.create(application=client, user=account, token=f"x{hours}", access_token=token)
        RefreshToken.objects.filter(pk=refresh.pk).update(created=at)
    expected = {"refresh tokens": 1, "tokens": 1, "assertions": 1, "invitations": 1, "visits": 1, "tries": 1}
    assert counts(retention.apply()) == expected
    assert (Session.objects.count(), Tries.objects.count(), UsedAssertion.objects.count()) == (1, 1, 1)
    assert Invitation.objects.count() == 1
    assert (AccessToken.objects.count(), RefreshToken.objects.count()) == (1, 1)


def test_more_than_one_batch_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    for _ in range(5):
        factories.started()
    Report.objects.update(expires_at=timezone.now())
    done: list[int] = []
    retention.apply(done.append)
    assert done == [2, 2, 1]


def test_the_command_shows_what_it_would_do_and_does_it() -> None:
    factories.started()
    Report.objects.update(expires_at=timezone.now())
    out = StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "drafts: 1 due (as soon as it has expired)" in out.getvalue()
    assert "write keys: 0 due (kept 7 days)" in out.getvalue()
    assert Draft.objects.exists()
    call_command("retention", stdout=out)
    assert "drafts: 1 forgotten" in out.getvalue()
    assert not Draft.objects.exists()


def test_the_scheduler_does_it_daily() -> None:
    factories.started()
    Report.objects.update(expires_at=timezone.now())
    tasks.forget()
    assert Report.objects.get().state == Report.State.EXPIRED


def test_every_rule_says_what_and_why() -> None:
    assert all(rule.what and rule.why for rule in retention.SCHEDULE)
    assert len({rule.name for rule in retention.SCHEDULE}) == len(retention.SCHEDULE)


def test_an_erased_report_still_takes_a_confirmation() -> None:
    report = settled()
    retention.apply()
    (delivery,) = report.deliveries.all()
    speaker = ledger.Actor("x", delivery.recipient.organisation.slug)
    assert confirmations.take(speaker, delivery.pk, Answer("acted")).is_new
    assert holdings.collect(factories.REGISTRAR, holdings.find(report.reference))["sealed"]
