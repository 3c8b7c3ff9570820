"""What recipients say they did, by SOAP: the same door behind it as by REST. ``?wsdl`` says how to write it.

A sender's fault has status 400, as SOAP 1.2 has it (part 2, section 7.5.2.2), in SOAP 1.1 too, which knows 500 alone:
the status says whether it is worth while to try again.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from adapters import confirmation_xml as xml
from adapters.soap_service import ParseFault
from tellusonce import confirmations, rules
from tellusonce.soap import senders
from tellusonce.soap.senders import Letter

REFUSALS = (confirmations.UnknownDelivery, confirmations.Implausible, confirmations.UnfitNumbers)


@rules.named(rules.CONFIRM_DELIVERY)
@csrf_exempt
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Record one confirmation; safe to repeat. GET publishes the WSDL."""
    if request.method == "GET":
        address = request.build_absolute_uri(reverse("soap-confirmations"))
        return HttpResponse(xml.wsdl(address), content_type="text/xml; charset=utf-8")
    return senders.answer(request, rules.CONFIRM_DELIVERY, _record)


def _record(letter: Letter) -> bytes:
    found = xml.read(letter.envelope)
    try:
        taken = confirmations.take(letter.actor, UUID(found.delivery_id), found.answer, door="soap")
    except REFUSALS as error:
        raise ParseFault("Client", str(error), version=letter.version) from error
    return xml.reply(duplicate=not taken.is_new, version=letter.version)
