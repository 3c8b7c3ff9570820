"""Speak SOAP 1.1 and 1.2 to any WSDL: document/literal, wrapped or bare, and rpc/literal, by a mapping alone.

zeep builds requests; lxml reads replies; neither of them talks. WSDL 1.1; SOAP 1.1; SOAP 1.2; WS-I Basic Profile 1.1;
WS-Addressing 1.0; WS-Security 1.1.1. What is deterministic is said by `encode`; what is addressed to where it goes now,
dated or signed is made by `seal`, anew for each try.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lxml import etree
from zeep import exceptions

from adapters import addressing, arguments, credentials, mapping, options, schemas, securing, soap_replies, wsdls
from adapters.contract import Content, Endpoint, Message, Misconfigured, Receipt, Refused, Request, Response
from adapters.soap_settings import Options

JSON = Any

__all__ = ["Options", "check", "decode", "encode", "fields_needed", "seal"]


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it: the same bytes for the same message, in any process. Raises Refused or Misconfigured."""
    wanted = options.read(Options, endpoint)
    operation = _operation(endpoint, wanted)
    given = message.as_input()
    filled = mapping.pruned(mapping.compile(wanted.mapping).apply(given))
    blocks = mapping.pruned(mapping.compile(wanted.headers).apply(given)) if wanted.headers else None
    envelope = _built(operation, {} if filled is None else filled, blocks)
    if wanted.validates:
        _check(envelope, operation)
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


def _built(operation: wsdls.Operation, given: JSON, blocks: JSON) -> Any:
    """Have zeep write the envelope; its own messages quote values, so none of them is passed on."""
    try:
        with operation.turn:
            ready, named = (arguments.prepared(each, operation.types) for each in (given, blocks or {}))
            headers = {"_soapheaders": named} if named else {}
            if isinstance(ready, dict):
                envelope = operation.built.create(**ready, **headers).content
            else:
                envelope = operation.built.create(ready, **headers).content
    except exceptions.ValidationError:
        raise Refused("element-missing") from None
    except (TypeError, arguments.Unfit):
        raise Misconfigured("mapping-misfit") from None
    except ValueError:
        # A character that XML has no place for, or a value that its type has none for.
        raise Refused("value-misfit") from None
    except Exception:  # noqa: BLE001  (zeep meets odd arguments with whatever its own code runs into)
        raise Misconfigured("mapping-misfit") from None
    arguments.put_right(envelope)
    return envelope


def _check(envelope: etree._Element, operation: wsdls.Operation) -> None:
    """See that what is about to be said is what the schemas allow: a wrong word is worse than none."""
    said = next(iter(envelope[-1]), None)
    if operation.schema is None or said is None:
        return
    with operation.turn:
        is_fit = schemas.fits(operation.schema, said, is_rpc=operation.is_rpc)
    if not is_fit:
        raise Refused("schema-misfit")


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:
    """Make one try of it. Raises Misconfigured when a secret is missing, or a key or certificate does not do."""
    wanted = options.read(Options, endpoint)
    headers = {**content.headers, "Content-Type": content.media_type}
    operation = _operation(endpoint, wanted)
    is_addressed = wanted.is_addressed(operation)
    if not is_addressed and wanted.security is None:
        return credentials.authorised(Request(endpoint.address, headers, content.body), wanted.auth, keys=keys)
    envelope = etree.fromstring(content.body)
    if is_addressed:
        action, delivery_id = operation.addressed_action, content.headers["webhook-id"]
        addressing.add(securing.header_of(envelope), action=action, to=endpoint.address, delivery_id=delivery_id)
    if wanted.security:
        securing.secure(envelope, wanted.security, securing.Try(at, nonce, keys))
    body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return credentials.authorised(Request(endpoint.address, headers, body), wanted.auth, keys=keys)


def decode(response: Response, endpoint: Endpoint) -> Receipt:
    """Read the reply: a receipt, with their answer if it has one, or a classed failure."""
    wanted = options.read(Options, endpoint)
    return soap_replies.read(response, _operation(endpoint, wanted), wanted)


def fields_needed(endpoint: Endpoint) -> frozenset[str]:
    """Name the fields that its mappings read."""
    wanted = options.read(Options, endpoint)
    headers = mapping.compile(wanted.headers).paths if wanted.headers else frozenset()
    return mapping.compile(wanted.mapping).paths | headers


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings, and whether the documents hold what they name."""
    faults = options.faults(Options, endpoint)
    if faults:
        return faults
    wanted = options.read(Options, endpoint)
    try:
        operation = wsdls.operation(endpoint, wanted.wanted)
    except wsdls.Unusable as error:
        return (str(error),)
    if wanted.signed_by and not operation.answers:
        return (f"{wanted.operation} has no reply that could be signed; take `signed_by` out",)
    return ()
