"""What each recipient that may apply would get of a report, and why: as previews show it, and as it is owed."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tellusonce import deadlines, disclosure, events, permissions
from tellusonce.catalogue import current, inforce
from tellusonce.deliveries.owing import Duty
from tellusonce.disclosure import Grant, Question, Reason, Refusal
from tellusonce.models import Agreement, Recipient, Report

JSON = Any


class UnknownRecipients(ValueError):
    """Some of those chosen are not among the recipients of this report."""

    def __init__(self, slugs: Collection[str]) -> None:
        super().__init__("Choose from the recipients in the preview.")
        self.slugs = frozenset(slugs)


@dataclass(frozen=True, slots=True)
class Offer:
    """One recipient that may apply, and what it would get or why it would get nothing."""

    recipient: Recipient
    decision: Grant | Refusal

    @property
    def rests_on_consent(self) -> Agreement | None:
        """The agreement, where it is one that rests on the informant's consent."""
        agreement = self.decision.agreement
        return agreement if agreement is not None and agreement.lawful_basis == disclosure.CONSENT else None


@dataclass(frozen=True, slots=True)
class Audience:
    """All that may apply to a report: its kind, the recipients, the agreements that count, the day, the evidence."""

    report: Report
    recipients: Sequence[Recipient]
    agreements: Sequence[Agreement]
    on: dt.date
    is_verified: bool

    def offers(self, *, chosen: Collection[int] | None = None, is_new: bool = False) -> list[Offer]:
        """Decide for each recipient; one query for consents where any agreement rests on one.

        Nobody has answered for consent yet where the report `is_new`.
        """
        rests_on_consent = any(each.lawful_basis == disclosure.CONSENT for each in self.agreements)
        consents = permissions.answered(self.report, self.recipients) if rests_on_consent and not is_new else {}
        question = Question(
            self.report.kind, on=self.on, is_verified=self.is_verified, chosen=chosen, consents=consents
        )
        return [Offer(each, disclosure.decide(each, question, agreements=self.agreements)) for each in self.recipients]


def audience(report: Report, told: Mapping[str, JSON], evidence: Collection[str], *, at: dt.datetime) -> Audience:
    """Find all that may apply to what is told; `evidence` are the types of what it rests on."""
    kind, catalogue = events.find(report.kind), current.catalogue()
    agreements = catalogue.agreements(kind.name)
    areas = inforce.areas_of(events.addresses(kind, told), catalogue.areas)
    is_verified = not kind.evidence or not set(kind.evidence).isdisjoint(evidence)
    recipients = catalogue.recipients_of(agreements, areas)
    return Audience(report, recipients, agreements, deadlines.today(at), is_verified)


def asked_of(offers: Sequence[Offer]) -> dict[str, tuple[Recipient, Agreement]]:
    """Give by slug whom the informant is asked for consent to, and the agreement that rests on it."""
    return {each.recipient.slug: (each.recipient, each.rests_on_consent) for each in offers if each.rests_on_consent}


def ids(offers: Sequence[Offer], chosen: Sequence[str] | None) -> set[int]:
    """Give the recipients that were chosen by slug, all of them for None. Raises UnknownRecipients."""
    by_slug = {offer.recipient.slug: offer.recipient.pk for offer in offers}
    if chosen is None:
        return set(by_slug.values())
    unknown = set(chosen) - set(by_slug)
    if unknown:
        raise UnknownRecipients(unknown)
    return {by_slug[slug] for slug in chosen}


def duties(offers: Sequence[Offer], *, is_doubtful: bool = False) -> list[Duty]:
    """Owe each recipient its due; while it is in doubt whether this was reported before, hold back what was granted."""
    held = Refusal(Reason.POSSIBLE_DUPLICATE)
    return [
        Duty(each.recipient, held if is_doubtful and isinstance(each.decision, Grant) else each.decision)
        for each in offers
    ]
