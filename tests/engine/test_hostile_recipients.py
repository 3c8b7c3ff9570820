"""What a recipient's HTTP does goes through the drain into the right state and due time (F15 to F18, end to end)."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY

from adapters.contract import Ambiguous, Misconfigured, Throttled, Transient
from adapters.egress import Egress
from adapters.simulator.hostile import Hostile
from tellusonce import clocks, drains, verdicts
from tellusonce.models import Delivery, Lane, Mailbox, Result
from tests import factories
from tests.adapters.authorities import Authority
from tests.adapters.hostiles import playing
from tests.adapters.issuers import issuing
from tests.engine.tellings import make_due


@pytest.fixture
def there() -> Iterator[Hostile]:
    with playing() as server:
        yield server
    Egress.shared().close()
    Egress._forget()


def drained(address: str, **fields: Any) -> Delivery:
    """Owe one report to whoever is there, and drain the lane once; a retry is due in a day at the soonest."""
    recipient = factories.recipient("council-tax", address=address, **fields)
    factories.submitted()
    drains.drain(recipient.pk, Lane.FIRST)
    return Delivery.objects.get()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"recipient": "council-tax", **labels}) or 0.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("way", "outcome", "code", "wait_s"),
    [
        ("status?code=429&retry-after=3600", "throttled", "http-429", 3600),
        ("status?code=503", "transient", "http-503", 0),
        ("silent", "ambiguous", "reply-deadline", 0),
        ("gigabyte", "ambiguous", "reply-too-large", 0),
        ("resets-after-head", "ambiguous", "reply-truncated", 0),
    ],
)
def test_what_was_not_taken_waits_under_the_same_id(
    there: Hostile, settings: Any, way: str, outcome: str, code: str, wait_s: int
) -> None:
    settings.REPLY_SECONDS = 1.0
    before = counted("tellusonce_attempt_failures_total", code=code)
    delivery = drained(there.url(way))
    assert (delivery.state, delivery.tries) == ("pending", 1)
    assert Result.objects.values_list("outcome", "code").get() == (outcome, code)
    assert delivery.due_at is not None
    assert delivery.due_at >= clocks.now() + dt.timedelta(seconds=wait_s - 60)
    assert counted("tellusonce_attempt_failures_total", code=code) == before + 1
    assert len(there.heard) == 1


@pytest.mark.django_db(transaction=True)
def test_a_redirect_pauses_the_mailbox_and_nothing_follows_it(there: Hostile) -> None:
    with playing() as elsewhere:
        delivery = drained(there.url(f"status?code=307&location={elsewhere.url('ok')}"))
        assert elsewhere.connections == 0
    assert delivery.state == "pending"
    assert Mailbox.objects.get().pause_reason == "redirected"


@pytest.mark.django_db(transaction=True)
def test_how_long_it_took_and_how_much_came_is_counted_by_recipient(there: Hostile) -> None:
    before = [counted(name) for name in ("tellusonce_attempt_seconds_count", "tellusonce_reply_bytes_total")]
    assert drained(there.url("ok")).state == "sent"
    after = [counted(name) for name in ("tellusonce_attempt_seconds_count", "tellusonce_reply_bytes_total")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, len(b'{"status": "received"}')]


@pytest.mark.django_db(transaction=True)
def test_a_client_certificate_is_shown_and_a_missing_one_sends_nothing(settings: Any) -> None:
    """F28: key missing, in the shape of a certificate; and the whole way of one that is there."""
    authority = Authority()
    certificate, key = authority.pair()
    secrets = {"ours": certificate, "our-key": key, "theirs": authority.pem}
    tls = {"certificate": "ours", "key": "our-key", "authority": "theirs"}
    with playing(tls=authority.server(clients=authority.pem)) as server:
        address = server.url("ok", host="localhost")
        settings.SECRETS = json.dumps({**secrets, "our-key": ""})
        assert drained(address, route={"settings": {"tls": tls}}).tries == 0
        assert (Mailbox.objects.get().pause_reason, server.connections) == ("key-missing", 0)
        settings.SECRETS = json.dumps(secrets)
        Mailbox.objects.update(paused_at=None, pause_reason="")
        drains.drain(Mailbox.objects.get().pk, Lane.FIRST)
        assert [heard.way for heard in server.heard] == ["ok"]
    assert Delivery.objects.get().state == "sent"
    Egress.shared().close()
    Egress._forget()


@pytest.mark.django_db(transaction=True)
def test_a_token_is_fetched_and_shown_and_without_one_nothing_is_sent(settings: Any) -> None:
    """F28: a secret that their authorisation server does not take pauses the mailbox before anything is sent."""
    settings.SECRETS = '{"door": "s3cret"}'
    with issuing() as issuer:
        auth = {"kind": "oauth2", "token_url": f"{issuer.url}/token", "client_id": "us", "secret": "door"}
        issuer.says = (401, {}, b'{"error": "invalid_client"}')
        assert drained(f"{issuer.url}/in", route={"settings": {"auth": auth}}).state == "pending"
        assert (Mailbox.objects.get().pause_reason, issuer.taken) == ("token-invalid-client", [])
        issuer.says = None
        Mailbox.objects.update(paused_at=None, pause_reason="")
        settings.SECRETS = '{"door": "rotated"}'
        make_due()
        drains.drain(Mailbox.objects.get().pk, Lane.RETRY)
        assert issuer.taken == ["Bearer token-2"]
    assert Delivery.objects.get().state == "sent"
    Egress.shared().close()
    Egress._forget()


@pytest.mark.parametrize(
    ("failure", "least", "most"),
    [
        (Throttled("http-429", retry_after=7), 7, 7),
        (Throttled("http-429", retry_after=86_400), 86_400, 86_400),
        (Throttled("http-503", retry_after=10**9), 86_400, 86_400),
        (Throttled("http-429", retry_after=None), 0, 5),
        (Throttled("http-503", retry_after=-7), 0, 5),
        (Transient("http-408"), 0, 5),
        (Transient("connect-timeout"), 0, 5),
        (Transient("dns-failed"), 0, 5),
        (Ambiguous("reply-too-large"), 0, 5),
        (Misconfigured("tls-client-refused"), 0, 0),
    ],
    ids=str,
)
def test_each_failure_has_its_pause(failure: Any, least: float, most: float) -> None:
    """F15: Retry-After in seconds, absurd, negative; at the second try, which waits five seconds at most."""
    assert least <= verdicts.of_failure(failure, tries=2).pause.total_seconds() <= most
