"""Consents: a living person's own permission for one purpose and one audience; given, refused, withdrawn.

Acts are added and never changed, and the newest counts; each comes with a signed receipt. Records are shaped as
ISO/IEC TS 27560:2023 has them (consent record information structure, section 6).
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from identity import ledger, receipts, wordings
from identity.ledger import Action, Actor
from identity.models import Consent
from identity.wordings import Wording

JSON = Any
Act = Consent.Act
SCHEMA = "ISO/IEC TS 27560:2023"
ACTIONS = {
    Act.GIVEN: Action.CONSENT_GIVEN,
    Act.REFUSED: Action.CONSENT_REFUSED,
    Act.WITHDRAWN: Action.CONSENT_WITHDRAWN,
}


class NotInForce(ValueError):
    """There is nothing to withdraw: no consent was given, or it was withdrawn already."""

    def __init__(self) -> None:
        super().__init__("There is no consent in force that could be withdrawn.")


class InForce(ValueError):
    """A consent is in force: it is ended by withdrawing it, so that whoever relied on it is told."""

    def __init__(self) -> None:
        super().__init__("A consent is in force; withdraw it instead of refusing it.")


@dataclass(frozen=True, slots=True)
class Party:
    """A body, for the receipt: its slug, its name, and where to turn to; nothing about a living person."""

    slug: str
    name: str
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody was asked: whom to allow what, under which agreement, and in which words.

    `fields` has the title of each field path; `sensitive` names those that need the Article 9 condition.
    """

    person: str
    purpose: str
    audience: Party
    controller: Party
    agreement: str
    document_reference: str
    fields: Mapping[str, str]
    wording: str
    language: str = "en"
    sensitive: Collection[str] = ()
    article_9_condition: str = ""

    def shown(self) -> Wording:
        """Give the words that they were shown. Raises wordings.UnknownWording."""
        values = {
            "recipient": self.audience.name,
            "controller": self.controller.name,
            "contact": self.audience.contact,
            "fields": ", ".join(self.fields.values()),
        }
        return wordings.shown(self.wording, language=self.language, values=values)


def give(actor: Actor, asked: Asked, *, at: dt.datetime) -> Consent:
    """Record a yes, in the caller's transaction. Raises UnknownWording, and vault.KeyMissing where nothing can sign."""
    return _take(actor, asked, Act.GIVEN, at)


def refuse(actor: Actor, asked: Asked, *, at: dt.datetime) -> Consent:
    """Record a no, likewise. Raises InForce too."""
    return _take(actor, asked, Act.REFUSED, at)


def withdraw(actor: Actor, person: str, *, purpose: str, audience: str, at: dt.datetime) -> Consent:
    """Take back what is in force, in the caller's transaction; the receipt repeats what it was. Raises NotInForce."""
    last = _last(person, purpose, audience)
    if last is None or not may_follow(Act.WITHDRAWN, last.act):
        raise NotInForce
    record = record_of(last)
    return _add(actor, Act.WITHDRAWN, last, record, at=at)


def in_force(person: str, *, purpose: str, audience: str) -> bool:
    """Say whether this audience may rely on a consent for this purpose now."""
    return standings([person], purpose=purpose, audience=audience).get((person, audience)) == Act.GIVEN


def standings(persons: Collection[str], *, purpose: str, audience: str = "") -> dict[tuple[str, str], str]:
    """Give the newest act of each person towards each audience, or towards the one named; one query.

    Whoever was never asked, or never answered, is not in it.
    """
    acts = Consent.objects.filter(person__in=persons, purpose=purpose)
    if audience:
        acts = acts.filter(audience=audience)
    newest = acts.order_by("person", "audience", "-number").distinct("person", "audience")
    return {(person, towards): act for person, towards, act in newest.values_list("person", "audience", "act")}


def history(person: str) -> list[Consent]:
    """List all that this person gave, refused and withdrew, oldest first."""
    return list(Consent.objects.filter(person=person).order_by("at", "purpose", "audience", "number"))


def may_follow(act: str, last: str | None) -> bool:
    """Say whether an act can follow the one before it; the first follows None."""
    if act == Act.WITHDRAWN:
        return last == Act.GIVEN
    return act == Act.GIVEN or last != Act.GIVEN


def record_of(consent: Consent) -> dict[str, JSON]:
    """Read the record out of a receipt of our own; it is not verified."""
    return receipts.read(consent.receipt)


def _take(actor: Actor, asked: Asked, act: Consent.Act, at: dt.datetime) -> Consent:
    words = asked.shown()
    last = _last(asked.person, asked.purpose, asked.audience.slug)
    if not may_follow(act, last.act if last else None):
        raise InForce
    answered = Consent(
        person=asked.person,
        purpose=asked.purpose,
        audience=asked.audience.slug,
        number=last.number if last else 0,
        wording=asked.wording,
        language=asked.language,
    )
    return _add(actor, act, answered, _record(asked, words), at=at)


def _last(person: str, purpose: str, audience: str) -> Consent | None:
    """Give the newest act; whoever else would add one waits until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 27560))", [f"{person} {purpose} {audience}"])
    acts = Consent.objects.filter(person=person, purpose=purpose, audience=audience)
    return acts.order_by("-number").first()


def _add(actor: Actor, act: Consent.Act, before: Consent, record: Mapping[str, JSON], *, at: dt.datetime) -> Consent:
    """Add the act after the one before it, with its receipt and its entry in the ledger."""
    added = Consent(
        id=uuid.uuid4(),
        person=before.person,
        purpose=before.purpose,
        audience=before.audience,
        number=before.number + 1,
        act=act,
        wording=before.wording,
        language=before.language,
        taken_by=actor.name,
        at=at,
    )
    added.receipt = receipts.issue({**record, "metadata": _metadata(added), "event": _event(actor, added)})
    added.save(force_insert=True)
    ledger.record(actor, action=ACTIONS[act], about=added.person, purpose=added.purpose, on=f"consent:{added.pk}")
    return added


def _metadata(consent: Consent) -> dict[str, JSON]:
    return {
        "schema_version": SCHEMA,
        "record_id": str(consent.pk),
        "pii_principal_id": consent.person,
        "sequence": consent.number,
    }


def _event(actor: Actor, consent: Consent) -> dict[str, JSON]:
    event = {
        "event_time": consent.at.astimezone(dt.UTC).isoformat(),
        "event_type": "explicit",
        "event_state": str(consent.act),
        "entity_id": f"{actor.organisation}/{actor.name}",
    }
    return event | ({"on_behalf_of": actor.on_behalf_of} if actor.on_behalf_of else {})


def _record(asked: Asked, words: Wording) -> dict[str, JSON]:
    """Write down what was asked; what was answered is the event's to say."""
    return {
        "pii_processing": {
            "privacy_notice": {"wording": words.name, "question": words.question, "text": list(words.notice)},
            "language": words.language,
            "purposes": [_purpose(asked, words)],
        },
        "party_identification": [
            _party(asked.audience, "recipient"),
            _party(asked.controller, "pii_controller"),
        ],
    }


def _purpose(asked: Asked, words: Wording) -> dict[str, JSON]:
    condition = {"article_9_condition": asked.article_9_condition} if asked.article_9_condition else {}
    return {
        "purpose": asked.purpose,
        "lawful_basis": "consent",
        **condition,
        "pii_information": [
            {"pii_type": path, "title": title, "special_pii_category": path in asked.sensitive}
            for path, title in sorted(asked.fields.items())
        ],
        "recipient_third_parties": [asked.audience.slug],
        "pii_controllers": [asked.controller.slug],
        "agreement": {"version": asked.agreement, "document_reference": asked.document_reference},
        "jurisdiction": "GB",
        "withdrawal_method": words.withdrawal,
        "privacy_rights": list(words.rights),
    }


def _party(party: Party, role: str) -> dict[str, JSON]:
    contact = {"party_contact": party.contact} if party.contact else {}
    return {"party_id": party.slug, "party_name": party.name, "party_role": role, **contact}
