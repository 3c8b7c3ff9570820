"""What recipients say they did, by SOAP: the same door behind it as by REST. ``?wsdl`` says how to write it.

A sender's fault has status 400, as SOAP 1.2 has it (part 2, section 7.5.2.2), in SOAP 1.1 too, which knows 500 alone:
the status says whether it is worth while to try again.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from adapters import confirmation_xml as xml
from adapters.confirmation_xml import ParseFault
from identity import clients
from identity.sessions import Visitor
from tellusonce import confirmations, rules

logger = logging.getLogger(__name__)

REFUSALS = (confirmations.UnknownDelivery, confirmations.Implausible, confirmations.UnfitNumbers)


class _Faulted(Exception):
    """The answer is a fault, with this status."""

    def __init__(self, fault: ParseFault, status: HTTPStatus, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(fault.text)
        self.fault = fault
        self.status = status
        self.headers = headers or {}


@rules.named(rules.CONFIRM_DELIVERY)
@csrf_exempt
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Record one confirmation; safe to repeat. GET publishes the WSDL."""
    if request.method == "GET":
        return _publish(request)
    try:
        reply, version = _record(request)
    except _Faulted as error:
        fault = error.fault
        response = _response(xml.fault(fault.code, fault.text, version=fault.version), fault.version, error.status)
        for name, value in error.headers.items():
            response[name] = value
        return response
    return _response(reply, version, HTTPStatus.OK)


def _publish(request: HttpRequest) -> HttpResponse:
    address = request.build_absolute_uri(reverse("soap-confirmations"))
    return HttpResponse(xml.wsdl(address), content_type="text/xml; charset=utf-8")


def _record(request: HttpRequest) -> tuple[bytes, str]:
    actor = _actor(request)
    found = _parsed(request)
    try:
        is_new = confirmations.take(actor, UUID(found.delivery_id), found.answer, door="soap")
    except REFUSALS as error:
        raise _sender(str(error), found.version) from error
    except DatabaseError as error:
        logger.exception("a confirmation could not be kept")
        text = "This could not be recorded right now. Send it again in a few seconds."
        fault = ParseFault("Server", text, version=found.version)
        raise _Faulted(fault, HTTPStatus.SERVICE_UNAVAILABLE) from error
    return xml.reply(duplicate=not is_new, version=found.version), found.version


def _actor(request: HttpRequest) -> clients.Actor:
    try:
        actor = clients.authenticate(request, scope=rules.CONFIRM_DELIVERY.scope)
    except clients.TooMany as error:
        headers = {"Retry-After": str(error.wait)}
        raise _Faulted(ParseFault("Client", str(error)), error.status, headers=headers) from error
    except clients.NotAllowed as error:
        headers = {"WWW-Authenticate": error.challenge}
        raise _Faulted(ParseFault("Client", str(error)), error.status, headers=headers) from error
    if isinstance(actor, Visitor):
        raise _Faulted(ParseFault("Client", "Systems confirm here, and not people."), HTTPStatus.FORBIDDEN)
    return actor


def _parsed(request: HttpRequest) -> xml.Confirmation:
    try:
        return xml.parse(request.body)
    except ParseFault as error:
        raise _Faulted(error, HTTPStatus.BAD_REQUEST) from error
    except RequestDataTooBig as error:
        fault = ParseFault("Client", "The request is larger than 256 KiB.")
        raise _Faulted(fault, HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from error
    except UnreadablePostError as error:
        fault = ParseFault("Client", "The request ended before it was complete.")
        raise _Faulted(fault, HTTPStatus.BAD_REQUEST) from error


def _sender(text: str, version: str) -> _Faulted:
    return _Faulted(ParseFault("Client", text, version=version), HTTPStatus.BAD_REQUEST)


def _response(body: bytes, version: str, status: HTTPStatus) -> HttpResponse:
    media_type = xml.MEDIA_TYPES[version]
    return HttpResponse(body, status=status, content_type=media_type, headers={"Cache-Control": "no-store"})
