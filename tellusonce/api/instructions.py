"""The informant's instruction as it comes in with a submission, and what became of it."""

from typing import Any

from tellusonce import offers
from tellusonce.api import consents
from tellusonce.api.shapes import SubmissionIn
from tellusonce.closing import Instructed
from tellusonce.events import Fault
from tellusonce.permissions import UnfitConsents
from tellusonce.submissions import Submitted

UNFIT = (offers.UnknownRecipients, UnfitConsents)


def read(body: SubmissionIn) -> Instructed:
    """Read whom the informant wants told, and what they answered for consent."""
    return Instructed(body.recipients, consents.choices(body.consents))


def faults(body: SubmissionIn, error: offers.UnknownRecipients | UnfitConsents) -> list[Fault]:
    """Place what is unfit about an instruction in its body."""
    if isinstance(error, UnfitConsents):
        return consents.unfit(error)
    words = "This is not among the recipients in the preview; choose from those"
    chosen = enumerate(body.recipients or [])
    return [Fault(f"recipients.{place}", words) for place, slug in chosen if slug in error.slugs]


def done(submitted: Submitted) -> dict[str, Any]:
    """Show who will be told and who not, and the consents."""
    return {
        "recipients": [consents.owed(each) for each in submitted.deliveries],
        "consents": [consents.shown(each) for each in submitted.consents],
    }
