"""Receipts and letters reach the informant by the way they gave, once each, and nobody who gave none."""

from typing import Any

import pytest

from identity.models import Consent
from tellusonce import permissions, reports
from tellusonce.models import Notice, Report
from tellusonce.notices import contacts, occasions, owing, sending
from tellusonce.permissions import Choice
from tests import factories
from tests.callers import Caller
from tests.notices.conftest import Exchange, Mailroom

pytestmark = pytest.mark.django_db
HOME = {"lines": ["2 Elm Row"], "town": "Northmoor", "postcode": "ZX1 2AB"}
ENVELOPE = "Bram Quillfeather\n2 Elm Row\nNorthmoor\nZX1 2AB"
EMAIL = "bram@quillfeather.example"


def started(**informant: Any) -> str:
    """Start a report over the API with the informant told so; gives its id."""
    told = {**factories.TOLD, "informant": {**factories.TOLD["informant"], **informant}}
    evidence = {"type": "register-entry", "entry": factories.ENTRY}
    answer = Caller().post("/reports", {"kind": "death", "answers": told, "evidence": evidence})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


@pytest.fixture
def charity() -> None:
    factories.recipient("lantern", agreement={"lawful_basis": "consent"})


def consent(*, given: bool = True, language: str = "en") -> dict[str, Any]:
    return {"recipient": "lantern", "given": given, "wording": "tell-recipient/1", "language": language}


def test_each_decision_brings_its_receipt_by_mail_once(mailroom: Mailroom, charity: None) -> None:
    report, caller = started(email=EMAIL), Caller()
    caller.post(f"/reports/{report}/consents", {"consents": [consent(given=False)]})
    caller.post(f"/reports/{report}/submission", {"consents": [consent(language="cy")]})
    caller.post(f"/reports/{report}/consents/withdrawal", {"recipient": "lantern"})
    receipts = [each.receipt for each in Consent.objects.order_by("at")]
    assert len(receipts) == 3
    notices = Notice.objects.filter(kind="consent-receipt").order_by("created_at")
    assert sorted(each.language for each in notices) in (["cy", "cy", "en"], ["cy", "en", "en"])
    sending.send()
    bodies = ["".join(mail.get_content().split()) for mail in mailroom.took]
    for receipt in receipts:
        assert sum(receipt in body for body in bodies) == 1
    assert all("Quillfeather" not in mail["Subject"] for mail in mailroom.took)


def test_without_a_way_to_be_reached_a_decision_stands_and_nothing_is_sent(mailroom: Mailroom, charity: None) -> None:
    answer = Caller().post(f"/reports/{started()}/consents", {"consents": [consent()]})
    assert answer.status_code == 201
    assert not Notice.objects.exists()


def test_the_same_request_again_sends_no_second_receipt(mailroom: Mailroom, charity: None) -> None:
    report, caller = started(email=EMAIL), Caller()
    for _ in range(2):
        caller.post(f"/reports/{report}/consents", {"consents": [consent()]}, key="same")
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("informant", "expected"),
    [
        ({"email": EMAIL}, ("email", EMAIL)),
        ({"email": EMAIL, "phone": "07700900123", "contact_by": "text"}, ("text", "07700900123")),
        ({"email": EMAIL, "contact_by": "phone"}, None),
        (
            {"email": EMAIL, "address": HOME, "contact_by": "post"},
            ("letter", ENVELOPE),
        ),
        ({"address": HOME}, ("letter", ENVELOPE)),
        ({"address": HOME, "phone": "01632960001"}, None),
        ({"address": {"town": "Northmoor"}}, None),
        ({}, None),
    ],
)
def test_somebody_is_reached_by_what_they_gave(
    exchange: Exchange, settings: Any, informant: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    settings.NOTIFY_LETTER_TEMPLATE = "letter-template"
    contact = contacts.of_informant(Report.objects.get(pk=started(**informant)), kind="all-confirmed")
    assert (contact and (contact.by, contact.at)) == expected


def test_news_goes_by_letter_to_whom_has_neither_mail_nor_telephone(exchange: Exchange, settings: Any) -> None:
    settings.NOTIFY_LETTER_TEMPLATE = "letter-template"
    factories.recipient("lantern", agreement={"lawful_basis": "consent"})
    report = Report.objects.get(pk=started(address=HOME, letter_language="welsh"))
    reports.answer_consents(
        factories.REGISTRAR, report.pk, [Choice("lantern", is_given=True, wording="tell-recipient/1", language="cy")]
    )
    assert occasions.send_receipts(report, permissions.history(report)) == 1
    assert sending.send() == 1
    ((path, body),) = exchange.took
    assert path == "/v2/notifications/letter"
    assert body["template_id"] == "letter-template"
    lines = [body["personalisation"][f"address_line_{number}"] for number in range(1, 5)]
    assert lines == ["Bram Quillfeather", "2 Elm Row", "Northmoor", "ZX1 2AB"]
    assert body["personalisation"]["subject"] == "Derbynneb am eich penderfyniad"


def test_a_code_never_goes_by_letter() -> None:
    assert not owing.can_go("sign-in-code", "letter")
