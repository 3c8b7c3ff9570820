"""What is news: a reference handed over, a code, a receipt, that a draft expires, and that everyone has answered."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from identity import vault
from identity.models import Consent, DataKey
from tellusonce import deadlines
from tellusonce.models import Delivery, Report
from tellusonce.notices import contacts, owing
from tellusonce.notices.owing import Contact, Topic

DRAFT_EXPIRES = "draft-expires"
RECEIPT = "consent-receipt"


def hand_over(report: Report, contact: Contact) -> bool:
    """Owe the informant the reference of a report that was started; once to each address, since one may be mistyped."""
    where = vault.digest("notice", contact.at.casefold().encode()).hex()[:16]
    topic = Topic(report.key, f"reference:{report.pk}:{contact.by}:{where}", report)
    return owing.owe("reference", contact, topic, reference=report.reference)


def send_code(contact: Contact, *, key: DataKey, code: str) -> bool:
    """Owe somebody a code to sign in with: each call a new notice, of use for 15 minutes."""
    return owing.owe("sign-in-code", contact, Topic(key, f"code:{uuid.uuid4()}"), code=code)


def send_receipt(contact: Contact, topic: Topic, *, receipt: str) -> bool:
    """Owe somebody the signed receipt of a decision, once for each receipt; by e-mail or letter."""
    return owing.owe(RECEIPT, contact, topic, receipt=receipt)


def invite(report: Report, contact: Contact, *, invitation: uuid.UUID, code: str) -> bool:
    """Owe a helper the code by which they accept an informant's invitation, once for each."""
    return owing.owe("invitation", contact, Topic(report.key, f"invitation:{invitation}", report), code=code)


def ask_adult(report: Report, contact: Contact, *, adult: uuid.UUID, code: str) -> bool:
    """Owe another adult the code by which they answer whether they tell for themselves, once for each."""
    return owing.owe("adult-invitation", contact, Topic(report.key, f"adult:{adult}", report), code=code)


def send_receipts(report: Report, taken: Sequence[Consent]) -> int:
    """Owe the informant the receipts of what they gave, refused and withdrew, each once; how many are new.

    Nothing is owed where they gave no way to be reached: the receipts are in the answer of the interface too.
    """
    contact = contacts.of_informant(report, kind=RECEIPT) if taken else None
    if contact is None:
        return 0
    return sum(
        send_receipt(
            replace(contact, language=each.language),
            Topic(report.key, f"receipt:{each.pk}", report),
            receipt=each.receipt,
        )
        for each in taken
    )


def remind(report: Report) -> bool:
    """Owe the informant the news that their draft expires, once for the day on which it does."""
    kind = DRAFT_EXPIRES
    contact = contacts.of_informant(report, kind=kind) or contacts.handed_over_to(report, kind=kind)
    if contact is None:
        return False
    day = deadlines.today(report.expires_at)
    topic = Topic(report.key, f"{DRAFT_EXPIRES}:{report.pk}:{day:%Y%m%d}", report)
    return owing.owe(DRAFT_EXPIRES, contact, topic, reference=report.reference, day=f"{day:%d/%m/%Y}")


def await_answers(deliveries: Sequence[Delivery]) -> bool:
    """Owe the informant of a submission the news that every service has answered; False where nobody wants it."""
    if not deliveries:
        return False
    report = deliveries[0].report
    contact = contacts.of_informant(report, kind="all-confirmed")
    if contact is None:
        return False
    topic = Topic(report.key, f"all-confirmed:{report.pk}", report)
    return owing.owe_when_settled("all-confirmed", contact, topic, reference=report.reference)
