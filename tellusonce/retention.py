"""For how long what is kept, as data: a schedule that is applied daily, and can be looked at before it is.

What is personal is forgotten by destroying the data key that sealed it; the skeleton stays, for audit and statistics.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from oauth2_provider.models import get_access_token_model, get_grant_model, get_refresh_token_model
from oauth2_provider.settings import oauth2_settings

from identity import ledger, matching, vault
from identity.ledger import Action, Actor, Entry
from identity.models import Account, Invitation, Person, Session, Tries, UsedAssertion
from tellusonce import clocks, finding
from tellusonce.models import Delivery, Draft, Registration, Report, WriteKey

AT_A_TIME = 200
RETENTION = Actor("retention")
UNSETTLED = (*Delivery.OPEN, Delivery.State.FAILED)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the schedule: what is forgotten, after how long, by what right it was kept, and how."""

    name: str
    what: str
    after: Callable[[], dt.timedelta]
    why: str
    due: Callable[[dt.datetime], QuerySet[Any]]
    forget: Callable[[list[Any]], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What one rule came to."""

    rule: Rule
    count: int


def expired_drafts(before: dt.datetime) -> QuerySet[Report]:
    """Give reports that nobody submitted in time; each has its own day, which can be put off."""
    return Report.objects.filter(state=Report.State.STARTED, expires_at__lte=before)


def settled_reports(before: dt.datetime) -> QuerySet[Report]:
    """Give submitted reports not erased yet that everybody has answered, the last of them before that moment."""
    open_ = Delivery.objects.filter(report=OuterRef("pk"), state__in=UNSETTLED)
    return (
        Report.objects.filter(~Exists(open_), state=Report.State.SUBMITTED, key__destroyed_at=None)
        .annotate(settled_at=settled_at())
        .filter(settled_at__lte=before)
    )


def settled_at() -> Greatest:
    """Say when the last recipient of a report answered; when it was submitted, if it had none to answer."""
    return Greatest("submitted_at", Coalesce(Max("deliveries__closed_at"), "submitted_at"))


def lone_registrations(before: dt.datetime) -> QuerySet[Registration]:
    """Give updates from a register's extract, which have no report and a data key of their own."""
    return Registration.objects.filter(report=None, recorded_at__lte=before, key__destroyed_at=None)


def unneeded_people(before: dt.datetime) -> QuerySet[Person]:
    """Give people whom no report is about any more and no account is of, nor anybody found to be the same."""
    about = Report.objects.filter(key__destroyed_at=None)
    theirs = Account.objects.filter(person=OuterRef("pk"))
    needed = Q(Exists(about.filter(subject=OuterRef("pk")))) | Q(Exists(theirs))
    same = Person.objects.filter(needed, merged_into=OuterRef("pk"))
    return Person.objects.filter(
        ~needed,
        ~Exists(about.filter(subject=OuterRef("merged_into"))),
        ~Exists(Account.objects.filter(person=OuterRef("merged_into"))),
        ~Exists(same),
        key__destroyed_at=None,
        created_at__lte=before,
    )


def used_write_keys(before: dt.datetime) -> QuerySet[WriteKey]:
    """Give idempotency keys that nobody will repeat any more."""
    return WriteKey.objects.filter(used_at__lte=before)


def dead_tokens(before: dt.datetime) -> QuerySet[Any]:
    """Give access tokens that have expired."""
    return get_access_token_model().objects.filter(expires__lte=before, refresh_token=None)  # type: ignore[no-any-return]


def dead_refresh_tokens(before: dt.datetime) -> QuerySet[Any]:
    """Give tokens that were good for new access tokens, and are too old for it."""
    return get_refresh_token_model().objects.filter(created__lte=before)  # type: ignore[no-any-return]


def ended_visits(before: dt.datetime) -> QuerySet[Session]:
    """Give visits that have ended by themselves."""
    return Session.objects.filter(expire_date__lte=before)


def old_tries(before: dt.datetime) -> QuerySet[Tries]:
    """Give failed tries that close no door any more."""
    return Tries.objects.filter(last_at__lte=before)


def old_invitations(before: dt.datetime) -> QuerySet[Invitation]:
    """Give invitations to help that nobody can accept any more; a mandate that came of one stays."""
    return Invitation.objects.filter(expires_at__lte=before)


def used_assertions(before: dt.datetime) -> QuerySet[UsedAssertion]:
    """Give the marks of clients' assertions that have expired, and so cannot be used again anyway."""
    return UsedAssertion.objects.filter(expires_at__lte=before)


def dead_grants(before: dt.datetime) -> QuerySet[Any]:
    """Give authorisation codes that have expired."""
    return get_grant_model().objects.filter(expires__lte=before)  # type: ignore[no-any-return]


def _expire(reports: list[Report]) -> None:
    Draft.objects.filter(report__in=reports).delete()
    finding.forget(reports)
    Report.objects.filter(pk__in=[each.pk for each in reports]).update(state=Report.State.EXPIRED)
    _destroy([each.key_id for each in reports], Action.REPORT_EXPIRED, [f"report:{each.pk}" for each in reports])


def _forget_reports(reports: list[Report]) -> None:
    finding.forget(reports)
    _destroy([each.key_id for each in reports], Action.REPORT_FORGOTTEN, [f"report:{each.pk}" for each in reports])


def _forget_people(people: list[Person]) -> None:
    matching.forget([each.pk for each in people])
    _destroy([each.key_id for each in people], Action.PERSON_FORGOTTEN, [f"person:{each.pk}" for each in people])


def forget_subject(report: Report) -> None:
    """Forget the person whom an erased report was about, if no other is; expects a transaction."""
    if report.subject is not None:
        forget_person(report.subject)


def forget_person(person: UUID) -> None:
    """Forget a person unless a report is about them, or an account is theirs; expects a transaction."""
    people = list(unneeded_people(clocks.now()).filter(Q(pk=person) | Q(merged_into=person)))
    if people:
        _forget_people(people)


def _forget_registrations(kept: list[Registration]) -> None:
    abouts = [f"registration:{each.pk}" for each in kept]
    _destroy([each.key_id for each in kept], Action.REGISTRATION_FORGOTTEN, abouts)


def _destroy(keys: list[UUID], action: Action, abouts: list[str]) -> None:
    vault.destroy(keys)
    ledger.record_many(RETENTION, [Entry(action, about, "retention") for about in abouts])


def _delete(rows: list[Any]) -> None:
    model = type(rows[0])
    model._default_manager.filter(pk__in=[each.pk for each in rows]).delete()  # noqa: SLF001


def at_once() -> dt.timedelta:
    """Keep for no longer than it says itself."""
    return dt.timedelta()


def days(count: int) -> Callable[[], dt.timedelta]:
    """Keep for so many days."""
    return lambda: dt.timedelta(days=count)


def as_set() -> dt.timedelta:
    """Keep for as long as RETENTION_DAYS says."""
    return dt.timedelta(days=settings.RETENTION_DAYS)


def as_refreshed() -> dt.timedelta:
    """Keep for as long as a new access token can be had by it."""
    return dt.timedelta(seconds=oauth2_settings.REFRESH_TOKEN_EXPIRE_SECONDS)


SCHEDULE = (
    Rule(
        "drafts",
        "reports that were started and never submitted: answers, evidence and all",
        at_once,  # after their own 28 days
        "so that whoever tells may pause and come back",
        expired_drafts,
        _expire,
    ),
    Rule(
        "reports",
        "answers, evidence, notes and addresses of reports that every recipient has answered",
        as_set,
        "to correct, to void, and to answer for what was told (UK GDPR Article 6(1)(e), Article 17(3)(b) and (e))",
        settled_reports,
        _forget_reports,
    ),
    Rule(
        "people",
        "what is known of people whom no report is about any more, and who have no account",
        as_set,
        "to recognise them when they are reported again",
        unneeded_people,
        _forget_people,
    ),
    Rule(
        "registrations",
        "updates from registers' extracts that belong to no report here",
        as_set,
        "they may come before the registration that they change",
        lone_registrations,
        _forget_registrations,
    ),
    Rule(
        "write keys", "idempotency keys and what was answered", days(7), "a client may repeat", used_write_keys, _delete
    ),
    Rule("refresh tokens", "tokens for new tokens", as_refreshed, "staff stay signed in", dead_refresh_tokens, _delete),
    Rule("tokens", "access tokens that have expired", at_once, "they open nothing any more", dead_tokens, _delete),
    Rule("codes", "authorisation codes that have expired", at_once, "likewise", dead_grants, _delete),
    Rule("assertions", "by what clients proved who they are", at_once, "none is used twice", used_assertions, _delete),
    Rule("invitations", "invitations to help", days(1), "they count for a day", old_invitations, _delete),
    Rule("visits", "visits that have ended", at_once, "whoever comes back signs in anew", ended_visits, _delete),
    Rule("tries", "failed tries at a door", days(1), "it stays locked for a while", old_tries, _delete),
)


def due() -> list[Applied]:
    """Say what would be forgotten now, and forget nothing."""
    now = clocks.now()
    return [Applied(rule, rule.due(now - rule.after()).count()) for rule in SCHEDULE]


def apply(advance: Callable[[int], None] = lambda _: None) -> list[Applied]:
    """Forget what has been kept long enough, some at a time; safe to stop, to repeat, and beside itself."""
    now = clocks.now()
    return [Applied(rule, _apply(rule, now - rule.after(), advance)) for rule in SCHEDULE]


def _apply(rule: Rule, before: dt.datetime, advance: Callable[[int], None]) -> int:
    count = 0
    while True:
        with transaction.atomic():
            ids = list(rule.due(before).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME])
            rows = _still_due(rule, before, ids)
            if rows:
                rule.forget(rows)
        if not rows:
            return count
        count += len(rows)
        advance(len(rows))


def _still_due(rule: Rule, before: dt.datetime, ids: list[Any]) -> list[Any]:
    """Lock rows, and look again: somebody may have submitted one of them in its last moment."""
    if not ids:
        return []
    model = rule.due(before).model
    rows = model._default_manager.filter(pk__in=ids)  # noqa: SLF001
    if not getattr(model, "append_only", False):  # of those nobody changes any, and we may not lock them either
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    held = {each.pk: each for each in rows}
    return [held[pk] for pk in rule.due(before).filter(pk__in=ids).values_list("pk", flat=True) if pk in held]
