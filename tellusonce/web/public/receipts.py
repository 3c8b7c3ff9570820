"""Checking a receipt of a consent: pasted or as a file; nothing of it is looked up or kept."""

import datetime as dt
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity import receipts, signatures
from tellusonce import rules
from tellusonce.web import doors, phrases

JSON = Any


@doors.page(rules.READ_PUBLISHED)
def check(request: HttpRequest) -> HttpResponse:
    """Say whether a receipt is as it was issued here, and what it says."""
    context: dict[str, JSON] = {"fault": "", "why": "", "said": None}
    if request.method != "POST":
        return doors.show(request, "public/receipts.html", context)
    text = _sent(request)
    if not text:
        context["fault"] = _("Paste the receipt, or choose the file that it is in")
        return doors.show(request, "public/receipts.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        context["said"] = _said(receipts.verify(text, published=signatures.public_keys()))
    except receipts.BadReceipt as error:
        context["why"] = _(error.template).format(**error.values)
    return doors.show(request, "public/receipts.html", context)


def _sent(request: HttpRequest) -> str:
    """Read what was pasted, or else the file; no more of it than shows that it is too long."""
    pasted = request.POST.get("receipt", "").strip()
    file = request.FILES.get("file")
    return pasted or (file.read(receipts.LONGEST + 1).decode("utf-8", "replace").strip() if file else "")


def _said(record: JSON) -> dict[str, JSON]:
    """Pick what people want to know out of the record, which is as it was issued."""
    processing, event = record["pii_processing"], record["event"]
    purpose = processing["purposes"][0]
    return {
        "act": phrases.ACTS[event["event_state"]],
        "at": dt.datetime.fromisoformat(event["event_time"]),
        "parties": [(phrases.PARTIES[each["party_role"]], each) for each in record["party_identification"]],
        "facts": [each["title"] for each in purpose["pii_information"]],
        "question": processing["privacy_notice"]["question"],
        "withdrawal": purpose["withdrawal_method"],
        "id": record["metadata"]["record_id"],
    }
