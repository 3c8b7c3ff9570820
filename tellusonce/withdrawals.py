"""Taking back a consent: the record of it, and what becomes of the deliveries that relied on it, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from identity import consents, ledger
from identity.ledger import Action, Actor, Entry
from identity.models import Consent
from tellusonce import clocks, permissions, reports, rules
from tellusonce.deliveries import hints, owing, withdrawals
from tellusonce.disclosure import Reason
from tellusonce.models import Delivery


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The withdrawal with its receipt, and the deliveries that it changed or added."""

    consent: Consent
    deliveries: list[Delivery]


def withdraw(actor: Actor, report_id: UUID, recipient: str) -> TakenBack:
    """Withdraw the informant's consent towards one recipient, by its slug.

    Raises UnknownReport, NotInForce and NoMandate.

    What has not been told is withheld from now on; whoever was told, or may have been, is told of the withdrawal and
    asked to confirm what they did.
    """
    with transaction.atomic():
        permissions.check_helper(actor)
        report = reports.find(actor, report_id, lock=True)
        moment = clocks.now()
        withdrawn = consents.withdraw(
            actor,
            rules.informant_of(report.pk),
            purpose=permissions.PURPOSE,
            audience=recipient,
            at=moment,
        )
        reason = Reason.CONSENT_WITHDRAWN
        changed = withdrawals.take_back(report, recipient, reason=reason, at=moment)
        held = [each for each in changed if each.state == Delivery.State.WITHHELD]
        ledger.record_many(
            actor, [Entry(Action.DELIVERY_WITHHELD, f"delivery:{each.pk}", report.kind, reason) for each in held]
        )
        lanes = owing.lanes_of(changed)
        transaction.on_commit(lambda: hints.wake(lanes))
    return TakenBack(withdrawn, changed)
