"""Setting free what was withheld for a while: the agreement was renewed, the connection accredited again.

Only what had been granted before its turn came and was never tried: what was refused at the submission the informant
was shown as refused, and what may have been told is for a person.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from tellusonce import clocks, deadlines, disclosure, permissions
from tellusonce.catalogue import inforce
from tellusonce.deliveries import hints, owing
from tellusonce.disclosure import Pinned, Reason
from tellusonce.models import Delivery

PASSING = (Reason.RECIPIENT_INACTIVE, Reason.NOT_ASSURED, Reason.NO_AGREEMENT, Reason.NOT_IN_FORCE)
AT_A_TIME = 200


def release() -> int:
    """Free what may be told again, for no more than was granted; gives how many. Safe to repeat at any time."""
    freed = 0
    after = None
    while page := _withheld(after):
        after = page[-1]
        freed += _release(page)
    return freed


def _withheld(after: UUID | None) -> list[UUID]:
    found = Delivery.objects.filter(
        state=Delivery.State.WITHHELD, tries=0, reason__in=PASSING, agreement__isnull=False
    ).exclude(fields=[], purpose=Delivery.Purpose.NOTIFY)
    if after is not None:
        found = found.filter(pk__gt=after)
    return list(found.order_by("pk").values_list("pk", flat=True)[:AT_A_TIME])


def _release(page: Sequence[UUID]) -> int:
    with transaction.atomic():
        held = Delivery.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=page, state="withheld")
        freed = [each for each in held.select_related("recipient__route", "report") if _is_granted_again(each)]
        for delivery in freed:
            owing.set_free(delivery, at=clocks.now())
    hints.wake(sorted(set(owing.lanes_of(freed))))
    return len(freed)


def _is_granted_again(delivery: Delivery) -> bool:
    agreements = inforce.agreements_of(delivery.recipient)
    consents = permissions.relied_on([delivery.pk], recipient=delivery.recipient, agreements=agreements)
    granted = delivery.agreement_id or 0  # nothing without one is looked at here
    upheld = disclosure.entitled(
        delivery.recipient,
        Pinned(delivery.report.kind, delivery.purpose, granted, delivery.fields, was_said=False),
        on=deadlines.today(clocks.now()),
        agreements=agreements,
        consents=consents.get(delivery.pk),
    )
    if isinstance(upheld, disclosure.Refusal):
        return False
    delivery.agreement_id, delivery.fields = upheld
    return True
