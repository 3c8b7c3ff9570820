"""Webhooks that recipients send and sign by themselves (Standard Webhooks 1.0.0): for those that cannot fetch tokens.

A client signs with a key that it was registered with (``v1a``), or with the secret that stands under
``webhook:CLIENT_ID`` among ours (``v1``). Its `webhook-id` is the same for every try and makes each count once.
"""

from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from adapters import webhooks
from adapters.contract import Misconfigured
from identity import clients, signers
from identity.ledger import Actor
from tellusonce import clocks, keys, rules
from tellusonce.api import deliveries, doors, writes
from tellusonce.api.recipient_shapes import HookIn, RecordedOut

router = Router(tags=["deliveries"])
DOOR = "webhook"
SECRET = "webhook:{}"  # noqa: S105  the name of one
NOT_THEIRS = "The signature is missing, too old, or not made with a key of this client's; see docs/clients.md."


class Signed(doors.Scope):
    """Lets in the client that an address names, if it signed what it sends."""

    def __call__(self, request: HttpRequest) -> Actor:
        """Raises NotAllowed, whatever does not fit: nobody learns which clients there are."""
        client_id = str(request.resolver_match.kwargs["client_id"]) if request.resolver_match else ""
        headers = {name.lower(): value for name, value in request.headers.items()}
        secrets = [*signers.webhook_keys(client_id), keys.current().get(SECRET.format(client_id), "")]
        try:
            webhooks.verified(headers, request.body, secrets=[each for each in secrets if each], now=clocks.now())
        except (webhooks.Unverified, Misconfigured) as error:
            raise clients.NotAllowed(HTTPStatus.UNAUTHORIZED, NOT_THEIRS, challenge="") from error
        return signers.admit(client_id, scope=self.scope)


@router.post(
    "/webhooks/{client_id}",
    response={201: RecordedOut, 200: RecordedOut},
    summary="Confirm by webhook",
    auth=Signed(rules.CONFIRM_DELIVERY),
    openapi_extra={"security": [], "responses": doors.PROBLEM},
)
def take(request: HttpRequest, client_id: str, body: HookIn) -> HttpResponse:
    """Say what you did, signed by yourself. The same `webhook-id` again gives the same answer, and changes nothing.

    Each try is signed anew, with a time of its own: the very same signature is taken once.
    """
    actor = doors.actor(request)
    proof = f"{request.headers['webhook-id']}.{request.headers['webhook-signature']}".encode()
    with transaction.atomic():
        signers.use(client_id, proof, until=clocks.now() + 2 * webhooks.TOLERANCE)
        return writes.once(
            request,
            lambda: deliveries.recorded(actor, body.data.delivery, body.data, door=DOOR),
            key=f"webhook:{request.headers['webhook-id']}"[:255],
        )
