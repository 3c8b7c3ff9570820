"""Other bodies' systems: registering them, and letting in those that bring a token (OAuth 2.0, RFC 6749 and 6750).

A client acts for the one organisation it was registered with; nothing in a request can change that.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from oauth2_provider.generators import generate_client_id, generate_client_secret
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings

from identity import ledger
from identity.ledger import Actor
from identity.models import Client

__all__ = ["Actor", "ClientScopes", "NotAllowed", "NotRegistered", "SecretHasher", "authenticate", "register", "revoke"]

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


class NotRegistered(Exception):
    """What was asked of the register of clients cannot be done; the message says why and what would be right."""


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

    def get_available_scopes(self, application: Client, *_: Any, **__: Any) -> list[str]:
        """Give the client's own scopes, without any that the service has since given up."""
        return [scope for scope in application.scopes if scope in self.get_all_scopes()]

    def get_default_scopes(self, application: Client, *_: Any, **__: Any) -> list[str]:
        """Give what a token holds if its client asked for nothing in particular: all that it may have."""
        return self.get_available_scopes(application)


def authenticate(request: HttpRequest, *, scope: str) -> Actor:
    """Say who asks, if its bearer token holds this scope; one query. Raises NotAllowed.

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
    # Scopes taken from a client after its token was issued do not count any more.
    scopes = frozenset(asked.scopes).intersection(client.scopes)
    if scope not in scopes:
        raise NotAllowed(
            HTTPStatus.FORBIDDEN,
            f"This needs a token with the scope {scope}.",
            challenge=f'Bearer error="insufficient_scope", scope="{scope}"',
        )
    return Actor(client.name, client.organisation, scopes)


def register(
    name: str, *, organisation: str, scopes: list[str], client_id: str = "", secret: str = ""
) -> tuple[str, str]:
    """Register a client and give its id and secret: the only time that the secret is known. Raises NotRegistered.

    With an id and a secret that are given, it may be repeated: the same client again changes nothing.
    """
    _check_scopes(scopes)
    client_id, secret = client_id or generate_client_id(), secret or generate_client_secret()
    wanted = Client(
        name=name,
        organisation=organisation,
        scopes=sorted(set(scopes)),
        client_id=client_id,
        client_secret=secret,
        client_type=Client.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Client.GRANT_CLIENT_CREDENTIALS,
    )
    _check_fields(wanted)
    with transaction.atomic():
        known = Client.objects.filter(client_id=client_id) | Client.objects.filter(organisation=organisation, name=name)
        if existing := known.first():
            _check_same(existing, wanted)
        else:
            wanted.save()
            ledger.record(OPERATOR, action=ledger.Action.CLIENT_REGISTERED, about=f"client:{client_id}")
    return client_id, secret


def revoke(client_id: str) -> None:
    """Let a client in no more, by its tokens or its secret; may be repeated. Raises NotRegistered if there is none."""
    with transaction.atomic():
        found = Client.objects.filter(client_id=client_id)
        if not found.exists():
            raise NotRegistered(f"There is no client {client_id}; `manage.py client list` shows them.")
        if found.filter(revoked_at=None).update(revoked_at=Now()):
            ledger.record(OPERATOR, action=ledger.Action.CLIENT_REVOKED, about=f"client:{client_id}")


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
    try:
        wanted.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise NotRegistered(f"{field.replace('_', ' ').capitalize()}: {problems[0]}") from error


def _check_same(existing: Client, wanted: Client) -> None:
    if existing.revoked_at is not None:
        raise NotRegistered(f"{existing.name} of {existing.organisation} was revoked; register it under a new name.")
    same = all(
        getattr(existing, field) == getattr(wanted, field) for field in ("name", "organisation", "scopes", "client_id")
    )
    if not same or not check_password(wanted.client_secret, existing.client_secret):
        raise NotRegistered(
            f"{existing.name} of {existing.organisation} is registered already, with another id, secret or scopes;"
            " revoke it or choose another name."
        )
