"""Accounts: those who sign in, the roles they hold, and their passwords.

A login is a name that the service gives, an organisation's own for its staff; what a provider calls somebody is kept
as a keyed digest alone.
"""

import re
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from identity import ledger, vault
from identity.ledger import Action, Actor
from identity.models import Account, Appointment, ProviderLink, Role
from identity.models.accounts import OF_AN_ORGANISATION, OF_THEMSELVES

OPERATOR = Actor("operator")
USABLE_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
USABLE_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
PASSWORD_BYTES = 15
ACTOR = "account:"


class NotPossible(Exception):
    """What was asked about an account cannot be done; the message says why and what would be right."""


class WrongPassword(NotPossible):
    """It is not the password that they have."""

    def __init__(self) -> None:
        super().__init__("The password that you have now is another one.")


@dataclass(frozen=True, slots=True)
class Post:
    """A role, and the organisation for which it is held: none for the service as a whole or for oneself."""

    role: str
    organisation: str = ""


def add(login: str, *, posts: Iterable[Post], password: str = "") -> tuple[Account, str]:
    """Make an account for a member of staff and give its first password, shown once. Raises NotPossible."""
    if not USABLE_LOGIN.fullmatch(login):
        raise NotPossible("A login has 2 to 60 lower-case letters, digits, dots, hyphens and underscores.")
    posts = [_checked(post) for post in posts]
    if not posts:
        raise NotPossible(f"An account needs a role: {', '.join(Role.values)}.")
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    with transaction.atomic():
        if Account.objects.filter(login=login).exists():
            raise NotPossible(f"There is an account {login} already; choose another login, or `account role` for it.")
        account = Account(login=login)
        _set_password(account, password)
        account.save(force_insert=True)
        _note(OPERATOR, Action.ACCOUNT_ADDED, account)
        for post in posts:
            _appoint(account, post)
    return account, password


def find(login: str) -> Account:
    """Give an account by its login. Raises NotPossible."""
    account = Account.objects.filter(login=login).first()
    if account is None:
        raise NotPossible(f"There is no account {login}; `manage.py account list` shows them.")
    return account


def give_role(account: Account, post: Post) -> None:
    """Let an account hold a role from now on; may be repeated. Raises NotPossible."""
    with transaction.atomic():
        _appoint(account, _checked(post))


def take_role(account: Account, post: Post) -> None:
    """Take a role away, at once and in every visit; may be repeated."""
    with transaction.atomic():
        found = Appointment.objects.filter(account=account, role=post.role, organisation=post.organisation)
        if found.delete()[0]:
            _note(OPERATOR, Action.ROLE_TAKEN, account, purpose=post.role, on=post.organisation)


def posts(account: Account) -> list[Post]:
    """Give the roles that an account holds, in a stable order."""
    held = Appointment.objects.filter(account=account).order_by("organisation", "role")
    return [Post(each.role, each.organisation) for each in held]


def disable(account: Account) -> None:
    """Let an account in no more, and end its visits; may be repeated."""
    _activate(account, is_active=False, action=Action.ACCOUNT_DISABLED)


def enable(account: Account) -> None:
    """Let an account in again."""
    _activate(account, is_active=True, action=Action.ACCOUNT_ENABLED)


def reset_password(account: Account) -> str:
    """Give an account a new password, shown once, and end its visits."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])
        end_visits(account)
        _note(OPERATOR, Action.PASSWORD_CHANGED, account)
    return password


def change_password(account: Account, *, old: str, new: str) -> None:
    """Let somebody choose a new password, and end the visits elsewhere. Raises WrongPassword and NotPossible."""
    if not account.check_password(old):
        raise WrongPassword
    with transaction.atomic():
        _set_password(account, new)
        account.save(update_fields=["password"])
        end_visits(account)
        _note(Actor(f"account:{account.pk}"), Action.PASSWORD_CHANGED, account)


def logins(actors: Iterable[str]) -> dict[str, str]:
    """Give the logins of those actors that are accounts, by their names as the ledger has them."""
    ids = [each.removeprefix(ACTOR) for each in actors if each.startswith(ACTOR)]
    found = Account.objects.filter(pk__in=ids).values_list("pk", "login") if ids else ()
    return {f"{ACTOR}{pk}": login for pk, login in found}


def with_password(login: str, password: str) -> Account | None:
    """Give the account of this login and password; it takes as long if there is none."""
    account = Account.objects.filter(login=login).first()
    if account is None:
        make_password(password)
        return None
    is_right = account.check_password(password)
    return account if is_right and account.is_active else None


def end_visits(account: Account) -> int:
    """End every visit of an account, wherever it is signed in; give how many there were."""
    return account.sessions.all().delete()[0]


def link(account: Account, *, provider: str, issuer: str, subject: str) -> None:
    """Let somebody in to this account whom a provider calls so. Raises NotPossible if that is another's."""
    digest = _subject(issuer, subject)
    with transaction.atomic():
        made, is_new = ProviderLink.objects.get_or_create(
            subject=digest, defaults={"account": account, "provider": provider}
        )
        if made.account_id != account.pk:
            raise NotPossible("Whoever the provider calls so signs in to another account already.")
        if is_new:
            _note(OPERATOR, Action.ACCOUNT_LINKED, account, on=provider)


def linked(*, issuer: str, subject: str) -> Account | None:
    """Give the account of somebody whom a provider calls so, unless it is disabled."""
    found = ProviderLink.objects.select_related("account").filter(subject=_subject(issuer, subject)).first()
    return found.account if found and found.account.is_active else None


def welcome_citizen(*, provider: str, issuer: str, subject: str) -> Account | None:
    """Give a citizen's account, made at the first arrival; None if it has been disabled."""
    with transaction.atomic():
        known = ProviderLink.objects.filter(subject=_subject(issuer, subject)).exists()
        if not known:
            account = Account(login=f"citizen-{uuid.uuid4()}")
            account.set_unusable_password()
            account.save(force_insert=True)
            _appoint(account, Post(Role.CITIZEN))
            link(account, provider=provider, issuer=issuer, subject=subject)
    return linked(issuer=issuer, subject=subject)


def _checked(post: Post) -> Post:
    if post.role not in Role.values:
        raise NotPossible(f"There is no role {post.role!r}; there are: {', '.join(Role.values)}.")
    if post.role in OF_AN_ORGANISATION and not USABLE_SLUG.fullmatch(post.organisation):
        raise NotPossible(f"A {post.role} needs an organisation, by its slug.")
    if post.role in OF_THEMSELVES and post.organisation:
        raise NotPossible(f"A {post.role} acts for no organisation.")
    if post.organisation and not USABLE_SLUG.fullmatch(post.organisation):
        raise NotPossible("A slug has lower-case letters, digits and hyphens.")
    return post


def _appoint(account: Account, post: Post) -> None:
    _, is_new = Appointment.objects.get_or_create(account=account, role=post.role, organisation=post.organisation)
    if is_new:
        _note(OPERATOR, Action.ROLE_GIVEN, account, purpose=post.role, on=post.organisation)


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages)) from None
    account.set_password(password)


def _activate(account: Account, *, is_active: bool, action: Action) -> None:
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, is_active=not is_active).update(is_active=is_active):
            _note(OPERATOR, action, account)
        if not is_active:
            end_visits(account)
    account.is_active = is_active


def _subject(issuer: str, subject: str) -> bytes:
    return vault.digest("provider-subject", f"{issuer}\0{subject}".encode())


def _note(actor: Actor, action: Action, account: Account, *, purpose: str = "", on: str = "") -> None:
    ledger.record(actor, action=action, about=f"account:{account.pk}", purpose=purpose, on=on)
