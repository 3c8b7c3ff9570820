"""What one version of the catalogue changed."""

from django.db.models import Exists, OuterRef, QuerySet

from tellusonce.catalogue import snapshots
from tellusonce.catalogue.snapshots import Snapshot
from tellusonce.models import Agreement, Area, CatalogueVersion, Organisation, Recipient, Route

SHOWN = 50


def newest() -> list[CatalogueVersion]:
    """List the versions, the newest first, up to SHOWN."""
    return list(CatalogueVersion.objects.defer("before", "after").order_by("-number")[:SHOWN])


def sides(version: CatalogueVersion) -> tuple[Snapshot, Snapshot]:
    """Give what counted before a version and what counts by it, of all in which they differ.

    Beside it areas, organisations and recipients stand in both as they are called now, so that they can be named.
    """
    last = CatalogueVersion.objects.filter(number__lt=version.number).order_by("-number").first()
    old, new = set(last.agreements if last else ()), set(version.agreements)
    made = Route.objects.filter(catalogue=version)
    replaced = Exists(made.filter(recipient=OuterRef("recipient"), number=OuterRef("number") + 1))
    before, after = snapshots.restored(version.before or {}), snapshots.restored(version.after or {})
    names = _names(before, after)
    return (
        _side(before, names, agreements=old - new, routes=Route.objects.filter(replaced)),
        _side(after, names, agreements=new - old, routes=made),
    )


def _names(before: Snapshot, after: Snapshot) -> Snapshot:
    """Name what did not change."""
    known: dict[str, dict[str, str]] = {
        "areas": dict(Area.objects.values_list("code", "name")),
        "organisations": dict(Organisation.objects.values_list("slug", "name")),
        "recipients": dict(Recipient.objects.values_list("slug", "name")),
    }
    return {
        sort: {
            name: {"name": words}
            for name, words in known[sort].items()
            if name not in before.get(sort, {}) and name not in after.get(sort, {})
        }
        for sort in snapshots.OVERWRITTEN
    }


def _side(kept: Snapshot, names: Snapshot, *, agreements: set[int], routes: QuerySet[Route]) -> Snapshot:
    return {
        **{sort: {**names[sort], **kept.get(sort, {})} for sort in snapshots.OVERWRITTEN},
        "routes": snapshots.routes(routes),
        "agreements": snapshots.agreements(Agreement.objects.filter(pk__in=agreements)),
    }
