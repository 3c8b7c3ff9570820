"""Judge what came back over SOAP: whose it is, whether it answers what was asked, and what it means.

SOAP 1.1, sections 4.2.3 and 4.4; SOAP 1.2 part 1, sections 5.2.3 and 5.4; WS-Addressing 1.0 Core, section 3.1.
What a recipient's faults mean is a table in its settings, because no two products agree on it.
"""

from collections.abc import Callable, Mapping

from lxml import etree

from adapters import addressing, envelopes, mapping, replies, wsse
from adapters.contract import (
    Ambiguous,
    Failure,
    Misconfigured,
    Receipt,
    Refused,
    Response,
    Throttled,
    Transient,
)
from adapters.soap_settings import Options
from adapters.wsdls import Operation

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
    # SOAP Message Security 1.1.1, section 12: refused before anything was done, and the next is no better.
    "UnsupportedSecurityToken": "misconfigured",
    "UnsupportedAlgorithm": "misconfigured",
    "InvalidSecurity": "misconfigured",
    "InvalidSecurityToken": "misconfigured",
    "FailedAuthentication": "misconfigured",
    "FailedCheck": "misconfigured",
    "SecurityTokenUnavailable": "misconfigured",
    "MessageExpired": "transient",
    # WS-Addressing 1.0 SOAP Binding, section 6.4.
    "InvalidAddressingHeader": "misconfigured",
    "MessageAddressingHeaderRequired": "misconfigured",
    "DestinationUnreachable": "misconfigured",
    "ActionNotSupported": "misconfigured",
    "EndpointUnavailable": "transient",
}
# The statuses under which a fault speaks for itself; under others the status knows better (a gateway's 503, a 401).
FAULT_STATUSES = frozenset({200, 202, 400, 500})
ACCEPTED = frozenset({202, 204})
ADDRESSED = frozenset(
    f"{addressing.A}{name}" for name in ("To", "Action", "MessageID", "RelatesTo", "From", "ReplyTo", "FaultTo")
)


def read(response: Response, operation: Operation, wanted: Options) -> Receipt:
    """Read the reply: a receipt, with their answer if it has one, or a classed failure."""
    try:
        envelope = envelopes.read(response.body, media_type=response.headers.get("content-type", ""))
    except envelopes.Unreadable as error:
        return _without_envelope(response, error, operation, wanted)
    sender = _sender(envelope, response, wanted)
    is_related = _is_related(envelope, response, operation, wanted, sender)
    fault = envelopes.fault(envelope)
    receipt = _judged(fault, response, wanted) if fault else _taken(envelope, response, operation, wanted)
    if not is_related:
        raise Ambiguous("reply-unrelated", status=response.status)
    return receipt


def _sender(envelope: envelopes.Envelope, response: Response, wanted: Options) -> wsse.Sender | None:
    """Verify whose reply it is, where that is asked for: of what anybody could have written nothing is believed."""
    if wanted.signed_by is None:
        return None
    if response.asked is None:
        raise Ambiguous("reply-unasked", status=response.status)
    try:
        return wsse.verify_signature(envelope, at=response.asked.at, signers={"recipient": wanted.signed_by})
    except wsse.Unverified as error:
        raise Ambiguous(f"reply-{error.code}", status=response.status) from None


def _is_related(
    envelope: envelopes.Envelope,
    response: Response,
    operation: Operation,
    wanted: Options,
    sender: wsse.Sender | None,
) -> bool:
    """Whether it says that it answers this message; a reply to another one is never taken for one."""
    if not wanted.is_addressed(operation):
        return True
    found = addressing.relations(envelope)
    ours = addressing.message_id(response.asked.message_id) if response.asked else ""
    if any((block.text or "").strip() != ours for block in found):
        raise Ambiguous("reply-to-another", status=response.status)
    # Where replies are signed, what they answer has to be, or a reply of today could be turned to another message.
    return bool(found) and (sender is None or all(block in sender.covers for block in found))


def _taken(envelope: envelopes.Envelope, response: Response, operation: Operation, wanted: Options) -> Receipt:
    receipt = replies.judge(response)
    if envelope.not_understood(_known(envelope, response, operation, wanted)):
        raise Ambiguous("reply-must-understand", status=response.status)
    if not _is_expected(envelope, operation):
        raise Ambiguous("reply-unexpected", status=response.status)
    if wanted.reply is None or envelope.body is None:
        return receipt
    body = envelopes.plain(envelope.body)
    return replies.read_answer(mapping.compile(wanted.reply), status=response.status, body=body).onto(receipt)


def _known(envelope: envelopes.Envelope, response: Response, operation: Operation, wanted: Options) -> frozenset[str]:
    """Name the header blocks that have been heeded, or are here; a Security header only if it has been."""
    known = ADDRESSED if wanted.is_addressed(operation) else frozenset()
    if wanted.signed_by:
        return known | {wsse.SECURITY}
    if wanted.security is None or response.asked is None or not envelope.blocks(wsse.SECURITY):
        return known
    # Whoever is sent a Timestamp is apt to answer with one, and nothing else.
    try:
        wsse.verify_timestamp(envelope, at=response.asked.at)
    except wsse.Unverified as error:
        raise Ambiguous(f"reply-{error.code}", status=response.status) from None
    return known | {wsse.SECURITY}


def _without_envelope(
    response: Response, error: envelopes.Unreadable, operation: Operation, wanted: Options
) -> Receipt:
    receipt = replies.judge(response)
    is_one_way = not operation.answers
    if error.code == "empty" and (is_one_way or response.status in ACCEPTED) and not wanted.signed_by:
        return receipt
    raise Ambiguous(f"reply-{error.code}", status=response.status)


def _judged(fault: envelopes.Fault, response: Response, wanted: Options) -> Receipt:
    """Say what a fault means: a receipt where they have had it already, or a classed failure."""
    for rule in wanted.faults:
        if rule.fits(fault):
            if rule.means == "duplicate":
                return Receipt(duplicate=True)
            raise MEANINGS[rule.means](f"fault-{rule.code or rule.means}", response.status)
    if response.status not in FAULT_STATUSES:
        replies.judge(response)
    # Only the standards' own words are kept, the most particular of them: theirs might be anything.
    code = next((each for each in (*reversed(fault.codes), fault.code) if each in STANDARD_FAULTS), "other")
    raise MEANINGS[STANDARD_FAULTS.get(code, "ambiguous")](f"fault-{code}", response.status)


def _is_expected(envelope: envelopes.Envelope, operation: Operation) -> bool:
    if envelope.body is None:
        return not operation.answers
    name = etree.QName(envelope.body)
    return not operation.answers or bool(operation.answers & {name.text, name.localname})
