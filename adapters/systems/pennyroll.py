"""Pennyroll, a revenues and benefits system (invented, true to type): SOAP 1.1 in which each message is a session.

Nobody logs in: every envelope brings a ticket, made with the council's key out of the client's name, the moment, a word
used once and the body (exclusive canonical form), and good for five minutes. It answers at once with what it did to
each account. Whatever goes wrong comes as a Server fault; what is meant is a number, PR-..., in its detail.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lxml import etree
from pydantic import ConfigDict, Field

from adapters import credentials, envelopes, mapping, options, replies, securing, security_blocks
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

NAMESPACE = "urn:pennyroll:exchange:3"
P = f"{{{NAMESPACE}}}"
S = f"{{{envelopes.SOAP_11}}}"
EVENTS = {
    ("death", "notify"): "DECEASED",
    ("death", "correct"): "DECEASED_AMENDED",
    ("death", "void"): "DECEASED_WITHDRAWN",
    ("move", "notify"): "MOVED",
    ("move", "correct"): "MOVED_AMENDED",
    ("move", "void"): "MOVED_WITHDRAWN",
}
CITIZEN = mapping.compile("""{
    Account: subject.identifiers.council_tax_account,
    Nino: subject.identifiers.nino,
    Surname: upper(subject.name.family),
    Forenames: join_names(subject.name.given),
    Born: uk_date(subject.born_on)
}""")
PARTICULARS = {
    "death": mapping.compile("""{
        On: uk_date(death.died_on),
        Property: not_null(subject.addresses[?use == 'usual'] | [0], subject.addresses[0]).{
            Line: address_lines(@, `4`), Postcode: postcode, Uprn: uprn
        }
    }"""),
    "move": mapping.compile("""{
        On: uk_date(moved_on),
        Property: old_address.{Line: address_lines(@, `4`), Postcode: postcode, Uprn: uprn},
        Forwarding: new_address.{Line: address_lines(@, `4`), Postcode: postcode, Uprn: uprn}
    }"""),
}
ANSWER = mapping.compile("""body.{
    outcome: code(Result, {APPLIED: 'acted', WORKTRAY: 'manual_review', NOT_HELD: 'no_match',
                           SEVERAL: 'multiple_candidates', NO_CHANGE: 'nothing_to_do', UNDONE: 'reversed',
                           UNDO_BARRED: 'reversal_refused'}),
    actions: to_array(Done)[].{
        code: code(Code, {LIABILITY_ENDED: 'account_closed', BENEFIT_ENDED: 'payment_stopped',
                          REBILLED: 'bill_reissued', DISCOUNT_REVIEW: 'entitlement_reviewed',
                          OVERPAID: 'overpayment_assessed', "*": 'unknown'}),
        on: On
    },
    numbers: to_array(Account)[?Kind == 'CT'].{scheme: 'council-tax-account', value: Number},
    their_reference: WorkItem
}""")

RECORDED = "PR-200"
WAITS = {"PR-210": 15 * 60.0, "PR-220": 2 * 60 * 60.0}  # an officer has the account open; the night's billing runs
FAULTS: Mapping[str, tuple[type[Failure], str]] = {
    "PR-100": (Transient, "pennyroll-ticket-expired"),  # the next try has a new one
    "PR-101": (Misconfigured, "pennyroll-ticket-wrong"),
    "PR-110": (Misconfigured, "pennyroll-client-unknown"),
    "PR-300": (Refused, "pennyroll-value"),
    "PR-310": (Refused, "pennyroll-exchange-reused"),
    "PR-800": (Transient, "pennyroll-rolled-back"),
    "PR-900": (Ambiguous, "pennyroll-unknown-state"),
}
FAULT_STATUSES = frozenset({200, 500})


class Options(options.Common):
    """Settings of one revenues service."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client": "NMTUO1", "key": "a-secret's-name"}]})

    client: str = Field(pattern=r"^[A-Z0-9]{4,12}$", description="What Pennyroll calls us there")
    key: credentials.SecretName


def encode(message: Message, endpoint: Endpoint) -> Content:
    """Say it as a PostEvent, without the header that each try gets. Raises Refused."""
    event = EVENTS.get((message.kind, message.purpose))
    if event is None:
        raise Refused("event-not-spoken")
    given = message.as_input()
    said = {
        "Exchange": message.id,
        "Client": options.read(Options, endpoint).client,
        "Event": event,
        "Case": message.reference,
        "Citizen": CITIZEN.apply(given),
        **PARTICULARS[message.kind].apply(given),
    }
    envelope = etree.Element(f"{S}Envelope", nsmap={"s": envelopes.SOAP_11, "p": NAMESPACE})
    body = etree.SubElement(envelope, f"{S}Body")
    try:
        _fill(etree.SubElement(body, f"{P}PostEvent"), mapping.pruned(said))
    except ValueError:  # a character that XML has no place for
        raise Refused("value-misfit") from None
    written = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return Content(written, "text/xml; charset=utf-8", {"SOAPAction": f'"{NAMESPACE}/PostEvent"'})


def _fill(element: etree._Element, given: Mapping[str, JSON]) -> None:
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, f"{P}{name}")
            if isinstance(each, dict):
                _fill(child, each)
            else:
                child.text = str(each)


def seal(content: Content, endpoint: Endpoint, *, at: datetime, nonce: str, keys: Mapping[str, str]) -> Request:
    """Open the session: put the ticket of this try into a header. Raises Misconfigured without the key."""
    wanted = options.read(Options, endpoint)
    key = credentials.key(wanted.key, keys=keys)
    envelope = etree.fromstring(content.body)
    parts = {"Client": wanted.client, "Made": security_blocks.moment(at), "Once": nonce}
    ticket = _ticket(key, parts, etree.tostring(envelope[-1], method="c14n", exclusive=True))
    session = etree.SubElement(securing.header_of(envelope), f"{P}Session", {f"{S}mustUnderstand": "1"})
    _fill(session, {**parts, "Ticket": ticket})
    body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
    return Request(endpoint.address, {**content.headers, "Content-Type": content.media_type}, body)


def _ticket(key: str, parts: Mapping[str, str], body: bytes) -> str:
    said = "\n".join([*parts.values(), hashlib.sha256(body).hexdigest()])
    return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()


def decode(response: Response, endpoint: Endpoint) -> Receipt:  # noqa: ARG001
    """Read the reply: what was done, or the number of a fault."""
    try:
        envelope = envelopes.read(response.body, media_type=response.headers.get("content-type", ""))
    except envelopes.Unreadable as error:
        replies.judge(response)
        raise Ambiguous(f"reply-{error.code}", status=response.status) from None
    if envelopes.fault(envelope):
        return _judged(envelope, response)
    receipt = replies.judge(response)
    body = envelope.body
    if body is None or body.tag != f"{P}PostEventResponse" or envelope.must_understand:
        raise Ambiguous("reply-unexpected", status=response.status)
    return replies.read_answer(ANSWER, status=response.status, body=envelopes.plain(body)).onto(receipt)


def _judged(envelope: envelopes.Envelope, response: Response) -> Receipt:
    number = (envelope.frame.findtext(f".//{P}Number") or "").strip()
    if number == RECORDED:
        return Receipt(duplicate=True)
    if number in WAITS:
        raise Throttled("pennyroll-busy", retry_after=WAITS[number], status=response.status)
    if number not in FAULTS and response.status not in FAULT_STATUSES:
        replies.judge(response)
    failure, code = FAULTS.get(number, (Ambiguous, "pennyroll-fault-unknown"))
    raise failure(code, status=response.status)


def fields_needed(endpoint: Endpoint) -> frozenset[str]:  # noqa: ARG001
    """Name the fields of a citizen, whatever happened."""
    return CITIZEN.paths


def fields_of_kind(kind: str) -> frozenset[str]:
    """Name what each kind of event says besides."""
    return PARTICULARS[kind].paths if kind in PARTICULARS else frozenset()


def check(endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings."""
    return options.faults(Options, endpoint)
