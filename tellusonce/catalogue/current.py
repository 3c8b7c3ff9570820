"""The newest version of the catalogue, kept in this process until there is a newer one.

Whatever changes the catalogue adds a version with it, so that one small question tells whether what is kept still
counts. It is shared by all threads: nobody changes what they are given.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from tellusonce.catalogue import inforce
from tellusonce.models import Agreement, Area, Recipient

NEWEST = "SELECT coalesce(max(number), 0) FROM tellusonce_catalogueversion"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One version: the agreements that count by kind, the active recipients with their routes, and the areas."""

    number: int
    by_kind: Mapping[str, Sequence[Agreement]]
    recipients: Sequence[Recipient]
    areas: Sequence[Area]

    def agreements(self, kind: str) -> Sequence[Agreement]:
        """List what counts for a kind, whatever its dates, as `inforce.agreements` does."""
        return self.by_kind.get(kind, ())

    def agreements_of(self, recipient: Recipient) -> list[Agreement]:
        """List what could cover this recipient, of any kind and whatever its dates."""
        every = (each for theirs in self.by_kind.values() for each in theirs)
        return [
            each
            for each in every
            if each.recipient_id == recipient.pk
            or (each.recipient_id is None and each.organisation_id == recipient.organisation_id)
        ]

    def recipients_of(self, theirs: Collection[Agreement], area_codes: Collection[str]) -> list[Recipient]:
        """List whom these agreements are about that serve one of the areas or everywhere, as `inforce` does."""
        whole = {each.organisation_id for each in theirs if each.recipient_id is None}
        single = {each.recipient_id for each in theirs if each.recipient_id is not None}
        here = set(area_codes)
        return [
            each
            for each in self.recipients
            if (each.pk in single or each.organisation_id in whole)
            and (not each.serves or not here.isdisjoint(each.serves))
        ]


_kept: Catalogue | None = None


def catalogue() -> Catalogue:
    """Give the newest version; one query where it is kept already, and four where it is new."""
    global _kept  # noqa: PLW0603 - one for the process; whoever reads it at the same time reads the same
    number = _newest()
    if _kept is None or _kept.number != number:
        _kept = _read(number)
    return _kept


def _newest() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        (number,) = cursor.fetchone()
    return int(number)


def _read(number: int) -> Catalogue:
    by_kind: dict[str, list[Agreement]] = defaultdict(list)
    for each in inforce.counted().select_related("organisation", "recipient").order_by("slug"):
        by_kind[each.kind].append(each)
    recipients = Recipient.objects.filter(is_active=True).select_related("organisation", "route").order_by("slug")
    return Catalogue(number, dict(by_kind), list(recipients), list(Area.objects.all()))
