"""The catalogue as plain values, from the files and from the database in the same form, so that they compare."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from adapters import contract
from tellusonce.catalogue import inforce, shapes
from tellusonce.catalogue.checks import Checked
from tellusonce.models import Agreement, Area, Organisation, Recipient, Route

JSON = Any
Snapshot = Mapping[str, Mapping[str, Mapping[str, JSON]]]
"""Sort (``areas``, ``organisations``, ``recipients``, ``routes``, ``agreements``), then name, then column."""

AREA_COLUMNS = ("name", "nation", "postcodes")
RECIPIENT_COLUMNS = (
    "name", "serves", "nation", "owner", "contact", "confirm_within_days", "assured_by", "assured_until", "in_flight",
    "rate_per_second", "opening_hours",
)  # fmt: skip
ROUTE_COLUMNS = ("adapter", "address", "settings", "documents", "detects_duplicates")
AGREEMENT_COLUMNS = (
    "kind", "fields", "lawful_basis", "article_9_condition", "tells_from_registration", "is_required", "in_force_from",
    "in_force_until", "document_reference",
)  # fmt: skip

# What is not kept version by version, as agreements and routes are.
OVERWRITTEN = ("areas", "organisations", "recipients")
DATES = ("assured_until", "in_force_from", "in_force_until")


def digest(value: JSON) -> str:
    """Name a value by the SHA-256 of its canonical JSON, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def wanted(checked: Checked) -> Snapshot:
    """Describe what the files ask for."""
    reading = checked.reading
    return {
        "areas": {area.code: _area(area) for area in reading.areas.values()},
        "organisations": {each.slug: {"name": each.name} for each in reading.organisations.values()},
        "recipients": {each.slug: _recipient(each) for each in reading.recipients.values()},
        "routes": {each.slug: _route(checked.endpoints.get(each.slug)) for each in reading.recipients.values()},
        "agreements": {
            each.slug: _agreement(each, checked.granted[index]) for index, each in reading.agreements.items()
        },
    }


def restored(kept: JSON) -> Snapshot:
    """Give a snapshot that was kept as JSON as it was: with dates where texts stand for them."""
    return {sort: {name: _dated(columns) for name, columns in entries.items()} for sort, entries in kept.items()}


def _dated(columns: Mapping[str, JSON]) -> dict[str, JSON]:
    dates = {name: dt.date.fromisoformat(columns[name]) for name in DATES if columns.get(name)}
    return {**columns, **dates}


def _area(area: shapes.Area) -> dict[str, JSON]:
    return {"name": area.name, "nation": area.nation, "postcodes": sorted(area.postcodes), "parent": area.parent}


def _recipient(recipient: shapes.Recipient) -> dict[str, JSON]:
    return {
        **recipient.model_dump(include={"name", "nation", "owner", "contact", "confirm_within_days", "organisation"}),
        "serves": sorted(recipient.serves),
        "assured_by": recipient.assurance.by,
        "assured_until": recipient.assurance.until,
        "in_flight": recipient.limits.in_flight,
        "rate_per_second": recipient.limits.rate_per_second,
        "opening_hours": _hours(recipient.opening_hours),
    }


def _hours(hours: shapes.OpeningHours | None) -> dict[str, JSON] | None:
    if hours is None:
        return None
    days = sorted({shapes.DAYS_OF_WEEK.index(day) + 1 for day in hours.days})
    return {"days": days, "from": hours.opens, "until": hours.closes}


def _route(endpoint: contract.Endpoint | None) -> dict[str, JSON]:
    if endpoint is None:
        return {"adapter": Route.INBOX, "address": "", "settings": {}, "documents": {}, "detects_duplicates": True}
    texts = {name: document.decode() for name, document in endpoint.documents.items()}
    return {
        "adapter": endpoint.adapter,
        "address": endpoint.address,
        "settings": dict(endpoint.settings),
        "documents": texts,
        "detects_duplicates": endpoint.detects_duplicates,
    }


def _agreement(agreement: shapes.Agreement, leaves: frozenset[str]) -> dict[str, JSON]:
    return {
        **agreement.model_dump(exclude={"slug", "fields", "in_force", "article_9_condition"}),
        "fields": sorted(leaves),
        "article_9_condition": agreement.article_9_condition or "",
        "in_force_from": agreement.in_force.since,
        "in_force_until": agreement.in_force.until,
    }


def stored() -> Snapshot:
    """Describe what counts in the database: active recipients, and the agreements that the newest version names."""
    recipients = list(Recipient.objects.filter(is_active=True).select_related("organisation", "route"))
    return {
        "areas": {row.code: _columns(row, AREA_COLUMNS, parent=row.parent_id) for row in Area.objects.all()},
        "organisations": {row.slug: {"name": row.name} for row in Organisation.objects.all()},
        "recipients": {
            row.slug: _columns(row, RECIPIENT_COLUMNS, organisation=row.organisation.slug) for row in recipients
        },
        "routes": {row.slug: _columns(row.route, ROUTE_COLUMNS) for row in recipients if row.route},
        "agreements": agreements(inforce.counted()),
    }


def agreements(rows: QuerySet[Agreement]) -> Mapping[str, Mapping[str, JSON]]:
    """Describe agreements, by their slugs."""
    return {
        row.slug: _columns(
            row,
            AGREEMENT_COLUMNS,
            organisation=row.organisation.slug,
            recipient=row.recipient.slug if row.recipient else None,
        )
        for row in rows.select_related("organisation", "recipient")
    }


def routes(rows: QuerySet[Route]) -> Mapping[str, Mapping[str, JSON]]:
    """Describe routes, by the slugs of their recipients."""
    return {row.recipient.slug: _columns(row, ROUTE_COLUMNS) for row in rows.select_related("recipient")}


def _columns(row: Any, names: tuple[str, ...], **others: JSON) -> dict[str, JSON]:
    return {name: getattr(row, name) for name in names} | others
