"""From a claimed delivery to the words an adapter says: opened in memory, cut down to the grant, handed on."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from adapters.contract import Endpoint, Message
from identity import vault
from identity.models import DataKey
from tellusonce import disclosure
from tellusonce.deliveries import namings
from tellusonce.deliveries.claims import Claimed
from tellusonce.models import Answers, Report, Route


def place_of_answers(answers_id: UUID) -> str:
    """Where a version of the answers is sealed."""
    return f"tellusonce_answers.sealed:{answers_id}"


def seal_answers(answers: Answers, key: DataKey, told: Mapping[str, Any]) -> bytes:
    """Seal a version of the answers, before it is saved."""
    plain = json.dumps(told, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    return vault.seal(key, plain, place=place_of_answers(answers.pk))


def answers_of(answers: Answers, key: DataKey) -> dict[str, Any]:
    """Open a version of the answers."""
    told: dict[str, Any] = json.loads(vault.unseal(key, answers.sealed, place=place_of_answers(answers.pk)))
    return told


def latest_answers(report: Report) -> dict[str, Any]:
    """Open the newest version of a submitted report's answers."""
    return answers_of(report.answers.order_by("-number")[0], report.key)


def latest_of(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Open the newest versions of several submitted reports, whose keys are at hand; one query."""
    newest = Answers.objects.filter(report__in=reports).order_by("report", "-number").distinct("report")
    keys = {each.pk: each.key for each in reports}
    return [answers_of(each, keys[each.report_id]) for each in newest]


def compose(claimed: Claimed, *, fields: Collection[str]) -> Message:
    """Open what was answered and keep what this recipient may have."""
    raw = vault.unwrap(claimed.wrapped_key, claimed.master_version)
    plain = vault.unseal_with(raw, claimed.sealed, place=place_of_answers(claimed.answers_id))
    answers: dict[str, Any] = json.loads(plain)
    answers |= namings.opened(raw, claimed.known_as, delivery_id=claimed.id)
    return Message(
        id=str(claimed.id),
        kind=claimed.kind,
        purpose=claimed.purpose,
        reference=claimed.reference,
        sequence=claimed.sequence,
        reported_at=claimed.reported_at.isoformat(),
        fields=disclosure.project(answers, fields),
    )


@lru_cache(maxsize=1024)
def endpoint(route_id: UUID) -> Endpoint:
    """The adapters' side of a route, which never changes, so that it may be kept."""
    route = Route.objects.select_related("recipient").get(pk=route_id)
    return endpoint_of(route, recipient=route.recipient.slug)


def endpoint_of(route: Route, *, recipient: str) -> Endpoint:
    """The adapters' side of a route."""
    return Endpoint(
        recipient=recipient,
        adapter=route.adapter,
        address=route.address,
        settings=route.settings,
        documents={name: text.encode() for name, text in route.documents.items()},
        digest=route.digest,
        detects_duplicates=route.detects_duplicates,
    )
