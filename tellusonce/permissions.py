"""The consents of informants, as reports and their deliveries need them: asked for where an agreement rests on one.

A consent is the informant's, for one report and one recipient. Nobody is asked where the lawful basis is another.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from identity import consents, wordings
from identity.consents import Asked, Party
from identity.ledger import Actor
from identity.mandates import NoMandate
from identity.models import Consent
from identity.wordings import Wording
from tellusonce import disclosure, events, rules
from tellusonce.models import Agreement, Delivery, Recipient, Report

PURPOSE = "tell-of-life-event"
WORDING = "tell-recipient"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the informant answered for one recipient, and the words and the language in which they were asked."""

    recipient: str
    is_given: bool
    wording: str
    language: str = "en"


class UnfitConsents(ValueError):
    """Some of the consents cannot be taken; `faults` has the place of each in the list and why."""

    def __init__(self, faults: Mapping[int, str]) -> None:
        super().__init__("Some of the consents cannot be taken.")
        self.faults = faults


def history(report: Report) -> list[Consent]:
    """List all that the informant of a report gave, refused and withdrew, oldest first."""
    return consents.history(rules.informant_of(report.pk))


def answered(report: Report, recipients: Iterable[Recipient]) -> dict[int, str]:
    """Give what the informant last answered, by recipient id; one query."""
    by_slug = consents.standings([rules.informant_of(report.pk)], purpose=PURPOSE)
    ids = {each.slug: each.pk for each in recipients}
    return {ids[slug]: act for (_, slug), act in by_slug.items() if slug in ids}


def relied_on(
    deliveries: Collection[UUID], *, recipient: Recipient, agreements: Sequence[Agreement]
) -> dict[UUID, dict[int, str]]:
    """Give for each delivery what disclosure asks of consents; two queries, and none where nothing rests on consent.

    Ask after the deliveries have been locked: then a withdrawal is seen, or waits until the attempt is written down.
    """
    if not deliveries or not any(each.lawful_basis == disclosure.CONSENT for each in agreements):
        return {}
    informants = {
        pk: rules.informant_of(report_id)
        for pk, report_id in Delivery.objects.filter(pk__in=deliveries).values_list("pk", "report_id")
    }
    acts = consents.standings(set(informants.values()), purpose=PURPOSE, audience=recipient.slug)
    known = {pk: acts.get((informant, recipient.slug)) for pk, informant in informants.items()}
    return {pk: {recipient.pk: act} for pk, act in known.items() if act is not None}


def record(
    actor: Actor,
    report: Report,
    choices: Sequence[Choice],
    *,
    asked_of: Mapping[str, tuple[Recipient, Agreement]],
    at: dt.datetime,
) -> list[Consent]:
    """Record what was answered, in the caller's transaction. Raises UnfitConsents, all faults at once, and NoMandate.

    `asked_of` has, by slug, each recipient whose agreement rests on consent, with that agreement.
    """
    if choices:
        check_helper(actor)
    faults: dict[int, str] = {}
    taken: dict[str, Consent] = {}
    taken_back = _taken_back(report) if choices else set()
    for place, choice in enumerate(choices):
        if choice.recipient in taken:
            faults[place] = "This recipient stands in the list already; answer once for each"
        elif choice.is_given and choice.recipient in taken_back:
            faults[place] = "This recipient has been told of a withdrawal, and is not told again; turn to them directly"
        elif choice.recipient not in asked_of:
            faults[place] = (
                "Nobody is asked for consent here; leave out all but those that the preview has a wording for"
            )
        else:
            try:
                taken[choice.recipient] = _take(actor, report, choice, asked_of[choice.recipient], at)
            except (consents.InForce, wordings.UnknownWording) as error:
                faults[place] = str(error)
    if faults:
        raise UnfitConsents(faults)
    return list(taken.values())


def may_answer(actor: Actor) -> bool:
    """Whether somebody may answer for consent: for an informant only under a mandate that says so."""
    return not actor.on_behalf_of or rules.Purpose.CONSENT in actor.purposes


def check_helper(actor: Actor) -> None:
    """Raise NoMandate where a helper may not answer for the informant."""
    if not may_answer(actor):
        raise NoMandate


def _taken_back(report: Report) -> set[str]:
    owed = report.deliveries.filter(purpose=Delivery.Purpose.WITHDRAW)
    return set(owed.values_list("recipient__slug", flat=True))


def _take(
    actor: Actor, report: Report, choice: Choice, asked_of: tuple[Recipient, Agreement], at: dt.datetime
) -> Consent:
    question = asked(report, *asked_of, wording=choice.wording, language=choice.language)
    act = consents.give if choice.is_given else consents.refuse
    return act(actor, question, at=at)


def asked(
    report: Report, recipient: Recipient, agreement: Agreement, *, wording: str = "", language: str = "en"
) -> Asked:
    """Put the question as it is asked: in the newest wording, unless another is named."""
    vocabulary = events.grantable(events.find(report.kind))
    granted = {path: field for path, field in vocabulary.items() if path in set(agreement.fields)}
    return Asked(
        person=rules.informant_of(report.pk),
        purpose=PURPOSE,
        audience=Party(recipient.slug, recipient.name, recipient.contact),
        controller=Party(recipient.organisation.slug, recipient.organisation.name),
        agreement=f"{agreement.slug}/{agreement.number}",
        document_reference=agreement.document_reference,
        fields={path: field.title for path, field in granted.items()},
        sensitive=[path for path, field in granted.items() if field.is_sensitive],
        article_9_condition=agreement.article_9_condition,
        wording=wording or wordings.newest(WORDING),
        language=language,
    )


def shown(report: Report, recipient: Recipient, agreement: Agreement, *, language: str) -> Wording:
    """Give the words in which the informant is to be asked."""
    return asked(report, recipient, agreement, language=language).shown()
