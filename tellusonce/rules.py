"""Who may do what, to what: every view and every operation of the interface names one of these rules.

A rule says which roles may do it and whose things they may do it to; a client of another body's needs the rule's scope
instead. Roles are held for an organisation; what a citizen or a helper may see is what they have opened. The table in
docs/roles.md is made from this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import Q

from identity.ledger import Actor
from identity.models import Role
from identity.sessions import Visitor

View = TypeVar("View", bound=Callable[..., Any])


class Whose(StrEnum):
    """To whose things a rule applies, for one role."""

    THEIR_ORGANISATION = "of their organisation"
    THEIR_REPORTS = "what they have opened"
    THEIR_OWN = "their own"


class NotPermitted(Exception):
    """Somebody is signed in, and their role does not allow it; the message is fit for them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be done: by which roles and to whose things, and with which scope by a client."""

    name: str
    roles: Mapping[Role, Whose] = field(default_factory=dict)
    scope: str = ""
    is_for_anyone: bool = False


THEIRS = Whose.THEIR_ORGANISATION
STAFF_WHO_TELL = {Role.REGISTRAR: THEIRS, Role.ADVISER: THEIRS}
WHO_TELL = {**STAFF_WHO_TELL, Role.CITIZEN: Whose.THEIR_REPORTS, Role.HELPER: Whose.THEIR_REPORTS}
OFFICERS = {Role.RECIPIENT_OFFICER: THEIRS}
EVERYBODY = dict.fromkeys(Role, Whose.THEIR_OWN)

# Reports
START_REPORT = Rule("start a report", STAFF_WHO_TELL, "reports:start")
RECORD_EVIDENCE = Rule("record the evidence of a report", {Role.REGISTRAR: THEIRS}, "evidence:record")
ANSWER_REPORT = Rule("read, answer and submit a report", WHO_TELL, "reports:answer")
FOLLOW_REPORT = Rule("follow a report", {**WHO_TELL, Role.AUDITOR: THEIRS}, "reports:read")

# The desks of registrars and advisers
REGISTER = Rule("register what happened, with its entry", {Role.REGISTRAR: THEIRS})
IMPORT_REGISTRATIONS = Rule("import a register's extract", {Role.REGISTRAR: THEIRS})
SEE_DESK = Rule("see what was started today, and one report with its evidence", STAFF_WHO_TELL)
SEARCH_REPORTS = Rule("search for reports, with a reason", STAFF_WHO_TELL)
HAND_OVER = Rule("hand over a reference", STAFF_WHO_TELL)
TELL_FOR_OTHERS = Rule("start a report for somebody on the telephone", {Role.ADVISER: THEIRS})
LOG_ENQUIRY = Rule("note who got in touch, and why", STAFF_WHO_TELL)

# Recipients
FETCH_INBOX = Rule("fetch what is addressed to a recipient", OFFICERS, "inbox:read")
SEE_DELIVERY = Rule("see where a delivery stands", {**OFFICERS, Role.AUDITOR: THEIRS}, "deliveries:read")
CONFIRM_DELIVERY = Rule("say what was done about a delivery", OFFICERS, "confirmations:write")

# One's own visit
SIGN_IN = Rule("sign in", is_for_anyone=True)
KEEP_VISIT = Rule("see, extend and end one's visits", EVERYBODY)
KEEP_ACCOUNT = Rule("keep one's password", {role: Whose.THEIR_OWN for role in Role if role != Role.CITIZEN})

# What is open
READ_PUBLISHED = Rule("read what is published", is_for_anyone=True)
USE_CLIENT = Rule("sign in to one's organisation's own system", {**STAFF_WHO_TELL, **OFFICERS})
GET_TOKEN = Rule("get a token with a client's secret or key", is_for_anyone=True)
SAY_WHAT_BECAME = Rule("say what became of a notice, with the token of whoever sends them", is_for_anyone=True)
SEE_SIGNS_OF_LIFE = Rule("see signs of life", is_for_anyone=True)
SIGN_IN_FOR_DEVELOPMENT = Rule("be anybody, on a developer's own machine", is_for_anyone=True)


def named(rule: Rule) -> Callable[[View], View]:
    """Name the rule that a view goes by; the view itself, or the door it stands behind, holds to it."""

    def mark(view: View) -> View:
        view.rule = rule  # type: ignore[attr-defined]  # functions may carry what they like
        return view

    return mark


def every() -> tuple[Rule, ...]:
    """Give every rule, in the order in which they stand here."""
    return tuple(each for each in globals().values() if isinstance(each, Rule))


def allows(visitor: Visitor, rule: Rule) -> bool:
    """Say whether one of the visitor's roles may do it."""
    return rule.is_for_anyone or bool(visitor.roles & set(rule.roles))


def check(visitor: Visitor, rule: Rule) -> None:
    """Raise NotPermitted unless one of the visitor's roles may do it."""
    if not allows(visitor, rule):
        may = " or ".join(sorted(role.label.lower() for role in rule.roles))
        raise NotPermitted(f"To {rule.name} takes the role of {may}, which this account does not hold here.")


def with_scopes(visitor: Visitor) -> Visitor:
    """Give the visitor with the scopes that clients would need for what their roles allow."""
    scopes = {rule.scope for rule in every() if visitor.roles & set(rule.roles)}
    return replace(visitor, scopes=frozenset(scopes - {""}))


def reports_of(actor: Actor) -> Q:
    """Which reports somebody may see at all: a filter, so that what is not theirs is not there."""
    if isinstance(actor, Visitor) and not actor.organisation:
        return Q(pk__in=actor.reports)
    return Q(organisation=actor.organisation)


def knows_by_reference_alone(actor: Actor) -> bool:
    """Whether somebody has shown no more than what a letter says: what is private is not theirs to read."""
    return isinstance(actor, Visitor) and actor.account is None
