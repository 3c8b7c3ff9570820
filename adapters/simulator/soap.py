"""A recipient's desk for SOAP 1.1 and 1.2, document/literal (wrapped or bare) and rpc/literal.

SOAP 1.1, W3C Note of 8 May 2000; SOAP 1.2 part 1, second edition; WS-I Basic Profile 1.1. zeep words the replies once,
from the WSDL, with gaps that are filled for each request; requests are read with lxml and checked against the schemas.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

import zeep
from lxml import etree
from zeep.wsdl.bindings.soap import Soap12Binding
from zeep.wsdl.messages.soap import RpcMessage

from adapters.simulator import replies
from adapters.simulator.books import Received
from adapters.simulator.config import ConfigError, Recipient, Soap
from adapters.simulator.replies import Reply, Unreadable
from adapters.simulator.schemas import Schemas
from adapters.simulator.steps import Answer, Refusal

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
STRICT = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)


class SoapDesk:
    """One port of a WSDL. Raises ConfigError when made from settings that do not fit the WSDL."""

    def __init__(self, recipient: Recipient, soap: Soap) -> None:
        self._recipient = recipient
        binding = _port(recipient, soap).binding
        self._is_12 = isinstance(binding, Soap12Binding)
        self._envelope = SOAP_12 if self._is_12 else SOAP_11
        self._media_type = "application/soap+xml" if self._is_12 else "text/xml"
        operations = {name: op for name, op in binding._operations.items() if name in (soap.operations or [name])}  # noqa: SLF001
        if not operations or set(soap.operations) - operations.keys():
            raise ConfigError(f"{recipient.name}: {soap.wsdl} has operations {', '.join(binding._operations)}.")  # noqa: SLF001
        self._operations = {op.input.body.qname.text: op for op in operations.values()}
        self._wording = {name: self._word_all(op) for name, op in operations.items()}
        self._schemas = _schemas(recipient, soap) if soap.validates else None

    def _word_all(self, operation: Any) -> dict[str, str]:
        try:
            return {word: _word(operation, template) for word, template in self._recipient.replies.items()}
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError) as error:
            name = f"{self._recipient.name}: replies do not fit the output of {operation.name}"
            raise ConfigError(f"{name}: {error}.") from error

    def read(self, headers: Mapping[str, str], body: bytes) -> Received:
        """Find the ids and fields. Raises Unreadable."""
        called = self._opened(headers, body)
        operation = self._operations.get(called.tag)
        if operation is None:
            raise Unreadable(f"no operation for {called.tag}")
        self._check(called, operation, headers)
        fields: dict[str, str] = {}
        for path, value in leaves(called):
            fields.setdefault(path, value)
        message_id = replies.places(headers, fields, self._recipient.message_id)
        if not message_id:
            raise Unreadable(f"no message id at {self._recipient.message_id}")
        return Received(
            message_id=message_id,
            reference=replies.places(headers, fields, self._recipient.reference),
            sequence=replies.number(replies.places(headers, fields, self._recipient.sequence)),
            fields=tuple(sorted(fields)),
            operation=operation.name,
        )

    def _opened(self, headers: Mapping[str, str], body: bytes) -> Any:
        """Take what was called out of its envelope."""
        if headers.get("content-type", "").split(";")[0].strip().lower() != self._media_type:
            raise Unreadable(f"not {self._media_type}", status=415)
        envelope = _parse(body)
        if envelope.tag != f"{{{self._envelope}}}Envelope":
            raise Unreadable("VersionMismatch")
        called = envelope.find(f"{{{self._envelope}}}Body/*")
        if called is None:
            raise Unreadable("nothing in the body")
        return called

    def _check(self, called: Any, operation: Any, headers: Mapping[str, str]) -> None:
        action = headers.get("soapaction", "").strip('"')
        if not self._is_12 and (operation.soapaction or "") != action:
            raise Unreadable("SOAPAction is not that of the operation")
        if self._schemas is not None:
            is_rpc = isinstance(operation.input, RpcMessage)
            self._schemas.check(called, message=operation.input.abstract.name.localname if is_rpc else "")

    def reply(self, word: str, received: Received, answer: Answer | None) -> Reply:
        """Say ``taken`` or ``duplicate``, with the answer when there is one."""
        wording = self._wording[received.operation]
        text = wording["taken"]
        if word == "duplicate" or answer is not None:
            text = wording.get(answer.outcome if answer and word == "taken" else word, text)
        known = replies.values(self._recipient.name, received)
        return Reply(200 if text else 202, replies.fill(text, known, quote=escape).encode(), self._media_type)

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no, by a fault or by a bare status as a gateway would."""
        if refusal.fault is None:
            return Reply(refusal.status or 500, b"Refused\n", headers=replies.retry_after(refusal))
        reply = self._fault("Client" if refusal.fault == "client" else "Server", "Refused")
        return Reply(refusal.status or reply.status, reply.body, reply.media_type, replies.retry_after(refusal))

    def complain(self, problem: Unreadable) -> Reply:
        """Say that it cannot be read."""
        if problem.status == 415:  # noqa: PLR2004
            return Reply(problem.status, str(problem).encode())
        return self._fault("VersionMismatch" if str(problem) == "VersionMismatch" else "Client", str(problem))

    def _fault(self, code: str, text: str) -> Reply:
        if self._is_12:
            code = {"Client": "Sender", "Server": "Receiver"}.get(code, code)
            inner = (
                f"<e:Code><e:Value>e:{code}</e:Value></e:Code>"
                f'<e:Reason><e:Text xml:lang="en">{escape(text)}</e:Text></e:Reason>'
            )
        else:
            inner = f"<faultcode>e:{code}</faultcode><faultstring>{escape(text)}</faultstring>"
        fault = f"<e:Body><e:Fault>{inner}</e:Fault></e:Body>"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="{self._envelope}">{fault}</e:Envelope>'
        return Reply(400 if code == "Sender" else 500, body.encode(), self._media_type)


def _port(recipient: Recipient, soap: Soap) -> Any:
    try:
        services = zeep.Client(str(soap.wsdl), settings=STRICT).wsdl.services  # type: ignore[no-untyped-call]  # zeep
        return services[soap.service].ports[soap.port]
    except (OSError, zeep.exceptions.Error, etree.LxmlError) as error:
        raise ConfigError(f"{recipient.name}: {soap.wsdl} cannot be read: {error}.") from error
    except KeyError as error:
        offered = [f"{service.name}/{port}" for service in services.values() for port in service.ports]
        raise ConfigError(f"{recipient.name}: {soap.wsdl} offers {', '.join(offered)}.") from error


def _schemas(recipient: Recipient, soap: Soap) -> Schemas:
    try:
        return Schemas(soap.wsdl)
    except etree.LxmlError as error:
        raise ConfigError(f"{recipient.name}: {soap.wsdl} has schemas that cannot be used: {error}.") from error


def _word(operation: Any, template: Any) -> str:
    """Have zeep write a reply, gaps and all; "" for an operation that has no reply."""
    if operation.output is None:
        return ""
    output = operation.output
    message = output.serialize(**template) if isinstance(template, dict) else output.serialize(template)
    envelope = message.content
    if isinstance(output, RpcMessage):
        # zeep names the wrapper after the message; the Basic Profile (R2729) after the operation.
        wrapper = envelope[-1][0]
        wrapper.tag = etree.QName(etree.QName(wrapper).namespace, f"{operation.name}Response").text
    written: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return written.decode()


def _parse(body: bytes) -> Any:
    """Parse a request; a DOCTYPE is refused whatever is in it (SOAP 1.1, section 3)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("not well-formed XML") from error
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Unreadable("a DOCTYPE")
    return root


def leaves(element: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk to every leaf and attribute: its dotted path of local names, and its text."""
    here = f"{path}.{etree.QName(element).localname}".lstrip(".")
    for name, value in element.attrib.items():
        yield f"{here}.@{etree.QName(name).localname}", value
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        yield here, (element.text or "").strip()
    for child in children:
        yield from leaves(child, here)
