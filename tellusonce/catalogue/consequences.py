"""What a change of the catalogue does to reports that are under way, said before it is made."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from tellusonce.catalogue.differences import Change
from tellusonce.models import Agreement, Delivery


@dataclass(frozen=True, slots=True)
class Consequence:
    """A recipient or an agreement (`sort`, as of changes) that goes while so many deliveries need it."""

    sort: str
    name: str
    count: int

    def __str__(self) -> str:
        if self.sort == "recipients":
            return (
                f"recipient `{self.name}` goes while {_deliveries(self.count)} still open; settle them, or put it back"
            )
        return (
            f"agreement `{self.name}` goes while {_deliveries(self.count)} untold under it; "
            "they will be withheld, or put it back"
        )


def foresee(changes: Iterable[Change]) -> list[Consequence]:
    """Warn of recipients and agreements that go while deliveries are open that need them; at most two queries."""
    removed = [change for change in changes if change.verb == "removed"]
    recipients = [change.name for change in removed if change.sort == "recipients"]
    agreements = [change.name for change in removed if change.sort == "agreements"]
    return [*_of_recipients(recipients), *_of_agreements(agreements, besides=recipients)]


def _of_recipients(slugs: list[str]) -> list[Consequence]:
    open_ones = Delivery.objects.open().filter(recipient__slug__in=slugs) if slugs else Delivery.objects.none()
    counts = open_ones.order_by("recipient__slug").values_list("recipient__slug").annotate(Count("pk"))
    return [Consequence("recipients", slug, count) for slug, count in counts]


def _of_agreements(slugs: list[str], *, besides: list[str]) -> list[Consequence]:
    if not slugs:
        return []
    untold = Delivery.objects.filter(state__in=Delivery.UNTOLD).exclude(recipient__slug__in=besides)
    resting = untold.filter(agreement__in=Agreement.objects.filter(slug__in=slugs))
    counts = resting.order_by("agreement__slug").values_list("agreement__slug").annotate(Count("pk"))
    return [Consequence("agreements", slug, count) for slug, count in counts]


def _deliveries(count: int) -> str:
    return f"{count} deliveries are" if count != 1 else "1 delivery is"
