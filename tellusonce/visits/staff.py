"""Staff: a password, then the code of the moment; at the first sign-in they set the second factor up."""

from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import StringConstraints

from identity import entrances, second_factors
from identity.entrances import Credentials
from identity.models import Account
from tellusonce import clocks, rules
from tellusonce.api.problems import Faulty
from tellusonce.events import Fault
from tellusonce.visits import doors

JSON = Any
Short = Annotated[str, StringConstraints(max_length=100)]
Secret = Annotated[str, StringConstraints(max_length=200)]


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
    credentials = Credentials(given.login, given.password, doors.address_of(request))
    is_enrolled = entrances.take_password(request, credentials, at=clocks.now())
    return {"next": "code" if is_enrolled else "enrolment"}


@doors.post(rules.SIGN_IN)
def code(request: HttpRequest) -> doors.Answer:
    """Take the code, and sign in."""
    account, given = entrances.half_way(request), doors.body_of(request, CodeIn)
    entrances.take_code(request, account, given.code, at=clocks.now())
    return {"next": ""}


@doors.post(rules.SIGN_IN)
def enrolment(request: HttpRequest) -> doors.Answer:
    """Make the secret of a second factor: to be scanned, or typed."""
    made = entrances.enrol(request)
    return {"secret": made.secret, "address": made.address, "picture": made.picture()}


@doors.post(rules.SIGN_IN)
def enrolment_code(request: HttpRequest) -> doors.Answer:
    """Take the first code, sign in, and show the recovery codes this once."""
    account, given = entrances.half_way(request), doors.body_of(request, CodeIn)
    try:
        codes = entrances.confirm(request, account, given.code, at=clocks.now())
    except second_factors.WrongCode:
        raise Faulty([Fault("code", "This is not the code of the moment; enter the one that shows now")]) from None
    return {"next": "", "recovery_codes": codes}


@doors.post(rules.KEEP_ACCOUNT)
def new_password(request: HttpRequest) -> doors.Answer:
    """Change one's password; every visit ends, this one too."""
    given, visitor = doors.body_of(request, NewPasswordIn), doors.visitor_of(request)
    account = Account.objects.get(pk=str(visitor.account))
    entrances.change_password(request, account, old=given.old, new=given.new, at=clocks.now())
    return {"next": "password"}
