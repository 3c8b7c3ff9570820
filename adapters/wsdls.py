"""Load WSDL and schema documents that came with a route, and from nowhere else; keep what was built of them.

zeep would fetch what a document imports, from the network or the disk. Here it is given a transport that knows only the
documents of the endpoint. WSDL 1.1, W3C Note of 15 March 2001; XML Schema 1.0, second edition.
"""

import hashlib
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import urljoin

from lxml import etree
from zeep import exceptions, settings
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap12Binding, SoapBinding
from zeep.wsdl.messages.soap import RpcMessage

from adapters import policies, schemas, simple_types
from adapters.contract import Endpoint

# Deep enough for names that climb out of their own folder ("../types.xsd"). Nothing is ever read from there.
ROOT = "file:///documents/1/2/3/4/5/"
KEPT = 256


class Unusable(Exception):
    """The documents do not hold what the settings name; the message says what is wrong; and what would be right."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation at one port, ready to build requests; `answers` are the names that the reply's body may have.

    `schema` judges what is built; None where that cannot be done. `addressed_action` is what WS-Addressing calls it;
    `wants_addressing`, whether the document asks for that.

    zeep fills caches inside its types while it builds, so all that builds from one document takes turns: nothing is
    lost by it under one interpreter lock.
    """

    built: Any
    is_soap_12: bool
    action: str
    answers: frozenset[str]
    addressed_action: str = ""
    wants_addressing: bool = False
    schema: etree.XMLSchema | None = None
    turn: threading.Lock = field(default_factory=threading.Lock, compare=False)

    @property
    def is_rpc(self) -> bool:
        """Whether what stands in the body is named after the operation, and by no schema."""
        return isinstance(self.built.input, RpcMessage)

    @property
    def types(self) -> Any:
        """All the types and elements of the document."""
        return self.built.binding.wsdl.types


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which operation: names as the WSDL has them; an empty service or port means the only one."""

    wsdl: str
    operation: str
    service: str = ""
    port: str = ""


_Kept = TypeVar("_Kept")
_kept: "OrderedDict[tuple[str, Wanted], Operation]" = OrderedDict()
_loaded: "OrderedDict[tuple[str, str], _Loaded]" = OrderedDict()
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What zeep and libxml2 made of the documents, for all the operations and routes that share them."""

    document: Any
    schema: etree.XMLSchema | None
    turn: threading.Lock = field(default_factory=threading.Lock)


def operation(endpoint: Endpoint, wanted: Wanted) -> Operation:
    """Return the operation, built once per version of the documents and process. Raises Unusable."""
    key = (endpoint.digest or _digest(endpoint.documents), wanted)
    found = _kept.get(key)  # without the lock: a large WSDL that is being read holds up nobody who has his
    if found is not None:
        return found
    # Under the lock: a second drain that wants the same waits for it instead of building it again.
    with _lock:
        return _once(_kept, key, lambda: _build(endpoint.documents, wanted))


def _document(documents: Mapping[str, bytes], name: str) -> _Loaded:
    """Load the documents, once per process whoever names them."""
    return _once(_loaded, (_digest(documents), name), lambda: _read(documents, name))


def _read(documents: Mapping[str, bytes], name: str) -> _Loaded:
    return _Loaded(load(documents, name), schemas.compiled(documents, root=ROOT, parts=None))


def _once(kept: "OrderedDict[Any, _Kept]", key: Any, make: Callable[[], _Kept]) -> _Kept:
    """Look it up, or make and keep it; the oldest is let go."""
    if key not in kept:
        kept[key] = make()
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return kept[key]


def _digest(documents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(documents):
        digest.update(f"{len(name)}:{name}:{len(documents[name])}:".encode() + documents[name])
    return digest.hexdigest()


class _Documents:
    """The transport that zeep is given: it can do nothing but look documents up."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self._documents = {urljoin(ROOT, name): content for name, content in documents.items()}

    def load(self, url: str) -> bytes:
        if url not in self._documents:
            name = url.removeprefix(ROOT)
            raise Unusable(f"the document {name} is missing; add it to the route's documents")
        return self._documents[url]


def _build(documents: Mapping[str, bytes], wanted: Wanted) -> Operation:
    loaded = _document(documents, wanted.wsdl)
    binding = _binding(loaded.document, wanted)
    operations = {str(name): found for name, found in binding.all().items()}
    if wanted.operation not in operations:
        raise Unusable(f"there is no operation {wanted.operation}; there are {', '.join(sorted(operations))}")
    built = operations[wanted.operation]
    parts = _typed_parts(built)
    return Operation(
        built,
        isinstance(binding, Soap12Binding),
        built.soapaction or "",
        _answers(built),
        _addressed_action(binding, built),
        policies.ask_for_addressing(documents.values(), binding=binding.name.localname),
        loaded.schema if parts is None else schemas.compiled(documents, root=ROOT, parts=parts),
        loaded.turn,
    )


def _typed_parts(built: Any) -> dict[str, Any] | None:
    """Give the types of an rpc message's parts; None for a document's, whose element a schema declares."""
    if not isinstance(built.input, RpcMessage):
        return None
    parts = built.input.abstract.parts if built.input.abstract else {}
    return {str(name): part.type.qname for name, part in parts.items() if part.type is not None}


def _addressed_action(binding: Any, built: Any) -> str:
    """Name the action: as it is written, else as for HTTP, else by the pattern (WS-Addressing 1.0 Metadata, 4.4)."""
    said = built.abstract.wsa_action or built.soapaction
    if said:
        return str(said)
    namespace, port_type = binding.port_type.name.namespace or "", binding.port_type.name.localname
    between = ":" if namespace.lower().startswith("urn:") else "/"
    name = f"{built.name}Request" if built.output is not None else built.name
    return f"{namespace.rstrip(between)}{between}{port_type}{between}{name}"


def load(documents: Mapping[str, bytes], name: str) -> Any:
    """Have zeep read a WSDL and what it imports. Raises Unusable."""
    simple_types.mend()
    strict = settings.Settings(
        strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Document(urljoin(ROOT, name), cast("Any", _Documents(documents)), settings=strict)
    except Unusable:
        raise
    except exceptions.ExternalReferenceForbidden:
        raise Unusable(f"{name} imports a document by http; keep a copy beside it and import that") from None
    except (exceptions.DTDForbidden, exceptions.EntitiesForbidden):
        raise Unusable(f"{name} has a document type declaration; take it out") from None
    except (exceptions.Error, etree.LxmlError) as error:
        raise Unusable(
            f"{name} is no WSDL that can be read: {_first_line(error)}; get it from its maker again"
        ) from None
    except Exception as error:  # noqa: BLE001  (zeep meets odd documents with whatever its own code runs into)
        raise Unusable(f"{name} cannot be read ({type(error).__name__}); get it from its maker again") from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")


def _binding(document: Any, wanted: Wanted) -> Any:
    service = _chosen("service", wanted.service, dict(document.services))
    soap = {name: port for name, port in service.ports.items() if isinstance(port.binding, SoapBinding)}
    return _chosen("port", wanted.port, soap).binding


def _chosen(what: str, name: str, offered: Mapping[str, Any]) -> Any:
    names = ", ".join(sorted(offered)) or "none for SOAP over HTTP"
    if name and name not in offered:
        raise Unusable(f"there is no {what} {name}; there are {names}")
    if not name and len(offered) != 1:
        raise Unusable(f"which {what} is not said; name one of {names}")
    return offered[name] if name else next(iter(offered.values()))


def _answers(built: Any) -> frozenset[str]:
    """Name what the body of a reply may hold; nothing for an operation that has no reply.

    For rpc style the Basic Profile (R2729) names it after the operation, and toolkits do not agree on its namespace.
    """
    if built.output is None or built.output.body is None:
        return frozenset()
    name = etree.QName(built.output.body.qname.text)
    if isinstance(built.output, RpcMessage):
        return frozenset({name.localname, f"{built.name}Response"})
    return frozenset({name.text})
