"""What the newest version of the catalogue says: which agreements count, who serves which area."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Func, Q, QuerySet

from tellusonce.models import Agreement, Area, CatalogueVersion, Postcode, Recipient

POSTCODE = re.compile(r"(([A-Z]{1,2})[0-9][0-9A-Z]?) ([0-9])([A-Z])([A-Z])")


def counted() -> QuerySet[Agreement]:
    """Select the agreements that the newest version counts, whatever their dates."""
    newest = CatalogueVersion.objects.filter(pk__in=CatalogueVersion.objects.order_by("-number").values("pk")[:1])
    return Agreement.objects.filter(pk__in=newest.values_list(Func("agreements", function="unnest")))


def agreements(kind: str, *, on: dt.date | None = None) -> list[Agreement]:
    """List the counted agreements for a kind, with their organisations; with `on`, only those in force that day.

    Without a day it is what `disclosure` wants, which tells one that has lapsed from one that never was.
    """
    found = counted().filter(kind=kind).select_related("organisation", "recipient").order_by("slug")
    if on is not None:
        found = found.filter(in_force_from__lte=on).filter(Q(in_force_until=None) | Q(in_force_until__gte=on))
    return list(found)


def recipients_for(
    kind: str, area_codes: Collection[str] | None = None, *, on: dt.date | None = None
) -> list[Recipient]:
    """List the active recipients that have to do with a kind and serve one of the areas, or the whole nation.

    Without areas it is all of them. They come with organisation and route. Those whose agreement is not in force count
    too, so that the informant can be told that and why they are not told; with `on`, only those with an agreement in
    force that day.
    """
    return recipients_of(agreements(kind, on=on), area_codes)


def recipients_of(theirs: Collection[Agreement], area_codes: Collection[str] | None = None) -> list[Recipient]:
    """Do the same as `recipients_for`, for agreements that are at hand."""
    whole = {each.organisation_id for each in theirs if each.recipient_id is None}
    single = {each.recipient_id for each in theirs if each.recipient_id is not None}
    served = Q() if area_codes is None else Q(serves=[]) | Q(serves__overlap=sorted(area_codes))
    return list(
        Recipient.objects.filter(served, is_active=True)
        .filter(Q(organisation__in=whole) | Q(pk__in=single))
        .select_related("organisation", "route")
        .order_by("slug")
    )


def areas_of(addresses: Iterable[Mapping[str, Any]], areas: Collection[Area]) -> set[str]:
    """Name those of the areas in which the addresses lie, with all the areas around them; at most one query.

    An address that names its own area is taken at its word. Any other goes by its postcode: by the district and the
    county that the directory has for it, and where none of them is in the catalogue by what the catalogue claims.
    """
    addresses = list(addresses)
    typed = {str(each["postcode"]) for each in addresses if "postcode" in each}
    rows = Postcode.objects.filter(pk__in=typed).values_list("pk", "district", "county") if typed else ()
    return locate(addresses, areas, {postcode: places for postcode, *places in rows})


def locate(
    addresses: Iterable[Mapping[str, Any]], areas: Collection[Area], listed: Mapping[str, Collection[str]]
) -> set[str]:
    """Do the same as `areas_of`, for areas, and for postcodes of the directory, that are at hand."""
    parents = {area.code: area.parent_id for area in areas}
    claims = {beginning: area.code for area in areas for beginning in area.postcodes}
    found: set[str] = set()
    for address in addresses:
        postcode = str(address.get("postcode", ""))
        near: list[str | None] = [code for code in listed.get(postcode, ()) if code in parents]
        code = _own_area(address, parents)
        for each in [code] if code else near or [_by_postcode(postcode, claims)]:
            found.update(_around(each, parents))
    return found


def _own_area(address: Mapping[str, Any], parents: Mapping[str, str | None]) -> str | None:
    code = address.get("area")
    return code if code in parents else None


def _around(code: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    """Name an area and all that it lies in; the catalogue's check lets none lie in itself."""
    while code:
        yield code
        code = parents.get(code)


def _by_postcode(postcode: str, claims: Mapping[str, str]) -> str | None:
    return next((claims[beginning] for beginning in beginnings(postcode) if beginning in claims), None)


def beginnings(postcode: str) -> Iterator[str]:
    """List what a postcode may be claimed by, longest first: itself, its sector, its district, its letters.

    ``ZX1`` never claims ``ZX11 2AB``: the space tells a district from a sector.
    """
    parts = POSTCODE.fullmatch(postcode)
    if parts is None:
        return
    district, letters, sector, first, second = parts.groups()
    yield from (f"{district} {sector}{first}{second}", f"{district} {sector}{first}", f"{district} {sector}", district)
    if district[-1].isalpha():
        yield district[:-1]  # SW1 for SW1A
    yield letters


def agreements_of(recipient: Recipient) -> list[Agreement]:
    """List the counted agreements that could cover this recipient, of any kind and whatever their dates."""
    theirs = Q(recipient=recipient) | Q(recipient__isnull=True, organisation=recipient.organisation_id)
    return list(counted().filter(theirs))
