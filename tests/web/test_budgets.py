"""What a page may cost: twelve queries, however much there is to list, and 100 KB."""

from collections.abc import Mapping

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from identity.ledger import Actor
from tellusonce import clocks, reports
from tellusonce.models import Delivery, KeptReport
from tests import factories
from tests.web import worlds
from tests.web.worlds import Side

pytestmark = pytest.mark.django_db
QUERIES, BYTES = 12, 100_000
# The pages of each, by name and by whether they list something.
LISTED: Mapping[str, tuple[str, ...]] = {
    "anonymous": ("start", "sign-in", "accessibility", "cookies", "privacy", "receipts"),
    "citizen": ("own-reports", "helping"),
    "registrar": ("registrar", "registrar-search", "registrar-unproven", "registrar-import"),
    "adviser": ("adviser", "adviser-search"),
    "recipient-officer": ("inbox", "inbox-download"),
    "operator": ("mailboxes", "failures"),
    "operator of all": ("mailboxes", "failures", "duplicates"),
}
OF_ONE: Mapping[str, tuple[str, ...]] = {
    "letter": ("answers",),
    "citizen": ("answers", "recipients", "helpers", "invite-helper", "sent", "follow"),
    "helper": ("answers", "recipients"),
    "registrar": ("registrar-report", "registrar-hand-over", "registrar-register", "adviser-enquiry"),
    "adviser": ("adviser-report", "adviser-answers", "adviser-enquiry"),
    "recipient-officer": ("message",),
    "operator": ("mailbox", "failure"),
}
OF_WHAT_IS_BEING_TOLD = {"answers", "recipients", "helpers", "invite-helper", "registrar-hand-over", "adviser-answers"}


def cost(client: Client, at: str) -> int:
    """Read a page, and count what it asked the database; transactions begin and end for nothing."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(at, secure=True)
    assert answer.status_code == 200, at
    assert len(answer.content) < BYTES, at
    said = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert len(said) <= QUERIES, "\n".join([at, *(each[:300] for each in said)])
    return len(said)


@pytest.mark.parametrize("who", OF_ONE)
def test_a_page_about_one_thing_asks_and_says_little(who: str) -> None:
    here, _ = worlds.build()
    failed = here.sent.deliveries.get(state="failed")
    places = {"message": {"delivery_id": here.places["delivery_id"]}, "failure": {"delivery_id": failed.pk}}
    places |= {"mailbox": {"slug": here.places["slug"]}, "registrar-register": {"kind": "death"}}
    client = worlds.VISITORS[who](here)
    for name in OF_ONE[who]:
        report = here.started if name in OF_WHAT_IS_BEING_TOLD else here.sent
        at = reverse(name, kwargs=places.get(name, {"report_id": report.pk}))
        client.get(at, secure=True)  # the first look at a message is written down as its delivery
        cost(client, at)


@pytest.mark.parametrize("who", LISTED)
def test_a_list_asks_no_more_for_more_lines(who: str) -> None:
    here, _ = worlds.build()
    client = worlds.VISITORS[who](here)
    pages = [reverse(name) for name in LISTED[who]]
    [client.get(at, secure=True) for at in pages]  # what is kept by the process is asked for once
    before = {at: cost(client, at) for at in pages}
    more(here)
    assert {at: cost(client, at) for at in pages} == before


def more(side: Side) -> None:
    """Add to everything that is listed."""
    clerk = Actor("registrar", organisation=side.organisation)
    account = KeptReport.objects.values_list("account", flat=True).first()
    for number in range(3):
        factories.recipient(f"{side.organisation}-{number}", organisation=side.organisation)
        report = factories.started(actor=clerk)
        if account:
            KeptReport.objects.create(account_id=account, report=report, kept_at=clocks.now())
        if number:
            reports.submit(clerk, report.pk)
    later = Delivery.objects.filter(
        report__organisation=side.organisation, state="pending", recipient__route__adapter="rest"
    )
    later.update(state="failed", reason="http-422", due_at=None, tries=1)
