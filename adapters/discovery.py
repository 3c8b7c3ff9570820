"""Find adapters by name: ``rest``, ``soap`` and the like, and every module dropped into ``adapters/systems/``.

A system's name is its file's, with hyphens for underscores. Nothing is registered anywhere else.
"""

import importlib
import pkgutil
from functools import cache
from typing import cast

from adapters import inbox, systems
from adapters.contract import Adapter, Reading

PROTOCOLS = ("rest", "security-event-poll", "security-events", "soap")
INBOX = "inbox"
PARTS = ("Options", "encode", "seal", "decode", "fields_needed", "check")


class UnknownAdapter(LookupError):
    """No adapter has this name; the message lists those there are."""


class BrokenAdapter(Exception):
    """A file is there and is no adapter; the message names the file and what is wrong with it."""


def names() -> tuple[str, ...]:
    """List every adapter's name, sorted."""
    return tuple(sorted({*PROTOCOLS, *_systems()}))


@cache
def find(name: str) -> Adapter:
    """Return the adapter of this name. Raises UnknownAdapter, or BrokenAdapter when its file cannot be used."""
    if name in PROTOCOLS:
        return _loaded(f"adapters.{name.replace('-', '_')}")
    if name in _systems():
        return _loaded(f"{systems.__name__}.{name.replace('-', '_')}")
    raise UnknownAdapter(f"There is no adapter {name!r}; there are {', '.join(names())}.")


def reader(name: str) -> Reading:
    """Return what knows the settings of a route: its adapter, or the inbox. Raises as `find` does."""
    return cast("Reading", inbox) if name == INBOX else find(name)


def fields_of_kind(name: str, kind: str) -> frozenset[str]:
    """Name the fields without which an adapter cannot say this kind, whatever its settings; most have none such."""
    found = getattr(reader(name), "fields_of_kind", None)
    return found(kind) if found else frozenset()


def _systems() -> tuple[str, ...]:
    return tuple(module.name.replace("_", "-") for module in pkgutil.iter_modules(systems.__path__))


def _loaded(path: str) -> Adapter:
    file = path.replace(".", "/") + ".py"
    try:
        module = importlib.import_module(path)
    except Exception as error:
        raise BrokenAdapter(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
    missing = [part for part in PARTS if not hasattr(module, part)]
    if missing:
        raise BrokenAdapter(f"{file} is no adapter: it has no {', '.join(missing)} (see docs/adding-an-adapter.md).")
    return cast("Adapter", module)
