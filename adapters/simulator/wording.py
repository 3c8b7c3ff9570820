"""Word a confirmation for the service's SOAP door, from the WSDL that it publishes."""

import asyncio
from collections.abc import Mapping
from typing import Any

from lxml import etree

from adapters.simulator.lines import Heard, Line

PATH = "/soap/confirmations"
PORTS = {"soap": "Confirmations", "soap12": "Confirmations12"}


class Wordings:
    """The service's ports for confirmations, read once and kept."""

    def __init__(self) -> None:
        self._ports: Any = None
        self._lock = asyncio.Lock()

    async def say(self, line: Line, entry: Mapping[str, Any]) -> Heard:
        """Confirm by SOAP; not reached when there is no WSDL to be had that fits."""
        import zeep  # noqa: PLC0415 - it costs memory, and few speak SOAP to us

        try:
            async with self._lock:
                self._ports = self._ports or await _read(line)
            binding = self._ports[PORTS[entry["by"]]].binding
            operation = binding.get("RecordConfirmation")
            message = operation.create(**arguments(entry))
        except (zeep.exceptions.Error, etree.LxmlError, LookupError, TypeError, ValueError):
            return Heard(None)
        binding._set_http_headers(message, operation)  # noqa: SLF001 - what its own transport would send
        headers = {**message.headers, "Idempotency-Key": entry["key"]}
        body: bytes = etree.tostring(message.content, xml_declaration=True, encoding="UTF-8")
        return await line.call("POST", PATH, headers=headers, body=body)


async def _read(line: Line) -> Any:
    """Fetch the WSDL, which stands alone, and give its ports. Raises LookupError when it does not come."""
    import zeep  # noqa: PLC0415

    heard = await line.call("GET", f"{PATH}?wsdl", headers={})
    if not heard.is_well:
        raise LookupError(PATH)

    class Fetched(zeep.Transport):
        """Gives zeep what was fetched, and nothing else."""

        def load(self, url: str) -> bytes:
            """Raise LookupError for anything else."""
            return {PATH: heard.body}[url]

    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True)
    wsdl = zeep.Client(PATH, transport=Fetched(), settings=settings).wsdl  # type: ignore[no-untyped-call]  # zeep
    return wsdl.services["ConfirmationsService"].ports


def arguments(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Fit what is said to RecordConfirmation; what is empty is left out."""
    says = entry["says"]
    fitted = {
        "DeliveryId": entry["message_id"],
        "Outcome": says["outcome"],
        "Action": [
            {"Code": action["code"], **({"Date": action["on"]} if action["on"] else {})} for action in says["actions"]
        ],
        "OccurredAt": says["occurred_at"],
        "TheirReference": says["their_reference"],
        "Note": says["note"],
        "OwnNumber": [{"Scheme": each["scheme"], "Value": each["value"]} for each in says.get("numbers", ())],
    }
    return {name: value for name, value in fitted.items() if value}
