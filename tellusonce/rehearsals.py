"""Say a made-up report as a recipient would be told it, and send nothing: no row is written, no line is opened."""

import secrets
from collections.abc import Iterator

from django.conf import settings

from adapters import sendings, showings
from adapters.contract import Failure, Message
from adapters.sendings import Wire
from tellusonce import clocks, deadlines, disclosure, events, keys, messages, references, synthetics
from tellusonce.catalogue import inforce
from tellusonce.disclosure import CONSENT, GIVEN, Grant, Question
from tellusonce.events import samples
from tellusonce.models import Recipient, Route


class NotPossible(Exception):
    """It cannot be rehearsed; the message says why, and what to do."""


def find(slug: str) -> tuple[Recipient, Route]:
    """Give a recipient and its route. Raises NotPossible."""
    recipient = Recipient.objects.select_related("organisation", "route").filter(slug=slug).first()
    if recipient is None:
        raise NotPossible(f"There is no recipient {slug}; the catalogue's slugs are listed by `mailboxes list`.")
    if recipient.route is None:
        raise NotPossible(f"{slug} has no route; write one into the catalogue and apply it.")
    return recipient, recipient.route


def rehearse(slug: str, *, kind: str = "") -> Iterator[str]:
    """Give the request line by line, secrets masked; by default of the first kind that it has an agreement for.

    Raises NotPossible, also with the code by which a real one would not be sent.
    """
    recipient, route = find(slug)
    if route.adapter == Route.INBOX:
        raise NotPossible(f"{slug} is sent nothing: it fetches from its inbox.")
    first, *_ = grants(recipient, kind)
    try:
        request = sendings.sealed(compose(first), wire(recipient, route), at=clocks.now())
    except Failure as failure:
        raise NotPossible(f"It would not be sent: {type(failure).__name__}, {failure.code}.") from failure
    return showings.shown(request, keys=keys.current())


def wire(recipient: Recipient, route: Route) -> Wire:
    """Say how it is reached, as a drain would."""
    return Wire(
        messages.endpoint_of(route, recipient=recipient.slug),
        keys.current(),
        settings.EGRESS_PRIVATE_NETWORKS,
        settings.REPLY_SECONDS,
    )


def grants(recipient: Recipient, kind: str = "") -> list[Grant]:
    """List what may be said to it of each kind, or of the one that is named. Raises NotPossible."""
    theirs = inforce.agreements_of(recipient)
    kinds = sorted({each.kind for each in theirs})
    if not kinds:
        raise NotPossible(f"{recipient.slug} has no agreement; nothing may be said to it.")
    if kind and kind not in events.kinds():
        raise NotPossible(f"There is no kind {kind}; there are {', '.join(events.kinds())}.")
    consents = {recipient.pk: GIVEN} if any(each.lawful_basis == CONSENT for each in theirs) else {}
    found = []
    for wanted in [kind] if kind else kinds:
        question = Question(wanted, on=deadlines.today(clocks.now()), is_verified=True, consents=consents)
        decision = disclosure.decide(recipient, question, agreements=theirs)
        if not isinstance(decision, Grant):
            raise NotPossible(f"Nothing may be said of a {wanted} to {recipient.slug}: {decision.reason}.")
        found.append(decision)
    return found


def compose(grant: Grant) -> Message:
    """Make up a message about nobody with exactly what is granted, under an id and a reference that no real one has."""
    kind = grant.agreement.kind
    return Message(
        id=str(synthetics.new_id()),
        kind=kind,
        purpose="notify",
        reference=f"TEST-{_drawn()}-{_drawn()}",  # as long as a real one, which never has a vowel
        sequence=1,
        reported_at=clocks.now().isoformat(),
        fields=disclosure.project(samples.sample(kind), grant.fields),
    )


def _drawn() -> str:
    return "".join(secrets.choice(references.ALPHABET) for _ in range(4))
