"""What others tell us of their own accord: GOV.UK Notify, of what became of a notice.

Their bearer token is the one that stands in our settings and in theirs. Of what they send, the address is not kept.
"""

import hmac
import logging
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from tellusonce import rules
from tellusonce.notices import arrivals

logger = logging.getLogger(__name__)


class _Arrival(BaseModel):
    """The part of a delivery receipt that is read."""

    model_config = ConfigDict(hide_input_in_errors=True)

    reference: str | None = None
    status: arrivals.Status
    completed_at: AwareDatetime


@rules.named(rules.SAY_WHAT_BECAME)
@csrf_exempt
@require_POST
def notify(request: HttpRequest) -> HttpResponse:
    """Take one delivery receipt; safe to repeat. What is not about a notice of ours is passed over."""
    if not _is_theirs(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        arrival = _Arrival.model_validate_json(request.body)
    except (ValidationError, RequestDataTooBig, UnreadablePostError):
        logger.warning("a delivery receipt could not be read")
        return HttpResponse("This is no delivery receipt of GOV.UK Notify.\n", status=400, content_type="text/plain")
    notice = _notice(arrival.reference)
    if notice is not None:
        arrivals.note(notice, arrival.status, at=arrival.completed_at)
    return HttpResponse(status=204)


def _is_theirs(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.NOTIFY_CALLBACK_TOKEN}".encode()
    return hmac.compare_digest(given, wanted) and bool(settings.NOTIFY_CALLBACK_TOKEN)


def _notice(reference: str | None) -> UUID | None:
    try:
        return UUID(reference or "")
    except ValueError:
        return None
