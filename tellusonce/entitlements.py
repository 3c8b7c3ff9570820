"""Who is told of a kind of life event at all, as the agreements of a day say it: for anybody who wants to know."""

import datetime as dt
from dataclasses import dataclass

from tellusonce import disclosure, events
from tellusonce.catalogue import inforce
from tellusonce.disclosure import GIVEN, Grant, Question
from tellusonce.events import Field, Kind
from tellusonce.models import Agreement, Recipient


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One recipient, what it may be told, and by which agreement."""

    recipient: Recipient
    agreement: Agreement
    fields: tuple[Field, ...]


def of(kind: Kind, *, on: dt.date) -> list[Entitlement]:
    """List what each recipient may be told on a day if everybody is chosen, and says yes who is asked; by name."""
    agreements, known = inforce.agreements(kind.name), events.grantable(kind)
    found: list[Entitlement] = []
    for recipient in inforce.recipients_for(kind.name, on=on):
        question = Question(kind.name, on=on, is_verified=True, consents={recipient.pk: GIVEN})
        decision = disclosure.decide(recipient, question, agreements=agreements)
        if isinstance(decision, Grant):
            granted = tuple(field for path, field in known.items() if path in decision.fields)
            found.append(Entitlement(recipient, decision.agreement, granted))
    return sorted(found, key=lambda each: (each.recipient.organisation.name, each.recipient.name))
