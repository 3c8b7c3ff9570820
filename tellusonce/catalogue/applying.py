"""Making the database say what the files say: one transaction, one new version, nothing that was agreed overwritten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from identity import ledger
from tellusonce import clocks
from tellusonce.catalogue import differences, inforce, snapshots
from tellusonce.catalogue.differences import Change
from tellusonce.catalogue.snapshots import Snapshot
from tellusonce.models import Agreement, Area, CatalogueVersion, Lane, Mailbox, Organisation, Recipient, Route

JSON = Any
LOCK = 0x0CA7A106  # the catalogue's advisory lock: no other of ours has this number


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was changed, and the version that says so; none where nothing was to change."""

    changes: list[Change]
    version: int | None = None


def apply(wanted: Snapshot, *, by: str) -> Outcome:
    """Bring the database to `wanted`; it may be repeated, and two at a time wait for each other."""
    with transaction.atomic():
        lock()
        stored = snapshots.stored()
        changes = differences.compare(stored, wanted)
        if not changes:
            return Outcome([])
        number = _next_number()
        _write_areas(wanted["areas"], _named(changes, "areas"))
        _write_organisations(wanted["organisations"], _named(changes, "organisations"))
        _write_recipients(wanted["recipients"], _named(changes, "recipients"))
        _write_routes(wanted["routes"], _named(changes, "routes"), number)
        counted = _write_agreements(wanted["agreements"], _named(changes, "agreements"), number)
        _write_version(number, counted, by=by, digest=snapshots.digest(wanted), sides=_sides(stored, wanted, changes))
        ledger.record(ledger.Actor(by), action=ledger.Action.CATALOGUE_APPLIED, about=f"catalogue:{number}")
        return Outcome(changes, number)


def lock() -> None:
    """Let nobody else apply anything until this transaction ends; may be repeated in it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of one sort, by what happens to them."""

    written: list[str]
    removed: list[str]


def _named(changes: Iterable[Change], sort: str) -> _Names:
    of_sort = [change for change in changes if change.sort == sort]
    return _Names(
        [change.name for change in of_sort if change.verb != "removed"],
        [change.name for change in of_sort if change.verb == "removed"],
    )


def _next_number() -> int:
    """Take the version's number before its row: it names its agreements, which name it, and none is ever updated."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tellusonce_catalogueversion', 'number'))")
        (number,) = cursor.fetchone()
    return int(number)


def _sides(stored: Snapshot, wanted: Snapshot, changes: Iterable[Change]) -> dict[str, Snapshot]:
    """Keep what is overwritten, as it was and as it is to be, of what changes."""
    touched = {(change.sort, change.name) for change in changes}

    def kept(side: Snapshot) -> Snapshot:
        return {
            sort: {name: columns for name, columns in side[sort].items() if (sort, name) in touched}
            for sort in snapshots.OVERWRITTEN
        }

    return {"before": kept(stored), "after": kept(wanted)}


def _write_version(number: int, agreements: list[int], *, by: str, digest: str, sides: Mapping[str, Snapshot]) -> None:
    CatalogueVersion.objects.create(
        number=number,
        digest=digest,
        applied_at=clocks.now(),
        applied_by=by,
        agreements=sorted(agreements),
        **sides,
    )


def _write_areas(wanted: Mapping[str, Mapping[str, JSON]], names: _Names) -> None:
    Area.objects.bulk_create(
        [
            Area(code=code, parent_id=wanted[code]["parent"], **_only(wanted[code], snapshots.AREA_COLUMNS))
            for code in names.written
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*snapshots.AREA_COLUMNS, "parent"],
    )
    Area.objects.filter(code__in=names.removed).delete()


def _write_organisations(wanted: Mapping[str, Mapping[str, JSON]], names: _Names) -> None:
    Organisation.objects.bulk_create(
        [Organisation(slug=slug, name=wanted[slug]["name"]) for slug in names.written],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name"],
    )


def _write_recipients(wanted: Mapping[str, Mapping[str, JSON]], names: _Names) -> None:
    organisations = dict(Organisation.objects.values_list("slug", "pk"))
    for slug in names.written:
        columns = _only(wanted[slug], snapshots.RECIPIENT_COLUMNS) | {
            "organisation_id": organisations[wanted[slug]["organisation"]],
            "is_active": True,
        }
        recipient, _ = Recipient.objects.update_or_create(slug=slug, defaults=columns)
        Mailbox.objects.get_or_create(recipient=recipient)
        for lane in Lane.NAMES:
            Lane.objects.get_or_create(recipient=recipient, name=lane)
    Recipient.objects.filter(slug__in=names.removed).update(is_active=False)


def _write_routes(wanted: Mapping[str, Mapping[str, JSON]], names: _Names, catalogue: int) -> None:
    recipients = Recipient.objects.filter(slug__in=names.written).select_related("route")
    for recipient in recipients.annotate(last=Max("routes__number")):
        columns = _only(wanted[recipient.slug], snapshots.ROUTE_COLUMNS)
        digest = snapshots.digest(columns)
        if recipient.route and recipient.route.digest == digest:
            continue  # a recipient that was away comes back by its old way
        recipient.route = Route.objects.create(
            recipient=recipient, number=(recipient.last or 0) + 1, digest=digest, catalogue_id=catalogue, **columns
        )
        recipient.save(update_fields=["route"])


def _write_agreements(wanted: Mapping[str, Mapping[str, JSON]], names: _Names, catalogue: int) -> list[int]:
    """Write the new and the changed ones as new rows, and name all that count from now on."""
    organisations = dict(Organisation.objects.values_list("slug", "pk"))
    recipients = dict(Recipient.objects.values_list("slug", "pk"))
    last = dict(Agreement.objects.filter(slug__in=names.written).values_list("slug").annotate(Max("number")))
    kept = inforce.counted().exclude(slug__in=names.written + names.removed).values_list("pk", flat=True)
    made = Agreement.objects.bulk_create(
        Agreement(
            slug=slug,
            number=last.get(slug, 0) + 1,
            organisation_id=organisations[wanted[slug]["organisation"]],
            recipient_id=recipients.get(wanted[slug]["recipient"]),
            catalogue_id=catalogue,
            **_only(wanted[slug], snapshots.AGREEMENT_COLUMNS),
        )
        for slug in names.written
    )
    return [*kept, *(agreement.pk for agreement in made)]


def _only(columns: Mapping[str, JSON], names: tuple[str, ...]) -> dict[str, JSON]:
    return {name: columns[name] for name in names}
