"""``manage.py account``: who may sign in, and as what."""

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from identity import accounts, lockouts, providers, second_factors, sessions
from identity.accounts import Post
from identity.models import Account, Role

BAD_USE = 2
COLUMNS = ("login", "password", "role", "organisation")
KEPT_FOR = dt.timedelta(days=1)


class Command(BaseCommand):
    """Make, list and change the accounts of staff."""

    help = "Make, list and change accounts, and the roles that they hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one thing to do."""
        actions = parser.add_subparsers(dest="action", required=True)
        parsers = {name: actions.add_parser(name, help=words) for name, words in HELP.items()}
        for name in LOGIN_ACTIONS:
            parsers[name].add_argument(
                "login", metavar="LOGIN", help="what somebody signs in as; never an e-mail address"
            )
        for name in ("add", "role"):
            parsers[name].add_argument("role", metavar="ROLE", choices=Role.values, help=", ".join(Role.values))
            parsers[name].add_argument("--organisation", default="", metavar="SLUG", help="for whom the role is held")
        parsers["import"].add_argument("file", type=Path, metavar="FILE", help=f"JSON: a list of {', '.join(COLUMNS)}")
        parsers["role"].add_argument("--take", action="store_true", help="take the role away")
        parsers["link"].add_argument("provider", metavar="PROVIDER", help="its name in SIGN_IN_PROVIDERS_FILE")
        parsers["link"].add_argument("subject", metavar="SUBJECT", help="what the provider calls them (`sub`)")
        for each in parsers.values():
            each.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes them
        """Do the one thing, and say what was done."""
        try:
            done, words = ACTIONS[options["action"]](options)
        except (accounts.NotPossible, providers.BadProviders, providers.UnknownProvider) as error:
            raise CommandError(str(error), returncode=BAD_USE) from error
        self.stdout.write(json.dumps(done) if options["json"] else words)


def _add(options: dict[str, Any]) -> tuple[Any, str]:
    account, password = accounts.add(options["login"], posts=[_post(options)])
    words = (
        f"login:    {account.login}\npassword: {password}\nThe password is not kept: this is the only time it is shown."
    )
    return {"login": account.login, "password": password}, words


def _import(options: dict[str, Any]) -> tuple[Any, str]:
    rows = _rows(options["file"])
    with transaction.atomic():
        for row in rows:
            post = Post(row["role"], row["organisation"])
            if Account.objects.filter(login=row["login"]).exists():
                accounts.give_role(accounts.find(row["login"]), post)
            else:
                accounts.add(row["login"], posts=[post], password=row["password"])
    return [{"login": row["login"]} for row in rows], f"{len(rows)} accounts are there."


def _rows(file: Path) -> list[dict[str, str]]:
    """Read the file; passwords stand in it so that they stand in no list of processes."""
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=BAD_USE) from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON.", returncode=BAD_USE) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and set(row) == set(COLUMNS) for row in rows):
        raise CommandError(f"{file} has to be a list of objects with {', '.join(COLUMNS)}.", returncode=BAD_USE)
    return rows


def _list(_: dict[str, Any]) -> tuple[Any, str]:
    staff = Account.objects.filter(appointments__role__in=sessions.STAFF).distinct().order_by("login")
    found = [_described(account) for account in staff]
    return found, "\n".join(_line(each) for each in found) or "There are no accounts of staff."


def _role(options: dict[str, Any]) -> tuple[Any, str]:
    account, post = accounts.find(options["login"]), _post(options)
    if options["take"]:
        accounts.take_role(account, post)
    else:
        accounts.give_role(account, post)
    found = _described(account)
    return found, _line(found)


def _disable(options: dict[str, Any]) -> tuple[Any, str]:
    accounts.disable(accounts.find(options["login"]))
    return {"login": options["login"]}, f"{options['login']} is let in no more, and signed out everywhere."


def _enable(options: dict[str, Any]) -> tuple[Any, str]:
    accounts.enable(accounts.find(options["login"]))
    return {"login": options["login"]}, f"{options['login']} is let in again."


def _reset(options: dict[str, Any]) -> tuple[Any, str]:
    account = accounts.find(options["login"])
    second_factors.reset(account)
    password = accounts.reset_password(account)
    words = f"password: {password}\nThe next sign-in sets up a new second factor. The password is shown this once."
    return {"login": account.login, "password": password}, words


def _link(options: dict[str, Any]) -> tuple[Any, str]:
    account, provider = accounts.find(options["login"]), providers.find(options["provider"])
    accounts.link(account, provider=provider.name, issuer=provider.issuer, subject=options["subject"])
    return {"login": account.login}, f"{account.login} may sign in by {provider.title}."


def _tidy(_: dict[str, Any]) -> tuple[Any, str]:
    visits, tries = sessions.forget_expired(), lockouts.forget(before=timezone.now() - KEPT_FOR)
    return {
        "visits": visits,
        "tries": tries,
    }, f"{visits} visits that were over and {tries} old counts of tries are gone."


def _post(options: dict[str, Any]) -> Post:
    return Post(options["role"], options["organisation"])


def _described(account: Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "is_active": account.is_active,
        "has_second_factor": second_factors.is_enrolled(account),
        "roles": [{"role": post.role, "organisation": post.organisation} for post in accounts.posts(account)],
    }


def _line(found: dict[str, Any]) -> str:
    roles = [" of ".join(filter(None, (each["role"], each["organisation"]))) for each in found["roles"]]
    words = [found["login"], ", ".join(roles) or "no role"]
    if not found["has_second_factor"]:
        words.append("no second factor yet")
    return "  ".join(words if found["is_active"] else [*words, "disabled"])


HELP = {
    "add": "make an account; its password is shown once and never again",
    "import": "make accounts from a file, with passwords that are given; safe to repeat",
    "list": "list the accounts of staff",
    "role": "give an account a role, or take it away",
    "disable": "let an account in no more",
    "enable": "let an account in again",
    "reset": "give a new password and have the second factor set up anew",
    "link": "let an account sign in by an OpenID provider",
    "tidy": "delete visits that are over and old counts of tries",
}
LOGIN_ACTIONS = ("add", "role", "disable", "enable", "reset", "link")
ACTIONS = {
    "add": _add,
    "import": _import,
    "list": _list,
    "role": _role,
    "disable": _disable,
    "enable": _enable,
    "reset": _reset,
    "link": _link,
    "tidy": _tidy,
}
