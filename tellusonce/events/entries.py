"""What a register entry fixes: answers are laid over it, and cannot say otherwise."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from tellusonce.events import vocabularies
from tellusonce.events.definitions import Fault, Kind
from tellusonce.events.parts import dig

FIXED = "{Field} is fixed by the register entry: leave it as it is, or ask the registrar to correct it"


def lay_over(entry: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Join them: groups field by field; for the rest, and for lists, what is answered stands before the entry."""
    joined = dict(entry)
    for name, answer in answers.items():
        known = entry.get(name)
        is_group = isinstance(known, Mapping) and isinstance(answer, Mapping)
        joined[name] = lay_over(known, answer) if is_group else answer  # type: ignore[arg-type]
    return joined


def contradictions(kind: Kind, answers: Mapping[str, Any], *, entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Find where answers differ from what the entry says and fixes; capitals are no difference."""
    for field in _fixed(kind):
        said, known = dig(answers, field.path), dig(entry, field.path)
        if said is not None and known is not None and _fold(said) != _fold(known):
            yield Fault.of(field.path, FIXED, field=field.words)


def restore(kind: Kind, answers: dict[str, Any], *, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write what the entry fixes as the entry writes it."""
    kept: dict[str, Any] = {}
    for field in _fixed(kind):
        if (known := dig(entry, field.path)) is not None and dig(answers, field.path) is not None:
            *above, last = field.path.split(".")
            group = kept
            for name in above:
                group = group.setdefault(name, {})
            group[last] = known
    return lay_over(answers, kept)


def _fixed(kind: Kind) -> tuple[vocabularies.Field, ...]:
    return _leaves(kind.model, kind.registered)


@cache
def _leaves(model: type[BaseModel], registered: tuple[str, ...]) -> tuple[vocabularies.Field, ...]:
    leaves = {path: field for path, field in vocabularies.fields(model).items() if field.model is None}
    return tuple(
        leaves[leaf] for path in registered for leaf in sorted(leaves) if leaf == path or leaf.startswith(f"{path}.")
    )


def _fold(value: Any) -> Any:
    return [_fold(item) for item in value] if isinstance(value, list) else str(value).casefold()
