"""Staff: a password, then the code of the moment; at the first sign-in they set the second factor up."""

import logging
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

from django.http import HttpRequest
from pydantic import StringConstraints

from identity import accounts, lockouts, second_factors, sessions
from identity.lockouts import Door
from identity.models import Account
from identity.sessions import Manner
from tellusonce import clocks, rules
from tellusonce.api.problems import Faulty, Problem
from tellusonce.events import Fault
from tellusonce.visits import doors

logger = logging.getLogger(__name__)

JSON = Any
Short = Annotated[str, StringConstraints(max_length=100)]
Secret = Annotated[str, StringConstraints(max_length=200)]
PASSWORD, CODE = Door("password", tries=5), Door("code", tries=5)
NEIGHBOURHOOD = Door("password-from", tries=50)
REFUSED = "What was entered lets nobody in. Check it; after five tries nothing does for 20 minutes."


class PasswordIn(doors.In):
    """Who somebody says they are, and their password."""

    login: Short
    password: Secret


class CodeIn(doors.In):
    """The code of the moment, or a recovery code."""

    code: Short


class NewPasswordIn(doors.In):
    """The password of now, and the one from now on."""

    old: Secret
    new: Secret


@doors.post(rules.SIGN_IN)
def password(request: HttpRequest) -> doors.Answer:
    """Take login and password; `next` is ``code``, or ``enrolment`` where there is no second factor yet."""
    given = doors.body_of(request, PasswordIn)
    near, at = lockouts.neighbourhood(doors.address_of(request)), clocks.now()
    login = given.login.strip().lower()
    is_open = lockouts.spend(PASSWORD, login, at=at)
    is_open &= lockouts.spend(NEIGHBOURHOOD, near, at=at)
    account = accounts.with_password(login, given.password)
    if account is None or not is_open:
        _refuse("password")
    lockouts.forgive(PASSWORD, login)
    lockouts.refund(NEIGHBOURHOOD, near)
    request.session.flush()
    sessions.wait_half_way(request, account=str(account.pk))
    return {"next": "code" if second_factors.is_enrolled(account) else "enrolment"}


@doors.post(rules.SIGN_IN)
def code(request: HttpRequest) -> doors.Answer:
    """Take the code, and sign in."""
    account, given = _half_way(request), doors.body_of(request, CodeIn)
    at = clocks.now()
    is_open = lockouts.spend(CODE, str(account.pk), at=at)
    if not is_open or not second_factors.check(account, given.code, at=at):
        _refuse("code")
    lockouts.forgive(CODE, str(account.pk))
    sessions.begin(request, account, Manner("password"))
    return {"next": ""}


@doors.post(rules.SIGN_IN)
def enrolment(request: HttpRequest) -> doors.Answer:
    """Make the secret of a second factor: to be scanned, or typed."""
    try:
        made = second_factors.enrol(_half_way(request))
    except ValueError:
        raise _done_before() from None
    return {"secret": made.secret, "address": made.address, "picture": made.picture()}


@doors.post(rules.SIGN_IN)
def enrolment_code(request: HttpRequest) -> doors.Answer:
    """Take the first code, sign in, and show the recovery codes this once."""
    account, given = _half_way(request), doors.body_of(request, CodeIn)
    if second_factors.is_enrolled(account):
        raise _done_before()
    at = clocks.now()
    if not lockouts.spend(CODE, str(account.pk), at=at):
        _refuse("code")
    try:
        codes = second_factors.confirm(account, given.code, at=at)
    except second_factors.WrongCode:
        raise Faulty([Fault("code", "This is not the code of the moment; enter the one that shows now")]) from None
    lockouts.forgive(CODE, str(account.pk))
    sessions.begin(request, account, Manner("password"))
    return {"next": "", "recovery_codes": codes}


@doors.post(rules.KEEP_ACCOUNT)
def new_password(request: HttpRequest) -> doors.Answer:
    """Change one's password; every visit ends, this one too."""
    given, visitor = doors.body_of(request, NewPasswordIn), doors.visitor_of(request)
    account = Account.objects.get(pk=str(visitor.account))
    if not lockouts.spend(PASSWORD, account.login, at=clocks.now()):
        _refuse("password")
    accounts.change_password(account, old=given.old, new=given.new)
    lockouts.forgive(PASSWORD, account.login)
    request.session.flush()
    return {"next": "password"}


def _half_way(request: HttpRequest) -> Account:
    """Give the account whose password was right. Raises Problem."""
    kept = sessions.half_way(request)
    account = Account.objects.filter(pk=kept["account"], is_active=True).first() if kept and "account" in kept else None
    if account is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "not-signed-in", "Begin again with login and password.")
    return account


def _refuse(which: str) -> NoReturn:
    logger.warning("a sign-in was refused at the %s", which)
    raise Problem(HTTPStatus.FORBIDDEN, "not-let-in", REFUSED)


def _done_before() -> Problem:
    detail = "This account has a second factor. Enter its code, or a recovery code, or have an operator reset it."
    return Problem(HTTPStatus.CONFLICT, "enrolled", detail)
