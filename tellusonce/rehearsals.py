"""Say a made-up report as a recipient would be told it, and send nothing: no row is written, no line is opened."""

import secrets
import uuid
from collections.abc import Iterator

from adapters import certificates, discovery, showings
from adapters.contract import Failure, Message, Request
from tellusonce import clocks, deadlines, disclosure, events, keys, messages
from tellusonce.catalogue import inforce
from tellusonce.disclosure import CONSENT, GIVEN, Grant, Question
from tellusonce.events import samples
from tellusonce.models import Recipient, Route

# Of no delivery: a request that somebody pastes elsewhere names nothing that exists.
NOBODYS = str(uuid.UUID("00000000-0000-4000-8000-000000000000"))


class NotPossible(Exception):
    """It cannot be rehearsed; the message says why, and what to do."""


def rehearse(slug: str, *, kind: str = "") -> Iterator[str]:
    """Give the request line by line, secrets masked; by default of the first kind that it has an agreement for.

    Raises NotPossible, also with the code by which a real one would not be sent.
    """
    recipient = Recipient.objects.select_related("organisation", "route").filter(slug=slug).first()
    if recipient is None:
        raise NotPossible(f"There is no recipient {slug}; the catalogue's slugs are listed by `mailboxes list`.")
    if recipient.route is None or recipient.route.adapter == Route.INBOX:
        raise NotPossible(f"{slug} is sent nothing: it fetches from its inbox.")
    grant = _grant(recipient, kind)
    try:
        return showings.shown(_request(recipient, recipient.route, grant), keys=keys.current())
    except Failure as failure:
        raise NotPossible(f"It would not be sent: {type(failure).__name__}, {failure.code}.") from failure


def _grant(recipient: Recipient, kind: str) -> Grant:
    theirs = inforce.agreements_of(recipient)
    kinds = sorted({each.kind for each in theirs})
    if not kinds:
        raise NotPossible(f"{recipient.slug} has no agreement; nothing may be said to it.")
    wanted = kind or kinds[0]
    if wanted not in events.kinds():
        raise NotPossible(f"There is no kind {wanted}; there are {', '.join(events.kinds())}.")
    consents = {recipient.pk: GIVEN} if any(each.lawful_basis == CONSENT for each in theirs) else {}
    question = Question(wanted, on=deadlines.today(clocks.now()), is_verified=True, consents=consents)
    decision = disclosure.decide(recipient, question, agreements=theirs)
    if isinstance(decision, Grant):
        return decision
    raise NotPossible(f"Nothing may be said of a {wanted} to {recipient.slug}: {decision.reason}.")


def _request(recipient: Recipient, route: Route, grant: Grant) -> Request:
    endpoint, at, known = messages.endpoint_of(route, recipient=recipient.slug), clocks.now(), keys.current()
    kind = grant.agreement.kind
    message = Message(
        id=NOBODYS,
        kind=kind,
        purpose="notify",
        reference="SAMPLE",
        sequence=1,
        reported_at=at.isoformat(),
        fields=disclosure.project(samples.sample(kind), grant.fields),
    )
    adapter = discovery.find(endpoint.adapter)
    content = adapter.encode(message, endpoint)
    request = adapter.seal(content, endpoint, at=at, nonce=secrets.token_urlsafe(16), keys=known)
    return certificates.secured(request, endpoint, at=at, keys=known)
