"""The answers of a report while it is being told, and what the register says beside them.

All of it is sealed; nothing here decides who may see it.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from identity import vault
from tellusonce import events
from tellusonce.events import Kind
from tellusonce.models import Draft, Evidence, Report

JSON = Any


def seal_draft(report: Report, told: Mapping[str, JSON]) -> bytes:
    """Seal what was told so far."""
    return vault.seal(report.key, _dumped(told), place=f"tellusonce_draft.sealed:{report.pk}")


def told_so_far(report: Report) -> dict[str, JSON]:
    """The draft as it stands, register entry and all; nothing yet where there is none."""
    # What was read together with the report counts once: whoever asks again may have saved meanwhile.
    is_at_hand = "draft" in report._state.fields_cache  # noqa: SLF001 - Django says so nowhere else
    draft = report._state.fields_cache.pop("draft") if is_at_hand else Draft.objects.filter(pk=report.pk).first()  # noqa: SLF001
    if draft is None:
        return {}
    return _loaded(vault.unseal(report.key, draft.sealed, place=f"tellusonce_draft.sealed:{report.pk}"))


def seal_entry(report: Report, evidence: Evidence, entry: Mapping[str, JSON]) -> bytes:
    """Seal a register entry, or what another piece of evidence says."""
    return vault.seal(report.key, _dumped(entry), place=f"tellusonce_evidence.sealed:{evidence.pk}")


def registered(report: Report) -> dict[str, JSON]:
    """What the newest evidence says; nothing where there is none."""
    newest = max(report.evidence.all(), key=lambda each: each.recorded_at, default=None)
    if newest is None:
        return {}
    return _loaded(vault.unseal(report.key, newest.sealed, place=f"tellusonce_evidence.sealed:{newest.pk}"))


def patched(base: Mapping[str, JSON], patch: Mapping[str, JSON]) -> dict[str, JSON]:
    """Apply a JSON Merge Patch (RFC 7396): null takes a field away, a list replaces a list."""
    result = dict(base)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            below = result.get(name)
            result[name] = patched(below if isinstance(below, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def veiled(
    kind: Kind, told: Mapping[str, JSON], *, typed: Collection[str] = ()
) -> tuple[dict[str, JSON], frozenset[str]]:
    """Take away what is private, but for the paths just `typed`; beside it the paths of what was taken."""
    taken: set[str] = set()
    vocabulary = events.vocabulary(kind)
    closed = {path for path, field in vocabulary.items() if field.is_private and not _is_within(path, typed)}
    return _without(told, "", closed, taken) or {}, frozenset(taken)


def _is_within(path: str, typed: Collection[str]) -> bool:
    return any(path == each or path.startswith(f"{each}.") for each in typed)


def _without(value: JSON, path: str, closed: Collection[str], taken: set[str]) -> JSON:
    if path in closed:
        taken.add(path)
        return None
    if isinstance(value, Mapping):
        below = {
            name: _without(each, f"{path}.{name}" if path else name, closed, taken) for name, each in value.items()
        }
        return {name: each for name, each in below.items() if each is not None} or None
    if isinstance(value, list):
        return [each for item in value if (each := _without(item, path, closed, taken)) is not None] or None
    return value


def _dumped(values: Mapping[str, JSON]) -> bytes:
    return json.dumps(values, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _loaded(plain: bytes) -> dict[str, JSON]:
    loaded: dict[str, JSON] = json.loads(plain)
    return loaded
