"""Anybody can see whether a receipt of a consent is as it was issued, pasted or from a file."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from identity import receipts
from identity.models import Consent
from tellusonce import reports
from tellusonce.permissions import Choice
from tests import factories
from tests.web.desks import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt() -> str:
    factories.recipient(
        "charity", name="Moorland Hospice", contact="01632 960 002", agreement={"lawful_basis": "consent"}
    )
    report = factories.started()
    answer = Choice("charity", is_given=True, wording="tell-recipient/1", language="en")
    reports.answer_consents(factories.REGISTRAR, report.pk, [answer])
    return Consent.objects.get().receipt


def send(form: dict[str, Any], status: int = 200, **headers: str) -> str:
    answer = Client().post(reverse("receipts"), form, secure=True, headers=headers)
    assert answer.status_code == status
    return words(answer.content.decode())


def test_a_receipt_is_as_it_was_issued_and_says_what_it_says(receipt: str) -> None:
    shown = send({"receipt": f"\n {receipt} \n"})
    assert "This receipt is as it was issued here" in shown
    assert "What was answered Yes, they may be told" in shown
    assert "Who is told Moorland Hospice (01632 960 002)" in shown
    assert "May we tell Moorland Hospice?" in shown


def test_a_file_does_as_well(receipt: str) -> None:
    shown = send({"receipt": "", "file": SimpleUploadedFile("receipt.txt", receipt.encode())})
    assert "This receipt is as it was issued here" in shown


def test_a_receipt_that_was_changed_is_not(receipt: str) -> None:
    head, content, signature = receipt.split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    shown = send({"receipt": f"{head}.{content}.{changed}"})
    assert "This is not a receipt as it was issued here" in shown
    assert "the content fits its own digests" in shown
    assert "Moorland" not in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "three parts with full stops between them; this has 1"),
        ("x" * 20_000, "longer than 16384 characters"),
        ("a.b.c", "Its header is not base64url"),
        ("<script>.b.c", "Its header is not base64url"),
    ],
    ids=lambda text: text[:10],
)
def test_what_is_no_receipt_is_said_to_be_none(text: str, said: str) -> None:
    assert said in send({"receipt": text})


def test_bytes_that_are_no_text_are_no_receipt() -> None:
    assert "not a receipt" in send({"file": SimpleUploadedFile("it", bytes(range(256)) * 100)})


def test_it_is_said_in_welsh(receipt: str) -> None:
    assert "Tair rhan" in send({"receipt": "x"}, accept_language="cy")
    assert "Moorland Hospice" in send({"receipt": receipt}, accept_language="cy")


def test_nothing_sent_is_asked_for() -> None:
    assert "Paste the receipt, or choose the file" in send({"receipt": " "}, status=422)


def test_no_values_are_lost_when_it_is_said_in_another_language() -> None:
    with pytest.raises(receipts.BadReceipt) as refused:
        receipts.verify("x", published={"keys": []})
    assert re.findall(r"{(\w+)}", refused.value.template) == list(refused.value.values)
