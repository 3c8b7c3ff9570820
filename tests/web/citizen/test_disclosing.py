"""What one recipient was told is read word by word by whoever told it; a permission is taken back; looks are listed."""

from typing import Any

import pytest
from django.urls import reverse

from identity import receipts, signatures
from identity.models import Access
from tellusonce import reports
from tellusonce.models import Delivery, Report
from tellusonce.permissions import Choice
from tests import factories
from tests.callers import Caller
from tests.web.desks import words
from tests.web.informants import Informant, told

pytestmark = pytest.mark.django_db
FIELDS = ("subject.name.given", "subject.name.family", "subject.addresses.postcode", "informant.email")


@pytest.fixture
def report() -> Report:
    factories.recipient("tax", name="Northmoor Council Tax", grants=FIELDS)
    return factories.submitted()


def page(informant: Informant, delivery: Delivery, name: str = "told") -> str:
    return words(informant.read(name, **place_of(delivery)))


def place_of(delivery: Delivery) -> dict[str, Any]:
    return {"report_id": delivery.report_id, "delivery_id": delivery.pk}


def agreed() -> Delivery:
    """Give a delivery that rests on a consent, to a recipient that fetches it."""
    route, agreement = {"adapter": "inbox"}, {"lawful_basis": "consent"}
    factories.recipient("charity", organisation="moorland", route=route, agreement=agreement)
    report = factories.started()
    answer = Choice("charity", is_given=True, wording="tell-recipient/1", language="en")
    reports.answer_consents(factories.REGISTRAR, report.pk, [answer])
    reports.submit(factories.REGISTRAR, report.pk, chosen=None)
    return report.deliveries.get()


def test_whoever_is_proved_reads_every_word_and_nothing_that_was_not_granted(report: Report) -> None:
    delivery = told(report, "tax")
    shown = page(Informant(report, is_proved=True), delivery)
    assert "What they were told, word by word" in shown
    assert factories.ENTRY["subject"]["name"]["family"] in shown
    assert "ZX1 2AB" in shown
    assert "Row" not in shown


def test_a_reference_alone_shows_no_address_and_says_so(report: Report) -> None:
    shown = page(Informant(report), told(report, "tax"))
    assert factories.ENTRY["subject"]["name"]["family"] in shown
    assert "ZX1 2AB" not in shown
    assert "you came in with a reference number alone" in shown


def test_before_it_goes_out_it_is_what_they_are_to_be_told(report: Report) -> None:
    assert "What they are to be told, word by word" in page(Informant(report), report.deliveries.get())


def test_of_what_is_withheld_nothing_is_shown(report: Report) -> None:
    delivery = told(report, "tax", state="withheld", reason="agreement-not-in-force", sent_at=None, tries=0)
    shown = page(Informant(report, is_proved=True), delivery)
    assert factories.ENTRY["subject"]["name"]["family"] not in shown
    assert "Not told" in shown


def test_reading_it_is_written_down(report: Report) -> None:
    informant, delivery = Informant(report), report.deliveries.get()
    page(informant, delivery)
    assert Access.objects.filter(action="report_read", actor=informant.name, on=f"delivery:{delivery.pk}").exists()


@pytest.mark.parametrize("name", ["told", "withdraw"])
def test_a_delivery_of_another_report_is_not_there(report: Report, name: str) -> None:
    other = factories.submitted().deliveries.get()
    Informant(report).read(name, status=404, report_id=report.pk, delivery_id=other.pk)


def test_a_permission_is_taken_back_before_anybody_was_told() -> None:
    delivery = agreed()
    informant = Informant(delivery.report)
    place = place_of(delivery)
    assert reverse("withdraw", kwargs=place) in informant.read("told", **place)
    assert "They have not been told yet, and will not be." in page(informant, delivery, "withdraw")
    assert informant.send("withdraw", {}, **place)["Location"] == reverse("told", kwargs=place)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("withheld", "consent-withdrawn")
    assert reverse("withdraw", kwargs=place) not in informant.read("told", **place)


def test_whoever_was_told_is_told_that_it_was_taken_back() -> None:
    delivery = agreed()
    Caller("moorland").get("/inbox")
    informant = Informant(delivery.report)
    assert "They have been told already, or may have been." in page(informant, delivery, "withdraw")
    informant.send("withdraw", {}, **place_of(delivery))
    assert list(delivery.report.deliveries.values_list("purpose", flat=True).order_by("sequence")) == [
        "notify",
        "withdraw",
    ]
    assert "The permission was taken back" in page(informant, delivery)


def test_what_was_taken_back_already_cannot_be_again() -> None:
    delivery = agreed()
    informant, place = Informant(delivery.report), place_of(delivery)
    informant.send("withdraw", {}, **place)
    assert informant.send("withdraw", {}, **place).status_code == 409


def test_each_answer_has_a_receipt_that_verifies() -> None:
    delivery = agreed()
    informant = Informant(delivery.report)
    informant.send("withdraw", {}, **place_of(delivery))
    shown = informant.read("own-receipts", report_id=delivery.report_id)
    assert "Yes, they may be told" in shown
    assert "The yes was taken back" in shown
    found = [each for each in words(shown).split() if each.count(".") == 2 and len(each) > 200]
    assert len(found) == 2
    for each in found:
        receipts.verify(each, published=signatures.public_keys())


def test_whoever_was_asked_nothing_reads_why(report: Report) -> None:
    assert "You were not asked for a permission" in words(Informant(report).read("own-receipts", report_id=report.pk))


def test_people_see_who_looked_and_that_they_did_themselves(report: Report) -> None:
    informant = Informant(report)
    informant.read("told", report_id=report.pk, delivery_id=report.deliveries.get().pk)
    reports.answers(factories.REGISTRAR, report.pk)
    shown = words(informant.read("looks", report_id=report.pk))
    assert "You: read its answers" in shown
    assert "Somebody at Northmoor: read its answers" in shown
    assert "You: looked at who had looked" in words(informant.read("looks", report_id=report.pk))


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "²"])
def test_an_address_of_ones_own_making_breaks_nothing(report: Report, after: str) -> None:
    Informant(report).read("looks", asked={"after": after}, report_id=report.pk)


def test_the_page_can_be_had_in_large_print(report: Report) -> None:
    informant = Informant(report)
    assert "app-large-print" in informant.read("follow", asked={"print": "large"}, report_id=report.pk)
    assert 'class="govuk-template__body app-large-print' not in informant.read("follow", report_id=report.pk)
