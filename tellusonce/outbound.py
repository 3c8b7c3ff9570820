"""What happens to a claimed delivery on either side of the wire: judged and said before it, classed and settled after.

Every function here expects a transaction of the drain's, and talks to nobody.
"""

import datetime as dt
import logging
import secrets
import uuid
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError

from adapters import certificates, discovery
from adapters.contract import Asked, Content, Endpoint, Failure, Message, Misconfigured, Request
from adapters.egress import Allowed, Exchange
from identity import ledger, vault
from identity.ledger import Action, Actor, Entry
from tellusonce import clocks, deadlines, disclosure, keys, messages, metrics, permissions, verdicts
from tellusonce.catalogue import current
from tellusonce.deliveries import claims, mailboxes, settling
from tellusonce.deliveries.claims import Claimed
from tellusonce.deliveries.settling import Settlement, Try
from tellusonce.models import Agreement, Delivery, Lane, Mailbox, Recipient, Route
from tellusonce.verdicts import Verdict

logger = logging.getLogger(__name__)

BATCH = 100
QUICKEST = 0.1  # seconds for a reply, where nothing slower is known
ENGINE = Actor("engine")
VAULT_PAUSE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a batch is judged by: the recipient as the catalogue has it now, its mailbox (locked), the moment.

    What is agreed, and what informants answered, by delivery id, where an agreement rests on consent, is looked up when
    the deliveries are locked.
    """

    recipient: Recipient
    mailbox: Mailbox
    at: dt.datetime
    agreements: Sequence[Agreement] = ()
    consents: Mapping[uuid.UUID, Mapping[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outbound:
    """One delivery that goes on the wire."""

    claimed: Claimed
    attempt: Try
    exchange: Exchange
    endpoint: Endpoint
    asked: Asked
    organisation: str
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed, and by what it is judged."""

    claimed: Sequence[Claimed]
    desk: Desk
    is_probe: bool


@dataclass
class _Sheet:
    """A batch being worked through: what is the same for many of it is found out once."""

    desk: Desk
    is_probe: bool
    entitlements: dict[Hashable, disclosure.Entitlement | disclosure.Refusal] = field(default_factory=dict)
    going: list[Outbound] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @cached_property
    def secrets(self) -> Mapping[str, str]:
        """What we are known by. Raises Misconfigured (``secrets-unreadable``)."""
        return keys.current()

    @cached_property
    def digest(self) -> Callable[[bytes], bytes]:
        """By what contents are recognised. Raises vault.KeyMissing."""
        return vault.digester("content")


class _Elsewhere(Exception):
    """It does not go on the wire now, through no fault of the recipient's."""

    def __init__(self, state: str, reason: str = "", *, pause: dt.timedelta = dt.timedelta()) -> None:
        super().__init__(state, reason)
        self.state = state
        self.reason = reason
        self.pause = pause


def open_desk(recipient_id: int) -> Desk:
    """Fetch what the next batch of this recipient is judged by, and lock its mailbox."""
    mailbox = (
        Mailbox.objects.select_for_update(of=("self",))
        .select_related("recipient__organisation", "recipient__route")
        .defer("recipient__route__documents", "recipient__route__settings")
        .get(pk=recipient_id)
    )
    recipient = mailbox.recipient
    return Desk(recipient, mailbox, clocks.now())


def most_at_once(desk: Desk, *, lane: str, seconds: float) -> int:
    """How many may be in hand at a time: no more than will have gone out in that time, as quick as they are now.

    Of a recipient that cannot tell duplicates, no more than are on the wire: a crash leaves everything in hand of
    unknown outcome, and there that is for a person.
    """
    on_the_wire = in_flight(desk.recipient, lane=lane)
    route = desk.recipient.route
    if route is not None and not route.detects_duplicates:
        return min(BATCH, on_the_wire)
    rounds = seconds / max(desk.mailbox.reply_ms / 1000, QUICKEST)
    return min(BATCH, max(on_the_wire, int(on_the_wire * rounds)))


def in_flight(recipient: Recipient, *, lane: str) -> int:
    """How many requests a lane may have on the wire: both together keep the recipient's limit, from two on."""
    retrying = max(1, recipient.in_flight // 4)
    return retrying if lane == Lane.RETRY else max(1, recipient.in_flight - retrying)


def prepare(batch: Batch) -> list[Outbound]:
    """Judge each delivery again, say it, write its attempt; what may not or cannot go is settled on the spot.

    The claim has been committed before: whatever in here kills the process, it is known what was in hand.
    """
    held = claims.still_held(batch.claimed)
    desk = _as_of_now(batch.desk, held)
    sheet = _Sheet(desk, is_probe=batch.is_probe)
    for each in batch.claimed:
        if each.id in held:
            _work_through(each, sheet)
    settling.begin([each.attempt for each in sheet.going])
    settling.settle(sheet.settled)
    ledger.record_many(ENGINE, sheet.entries)
    if batch.is_probe and not sheet.going:
        mailboxes.return_probe(desk.mailbox, at=desk.at)
    return sheet.going


def _as_of_now(desk: Desk, held: Collection[uuid.UUID]) -> Desk:
    """Look what is agreed, and what informants say, now that the deliveries are locked: no withdrawal can slip in."""
    agreements = current.catalogue().agreements_of(desk.recipient)
    consents = permissions.relied_on(held, recipient=desk.recipient, agreements=agreements)
    return replace(desk, agreements=agreements, consents=consents)


def _work_through(claimed: Claimed, sheet: _Sheet) -> None:
    if claimed.tries == 1:
        metrics.WAIT.observe((sheet.desk.at - claimed.created_at).total_seconds())
    try:
        sheet.going.append(_say(claimed, sheet))
    except Failure as failure:
        sheet.settled.append(_unsent(claimed, verdicts.of_failure(failure, tries=claimed.tries), sheet.desk))
    except _Elsewhere as turned:
        sheet.settled.append(Settlement(claimed, turned.state, turned.reason, turned.pause, is_spared=True))
        if turned.state == "withheld":
            about = f"delivery:{claimed.id}"
            sheet.entries.append(Entry(Action.DELIVERY_WITHHELD, about, claimed.kind, turned.reason))
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - the one edge: recorded below, and the others flow
        sheet.settled.append(_unclassed(claimed, error))


def _unsent(claimed: Claimed, verdict: Verdict, desk: Desk) -> Settlement:
    if verdict.stops_mailbox:
        mailboxes.pause(desk.recipient.pk, by="engine", reason=verdict.code[:60])
    return Settlement(claimed, verdict.state, verdict.reason, verdict.pause, is_spared=True)


def _unclassed(claimed: Claimed, error: Exception) -> Settlement:
    """The edge of a drain: a defect of ours, recorded by its name; a person replays the delivery once it is mended."""
    logger.error("delivery %s could not be said", claimed.id, exc_info=error)
    metrics.UNKNOWN_FAILURES.labels(type(error).__name__).inc()
    return Settlement(claimed, "failed", "crashed", is_spared=True)


def _say(claimed: Claimed, sheet: _Sheet) -> Outbound:
    desk = sheet.desk
    agreement_id, fields = _entitled(claimed, sheet)
    route_id = claimed.route_id or desk.recipient.route_id
    if route_id is None or desk.recipient.route_id is None:
        raise Misconfigured("no-route")
    said_by, sent_to = messages.endpoint(route_id), messages.endpoint(desk.recipient.route_id)
    _check_earlier_tries(claimed, said_by, sent_to)
    _check_purpose(claimed, said_by)
    if sent_to.adapter in Route.FETCHED:
        raise _Elsewhere("available")
    adapter = discovery.find(said_by.adapter)
    content = adapter.encode(_composed(claimed, fields), said_by)
    digest = sheet.digest(content.media_type.encode() + b"\0" + content.body)
    if claimed.content_digest is not None and claimed.content_digest != digest:
        raise verdicts.Quarantine("content-changed")
    request = _sealed(content, sent_to, sheet)
    attempt = Try(claimed, uuid.uuid4(), digest, route_id, agreement_id, fields)
    exchange = Exchange(attempt.attempt_id, request, _allowed(*request.urls), desk.recipient.slug)
    asked = Asked(str(claimed.id), desk.at)
    return Outbound(claimed, attempt, exchange, sent_to, asked, desk.recipient.organisation.slug, sheet.is_probe)


def _sealed(content: Content, sent_to: Endpoint, sheet: _Sheet) -> Request:
    """Make one try of it: by its adapter, then with the certificate that any endpoint may ask for."""
    adapter, at = discovery.find(sent_to.adapter), sheet.desk.at
    request = adapter.seal(content, sent_to, at=at, nonce=secrets.token_urlsafe(16), keys=sheet.secrets)
    return certificates.secured(request, sent_to, at=at, keys=sheet.secrets)


def _composed(claimed: Claimed, fields: Sequence[str]) -> Message:
    try:
        return messages.compose(claimed, fields=fields)
    except vault.KeyDestroyed:
        raise _Elsewhere("withheld", disclosure.Reason.ERASED) from None
    except vault.KeyMissing as error:
        logger.error("the vault cannot open what is owed: %s", type(error).__name__)  # noqa: TRY400 - said in a word
        raise _Elsewhere("pending", pause=VAULT_PAUSE) from None


def _check_earlier_tries(claimed: Claimed, said_by: Endpoint, sent_to: Endpoint) -> None:
    """Leave to a person what may not be repeated blindly."""
    if claimed.has_crashed_too_often:
        raise verdicts.Quarantine("quarantined")
    if claimed.unknown and not sent_to.detects_duplicates:
        raise verdicts.Quarantine("outcome-unknown")
    if said_by.adapter != sent_to.adapter:
        raise verdicts.Quarantine("adapter-changed")


def _check_purpose(claimed: Claimed, said_by: Endpoint) -> None:
    """Leave to a person what would read as a first notification where a mapping never looks at the purpose."""
    mapping = said_by.settings.get("mapping")
    if claimed.purpose != Delivery.Purpose.NOTIFY and mapping and "message.purpose" not in mapping:
        raise verdicts.Quarantine("purpose-not-spoken")


def _entitled(claimed: Claimed, sheet: _Sheet) -> disclosure.Entitlement:
    """Give the agreement and the fields that count now. Raises _Elsewhere."""
    pinned, consents = claimed.pinned, sheet.desk.consents.get(claimed.id)
    told = (pinned.kind, pinned.purpose, pinned.agreement_id, tuple(pinned.fields), pinned.was_said)
    alike = (told, consents and tuple(sorted(consents.items())))
    upheld = sheet.entitlements.get(alike)
    if upheld is None:
        upheld = sheet.entitlements[alike] = _upheld(pinned, consents, sheet.desk)
    if isinstance(upheld, disclosure.Refusal):
        metrics.WITHHELD.labels(str(upheld.reason)).inc()
        raise _Elsewhere("withheld", upheld.reason)
    return upheld


def _upheld(
    pinned: disclosure.Pinned, consents: Mapping[int, str] | None, desk: Desk
) -> disclosure.Entitlement | disclosure.Refusal:
    on = deadlines.today(desk.at)
    return disclosure.entitled(desk.recipient, pinned, on=on, agreements=desk.agreements, consents=consents)


@lru_cache(maxsize=1024)
def _allowed(*urls: str) -> Allowed:
    hosts = frozenset((urlsplit(url).hostname or "").lower() for url in urls)
    return Allowed(hosts, settings.EGRESS_PRIVATE_NETWORKS)
