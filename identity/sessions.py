"""Visits: who is signed in, for how long, and how it ends. Nothing personal is kept of them.

A visit ends when nothing is done for a while, at the latest after a working day, by signing out, and everywhere at
once when the account is disabled or its password changes. Roles are read anew at each request.
"""

import datetime as dt
import hashlib
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Model
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from identity import accounts, ledger
from identity.ledger import Action, Actor
from identity.models import Account, Role, Session

HALF_WAY_SECONDS = 600  # between a password and its code, or on the way to a provider and back
TOUCH_SECONDS = 30  # an extension by less is not worth a write
STAFF = frozenset({Role.REGISTRAR, Role.ADVISER, Role.RECIPIENT_OFFICER, Role.OPERATOR, Role.AUDITOR})


class SessionStore(DatabaseStore):
    """Django's own store, over our table, which knows a visit by the digest of its cookie.

    `account` is read together with the visit: most pages want it next.
    """

    account: Account | None = None

    @classmethod
    def get_model_class(cls) -> type[Model]:  # type: ignore[override]  # it is not a subclass of Django's model
        """Give our table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        now, key = dt.datetime.now(dt.UTC), digest(self.session_key or "")
        found = Session.objects.select_related("account").filter(session_key=key, expire_date__gt=now).first()
        if found is None:
            self._session_key = None
        self.account = found.account if found else None
        return found

    def exists(self, session_key: str) -> bool:
        """Say whether there is such a visit."""
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, object]) -> Model:  # type: ignore[override]
        """Make the row of a visit, found by its account too."""
        account = data.get("account")
        return Session(
            session_key=digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # the stubs lack it
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            account_id=UUID(str(account)) if account else None,
        )

    def delete(self, session_key: str | None = None) -> None:
        """End a visit: this one, unless another is named."""
        Session.objects.filter(session_key=digest(session_key or self.session_key or "")).delete()


def digest(session_key: str) -> str:
    """Give what a visit is known by in the database; its key has 160 bits, so that nobody can try them."""
    return hashlib.sha256(session_key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Visitor(Actor):
    """Somebody who is signed in: an Actor with roles, and with the reports that they have opened in this visit.

    Those of the `roles` that they hold for the service as a whole, and not for one organisation, are `everywhere` too.
    `acts_for` is the report whose informant they chose to act for; whether they may is asked at each request.
    """

    roles: frozenset[str] = frozenset()
    everywhere: frozenset[str] = frozenset()
    reports: frozenset[UUID] = frozenset()
    account: UUID | None = None
    confidence: str = ""
    acts_for: UUID | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody signed in: by what, and how sure a provider was of who it is (``P2``)."""

    by: str
    confidence: str = ""


def wait_half_way(request: HttpRequest, **kept: object) -> None:
    """Keep what is needed for the second half of signing in, for a few minutes."""
    request.session["half_way"] = {**kept, "until": int(time.time()) + HALF_WAY_SECONDS}
    if "until" not in request.session:
        request.session.set_expiry(HALF_WAY_SECONDS)


def half_way(request: HttpRequest) -> dict[str, str] | None:
    """Give what was kept for the second half, unless too long ago."""
    kept: dict[str, str] | None = request.session.get("half_way")
    return kept if kept and int(kept["until"]) > time.time() else None


def forget_half_way(request: HttpRequest) -> None:
    """Let nobody take the second half again."""
    request.session.pop("half_way", None)


def begin(request: HttpRequest, account: Account, manner: Manner) -> None:
    """Sign somebody in: a new visit under a new key, whatever the browser brought."""
    opened = _opened(request) if manner.by not in {"password", ""} else []
    _renew(request)
    request.session.update({"account": str(account.pk), "by": manner.by, "confidence": manner.confidence})
    held = accounts.posts(account)
    is_staff = any(post.role in STAFF for post in held)
    if not is_staff:
        request.session["reports"] = opened
    organisations = sorted({post.organisation for post in held if post.organisation})
    request.session["organisation"] = organisations[0] if organisations else ""
    _start_clocks(request, settings.IDLE_SECONDS_STAFF if is_staff else settings.IDLE_SECONDS_CITIZENS)
    ledger.record(_actor(request), action=Action.SIGNED_IN, about=f"account:{account.pk}", on=manner.by)


def open_report(request: HttpRequest, report: UUID) -> None:
    """Let this visit see one report, beside those it has opened; it begins with it if nobody is signed in."""
    account, rest = request.session.get("account"), dict(request.session.items())
    opened = sorted({*_opened(request), str(report)})
    _renew(request)
    if account:
        request.session.update(rest)
    request.session["reports"] = opened
    if not account:
        request.session["by"] = "reference"
        _start_clocks(request, settings.IDLE_SECONDS_CITIZENS)


def close_report(request: HttpRequest, report: UUID) -> None:
    """Let this visit see a report no more that it opened."""
    request.session["reports"] = [each for each in _opened(request) if each != str(report)]


def visitor(request: HttpRequest, *, is_looking_only: bool = False) -> Visitor | None:
    """Say who is signed in, and begin the idle time anew unless they only look at how much is left."""
    if seconds_left(request) <= 0:
        return None
    found = _visitor(request)
    if found and not is_looking_only:
        _touch(request)
    return found


def seconds_left(request: HttpRequest) -> int:
    """Say how long the visit lasts if nothing is done; 0 without one."""
    return max(0, int(request.session.get("until", 0) - time.time()))


def ends_at(request: HttpRequest) -> dt.datetime | None:
    """Say when the visit ends if nothing is done; None without one."""
    until = request.session.get("until")
    return dt.datetime.fromtimestamp(until, dt.UTC) if until and until > time.time() else None


def choose(request: HttpRequest, organisation: str) -> bool:
    """Act for another of one's organisations from now on; False if it is none of them."""
    account = Account.objects.filter(pk=request.session["account"]).first() if "account" in request.session else None
    if account is None or organisation not in {post.organisation for post in accounts.posts(account)}:
        return False
    request.session["organisation"] = organisation
    return True


def act_for(request: HttpRequest, report: UUID | None) -> None:
    """Act for the informant of a report from now on, or for nobody else any more."""
    request.session["acts_for"] = str(report) if report else ""


def end(request: HttpRequest) -> None:
    """Sign out; may be repeated."""
    if "account" in request.session:
        ledger.record(_actor(request), action=Action.SIGNED_OUT, about=_actor(request).name)
    request.session.flush()
    rotate_token(request)


def end_everywhere(request: HttpRequest) -> None:
    """Sign out here, and wherever else the same account is signed in; may be repeated."""
    if "account" in request.session:
        Session.objects.filter(account_id=request.session["account"]).delete()
    end(request)


def forget_expired() -> int:
    """Delete the visits that are over; give how many."""
    return Session.objects.filter(expire_date__lt=dt.datetime.now(dt.UTC)).delete()[0]


def _visitor(request: HttpRequest) -> Visitor | None:
    account_id = request.session.get("account")
    reports = frozenset(UUID(each) for each in _opened(request))
    if account_id is None:
        if not reports:
            return None
        names = ",".join(sorted(map(str, reports))[:1])
        return Visitor(f"informant:{names}", roles=frozenset({Role.CITIZEN}), reports=reports)
    account = _account(request, UUID(account_id))
    if account is None or not account.is_active:
        return None
    organisation, acts_for = request.session["organisation"], request.session.get("acts_for")
    held = [post for post in accounts.posts(account) if post.organisation in {"", organisation}]
    return Visitor(
        f"account:{account.pk}",
        organisation=organisation,
        roles=frozenset(post.role for post in held),
        everywhere=frozenset(post.role for post in held if not post.organisation),
        reports=reports,
        account=account.pk,
        confidence=request.session["confidence"],
        acts_for=UUID(acts_for) if acts_for else None,
    )


def _account(request: HttpRequest, account_id: UUID) -> Account | None:
    """Give the account of a visit: the one that was read with it, unless somebody has only just signed in."""
    read = getattr(request.session, "account", None)
    return read if read and read.pk == account_id else Account.objects.filter(pk=account_id).first()


def _opened(request: HttpRequest) -> list[str]:
    opened: list[str] = request.session.get("reports", [])
    return opened


def _actor(request: HttpRequest) -> Actor:
    return Actor(f"account:{request.session['account']}", request.session["organisation"])


def _renew(request: HttpRequest) -> None:
    request.session.flush()
    request.session["visit"] = secrets.token_hex(4)  # a session with nothing in it is not kept
    rotate_token(request)


def _start_clocks(request: HttpRequest, idle_seconds: int) -> None:
    request.session["idle"] = idle_seconds
    request.session["ends"] = int(time.time()) + settings.VISIT_SECONDS
    _extend(request)


def _touch(request: HttpRequest) -> None:
    if seconds_left(request) <= request.session["idle"] - TOUCH_SECONDS:
        _extend(request)


def _extend(request: HttpRequest) -> None:
    now = int(time.time())
    request.session["until"] = min(now + request.session["idle"], request.session["ends"])
    request.session.set_expiry(max(1, request.session["until"] - now))
