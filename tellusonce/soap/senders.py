"""Who sends a SOAP message: a client with a token in the transport's header, or with WS-Security in the message.

A UsernameToken has the client's id and, in clear, its secret; a signature is made with a certificate that the client
was registered with, over the body and a Timestamp, and such a message counts once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from adapters import envelopes, soap_service, wsse
from adapters.envelopes import Envelope
from adapters.soap_service import ParseFault
from identity import clients, signers
from identity.ledger import Actor
from identity.sessions import Visitor
from tellusonce import clocks
from tellusonce.pressure import PutOff
from tellusonce.rules import Rule

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

WORDS: Mapping[str, str] = {
    "security-missing": "Say who you are: with a token in the header Authorization, or with WS-Security.",
    "username-wrong": "The user name has to be a client's id, and the password its secret, as PasswordText.",
    "certificate-unknown": "The certificate is none that a client of ours was registered with.",
    "certificate-expired": "The certificate has expired or is not valid yet.",
    "timestamp-stale": "The Timestamp is more than five minutes from now; check your clock.",
    "timestamp-missing": "Sign a Timestamp with Created, beside the Body.",
    "timestamp-unsigned": "Sign the Timestamp as well as the Body.",
    "body-unsigned": "Sign the Body, by its wsu:Id.",
    "algorithm-weak": "Sign with SHA-256 or stronger, and with exclusive canonicalisation.",
}
OTHERWISE = "The WS-Security header cannot be accepted ({code}); docs/clients.md says what is."


class Faulted(Exception):
    """The answer is a fault, with this status."""

    def __init__(self, fault: ParseFault, status: HTTPStatus, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(fault.text)
        self.fault = fault
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Letter:
    """A request that has been opened, and who sent it; `version` is the namespace to answer in."""

    envelope: Envelope
    actor: Actor

    @property
    def version(self) -> str:
        """The namespace of the envelope to answer in."""
        return self.envelope.namespace


def answer(
    request: HttpRequest,
    rule: Rule,
    write: Callable[[Letter], bytes],
    *,
    rule_of: Callable[[Envelope], Rule] | None = None,
) -> HttpResponse:
    """Open a request, see who sent it, have it dealt with in one transaction, and answer; refusals are faults.

    `rule_of` says by which rule a request goes, where `rule` is only for what cannot be read. A signed message that
    could not be dealt with was not taken, and may come again.
    """
    try:
        envelope = _opened(request, rule)
        with transaction.atomic():
            letter = Letter(envelope, _actor(request, envelope, rule_of(envelope) if rule_of else rule))
            reply = write(letter)
    except Faulted as error:
        return _refused(error)
    except ParseFault as error:
        return _refused(Faulted(error, HTTPStatus.BAD_REQUEST))
    except PutOff as error:
        put_off = ParseFault("Server", str(error), version=envelope.namespace)
        headers = {"Retry-After": str(error.seconds)}
        return _refused(Faulted(put_off, HTTPStatus.SERVICE_UNAVAILABLE, headers=headers))
    except DatabaseError:
        logger.exception("a SOAP message could not be dealt with")
        text = "This could not be recorded right now. Send it again in a few seconds."
        return _refused(Faulted(ParseFault("Server", text), HTTPStatus.SERVICE_UNAVAILABLE))
    return response(reply, letter.version, HTTPStatus.OK)


def _opened(request: HttpRequest, rule: Rule) -> Envelope:
    try:
        return soap_service.open_envelope(request.body)
    except ParseFault:
        # Nobody is told what is wrong with a message who has not said who they are.
        _by_token(request, rule, envelopes.SOAP_11)
        raise
    except RequestDataTooBig as error:
        fault = ParseFault("Client", "The request is larger than 256 KiB.")
        raise Faulted(fault, HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from error
    except UnreadablePostError as error:
        fault = ParseFault("Client", "The request ended before it was complete.")
        raise Faulted(fault, HTTPStatus.BAD_REQUEST) from error


def _actor(request: HttpRequest, envelope: Envelope, rule: Rule) -> Actor:
    # What the message says of its sender has to hold wherever it is said, whatever stands beside it.
    if any(map(envelope.is_for_us, envelope.blocks(soap_service.SECURITY))):
        return _let_in(lambda: _by_message(envelope, rule), envelope.namespace)
    return _by_token(request, rule, envelope.namespace)


def _by_token(request: HttpRequest, rule: Rule, version: str) -> Actor:
    return _let_in(lambda: clients.authenticate(request, scope=rule.scope), version)


def _let_in(prove: Callable[[], Actor], version: str) -> Actor:
    try:
        found = prove()
    except clients.TooMany as error:
        headers = {"Retry-After": str(error.wait)}
        raise Faulted(ParseFault("Client", str(error), version=version), error.status, headers=headers) from error
    except clients.NotAllowed as error:
        headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
        raise Faulted(ParseFault("Client", str(error), version=version), error.status, headers=headers) from error
    if isinstance(found, Visitor):
        fault = ParseFault("Client", "Systems confirm here and report, and not people.", version=version)
        raise Faulted(fault, HTTPStatus.FORBIDDEN)
    return found


def _by_message(envelope: Envelope, rule: Rule) -> Actor:
    at = clocks.now()
    try:
        sender = wsse.verify(envelope, at=at, fits=signers.has_secret, signers=signers.certificates())
    except wsse.Unverified as error:
        words = WORDS.get(error.code, OTHERWISE.format(code=error.code))
        raise clients.NotAllowed(HTTPStatus.UNAUTHORIZED, words, challenge="") from error
    actor = signers.admit(sender.who, scope=rule.scope)
    signers.use(sender.who, sender.proof, until=at + 2 * wsse.FRESH_FOR)
    return actor


def _refused(error: Faulted) -> HttpResponse:
    fault = error.fault
    made = response(soap_service.fault(fault.code, fault.text, version=fault.version), fault.version, error.status)
    for name, value in error.headers.items():
        made[name] = value
    return made


def response(body: bytes, version: str, status: HTTPStatus) -> HttpResponse:
    """Answer in SOAP; a cache keeps nothing of it."""
    media_type = soap_service.MEDIA_TYPES[version]
    return HttpResponse(body, status=status, content_type=media_type, headers={"Cache-Control": "no-store"})
