"""Who may do what, to what: every view and every operation of the interface names one of these rules.

A rule says which roles may do it and whose things they may do it to; a client of another body's needs the rule's scope
instead. Roles are held for an organisation; a citizen may see what they have opened, and a helper do what a mandate
names, purpose by purpose. The table in docs/roles.md is made from this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q

from identity.ledger import Actor
from identity.models import Role
from identity.sessions import Visitor
from tellusonce.models import KeptReport

View = TypeVar("View", bound=Callable[..., Any])


class Whose(StrEnum):
    """To whose things a rule applies, for one role."""

    THEIR_ORGANISATION = "of their organisation"
    THEIR_REPORTS = "what they have opened"
    THEIR_MANDATE = "what their mandate names"
    THEIR_OWN = "their own"
    THEIR_OWN_PROVED = "their own, once proved who they are"
    WAITS_FOR_THEM = "of anybody who tells them its reference, while it waits for a register"
    THEIR_PART = "of their organisation, or of all"
    ALL = "of all, with a role for the whole service"


class Purpose(StrEnum):
    """What an informant can let a helper do with their report.

    `PRIVATE` is not chosen: it goes with every invitation of an informant who may see what is private themselves.
    """

    FOLLOW = "follow"
    ANSWER = "answer"
    CONSENT = "consent"
    PRIVATE = "private"


class NotPermitted(Exception):
    """Somebody is signed in, and their role does not allow it; the message is fit for them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be done: by which roles and to whose things, and with which scope by a client.

    `purpose` is what a mandate has to name, for whoever acts for an informant to do it.
    """

    name: str
    roles: Mapping[Role, Whose] = field(default_factory=dict)
    scope: str = ""
    purpose: Purpose | None = None
    is_for_anyone: bool = False


PROVED = frozenset({"P2", "P3"})  # levels of confidence at which a provider vouches for who somebody is
THEIRS = Whose.THEIR_ORGANISATION
STAFF_WHO_TELL = {Role.REGISTRAR: THEIRS, Role.ADVISER: THEIRS}
WHO_TELL = {**STAFF_WHO_TELL, Role.CITIZEN: Whose.THEIR_REPORTS, Role.HELPER: Whose.THEIR_MANDATE}
OFFICERS = {Role.RECIPIENT_OFFICER: THEIRS}
WATCHERS = {Role.OPERATOR: Whose.THEIR_PART, Role.AUDITOR: Whose.THEIR_PART}
OPERATORS = {Role.OPERATOR: Whose.THEIR_PART}
EVERYBODY = dict.fromkeys(Role, Whose.THEIR_OWN)

# Reports
START_REPORT = Rule("start a report", {**STAFF_WHO_TELL, Role.CITIZEN: Whose.THEIR_OWN_PROVED}, "reports:start")
RECORD_EVIDENCE = Rule("record the evidence of a report", {Role.REGISTRAR: THEIRS}, "evidence:record")
RECORD_FOR_CITIZENS = Rule(
    "find what a citizen reported, compare it with the register and record its evidence",
    {Role.REGISTRAR: Whose.WAITS_FOR_THEM},
)
ANSWER_REPORT = Rule("read, answer and submit a report", WHO_TELL, "reports:answer", Purpose.ANSWER)
ANSWER_CONSENTS = Rule("give, refuse and withdraw consents", WHO_TELL, "reports:answer", Purpose.CONSENT)
FOLLOW_REPORT = Rule("follow a report", {**WHO_TELL, Role.AUDITOR: THEIRS}, "reports:read", Purpose.FOLLOW)

ANSWER_INVITATION = Rule("answer an invitation to tell for oneself", {Role.CITIZEN: Whose.THEIR_OWN_PROVED})
KEEP_REPORTS = Rule("keep reports under one's account, and let go of them", {Role.CITIZEN: Whose.THEIR_OWN})

# Mandates
GIVE_MANDATES = Rule("let a helper act, and end it", {Role.CITIZEN: Whose.THEIR_REPORTS})
HOLD_MANDATES = Rule(
    "accept, see and lay down mandates",
    {Role.ADVISER: THEIRS, Role.CITIZEN: Whose.THEIR_OWN, Role.HELPER: Whose.THEIR_OWN},
    "reports:read",
)

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
POLL_EVENTS = Rule("fetch and acknowledge a recipient's security events", OFFICERS, "events:poll")
SEE_DELIVERY = Rule("see where a delivery stands", {**OFFICERS, Role.AUDITOR: THEIRS}, "deliveries:read")
CONFIRM_DELIVERY = Rule("say what was done about a delivery", OFFICERS, "confirmations:write")
FOLLOW_LINK = Rule("see and answer one message, with the link that was sent to its recipient", is_for_anyone=True)

# Operations
WATCH_MAILBOXES = Rule("see recipients' mailboxes, and what stops them", WATCHERS)
OPERATE_MAILBOXES = Rule("pause and resume sending to a recipient", OPERATORS)
WATCH_FAILURES = Rule("see failed deliveries, with what was tried", WATCHERS)
REPLAY_DELIVERIES = Rule("put failed deliveries back", OPERATORS)
SEE_DUPLICATES = Rule(
    "see which reports may be of one person, and nothing about either",
    {Role.REGISTRAR: THEIRS, **dict.fromkeys(WATCHERS, Whose.ALL)},
)
DECIDE_DUPLICATES = Rule(
    "compare two reports and say whether they are of one person", {Role.REGISTRAR: THEIRS, Role.OPERATOR: Whose.ALL}
)
WATCH_CATALOGUE = Rule("see the versions of the catalogue, and what is proposed", dict.fromkeys(WATCHERS, Whose.ALL))
CHANGE_CATALOGUE = Rule(
    "propose a version of the catalogue, and approve or refuse what others propose", {Role.OPERATOR: Whose.ALL}
)
OPERATE_EVERYTHING = Rule("pause and resume sending as a whole", {Role.OPERATOR: Whose.ALL})

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


def check(visitor: Visitor, rule: Rule) -> None:
    """Raise NotPermitted unless one of the visitor's roles may do it."""
    if not allows(visitor, rule):
        may = " or ".join(sorted(role.label.lower() for role in rule.roles))
        raise NotPermitted(f"To {rule.name} takes the role of {may}, which this account does not hold here.")


def allows(visitor: Visitor, rule: Rule) -> bool:
    """Say whether one of the visitor's roles may do it, held as widely and proved as well as it has to be."""
    return rule.is_for_anyone or any(_holds(visitor, role, whose) for role, whose in rule.roles.items())


def _holds(visitor: Visitor, role: Role, whose: Whose) -> bool:
    if whose is Whose.THEIR_OWN_PROVED and visitor.confidence not in PROVED:
        return False
    return role in (visitor.everywhere if whose is Whose.ALL else visitor.roles)


def with_scopes(visitor: Visitor) -> Visitor:
    """Give the visitor with the scopes that clients would need for what their roles allow."""
    scopes = {rule.scope for rule in every() if allows(visitor, rule)}
    return replace(visitor, scopes=frozenset(scopes - {""}))


def informant_of(report: UUID) -> str:
    """Name the informant of a report, as consents and mandates do."""
    return f"report:{report}"


def report_of(informant: str) -> UUID:
    """Give the report whose informant a mandate or a consent names."""
    return UUID(informant.removeprefix("report:"))


def opened_by(visitor: Visitor) -> frozenset[UUID]:
    """Give the reports whose informant a visitor is: those they opened in this visit, and those their account keeps."""
    if visitor.account is None:
        return visitor.reports
    kept = KeptReport.objects.filter(account=visitor.account).values_list("report", flat=True)
    return visitor.reports | frozenset(kept)


def reports_of(actor: Actor) -> Q:
    """Which reports somebody may see at all: a filter, so that what is not theirs is not there."""
    if actor.on_behalf_of:
        return Q(pk=report_of(actor.on_behalf_of))
    if isinstance(actor, Visitor) and not actor.organisation:
        kept = KeptReport.objects.filter(account=actor.account) if actor.account else KeptReport.objects.none()
        return Q(pk__in=actor.reports) | Q(pk__in=kept.values("report"))
    return Q(organisation=actor.organisation) if actor.organisation else Q(pk__in=())


def is_of_all(visitor: Visitor, rule: Rule) -> bool:
    """Whether somebody holds one of the rule's roles for the service as a whole, and not for one organisation."""
    return bool(visitor.everywhere & set(rule.roles))


def recipients_of(visitor: Visitor, rule: Rule) -> Q:
    """Which recipients a rule of operations lets somebody see or touch: those of their organisation, or all."""
    return Q() if is_of_all(visitor, rule) else Q(organisation__slug=visitor.organisation)


def deliveries_of(visitor: Visitor, rule: Rule) -> Q:
    """Which deliveries a rule of operations lets somebody see or touch: those to their organisation, or all."""
    return Q() if is_of_all(visitor, rule) else Q(recipient__organisation__slug=visitor.organisation)


def knows_by_reference_alone(actor: Actor) -> bool:
    """Whether somebody has shown no more than what a letter says: what is private is not theirs to read.

    An account shows no more, unless its holder was proved to be who they are. A helper may read what whoever invited
    them may: otherwise anybody with a letter could invite themselves, and read on as their own helper.
    """
    if actor.on_behalf_of:
        return Purpose.PRIVATE not in actor.purposes
    if not isinstance(actor, Visitor) or actor.organisation:
        return False
    return actor.confidence not in PROVED
