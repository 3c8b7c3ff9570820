"""Recipients that have only a mailbox, and those that load files: played against the service itself, over sockets."""

from typing import Any

import pyrage
import pytest

from deploy import ports
from identity import clients
from tellusonce import announcements
from tellusonce.models import Confirmation, Delivery
from tellusonce.notices import hints, sending
from tests import factories
from tests.simulator.peers import CLIENTS, Running, eventually
from tests.soap.conftest import address as address  # noqa: PLC0414  the fixture

pytestmark = pytest.mark.django_db(transaction=True)
TO = "bus-passes@northmoor.example"
GRANTS = ("subject.name.given", "subject.name.family", "death.died_on")


def service(address: str) -> dict[str, Any]:
    return {"url": address, "token_url": f"{address}/oauth/token/"}


def test_a_mail_is_opened_and_answered_where_its_link_leads(address: str, play: Running, settings: Any) -> None:
    settings.SERVICE_ADDRESS, settings.NOTICES_CHANNEL = address, "smtp"
    settings.NOTICES_FROM, settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "no-reply@tell.example", ports.HOST, False
    settings.EMAIL_PORT = ports.free()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    factories.recipient("bus-passes", route={"adapter": "inbox", "settings": {"mail": {"to": TO}}}, grants=GRANTS)
    factories.submitted()
    hints.forget()
    behaviour = [{"confirm": {"after_s": 0.1, "outcome": "acted", "actions": [{"code": "account_closed"}]}}]
    player = {"name": "bus-passes", "style": "mail", "mail": TO, "behaviour": behaviour}
    play.start(player, service=service(address), mail_port=settings.EMAIL_PORT, keep_bodies=True)

    assert announcements.announce() == 1
    assert sending.send() == 1
    eventually(Confirmation.objects.exists)

    (message,) = play.books("bus-passes")["by_message"]
    delivery = Delivery.objects.get()
    assert (message["message_id"], message["effects"]) == (str(delivery.pk), 1)
    assert "Quillfeather" in message["bodies"][0]
    assert (delivery.state, Confirmation.objects.get().came_by) == ("closed", "link")


def test_a_file_is_opened_with_its_key_and_answered_by_a_file(address: str, play: Running) -> None:
    key = pyrage.x25519.Identity.generate()
    file = {
        "format": "csv",
        "columns": ["surname", "reference"],
        "mapping": "{surname: subject.name.family, reference: message.reference}",
        "encrypt_to": str(key.to_public()),
    }
    factories.recipient("income", route={"adapter": "inbox", "settings": {"file": file}}, grants=GRANTS)
    report = factories.submitted()
    known = CLIENTS["northmoor"]
    scopes = ["inbox:read", "confirmations:write"]
    clients.register("Income", organisation="northmoor", scopes=scopes, client_id=known["id"], secret=known["secret"])
    behaviour = [
        {"confirm": {"after_s": 0.1, "by": "file", "outcome": "acted", "actions": [{"code": "bill_reissued"}]}}
    ]
    player = {"name": "income", "style": "file", "client": "northmoor", "behaviour": behaviour, "poll_every_s": 0.1}
    places = {"message_id": "message", "reference": "reference", "opens_with": str(key)}
    play.start({**player, **places}, service=service(address), keep_bodies=True)

    eventually(Confirmation.objects.exists)

    (message,) = play.books("income")["by_message"]
    assert (message["reference"], message["effects"]) == (report.reference, 1)
    assert "Quillfeather" in message["bodies"][0]
    assert (Delivery.objects.get().state, Confirmation.objects.get().came_by) == ("closed", "file")
