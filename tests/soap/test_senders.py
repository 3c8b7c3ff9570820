"""Who sends a SOAP message (F24, F25): by the message itself, and a signed one counts once."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zeep
from django.test import Client
from lxml import etree
from suds.client import Client as Suds
from suds.wsse import Security, UsernameToken
from zeep.wsse.username import UsernameToken as ZeepToken

from identity import clients, signers
from identity.models import Access
from tellusonce import confirmations
from tellusonce.models import Confirmation, Delivery
from tests import factories
from tests.adapters.signing import Way, party, signed, text
from tests.callers import Caller
from tests.soap.conftest import System, system
from tests.soap.test_confirmations import ACTED, envelope, fault, recorded

PATH = "/soap/confirmations"
INNER = (
    '<t:RecordConfirmation xmlns:t="urn:tell-us-once:confirmations:1"><t:DeliveryId>{}</t:DeliveryId>'
    f"{ACTED}</t:RecordConfirmation>"
)


@pytest.fixture
def elections(db: None) -> System:
    return system("elections")


@pytest.fixture
def delivery(elections: System) -> Delivery:
    """Give a delivery that was told to the elections office."""
    factories.recipient("electors", organisation="elections")
    factories.submitted()
    Delivery.objects.update(tries=1)
    return Delivery.objects.get()


def signed_by(theirs: System, delivery: Delivery, *, ago: timedelta = timedelta()) -> bytes:
    created = datetime.now(UTC) - ago
    return text(signed(INNER.format(delivery.pk), theirs.party, Way(created=created)))


def send(body: bytes, **headers: str) -> Any:
    return Client(raise_request_exception=False).post(PATH, body, content_type="text/xml", secure=True, headers=headers)


@pytest.mark.django_db(transaction=True)
def test_zeep_confirms_with_a_user_name_over_a_socket(address: str, elections: System, delivery: Delivery) -> None:
    token = ZeepToken(elections.client_id, elections.secret)  # type: ignore[no-untyped-call]  # zeep ships no types
    client = zeep.Client(f"{address}{PATH}?wsdl", wsse=token)  # type: ignore[no-untyped-call]  # zeep ships no types
    assert client.service.RecordConfirmation(DeliveryId=str(delivery.pk), Outcome="received") == "true"
    assert client.bind(port_name="Confirmations12").RecordConfirmation(str(delivery.pk), "received") == "duplicate"
    with pytest.raises(zeep.exceptions.Fault, match="no delivery with this id"):
        client.service.RecordConfirmation(DeliveryId=str(uuid.uuid4()), Outcome="received")
    assert Confirmation.objects.get().given_by == "System of elections"


@pytest.mark.django_db(transaction=True)
def test_suds_confirms_with_a_user_name_over_a_socket(address: str, elections: System, delivery: Delivery) -> None:
    client = Suds(f"{address}{PATH}?wsdl", cache=None)
    security = Security()
    security.tokens.append(UsernameToken(elections.client_id, elections.secret))
    client.set_options(wsse=security, port="Confirmations")
    action = client.factory.create("ns0:Action")
    action.Code = "name_removed"
    assert client.service.RecordConfirmation(str(delivery.pk), "acted", [action]) == "true"
    kept = Confirmation.objects.get()
    assert (kept.outcome, kept.came_by) == ("acted", "soap")


@pytest.mark.django_db
def test_a_signed_message_is_taken_once(elections: System, delivery: Delivery) -> None:
    elections.is_registered()
    body = signed_by(elections, delivery)
    assert recorded(send(body)) == "true"
    assert "taken before" in fault(send(body), status=401)
    assert recorded(send(signed_by(elections, delivery))) == "duplicate", "what is signed anew is a message of its own"
    assert Confirmation.objects.count() == 1
    assert Access.objects.filter(action="confirmation_recorded").count() == 1


@pytest.mark.django_db
def test_a_signed_message_that_could_not_be_kept_may_come_again(
    elections: System, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    elections.is_registered()
    body = signed_by(elections, delivery)
    with monkeypatch.context() as broken:
        broken.setattr(confirmations, "EARLIEST", datetime(2999, 1, 1, tzinfo=UTC))
        fault(send(body), status=400)
    assert recorded(send(body)) == "true"


@pytest.mark.django_db
def test_only_a_certificate_that_was_registered_counts(elections: System, delivery: Delivery) -> None:
    assert "none that a client of ours" in fault(send(signed_by(elections, delivery)), status=401)
    elections.is_registered()
    stranger = System(elections.client_id, "", party("stranger", days=36500))
    assert "none that a client of ours" in fault(send(signed_by(stranger, delivery)), status=401)
    assert "five minutes" in fault(send(signed_by(elections, delivery, ago=timedelta(minutes=11))), status=401)
    clients.revoke(elections.client_id)
    assert "none that a client of ours" in fault(send(signed_by(elections, delivery)), status=401)
    assert not Confirmation.objects.exists()


@pytest.mark.django_db
def test_a_body_that_was_exchanged_is_refused(elections: System, delivery: Delivery) -> None:
    """Signature wrapping and all that is like it: tests/adapters/test_wsse.py has the rest."""
    elections.is_registered()
    body = signed_by(elections, delivery).replace(b"name_removed", b"nothing_held")
    fault(send(body), status=401)
    assert not Confirmation.objects.exists()


@pytest.mark.django_db
def test_another_organisations_delivery_is_unknown_however_well_it_is_signed(delivery: Delivery) -> None:
    other = system("southmoor")
    other.is_registered()
    assert "no delivery with this id" in fault(send(signed_by(other, delivery)), status=400)


def with_token(theirs: System, delivery: Delivery, **changes: Any) -> bytes:
    root = etree.fromstring(envelope(delivery.pk))
    token: Any = ZeepToken(theirs.client_id, theirs.secret, **changes)  # type: ignore[no-untyped-call]  # zeep ships no types
    ready, _ = token.apply(root, {})
    return bytes(etree.tostring(ready))


@pytest.mark.django_db
def test_a_wrong_secret_a_digest_and_a_former_secret(elections: System, delivery: Delivery) -> None:
    wrong = System(elections.client_id, "x" * 40, elections.party)
    for body in (
        with_token(wrong, delivery),
        with_token(System("nobody", elections.secret, elections.party), delivery),
        with_token(elections, delivery, use_digest=True),
    ):
        assert "as PasswordText" in fault(send(body), status=401)
    assert recorded(send(with_token(elections, delivery))) == "true"
    assert not signers.has_secret(elections.client_id, "")


@pytest.mark.django_db
def test_what_the_message_says_of_its_sender_counts_and_not_a_token_beside_it(delivery: Delivery) -> None:
    other, caller = system("southmoor"), Caller("elections")
    headers = {"Authorization": f"Bearer {caller.token}"}
    assert recorded(send(envelope(delivery.pk), **headers)) == "true"
    assert "no delivery" in fault(send(with_token(other, delivery), **headers), status=400)
    assert "access token" in fault(send(envelope(delivery.pk)), status=401)


@pytest.mark.django_db
def test_a_client_needs_the_scope_however_it_proves_itself(delivery: Delivery) -> None:
    reader = system("elections-2", scopes=["reports:read"])
    reader.is_registered()
    assert "scope confirmations:write" in fault(send(signed_by(reader, delivery)), status=403)
    assert "scope confirmations:write" in fault(send(with_token(reader, delivery)), status=403)
