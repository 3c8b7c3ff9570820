"""How staff come in: a password, then the code of the moment; at the first sign-in they set the second factor up.

A try counts before anybody looks whether it is right, and whatever was wrong, the answer is the same. Nothing here may
be called within a transaction: a try that was refused has to stay counted.
"""

import datetime as dt
import hmac
import logging
from dataclasses import dataclass, field

from django.http import HttpRequest

from identity import accounts, lockouts, second_factors, sessions, vault
from identity.lockouts import Door
from identity.models import Account
from identity.second_factors import Enrolment
from identity.sessions import Manner

logger = logging.getLogger(__name__)

PASSWORD, CODE = Door("password", tries=5), Door("code", tries=5)
NEIGHBOURHOOD = Door("password-from", tries=50)


class NotLetIn(Exception):
    """What was entered lets nobody in; not said why."""

    def __init__(self) -> None:
        super().__init__("What was entered lets nobody in. Check it; after five tries nothing does for 20 minutes.")


class NotHalfWay(Exception):
    """No password was right in this browser, or too long ago: they have to begin again."""

    def __init__(self) -> None:
        super().__init__("Begin again with login and password.")


class Enrolled(Exception):
    """There is a second factor already, so none is set up by whoever has the password alone."""

    def __init__(self) -> None:
        super().__init__(
            "This account has a second factor. Enter its code, or a recovery code, or have an operator reset it."
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who somebody says they are, their password, and from where they ask."""

    login: str
    password: str = field(repr=False)
    address: str


def take_password(request: HttpRequest, given: Credentials, *, at: dt.datetime) -> bool:
    """Go half the way in; give whether a second factor is set up, and its code wanted. Raises NotLetIn."""
    near, login = lockouts.neighbourhood(given.address), given.login.strip().lower()
    is_open = lockouts.spend(PASSWORD, login, at=at)
    is_open &= lockouts.spend(NEIGHBOURHOOD, near, at=at)
    account = accounts.with_password(login, given.password)
    if account is None or not is_open:
        raise _refused("password")
    lockouts.forgive(PASSWORD, login)
    lockouts.refund(NEIGHBOURHOOD, near)
    request.session.flush()
    sessions.wait_half_way(request, account=str(account.pk))
    return second_factors.is_enrolled(account)


def take_code(request: HttpRequest, account: Account, code: str, *, at: dt.datetime) -> None:
    """Take the code of the moment, or a recovery code, and sign in who is half-way in. Raises NotLetIn."""
    is_open = lockouts.spend(CODE, str(account.pk), at=at)
    if not is_open or not second_factors.check(account, code, at=at):
        raise _refused("code")
    lockouts.forgive(CODE, str(account.pk))
    sessions.begin(request, account, Manner("password"))


def enrol(request: HttpRequest) -> Enrolment:
    """Make the secret of a second factor, to be scanned or typed. Raises NotHalfWay and Enrolled."""
    account = half_way(request)
    try:
        made = second_factors.enrol(account)
    except ValueError:
        raise Enrolled from None
    request.session["enrolling"] = _mark(made)
    return made


def enrolment(request: HttpRequest) -> Enrolment:
    """Give the secret that was begun with in this visit, so that a page can show it again, or a new one.

    Never one of another visit: whoever has the password alone could have begun, and would know what the owner scans.
    Raises NotHalfWay and Enrolled.
    """
    begun = second_factors.begun(half_way(request))
    is_ours = begun is not None and hmac.compare_digest(request.session.get("enrolling", ""), _mark(begun))
    return begun if begun and is_ours else enrol(request)


def confirm(request: HttpRequest, account: Account, code: str, *, at: dt.datetime) -> list[str]:
    """Take the first code and sign in who is half-way in; give the recovery codes, this once.

    Raises Enrolled, NotLetIn, and second_factors.WrongCode, after which they may try again.
    """
    if second_factors.is_enrolled(account):
        raise Enrolled
    if not lockouts.spend(CODE, str(account.pk), at=at):
        raise _refused("code")
    codes = second_factors.confirm(account, code, at=at)
    lockouts.forgive(CODE, str(account.pk))
    sessions.begin(request, account, Manner("password"))
    return codes


def change_password(request: HttpRequest, account: Account, *, old: str, new: str, at: dt.datetime) -> None:
    """Change one's password; every visit ends, this one too. Raises NotLetIn and accounts.NotPossible."""
    if not lockouts.spend(PASSWORD, account.login, at=at):
        raise _refused("password")
    accounts.change_password(account, old=old, new=new)
    lockouts.forgive(PASSWORD, account.login)
    request.session.flush()


def half_way(request: HttpRequest) -> Account:
    """Give the account whose password was right. Raises NotHalfWay."""
    kept = sessions.half_way(request)
    account = Account.objects.filter(pk=kept["account"], is_active=True).first() if kept and "account" in kept else None
    if account is None:
        raise NotHalfWay
    return account


def _mark(made: Enrolment) -> str:
    """Give what a visit knows a secret by; the secret itself stays in the vault."""
    return vault.digest("enrolment", made.secret.encode()).hex()


def _refused(which: str) -> NotLetIn:
    logger.warning("a sign-in was refused at the %s", which)
    return NotLetIn()
