"""Rows for tests, each as the service itself would have written it."""

import copy
import datetime as dt
import itertools
import random
import uuid
from collections.abc import Sequence
from typing import Any

from identity.ledger import Actor
from tellusonce import events, reports
from tellusonce.models import Agreement, CatalogueVersion, Lane, Mailbox, Organisation, Recipient, Report, Route

REGISTRAR = Actor("registrar", organisation="northmoor")
numbers = itertools.count(1)

ENTRY: dict[str, Any] = {
    "subject": {"name": {"given": ["Alma"], "family": "Quillfeather"}, "born_on": "1931-02-03"},
    "death": {"died_on": "2026-10-30"},
    "registration": {"number": "NM-4711"},
}
TOLD: dict[str, Any] = {
    "subject": {"addresses": [{"use": "usual", "lines": ["1 Larch Row"], "town": "Northmoor", "postcode": "ZX1 2AB"}]},
    "informant": {"name": {"given": ["Bram"], "family": "Quillfeather"}, "relationship": "son"},
}


def organisation(slug: str = "northmoor") -> Organisation:
    """Make an organisation, or give the one that is there."""
    made, _ = Organisation.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    return made


def recipient(slug: str = "", *, address: str = "http://127.0.0.1:9/", **fields: Any) -> Recipient:
    """Make a recipient with its mailbox, lanes, route and an agreement for deaths; `fields` go to whichever has them.

    `grants` are the agreement's fields, `agreement` its other columns, `route` the route's.
    """
    number = next(numbers)
    grants = fields.pop("grants", ("subject.name.family", "death.died_on"))
    agreed, routed = fields.pop("agreement", {}), fields.pop("route", {})
    body = organisation(fields.pop("organisation", "northmoor"))
    usual = {"owner": "A. Clerk", "confirm_within_days": 5, "assured_by": "TLS", "assured_until": dt.date(2099, 1, 1)}
    made = Recipient.objects.create(
        **{"slug": slug or f"service-{number}", "name": f"Service {number}", "organisation": body, **usual, **fields}
    )
    Mailbox.objects.create(recipient=made)
    Lane.objects.bulk_create(Lane(recipient=made, name=name) for name in Lane.NAMES)
    route(made, address=address, **routed)
    agreement(made, fields=grants, **agreed)
    return made


def route(recipient: Recipient, *, address: str, adapter: str = "rest", **columns: Any) -> Route:
    """Give a recipient its next route."""
    number = Route.objects.filter(recipient=recipient).count() + 1
    made = Route.objects.create(
        recipient=recipient,
        number=number,
        adapter=adapter,
        address=address,
        digest=uuid.uuid4().hex,
        catalogue=version(),
        **columns,
    )
    recipient.route = made
    recipient.save(update_fields=["route"])
    return made


def agreement(recipient: Recipient, *, fields: Sequence[str], **columns: Any) -> Agreement:
    """Make an agreement that the newest catalogue counts, beside those it counted before."""
    newest = version()
    usual = {
        "slug": f"{recipient.slug}-{next(numbers)}",
        "number": 1,
        "organisation": recipient.organisation,
        "recipient": recipient,
        "kind": "death",
        "lawful_basis": "public_task",
        "in_force_from": dt.date(2020, 1, 1),
        "document_reference": "DSA-1",
        "catalogue": newest,
    }
    made = Agreement.objects.create(**{**usual, **columns}, fields=sorted(fields))
    count_agreements([*newest.agreements, made.pk])
    return made


def count_agreements(ids: Sequence[int]) -> CatalogueVersion:
    """Make a newest version of the catalogue that counts these agreements."""
    return CatalogueVersion.objects.create(
        digest="", applied_at=dt.datetime.now(dt.UTC), applied_by="tests", agreements=list(ids)
    )


def version() -> CatalogueVersion:
    """Give the newest version of the catalogue, made if there is none."""
    return CatalogueVersion.objects.order_by("-number").first() or count_agreements([])


def somebody_else() -> tuple[Any, Any]:
    """Give an entry and answers about somebody whom nobody reported yet: a person dies once."""
    dice = random.Random(next(numbers))  # noqa: S311 - a story, not a secret
    entry, told = copy.deepcopy(ENTRY), copy.deepcopy(TOLD)
    entry["subject"]["name"]["given"] = ["".join(dice.choices("abdeiklmnorstuv", k=9)).title()]
    entry["subject"]["born_on"] = f"{dice.randrange(1920, 1960)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
    entry["registration"]["number"] = f"NM-{dice.randrange(10**8)}"
    told["subject"]["addresses"][0]["lines"] = [
        f"{dice.randrange(2, 400)} {''.join(dice.choices('aeioklmnrst', k=8)).title()} Row"
    ]
    return entry, told


def started(*, actor: Actor = REGISTRAR, told: Any = TOLD, entry: Any = ENTRY) -> Report:
    """Start a report of a death, with its register entry unless there is none; of somebody else each time."""
    if told is TOLD and entry is ENTRY:
        entry, told = somebody_else()
    proof = reports.Proof("register-entry", entry) if entry else None
    return reports.start(actor, events.find("death"), told=told, proof=proof)


def submitted(*, actor: Actor = REGISTRAR, chosen: Sequence[str] | None = None, told: Any = TOLD) -> Report:
    """Start a report of a death and submit it."""
    report = started(actor=actor, told=told)
    reports.submit(actor, report.pk, chosen=chosen)
    report.refresh_from_db()
    return report
