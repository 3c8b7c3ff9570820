"""From a recipient's `route` to the endpoint that its adapter will be given, and what the adapter has to say to it."""

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from adapters import addresses, certificates, contract, discovery, documents, rest
from tellusonce.catalogue import files, readings, shapes
from tellusonce.catalogue.faults import Fault, nearest
from tellusonce.models import Route

JSON = Any
PLACEHOLDER = re.compile(r"\{([A-Za-z][A-Za-z0-9_-]*)\}")
LEADING = re.compile(r"^\{([A-Za-z][A-Za-z0-9_-]*)\}(?=/|$)")


def endpoints(
    reading: readings.Reading, bases: Mapping[str, str], *, within: Path | None = None
) -> dict[str, contract.Endpoint]:
    """Make the endpoint of each recipient that is reached by an adapter; faults are noted in the source.

    `bases` fills the placeholders of addresses. A recipient whose route is at fault has no endpoint here. Documents
    are read from the folder `within` alone, if one is given.
    """
    made: dict[str, contract.Endpoint] = {}
    for index, recipient in reading.recipients.items():
        check = _Check(reading.source, ("recipients", index, "route"), bases, within)
        make = check.inbox if recipient.route.adapter == Route.INBOX else check.endpoint
        if endpoint := make(recipient.slug, recipient.route):
            made[recipient.slug] = endpoint
    return made


def lapsed(reading: readings.Reading, endpoints: Mapping[str, contract.Endpoint], *, on: dt.date) -> Iterator[Fault]:
    """Find those whom nothing can be signed for on this day, though it has to be."""
    for index, recipient in reading.recipients.items():
        endpoint = endpoints.get(recipient.slug)
        if endpoint and endpoint.adapter == "rest" and rest.has_lapsed(endpoint, on=on):
            place = reading.source.place("recipients", index, "route", "settings", "signing")
            what = f"no secret signs for `{recipient.slug}` on {on}, and without one nothing is sent"
            yield Fault(place, what, "give one that is in force")


@dataclass(slots=True)
class _Check:
    """The check of one route: each step notes what is wrong and goes on, so that all is said at once."""

    source: files.Source
    trail: files.Trail
    bases: Mapping[str, str]
    within: Path | None = None
    is_faulty: bool = False

    def fault(self, what: str, remedy: str, *inner: str | int) -> None:
        self.is_faulty = True
        self.source.fault(self.source.place(*self.trail, *inner), what, remedy)

    def inbox(self, slug: str, route: shapes.Route) -> contract.Endpoint | None:
        for key in ("address", "documents"):
            if getattr(route, key):
                what = f"an inbox has no `{key}`: its recipient comes for what it is told"
                self.fault(what, "take it out, or name another adapter", key)
        if "mail" in route.settings and not settings.SERVICE_ADDRESS:
            what = "nobody could follow a link in a mail: this service does not know its own address"
            self.fault(what, "set SERVICE_ADDRESS, or take `mail` out", "settings", "mail")
        endpoint = contract.Endpoint(slug, Route.INBOX, "", self.settings(route.settings))
        self.ask(discovery.reader(Route.INBOX), endpoint)
        return None if self.is_faulty else endpoint

    def endpoint(self, slug: str, route: shapes.Route) -> contract.Endpoint | None:
        endpoint = contract.Endpoint(
            recipient=slug,
            adapter=route.adapter,
            address=self.no_address(route) if route.adapter in Route.FETCHED else self.address(route.address),
            settings=self.settings(route.settings),
            documents=self.documents(route.documents),
            detects_duplicates=route.detects_duplicates,
        )
        adapter = self.adapter(route.adapter)
        if adapter:
            self.ask(adapter, endpoint)
        return None if self.is_faulty else endpoint

    def address(self, text: str) -> str:
        address = self.filled(text, PLACEHOLDER, "address")
        if not address:
            self.fault("`address` is missing", "give one that begins with https:// or with a placeholder", "address")
        elif not PLACEHOLDER.search(address) and (wrong := addresses.fault(address)):
            self.fault(*_halves(f"`{address}` {wrong}", ""), "address")
        return address

    def no_address(self, route: shapes.Route) -> str:
        if route.address:
            what = "a recipient that fetches has no `address`"
            self.fault(what, "take it out, or name another adapter", "address")
        return ""

    def filled(self, text: str, pattern: re.Pattern[str], *inner: str) -> str:
        for name in sorted(set(pattern.findall(text)) - set(self.bases)):
            self.fault(f"`{{{name}}}` is not known here", f"give it by --set {name}=VALUE", *inner)
        return pattern.sub(lambda found: self.bases.get(found[1], found[0]), text)

    def settings(self, value: JSON, *inner: str) -> JSON:
        """Fill the placeholders with which texts begin; a brace elsewhere belongs to the mapping's own language."""
        if isinstance(value, str):
            return self.filled(value, LEADING, "settings", *inner)
        if isinstance(value, list):
            return [self.settings(each, *inner) for each in value]
        if isinstance(value, dict):
            return {key: self.settings(each, *inner, key) for key, each in value.items()}
        return value

    def documents(self, names: list[str]) -> dict[str, bytes]:
        """Read the documents and what they import; they are named as seen from the folder of the first."""
        beside = Path(self.source.place(*self.trail, "documents").file).parent
        root = (beside / names[0]).parent if names else beside
        found: dict[str, str] = {}
        for index, name in enumerate(names):
            try:
                found |= documents.closure(os.path.relpath(beside / name, root), _reader(root, self.within))
            except documents.Unusable as error:
                self.fault(*_halves(str(error), "put it right"), "documents", index)
        return {name: text.encode() for name, text in sorted(found.items())}

    def adapter(self, name: str) -> contract.Adapter | None:
        try:
            return discovery.find(name)
        except discovery.UnknownAdapter:
            known = (*discovery.names(), Route.INBOX)
            self.fault(f"there is no adapter `{name}`", nearest(name, known), "adapter")
        except discovery.BrokenAdapter as error:
            self.fault(str(error), "mend that file", "adapter")
        return None

    def ask(self, adapter: contract.Reading, endpoint: contract.Endpoint) -> None:
        """Let the adapter look at its settings, and at the documents only if nothing is known to be wrong with them."""
        try:
            adapter.Options.model_validate(dict(endpoint.settings))
        except ValidationError as error:
            self.is_faulty = True
            trail = (*self.trail, "settings")
            self.source.faults.extend(readings.explain(self.source, trail, error, adapter.Options))
        if wrong := certificates.fault(endpoint):
            self.fault(*_halves(wrong, ""), "settings", "tls")
        if not self.is_faulty:
            for sentence in adapter.check(endpoint):
                self.fault(*_halves(sentence, "put the settings or the documents right"), "settings")


def _reader(root: Path, within: Path | None) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        path = (root / name).resolve()
        if within and not path.is_relative_to(within.resolve()):
            raise FileNotFoundError(name)
        return path.read_bytes()

    return read


def _halves(sentence: str, otherwise: str) -> Iterator[str]:
    """Part what is wrong from what would be right."""
    what, _, remedy = sentence.rstrip(".").partition("; ")
    yield from (what, remedy or otherwise)
