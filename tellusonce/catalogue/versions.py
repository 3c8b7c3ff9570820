"""What one version of the catalogue changed, as far as nobody overwrites it: agreements and routes."""

from django.db.models import Exists, OuterRef, QuerySet

from tellusonce.catalogue import snapshots
from tellusonce.catalogue.snapshots import Snapshot
from tellusonce.models import Agreement, CatalogueVersion, Organisation, Recipient, Route

SHOWN = 50


def newest() -> list[CatalogueVersion]:
    """List the versions, the newest first, up to SHOWN."""
    return list(CatalogueVersion.objects.order_by("-number")[:SHOWN])


def sides(version: CatalogueVersion) -> tuple[Snapshot, Snapshot]:
    """Give what counted before a version and what counts by it, of the agreements and routes in which they differ.

    Organisations and recipients stand in both as they are called now, so that they can be named.
    """
    before = CatalogueVersion.objects.filter(number__lt=version.number).order_by("-number").first()
    old, new = set(before.agreements if before else ()), set(version.agreements)
    made = Route.objects.filter(catalogue=version)
    replaced = Exists(made.filter(recipient=OuterRef("recipient"), number=OuterRef("number") + 1))
    return _side(old - new, Route.objects.filter(replaced)), _side(new - old, made)


def _side(agreements: set[int], routes: QuerySet[Route]) -> Snapshot:
    return {
        "areas": {},
        "organisations": {slug: {"name": name} for slug, name in Organisation.objects.values_list("slug", "name")},
        "recipients": {slug: {"name": name} for slug, name in Recipient.objects.values_list("slug", "name")},
        "routes": snapshots.routes(routes),
        "agreements": snapshots.agreements(Agreement.objects.filter(pk__in=agreements)),
    }
