"""Word a confirmation for the service's SOAP door, from the WSDL that it publishes."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from adapters.simulator.lines import Heard, Line

PATH = "/soap/confirmations"
IMPORTS = ("{http://www.w3.org/2001/XMLSchema}import", "{http://www.w3.org/2001/XMLSchema}include")
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
KNOWN_AS = {
    "deliveryid": "id",
    "delivery": "id",
    "outcome": "outcome",
    "actions": "actions",
    "action": "actions",
    "occurredat": "occurred_at",
    "theirreference": "their_reference",
    "note": "note",
    "code": "code",
    "on": "on",
    "idempotencykey": "key",
}


class Wordings:
    """The service's operation for confirmations, read once and kept."""

    def __init__(self) -> None:
        self._operation: Any = None
        self._lock = asyncio.Lock()

    async def say(self, line: Line, entry: Mapping[str, Any]) -> Heard:
        """Confirm by SOAP; not reached when there is no WSDL to be had that fits."""
        import zeep  # noqa: PLC0415 - it costs memory, and few speak SOAP to us

        said = {"id": entry["message_id"], "key": entry["key"], **entry["says"]}
        try:
            async with self._lock:
                self._operation = self._operation or await _read(line)
            message = self._operation.input.serialize(**arguments(self._operation.input.body.type, said))
        except (zeep.exceptions.Error, etree.LxmlError, LookupError):
            return Heard(None)
        is_11 = etree.QName(message.content).namespace == SOAP_11
        headers = {
            "Content-Type": "text/xml; charset=utf-8" if is_11 else "application/soap+xml; charset=utf-8",
            "Idempotency-Key": entry["key"],
            **(message.headers if is_11 else {}),
        }
        body: bytes = etree.tostring(message.content, xml_declaration=True, encoding="UTF-8")
        return await line.call("POST", PATH, headers=headers, body=body)


async def _read(line: Line) -> Any:
    """Fetch the WSDL with what it imports, and take its first operation. Raises LookupError when it has none."""
    documents: dict[str, bytes] = {}
    waiting = [f"{PATH}?wsdl"]
    while waiting:
        path = waiting.pop()
        heard = await line.call("GET", path, headers={})
        if not heard.is_well:
            raise LookupError(path)
        documents[path] = heard.body
        waiting += [found for found in _imports(path, heard.body) if found not in documents]
    import zeep  # noqa: PLC0415

    class Fetched(zeep.Transport):  # type: ignore[misc]
        """Gives zeep what was fetched, and nothing else."""

        def load(self, url: str) -> bytes:
            return documents[url]

    wsdl = zeep.Client(f"{PATH}?wsdl", transport=Fetched()).wsdl
    ports = [port for service in wsdl.services.values() for port in service.ports.values()]
    return [operation for port in ports for operation in port.binding._operations.values()][0]  # noqa: RUF015, SLF001


def _imports(path: str, document: bytes) -> list[str]:
    tree = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))
    places = [element.get("schemaLocation") for element in tree.iter(*IMPORTS)]
    return [urljoin(path, str(place)) for place in places if place]


def arguments(xsd_type: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """Fit what is said to the elements and attributes of a type, by their names in any spelling."""
    fitted = {}
    for name, part in (*xsd_type.elements, *xsd_type.attributes):
        value = _fit(name, part, said)
        if value not in (None, "", [], {}):
            fitted[name] = value
    return fitted


def _fit(name: str, part: Any, said: Mapping[str, Any]) -> Any:
    value = said.get(KNOWN_AS.get(name.lower().replace("_", "").replace("-", ""), ""))
    if not hasattr(part.type, "elements"):
        return value
    if isinstance(value, list):
        if part.accepts_multiple:
            return [arguments(part.type, item) for item in value]
        return arguments(part.type, said) if value else None
    return arguments(part.type, said)
