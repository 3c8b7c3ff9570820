"""Other bodies' systems: registering them, and letting in those that bring a token (OAuth 2.0, RFC 6749 and 6750).

A client acts for the one organisation it was registered with; nothing in a request can change that.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from oauth2_provider.generators import generate_client_id, generate_client_secret
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings

from identity import accounts, allowances, assertions, ledger
from identity.ledger import Actor
from identity.models import Account, Client
from identity.sessions import Visitor

__all__ = [
    "Actor",
    "ClientScopes",
    "NotAllowed",
    "NotRegistered",
    "Proofs",
    "SecretHasher",
    "TooMany",
    "able",
    "authenticate",
    "register",
    "revoke",
]

SHORTEST_SECRET = 32
LONGEST_NAME, LONGEST_SLUG = 100, 60  # what every row that is written on a client's behalf has room for
USABLE_ID = re.compile(r"[A-Za-z0-9._-]+")
OPERATOR = Actor("operator")


class NotAllowed(Exception):
    """The request is refused: 401 without a valid token, 403 with one that lacks the scope.

    The message is fit for the caller; send `challenge` as ``WWW-Authenticate`` (RFC 6750 section 3).
    """

    def __init__(self, status: HTTPStatus, words: str, *, challenge: str) -> None:
        super().__init__(words)
        self.status = status
        self.challenge = challenge


class TooMany(NotAllowed):
    """The client has asked too often: 429; `wait` is the seconds until it may again, for ``Retry-After``."""

    def __init__(self, wait: float) -> None:
        words = "This client asks more often than it may. Wait as long as Retry-After says."
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, words, challenge="")
        self.wait = math.ceil(wait)


class NotRegistered(Exception):
    """What was asked of the register of clients cannot be done; the message says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """How a client proves itself: by a secret, made if none is given, or by its own keys, whose public half we hold.

    With `redirect_uris` it is for staff of the organisation, who sign in through it.
    """

    secret: str = field(default="", repr=False)
    jwks: dict[str, Any] | None = None
    redirect_uris: tuple[str, ...] = ()


class SecretHasher(PBKDF2PasswordHasher):
    """How client secrets are hashed; set as django-oauth-toolkit's CLIENT_SECRET_HASHER, by its `algorithm`.

    Long random secrets need no stretching, and at 250 ms a token anybody who knows an id could keep a core busy.
    """

    algorithm = "pbkdf2_sha256_secret"
    iterations = 10_000


class ClientScopes(BaseScopes):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """What django-oauth-toolkit asks before it issues a token; set as its SCOPES_BACKEND_CLASS."""

    def get_all_scopes(self) -> Mapping[str, str]:
        """Give every scope that the settings name, with its meaning."""
        scopes: Mapping[str, str] = oauth2_settings.SCOPES
        return scopes

    def get_available_scopes(self, application: Client | None = None, *_: Any, **__: Any) -> list[str]:
        """Give the client's own scopes, without any that the service has since given up; all where nobody asks."""
        if application is None:
            return list(self.get_all_scopes())
        return [scope for scope in application.scopes if scope in self.get_all_scopes()]

    def get_default_scopes(self, application: Client, *_: Any, **__: Any) -> list[str]:
        """Give what a token holds if its client asked for nothing in particular: all that it may have."""
        return self.get_available_scopes(application)


def authenticate(request: HttpRequest, *, scope: str) -> Actor:
    """Say who asks, if its bearer token holds this scope; one query for a client. Raises NotAllowed and TooMany.

    A member of staff, whose token was issued through a client, is a Visitor: their roles are still to be asked.
    Only the ``Authorization`` header counts: a token in an address would end up in logs (RFC 9700 section 4.3.2).
    """
    token = _bearer_token(request)
    asked = SimpleNamespace(uri=request.build_absolute_uri(request.path))
    client: Client | None = None
    if OAuth2Validator().validate_bearer_token(token, [], asked):
        client = asked.client
    if client is None:
        raise NotAllowed(
            HTTPStatus.UNAUTHORIZED,
            "The access token is unknown, has expired or was revoked; ask for a new one.",
            challenge='Bearer error="invalid_token"',
        )
    spend(client)
    # Scopes taken from a client after its token was issued do not count any more.
    scopes = frozenset(asked.scopes).intersection(client.scopes)
    if scope not in scopes:
        raise NotAllowed(
            HTTPStatus.FORBIDDEN,
            f"This needs a token with the scope {scope}.",
            challenge=f'Bearer error="insufficient_scope", scope="{scope}"',
        )
    if asked.user is not None:
        return _staff(asked.user, client, scopes)
    return Actor(client.name, client.organisation, scopes)


def spend(client: Client) -> None:
    """Count one request of this client. Raises TooMany."""
    per_minute = client.requests_per_minute
    limit = settings.CLIENT_REQUESTS_PER_MINUTE if per_minute is None else per_minute
    if wait := allowances.spend(f"client:{client.pk}", per_minute=limit):
        raise TooMany(wait)


def organisations_of(account: Account) -> set[str]:
    """Give the organisations for which an account holds a role."""
    return {post.organisation for post in accounts.posts(account)} - {""}


def _staff(account: Account, client: Client, scopes: frozenset[str]) -> Visitor:
    """Give somebody who acts through a client, with the roles that they hold for its organisation this moment."""
    roles = frozenset(post.role for post in accounts.posts(account) if post.organisation == client.organisation)
    if not account.is_active or not roles:
        raise NotAllowed(
            HTTPStatus.UNAUTHORIZED,
            "The account behind this token may not act here any more.",
            challenge='Bearer error="invalid_token"',
        )
    return Visitor(f"account:{account.pk}", client.organisation, scopes=scopes, roles=roles, account=account.pk)


def register(
    name: str,
    *,
    organisation: str,
    scopes: list[str],
    client_id: str = "",
    secret: str = "",
    proofs: Proofs | None = None,
) -> tuple[str, str]:
    """Register a client and give its id and secret: the only time that the secret is known. Raises NotRegistered.

    With an id and a secret that are given, it may be repeated: the same client again changes nothing. A client with
    keys has no secret, and "" is given for it.
    """
    _check_scopes(scopes)
    proofs = proofs or Proofs(secret)
    client_id, secret = client_id or generate_client_id(), proofs.secret or generate_client_secret()
    wanted = Client(
        name=name,
        organisation=organisation,
        scopes=sorted(set(scopes)),
        client_id=client_id,
        client_secret=secret,
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=(
            Client.GRANT_AUTHORIZATION_CODE if proofs.redirect_uris else Client.GRANT_CLIENT_CREDENTIALS
        ),
        redirect_uris=" ".join(proofs.redirect_uris),
        # Its own organisation registered it, and its staff can do no more through it than without it.
        skip_authorization=True,
        jwks=proofs.jwks,
    )
    _check_fields(wanted)
    with transaction.atomic():
        known = Client.objects.filter(client_id=client_id) | Client.objects.filter(organisation=organisation, name=name)
        if existing := known.first():
            _check_same(existing, wanted)
        else:
            wanted.save()
            ledger.record(OPERATOR, action=ledger.Action.CLIENT_REGISTERED, about=f"client:{client_id}")
    return client_id, "" if proofs.jwks else secret


def revoke(client_id: str) -> None:
    """Let a client in no more, by its tokens or its secret; may be repeated. Raises NotRegistered if there is none."""
    with transaction.atomic():
        found = Client.objects.filter(client_id=client_id)
        if not found.exists():
            raise NotRegistered(f"There is no client {client_id}; `manage.py client list` shows them.")
        if found.filter(revoked_at=None).update(revoked_at=Now()):
            ledger.record(OPERATOR, action=ledger.Action.CLIENT_REVOKED, about=f"client:{client_id}")


def able(organisation: str, *, scopes: list[str]) -> list[str]:
    """Name the clients of an organisation that hold all these scopes."""
    found = Client.objects.filter(organisation=organisation, revoked_at=None, scopes__contains=scopes)
    return list(found.order_by("name").values_list("name", flat=True))


def _bearer_token(request: HttpRequest) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NotAllowed(
            HTTPStatus.UNAUTHORIZED,
            "This needs an access token in the header `Authorization: Bearer TOKEN`.",
            challenge="Bearer",
        )
    return token.strip()


def _check_scopes(scopes: list[str]) -> None:
    known = ClientScopes().get_all_scopes()
    listed = ", ".join(sorted(known))
    if not scopes:
        raise NotRegistered(f"A client needs at least one scope of: {listed}.")
    if unknown := sorted(set(scopes) - set(known)):
        raise NotRegistered(f"There is no scope {unknown[0]!r}; there are: {listed}.")


def _check_fields(wanted: Client) -> None:
    if not wanted.name.strip():
        raise NotRegistered("A client needs a name.")
    if len(wanted.name) > LONGEST_NAME or len(wanted.organisation) > LONGEST_SLUG:
        raise NotRegistered(
            f"A client's name has at most {LONGEST_NAME} characters, its organisation's slug {LONGEST_SLUG}."
        )
    if not USABLE_ID.fullmatch(wanted.client_id):
        raise NotRegistered("An id is made of letters, digits, hyphens, dots and underscores.")
    if len(wanted.client_secret) < SHORTEST_SECRET:
        raise NotRegistered(f"A secret needs at least {SHORTEST_SECRET} characters; leave it out to have one made.")
    if wanted.jwks is not None:
        try:
            assertions.check_keys(wanted.jwks)
        except assertions.Unfit as error:
            raise NotRegistered(str(error)) from error
    try:
        wanted.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise NotRegistered(f"{field.replace('_', ' ').capitalize()}: {problems[0]}") from error


def _check_same(existing: Client, wanted: Client) -> None:
    if existing.revoked_at is not None:
        raise NotRegistered(f"{existing.name} of {existing.organisation} was revoked; register it under a new name.")
    same = all(
        getattr(existing, field) == getattr(wanted, field)
        for field in ("name", "organisation", "scopes", "client_id", "jwks", "redirect_uris")
    )
    if not same or (wanted.jwks is None and not check_password(wanted.client_secret, existing.client_secret)):
        raise NotRegistered(
            f"{existing.name} of {existing.organisation} is registered already, with another id, secret or scopes;"
            " revoke it or choose another name."
        )
