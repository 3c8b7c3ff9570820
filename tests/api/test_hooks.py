"""Webhooks that recipients sign by themselves (F25): each counts once, and nobody learns who else there is."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from adapters import webhooks
from identity import clients, signers
from tellusonce.models import Confirmation, Delivery
from tests import factories

pytestmark = pytest.mark.django_db
SEED = Ed25519PrivateKey.generate()
PRIVATE = "whsk_" + base64.b64encode(SEED.private_bytes_raw()).decode()
PUBLIC = "whpk_" + base64.b64encode(SEED.public_key().public_bytes_raw()).decode()
SHARED = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def client_id() -> str:
    made, _ = clients.register("Elections", organisation="elections", scopes=["confirmations:write"])
    signers.set_webhook_keys(made, [PUBLIC])
    return made


@pytest.fixture
def delivery() -> Delivery:
    factories.recipient("electors", organisation="elections")
    factories.submitted()
    Delivery.objects.update(tries=1)
    return Delivery.objects.get()


def said(delivery: Delivery, **more: Any) -> bytes:
    data = {"delivery": str(delivery.pk), "outcome": "acted", "actions": [{"code": "name_removed"}], **more}
    return json.dumps({"type": "delivery.confirmed", "data": data}).encode()


def headers(
    body: bytes, *, secret: str = PRIVATE, ago: timedelta = timedelta(), message: str = "m-1"
) -> dict[str, str]:
    return webhooks.signed(body, secrets=[secret], message_id=message, at=datetime.now(UTC) - ago)


def send(client_id: str, body: bytes, signed: dict[str, str]) -> Any:
    return Client(raise_request_exception=False).post(
        f"/api/v1/webhooks/{client_id}", body, content_type="application/json", secure=True, headers=signed
    )


def test_a_signed_webhook_is_a_confirmation_and_a_second_try_the_same(client_id: str, delivery: Delivery) -> None:
    body = said(delivery)
    first = send(client_id, body, headers(body, ago=timedelta(seconds=9)))
    assert (first.status_code, first.json()["state"]) == (201, "closed")
    again = send(client_id, body, headers(body))
    assert (again.status_code, again.json()) == (201, first.json())
    kept = Confirmation.objects.get()
    assert (kept.came_by, kept.given_by) == ("webhook", "Elections")
    other = said(delivery, note="else")
    assert send(client_id, other, headers(other)).status_code == 409, "the same id for something else"


def test_the_very_same_signature_is_refused(client_id: str, delivery: Delivery) -> None:
    body = said(delivery)
    signed = headers(body)
    assert send(client_id, body, signed).status_code == 201
    replayed = send(client_id, body, signed)
    assert replayed.status_code == 401
    assert "taken before" in replayed.json()["detail"]
    assert Confirmation.objects.count() == 1


def test_what_is_not_signed_as_it_should_be_is_refused_in_the_same_words(client_id: str, delivery: Delivery) -> None:
    body = said(delivery)
    other = "whsk_" + base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
    answers = [
        send(client_id, body, {}),
        send(client_id, body, headers(body, secret=other)),
        send(client_id, body, headers(body, ago=timedelta(minutes=6))),
        send(client_id, said(delivery, note="changed"), headers(body)),
        send(client_id, body, headers(body, secret=SHARED)),
        send("nobody", body, headers(body)),
    ]
    assert {each.status_code for each in answers} == {401}
    assert len({each.json()["detail"] for each in answers}) == 1
    assert not Confirmation.objects.exists()


def test_a_shared_secret_stands_among_ours(client_id: str, delivery: Delivery, settings: Any) -> None:
    settings.SECRETS = json.dumps({f"webhook:{client_id}": SHARED})
    body = said(delivery)
    assert send(client_id, body, headers(body, secret=SHARED)).status_code == 201


def test_one_who_was_revoked_or_may_not_confirm_is_refused(client_id: str, delivery: Delivery) -> None:
    reader, _ = clients.register("Reader", organisation="elections", scopes=["deliveries:read"])
    signers.set_webhook_keys(reader, [PUBLIC])
    body = said(delivery)
    assert send(reader, body, headers(body)).status_code == 403
    clients.revoke(client_id)
    assert send(client_id, body, headers(body)).status_code == 401


def test_another_organisations_delivery_is_unknown(delivery: Delivery) -> None:
    stranger, _ = clients.register("Stranger", organisation="southmoor", scopes=["confirmations:write"])
    signers.set_webhook_keys(stranger, [PUBLIC])
    body = said(delivery)
    assert send(stranger, body, headers(body)).status_code == 404
    unknown = json.dumps({"type": "delivery.confirmed", "data": {"delivery": str(uuid.uuid4()), "outcome": "received"}})
    assert send(stranger, unknown.encode(), headers(unknown.encode())).status_code == 404
    wrong = b'{"type": "delivery.confirmed", "data": {}}'
    assert send(stranger, wrong, headers(wrong)).status_code == 422


@pytest.mark.parametrize("keys", [["nonsense"], [PRIVATE], [PUBLIC] * 5])
def test_only_public_keys_are_registered(client_id: str, keys: list[str]) -> None:
    with pytest.raises(clients.NotRegistered, match="whpk_"):
        signers.set_webhook_keys(client_id, keys)
