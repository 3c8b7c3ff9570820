"""Speak SOAP 1.1 and 1.2 to any WSDL: document/literal, wrapped or bare, and rpc/literal, by a mapping alone.

zeep builds requests; lxml reads replies; neither of them talks. WSDL 1.1; SOAP 1.1; SOAP 1.2; WS-I Basic Profile 1.1.
What a recipient's faults mean is a table in its settings, because no two products agree on it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Self

from lxml import etree
from pydantic import Field, model_validator
from zeep import exceptions

from adapters import credentials, envelopes, mapping, options, replies, wsdls
from adapters.contract import (
    Ambiguous,
    Content,
    Endpoint,
    Failure,
    Message,
    Misconfigured,
    Receipt,
    Refused,
    Request,
    Response,
    Throttled,
    Transient,
)

JSON = Any

MEANINGS: Mapping[str, Callable[[str, int], Failure]] = {
    "transient": lambda code, status: Transient(code, status=status),
    "throttled": lambda code, status: Throttled(code, status=status),
    "ambiguous": lambda code, status: Ambiguous(code, status=status),
    "refused": lambda code, status: Refused(code, status=status),
    "misconfigured": lambda code, status: Misconfigured(code, status=status),
}
# SOAP 1.1, 4.4.1: Server "could succeed at a later point in time", Client must not be sent again as it is.
STANDARD_FAULTS = {
    "Server": "transient",
    "Client": "refused",
    "MustUnderstand": "misconfigured",
    "VersionMismatch": "misconfigured",
    "DataEncodingUnknown": "misconfigured",
}
# The statuses under which a fault speaks for itself; under others the status knows better (a gateway's 503, a 401).
FAULT_STATUSES = frozenset({200, 202, 400, 500})
ACCEPTED = frozenset({202, 204})


class FaultRule(credentials.Settings):
    """What a fault means here; the first that fits counts. `code` is a whole code, `contains` a part of its text."""

    code: str = Field("", max_length=200)
    contains: str = Field("", max_length=200)
    means: Literal["duplicate", "transient", "throttled", "ambiguous", "refused", "misconfigured"]

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self.code and not self.contains:
            raise ValueError("says nothing of the fault; give `code`, `contains` or both")
        return self

    def fits(self, fault: envelopes.Fault) -> bool:
        """Whether it is this fault; without regard to case."""
        has_code = not self.code or self.code.lower() in {code.lower() for code in fault.codes}
        return has_code and self.contains.lower() in fault.text.lower()


class Options(options.Common):
    """Settings of a SOAP endpoint: which operation of which document, and how it is filled."""

    wsdl: str = Field(min_length=1, max_length=500, description="The name of the WSDL among the route's documents")
    operation: str = Field(min_length=1, max_length=200)
    service: str = Field("", max_length=200, description="Needed where the WSDL has several")
    port: str = Field("", max_length=200, description="Needed where the service has several")
    mapping: options.Mapping = Field(description="The operation's arguments")
    reply: options.Mapping | None = Field(None, description="What they said they did, from {status, body}")
    faults: tuple[FaultRule, ...] = Field((), max_length=100, description="What their faults mean; the first that fits")
    auth: credentials.Auth | None = Field(None, description="How we authenticate")

    @property
    def wanted(self) -> wsdls.Wanted:
        """Which operation, as the documents' loader wants to know it."""
        return wsdls.Wanted(self.wsdl, self.operation, self.service, self.port)


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it: the same bytes for the same message, in any process. Raises Refused or Misconfigured."""
    wanted = options.read(Options, endpoint)
    operation = _operation(endpoint, wanted)
    arguments = mapping.pruned(mapping.compile(wanted.mapping).apply(message.as_input()))
    envelope = _built(operation, {} if arguments is None else arguments)
    body: bytes = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    headers = {"webhook-id": message.id}
    if operation.is_soap_12:
        action = f'; action="{operation.action}"' if operation.action else ""
        return Content(body, f"application/soap+xml; charset=utf-8{action}", headers)
    return Content(body, "text/xml; charset=utf-8", {**headers, "SOAPAction": f'"{operation.action}"'})


def _operation(endpoint: Endpoint, wanted: Options) -> wsdls.Operation:
    try:
        return wsdls.operation(endpoint, wanted.wanted)
    except wsdls.Unusable:
        raise Misconfigured("documents-unusable") from None


def _built(operation: wsdls.Operation, arguments: JSON) -> Any:
    """Have zeep write the envelope; its own messages quote values, so none of them is passed on."""
    try:
        with operation.turn:
            if isinstance(arguments, dict):
                return operation.built.create(**arguments).content
            return operation.built.create(arguments).content
    except exceptions.ValidationError:
        raise Refused("element-missing") from None
    except TypeError:
        raise Misconfigured("mapping-misfit") from None
    except ValueError:
        # A character that XML has no place for, or a value that its type has none for.
        raise Refused("value-misfit") from None
    except Exception:  # noqa: BLE001  (zeep meets odd arguments with whatever its own code runs into)
        raise Misconfigured("mapping-misfit") from None


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:  # noqa: ARG001
    """Make one try of it. Raises Misconfigured when a secret is missing."""
    wanted = options.read(Options, endpoint)
    headers = {**content.headers, "Content-Type": content.media_type, **credentials.headers(wanted.auth, keys=keys)}
    return Request(endpoint.address, headers, content.body)


def decode(response: Response, endpoint: Endpoint) -> Receipt:
    """Read the reply: a receipt, with their answer if it has one, or a classed failure."""
    wanted = options.read(Options, endpoint)
    operation = _operation(endpoint, wanted)
    try:
        envelope = envelopes.read(response.body, media_type=response.headers.get("content-type", ""))
    except envelopes.Unreadable as error:
        return _without_envelope(response, error, operation)
    fault = envelopes.fault(envelope)
    if fault is not None:
        return _judged(fault, response, wanted)
    receipt = replies.judge(response)
    if envelope.must_understand:
        raise Ambiguous("reply-must-understand", status=response.status)
    if not _is_expected(envelope, operation):
        raise Ambiguous("reply-unexpected", status=response.status)
    if wanted.reply is None or envelope.body is None:
        return receipt
    body = envelopes.plain(envelope.body)
    return replies.read_answer(mapping.compile(wanted.reply), status=response.status, body=body).onto(receipt)


def _without_envelope(response: Response, error: envelopes.Unreadable, operation: wsdls.Operation) -> Receipt:
    receipt = replies.judge(response)
    is_one_way = not operation.answers
    if error.code == "empty" and (is_one_way or response.status in ACCEPTED):
        return receipt
    raise Ambiguous(f"reply-{error.code}", status=response.status)


def _judged(fault: envelopes.Fault, response: Response, wanted: Options) -> Receipt:
    for rule in wanted.faults:
        if rule.fits(fault):
            if rule.means == "duplicate":
                return Receipt(duplicate=True)
            raise MEANINGS[rule.means](f"fault-{rule.code or rule.means}", response.status)
    if response.status not in FAULT_STATUSES:
        replies.judge(response)
    meaning = STANDARD_FAULTS.get(fault.code, "ambiguous")
    # Only the standard's own words are kept: theirs might be anything.
    code = fault.code if fault.code in STANDARD_FAULTS else "other"
    raise MEANINGS[meaning](f"fault-{code}", response.status)


def _is_expected(envelope: envelopes.Envelope, operation: wsdls.Operation) -> bool:
    if envelope.body is None:
        return not operation.answers
    name = etree.QName(envelope.body)
    return not operation.answers or bool(operation.answers & {name.text, name.localname})


def fields_needed(endpoint: Endpoint) -> frozenset[str]:
    """Name the fields that its mapping reads."""
    return mapping.compile(options.read(Options, endpoint).mapping).paths


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings, and whether the documents hold what they name."""
    faults = options.faults(Options, endpoint)
    if faults:
        return faults
    try:
        wsdls.operation(endpoint, options.read(Options, endpoint).wanted)
    except wsdls.Unusable as error:
        return (str(error),)
    return ()
