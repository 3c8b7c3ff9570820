"""Who a citizen has been proved to be: the Person behind their account, and what of it may be filled in for them.

A provider's proof (names and birth date) is matched to the people we know. Only a sure match is taken, and never with
somebody who is another account's or has been reported dead: whatever is in doubt leaves a fresh person. No token is
kept, and in the account there is an id alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from identity import ledger, people, tokens
from identity.ledger import Action, Actor
from identity.matching import Answer
from identity.models import Account, Person
from identity.records import Name, Record
from identity.sessions import Visitor
from tellusonce import events, rules
from tellusonce.models import Report

JSON = Any
PURPOSE = "sign-in"
EVIDENCE = "proved-identity"


def link(account: Account, proved: tokens.Person) -> UUID:
    """Tie an account to the person whom it has been proved to be, and keep their name as it was proved last."""
    actor, record = Actor(f"account:{account.pk}"), _record(proved)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=account.pk)
        if account.person_id is None:
            account.person_id = _known(actor, record) or people.create(actor, record=record, purpose=PURPOSE)
            account.save(update_fields=["person"])
            ledger.record(actor, action=Action.ACCOUNT_IDENTIFIED, about=actor.name, on=people.about(account.person_id))
        _renew(actor, account.person_id, record)
    return account.person_id


def own(visitor: Visitor, kind: events.Kind) -> dict[str, JSON]:
    """Give what may be filled in of a report, as a part of its answers: the visitor's own name and birth date.

    Nothing where they have not proved who they are in this visit, work for an organisation or act for somebody else,
    or the kind does not ask it.
    """
    person = _of(visitor)
    if person is None:
        return {}
    record = people.read(visitor, person=person, purpose=kind.name, on=PURPOSE)
    name = record.names[0]
    part = {"name": {"given": list(name.given), "family": name.family}, "born_on": record.born_on}
    asked = {path.split(".")[1] for path in events.vocabulary(kind) if path.startswith(f"{kind.teller}.")}
    fitting = {field: value for field, value in part.items() if field in asked and value}
    return {kind.teller: fitting} if fitting else {}


def _of(visitor: Visitor) -> UUID | None:
    acts_for_another = visitor.organisation or visitor.acts_for or visitor.on_behalf_of
    if visitor.account is None or acts_for_another or visitor.confidence not in rules.PROVED:
        return None
    return Account.objects.values_list("person", flat=True).get(pk=visitor.account)


def _known(actor: Actor, record: Record) -> UUID | None:
    match = people.find(actor, record=record, purpose=PURPOSE).match
    if match.answer is not Answer.SAME or match.person is None:
        return None
    same = Person.objects.filter(Q(pk=match.person) | Q(merged_into=match.person))
    is_another_s = Account.objects.filter(person__in=same).exists()
    is_dead = Report.objects.filter(kind="death", subject__in=same.values("pk")).exists()
    return None if is_another_s or is_dead else match.person


def _renew(actor: Actor, person: UUID, record: Record) -> None:
    """Have the proved name stand first; names that were usual before become former ones."""
    known = people.read(actor, person=person, purpose=PURPOSE)
    if known.names[: len(record.names)] == record.names and known.born_on == record.born_on:
        return

    def renewed(before: Record) -> Record:
        others = [_former(each) for each in before.names if each not in record.names]
        return before.model_copy(update={"names": (*record.names, *others), "born_on": record.born_on})

    people.change(actor, person=person, by=renewed, purpose=PURPOSE)


def _former(name: Name) -> Name:
    return name.model_copy(update={"use": "former"}) if name.use == "usual" else name


def _record(proved: tokens.Person) -> Record:
    """Make a record of a core identity: the name that is in use first (GOV.UK One Login, `validUntil`)."""
    names = sorted(proved.names, key=lambda each: bool(each.get("validUntil")))
    return Record(names=tuple(map(_name, names)), born_on=proved.born_on)


def _name(said: Mapping[str, JSON]) -> Name:
    """Read one name; somebody with one name only has it as family name."""
    given, family = _parts(said, "GivenName"), _parts(said, "FamilyName")
    if not family:
        given, family = given[:-1], given[-1:]
    return Name(use="former" if said.get("validUntil") else "usual", given=tuple(given), family=" ".join(family))


def _parts(said: Mapping[str, JSON], kind: str) -> Sequence[str]:
    return [str(part["value"]) for part in said["nameParts"] if part.get("type") == kind]
