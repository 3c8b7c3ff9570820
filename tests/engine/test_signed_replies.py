"""Replies that have to be signed, through a whole drain: what was asked reaches whoever reads the answer."""

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters import envelopes, wsse
from tellusonce import drains, keys
from tellusonce.models import Confirmation, Delivery, Lane, Result
from tests import factories
from tests.adapters.examples import WRAPPED, envelope, wsdl
from tests.adapters.peers import Peer, peer, reply
from tests.adapters.signing import Way, party, relates_to, signed, text
from tests.engine.tellings import make_due

pytestmark = pytest.mark.django_db(transaction=True)

US, THEM = party("us"), party()
DONE = '<TellResponse xmlns="urn:t"><Result>closed</Result></TellResponse>'
SETTINGS: dict[str, Any] = {
    "wsdl": "a.wsdl",
    "operation": "Tell",
    "mapping": WRAPPED,
    "reply": "{outcome: code(body.Result, {closed: 'acted'}), actions: ['account_closed']}",
    "addressing": True,
    "signed_by": THEM.certificate,
    "security": {"signature": {"key": "k", "certificate": US.certificate}},
}
GOOD = Way(over=("body", "stamp", "relates"))


def drained(to: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Peer:
    """Owe one report to a recipient that answers each message so, by its id, and drain it twice."""
    monkeypatch.setattr(keys, "current", lambda: {"k": US.key})

    def say(connection: socket.socket) -> None:
        found = re.search(rb"urn:uuid:([0-9a-f-]{36})", there.bodies[-1])
        assert found is not None
        connection.sendall(reply(200, to(found[1].decode()), Content_Type="text/xml"))

    with peer(say) as there:
        recipient = factories.recipient(
            "revenues",
            address=there.url,
            grants=("subject.name.family", "subject.name.given", "death.died_on", "services.library"),
            route={
                "adapter": "soap",
                "settings": {**SETTINGS, **settings},
                "documents": {"a.wsdl": wsdl().decode()},
            },
        )
        factories.submitted()
        drains.drain(recipient.pk, Lane.FIRST)
        make_due()
        drains.drain(recipient.pk, Lane.RETRY)
    return there


def fresh(message_id: str, *, by: Any = THEM, age: timedelta = timedelta()) -> bytes:
    """Sign an answer to a message, just now or some time ago."""
    way = replace(GOOD, created=datetime.now(UTC) - age)
    return text(signed(DONE, by, way, header=relates_to(message_id)))


def test_a_signed_answer_to_this_message_closes_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    there = drained(fresh, monkeypatch)
    assert Delivery.objects.values_list("state", "tries").get() == ("closed", 1)
    assert Confirmation.objects.get().outcome == "acted"
    (request,) = there.bodies
    sender = wsse.verify(envelopes.read(request), at=datetime.now(UTC), signers={"us": US.certificate})
    assert len(sender.covers) == 5


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (lambda message_id: fresh(message_id, by=party("other")), "reply-certificate-unknown"),
        (lambda message_id: fresh(message_id, age=timedelta(minutes=7)), "reply-timestamp-stale"),
        (lambda _message_id: fresh("0197b1c2-aaaa-7000-8000-000000000002"), "reply-to-another"),
        (lambda message_id: fresh(message_id).replace(b"closed", b"opened"), "reply-signature-wrong"),
        (lambda _message_id: envelope(DONE), "reply-security-missing"),
    ],
    ids=["by another", "an old one", "to another", "altered", "unsigned"],
)
def test_any_other_answer_leaves_the_outcome_unknown_and_is_asked_for_again_under_the_same_id(
    to: Callable[[str], bytes], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F24: expired Timestamp, replayed reply, bad signature; nothing is lost and nothing has a second id."""
    there = drained(to, monkeypatch)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("pending", 2)
    assert set(Result.objects.values_list("outcome", "code")) == {("ambiguous", code)}
    assert not Confirmation.objects.exists()
    ids = [re.findall(rb"urn:uuid:([0-9a-f-]{36})", body) for body in there.bodies]
    assert ids == [[str(delivery.pk).encode()]] * 2
    assert there.bodies[0] != there.bodies[1]


def test_without_its_key_nothing_is_sent_and_the_mailbox_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """F28: key missing."""
    security = {"signature": {"key": "lost", "certificate": US.certificate}}
    there = drained(fresh, monkeypatch, security=security)
    assert there.connections == 0
    delivery = Delivery.objects.select_related("recipient__mailbox").get()
    assert (delivery.state, delivery.recipient.mailbox.pause_reason) == ("pending", "key-missing")
