"""Other bodies' systems get in with a valid token of their own, within their scopes, for their organisation."""

import base64
import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from oauth2_provider.models import AccessToken
from oauth2_provider.views import TokenView
from pytest_django import DjangoAssertNumQueries

from identity import clients
from identity.models import Access, Client

SECRET = "a-secret-of-more-than-thirty-two-characters"

pytestmark = pytest.mark.django_db


def registered(name: str = "Records", *, organisation: str = "northmoor", scopes: tuple[str, ...] = ()) -> str:
    """Register a client under its name and organisation as its id."""
    client_id, _ = clients.register(
        name,
        organisation=organisation,
        scopes=list(scopes or ("reports:read", "reports:start")),
        client_id=f"{organisation}.{name}".lower(),
        secret=SECRET,
    )
    return client_id


def asked(client_id: str, *, secret: str = SECRET, **form: str) -> tuple[int, dict[str, Any]]:
    """Ask for a token as RFC 6749 section 4.4 has it."""
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    request = RequestFactory().post(
        "/oauth/token",
        {"grant_type": "client_credentials", **form},
        headers={"Authorization": f"Basic {credentials}"},
    )
    response = TokenView.as_view()(request)
    return response.status_code, json.loads(response.content)


def token_of(client_id: str, **form: str) -> str:
    status, answer = asked(client_id, **form)
    assert status == 200
    return str(answer["access_token"])


def bringing(token: str, *, path: str = "/api/v1/inbox") -> HttpRequest:
    return RequestFactory().get(path, headers={"Authorization": f"Bearer {token}"})


def refusal(request: HttpRequest, *, scope: str = "reports:read") -> clients.NotAllowed:
    with pytest.raises(clients.NotAllowed) as refused:
        clients.authenticate(request, scope=scope)
    return refused.value


def test_a_token_lets_its_client_in_with_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    request = bringing(token_of(registered()))
    with django_assert_num_queries(1):
        actor = clients.authenticate(request, scope="reports:read")
    assert actor == clients.Actor("Records", "northmoor", frozenset({"reports:read", "reports:start"}))


def test_a_token_may_be_asked_for_with_fewer_scopes() -> None:
    token = token_of(registered(), scope="reports:start")
    assert clients.authenticate(bringing(token), scope="reports:start").scopes == {"reports:start"}
    refused = refusal(bringing(token), scope="reports:read")
    assert refused.status == 403
    assert "reports:read" in str(refused)
    assert refused.challenge == 'Bearer error="insufficient_scope", scope="reports:read"'


@pytest.mark.parametrize("scope", ["inbox:read", "reports:read inbox:read", "everything", "read"])
def test_no_client_can_ask_for_a_scope_that_is_not_its_own(scope: str) -> None:
    registered("Inbox", scopes=("inbox:read",))
    status, answer = asked(registered(), scope=scope)
    assert (status, answer["error"]) == (400, "invalid_scope")
    assert not AccessToken.objects.exists()


def test_a_scope_taken_away_counts_no_more_on_tokens_issued_before() -> None:
    token = token_of(registered())
    Client.objects.update(scopes=["reports:start"])
    assert refusal(bringing(token)).status == 403


def test_nothing_in_a_request_makes_a_client_act_for_another_organisation() -> None:
    registered("Pensions", organisation="southmoor")
    token = token_of(registered())
    request = RequestFactory().post(
        "/api/v1/reports?organisation=southmoor&client_id=southmoor.pensions",
        {"organisation": "southmoor", "client_id": "southmoor.pensions"},
        headers={"Authorization": f"Bearer {token}", "X-Organisation": "southmoor"},
    )
    assert clients.authenticate(request, scope="reports:read").organisation == "northmoor"


def test_no_secret_but_its_own_gets_a_client_a_token() -> None:
    clients.register("Pensions", organisation="southmoor", scopes=["inbox:read"], client_id="pensions", secret="s" * 40)
    status, answer = asked("pensions", secret=SECRET)
    assert (status, answer["error"]) == (401, "invalid_client")
    assert asked("nobody", secret=SECRET)[0] == 401


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token"])
def test_no_other_grant_is_open_to_a_client(grant: str) -> None:
    status, _ = asked(registered(), grant_type=grant, username="x", password="x", code="x", refresh_token="x")
    assert status in {400, 401}


def test_a_token_expires() -> None:
    request = bringing(token_of(registered()))
    expires_at = AccessToken.objects.get().expires
    with time_machine.travel(expires_at - dt.timedelta(seconds=1), tick=False):
        clients.authenticate(request, scope="reports:read")
    with time_machine.travel(expires_at, tick=False):
        refused = refusal(request)
    assert (refused.status, refused.challenge) == (401, 'Bearer error="invalid_token"')
    assert expires_at - timezone.now() <= dt.timedelta(hours=1)


def test_a_token_for_another_resource_is_refused() -> None:
    """RFC 8707 section 2: a token is good only for the resource it was asked for."""
    token = token_of(registered(), resource="https://testserver/elsewhere")
    assert refusal(bringing(token)).status == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic bm9ib2R5OnM=", "Bearer unknown", "Bearer \x00", "Bearer é", "Token unknown"],
)
def test_without_a_known_token_nobody_gets_in(header: str) -> None:
    refused = refusal(RequestFactory().get("/", headers={"Authorization": header} if header else {}))
    assert refused.status == 401
    assert refused.challenge.startswith("Bearer")
    assert "unknown" not in refused.challenge


def test_a_token_in_the_address_or_the_body_does_not_count() -> None:
    """RFC 9700 section 4.3.2: addresses are logged."""
    token = token_of(registered())
    assert refusal(RequestFactory().get("/", {"access_token": token})).status == 401
    assert refusal(RequestFactory().post("/", {"access_token": token})).status == 401


def test_neither_a_secret_nor_a_token_is_kept_in_the_clear() -> None:
    token = token_of(registered())
    kept = [*Client.objects.values_list(), *AccessToken.objects.values_list(), *Access.objects.values_list()]
    assert SECRET not in str(kept)
    assert token not in str(kept)


def test_a_secret_is_hashed_and_long_enough_for_a_quick_hash() -> None:
    registered()
    hashed = Client.objects.get().client_secret
    assert hashed.startswith("pbkdf2_sha256_secret$10000$")
    assert check_password(SECRET, hashed)
    assert not check_password(SECRET[:-1], hashed)


def test_a_revoked_client_gets_in_no_more_by_token_or_secret() -> None:
    client_id = registered()
    request = bringing(token_of(client_id))
    clients.revoke(client_id)
    clients.revoke(client_id)
    assert refusal(request).status == 401
    assert asked(client_id)[0] == 401
    assert list(Access.objects.values_list("action", "about")) == [
        ("client_registered", f"client:{client_id}"),
        ("client_revoked", f"client:{client_id}"),
    ]


def test_a_token_of_no_client_is_refused() -> None:
    AccessToken.objects.create(token="t", expires=timezone.now() + dt.timedelta(hours=1), scope="reports:read")
    assert refusal(bringing("t")).status == 401


def test_ids_and_secrets_are_made_where_none_are_given() -> None:
    one = clients.register("One", organisation="northmoor", scopes=["inbox:read"])
    two = clients.register("Two", organisation="northmoor", scopes=["inbox:read"])
    assert len({*one, *two}) == 4
    assert asked(one[0], secret=one[1])[0] == 200


def test_the_same_registration_again_changes_nothing() -> None:
    registered()
    before = list(Client.objects.values())
    registered()
    assert list(Client.objects.values()) == before
    assert Access.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"organisation": "southmoor"}, "registered already"),
        ({"name": "Other"}, "registered already"),
        ({"client_id": "other"}, "registered already"),
        ({"client_id": ""}, "registered already"),
        ({"scopes": ["inbox:read"]}, "registered already"),
        ({"secret": SECRET + "!"}, "registered already"),
        ({"secret": "short"}, "at least 32 characters"),
        ({"name": "n" * 101}, "at most 100 characters"),
        ({"organisation": "n" * 61}, "slug 60"),
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["reports:read", "reports:burn"]}, "no scope 'reports:burn'; there are: .*reports:read"),
        ({"organisation": "North Moor"}, "^Organisation: "),
        ({"organisation": ""}, "^Organisation: "),
        ({"name": " "}, "needs a name"),
        ({"client_id": "with:colon"}, "letters, digits"),
    ],
)
def test_a_registration_that_cannot_stand_is_refused_with_the_remedy(change: dict[str, Any], words: str) -> None:
    registered()
    given = {
        "name": "Records",
        "organisation": "northmoor",
        "scopes": ["reports:read", "reports:start"],
        "client_id": "northmoor.records",
        "secret": SECRET,
    }
    wanted = {**given, **change}
    with pytest.raises(clients.NotRegistered, match=words):
        clients.register(wanted.pop("name"), **wanted)
    assert Client.objects.count() == 1


def test_a_revoked_client_is_never_brought_back_and_its_name_never_used_again() -> None:
    clients.revoke(registered())
    with pytest.raises(clients.NotRegistered, match="was revoked"):
        registered()
    with pytest.raises(clients.NotRegistered, match="was revoked"):
        clients.register("Records", organisation="northmoor", scopes=["inbox:read"])


def test_revoking_nobody_says_where_to_look() -> None:
    with pytest.raises(clients.NotRegistered, match="client list"):
        clients.revoke("nobody")
