"""A snapshot as files again, so that what was in order once can be checked once more.

The day, the adapters, the fields of a kind and the settings of the service may have changed since.
"""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from tellusonce.catalogue import shapes, uploads
from tellusonce.catalogue.checks import Checked
from tellusonce.catalogue.snapshots import Snapshot

JSON = Any
FILE = "catalogue.yaml"
DEEP = "documents/{slug}/a/b/c/d"  # a document may lie some folders above the first one


def check(snapshot: Snapshot, *, on: dt.date) -> Checked:
    """Check what a snapshot says as if its files were sent on that day. Raises Faulty, whose lines are nobody's."""
    return uploads.check(files(snapshot), bases={}, on=on)


def files(snapshot: Snapshot) -> Mapping[str, bytes]:
    """Write a snapshot as one file of the catalogue (JSON is YAML), with the documents that it names."""
    written = {
        "areas": [{"code": code, **area} for code, area in snapshot["areas"].items()],
        "organisations": [{"slug": slug, **each} for slug, each in snapshot["organisations"].items()],
        "recipients": [
            _recipient(slug, each, snapshot["routes"][slug]) for slug, each in snapshot["recipients"].items()
        ],
        "agreements": [_agreement(slug, each) for slug, each in snapshot["agreements"].items()],
    }
    found = {FILE: json.dumps(written, default=str, indent=1, ensure_ascii=False).encode()}
    for slug, route in snapshot["routes"].items():
        found |= {_path(slug, name): text.encode() for name, text in route["documents"].items()}
    return found


def _path(slug: str, name: str) -> str:
    """Name a document by where it is written: never outside the folder, however far up its name leads."""
    parts: list[str] = []
    for part in PurePosixPath(DEEP.format(slug=slug), name).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _recipient(slug: str, columns: Mapping[str, JSON], route: Mapping[str, JSON]) -> dict[str, JSON]:
    kept = ("name", "organisation", "serves", "nation", "owner", "contact", "confirm_within_days")
    return {
        "slug": slug,
        **{name: columns[name] for name in kept},
        "assurance": {"by": columns["assured_by"], "until": columns["assured_until"]},
        "limits": {name: columns[name] for name in ("in_flight", "rate_per_second")},
        "opening_hours": _hours(columns["opening_hours"]),
        "route": {**route, "documents": [_path(slug, name) for name in sorted(route["documents"], key=_depth)]},
    }


def _depth(name: str) -> tuple[int, str]:
    """The others are named as seen from the folder of the first, which has to come first again."""
    return (0 if "/" not in name else 1), name


def _hours(columns: Mapping[str, JSON] | None) -> dict[str, JSON] | None:
    if columns is None:
        return None
    return {**columns, "days": [shapes.DAYS_OF_WEEK[day - 1] for day in columns["days"]]}


def _agreement(slug: str, columns: Mapping[str, JSON]) -> dict[str, JSON]:
    kept = {name: value for name, value in columns.items() if not name.startswith("in_force")}
    return {
        "slug": slug,
        **kept,
        "article_9_condition": columns["article_9_condition"] or None,
        "in_force": {"from": columns["in_force_from"], "until": columns["in_force_until"]},
    }
