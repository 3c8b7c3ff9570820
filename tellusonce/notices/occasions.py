"""What is news: a reference handed over, a code to sign in with, a receipt, and that everyone has answered."""

import uuid
from collections.abc import Sequence

from identity.models import DataKey
from tellusonce import messages
from tellusonce.models import Delivery, Report
from tellusonce.notices import channels, owing, words
from tellusonce.notices.owing import EMAIL, Contact, Topic


def hand_over(report: Report, contact: Contact) -> bool:
    """Owe the informant the reference of a report that was started; at most once by e-mail and once by text."""
    topic = Topic(report.key, f"reference:{report.pk}:{contact.by}", report)
    return owing.owe("reference", contact, topic, reference=report.reference)


def send_code(contact: Contact, *, key: DataKey, code: str) -> bool:
    """Owe somebody a code to sign in with: each call a new notice, of use for 15 minutes."""
    return owing.owe("sign-in-code", contact, Topic(key, f"code:{uuid.uuid4()}"), code=code)


def send_receipt(contact: Contact, *, key: DataKey, receipt_id: str, receipt: str) -> bool:
    """Owe somebody the signed receipt of a decision, once for each receipt; only by e-mail."""
    return owing.owe("consent-receipt", contact, Topic(key, f"receipt:{receipt_id}"), receipt=receipt)


def await_answers(deliveries: Sequence[Delivery], *, language: str = words.EN) -> bool:
    """Owe the informant of a submission the news that every service has answered; False where nobody wants it.

    They are written to only if they gave an e-mail address, and asked for no other way of contact.
    """
    if not deliveries or EMAIL not in channels.ways():
        return False
    closed = deliveries[0].answers
    report = closed.report
    informant = messages.answers_of(closed, report.key).get("informant") or {}
    address = informant.get("email")
    if not address or informant.get("contact_by", EMAIL) != EMAIL:
        return False
    topic = Topic(report.key, f"all-confirmed:{report.pk}", report)
    return owing.owe_when_settled("all-confirmed", Contact(EMAIL, address, language), topic, reference=report.reference)
