"""Two councils with everything that pages can be about, and somebody of each sort at each; no value is in both."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from identity import invitations, mandates
from identity.ledger import Actor
from identity.mandates import Terms
from identity.models import Invitation, Mandate, Role
from tellusonce import clocks, events, reports, rules
from tellusonce.models import Delivery, KeptReport, Report
from tests import canaries, factories
from tests.web.citizens import Citizen
from tests.web.desks import Desk
from tests.web.informants import Informant

HERE, THERE = "northmoor", "southmoor"
DEATH = events.find("death")
INFORMANT = Actor("informant")
PURPOSES = ("answer", "consent", "follow", "private")


@dataclass(frozen=True, slots=True)
class Side:
    """One council: a report that is being told, one that was sent, what hangs on them, and all their canaries.

    `places` names its own as addresses do.
    """

    organisation: str
    started: Report
    sent: Report
    places: Mapping[str, Any]
    birds: frozenset[str] = field(repr=False)

    def names(self) -> dict[str, str]:
        """Give all that names something of this council's in an address or a form."""
        reports_ = {"started": self.started.pk, "reference": self.sent.reference, "begun": self.started.reference}
        return {name: str(value) for name, value in {**self.places, **reports_}.items()}

    def state(self) -> list[str]:
        """Give what nobody of another council may change."""
        reports_ = Report.objects.filter(pk__in=[self.started.pk, self.sent.pk]).values_list(
            "pk", "state", "expires_at"
        )
        deliveries = Delivery.objects.filter(report=self.sent).values_list("pk", "state", "outcome", "tries")
        mandates_ = Mandate.objects.filter(person=rules.informant_of(self.started.pk), ending=None).values_list("pk")
        open_ = Invitation.objects.filter(pk=self.places["invitation_id"]).values_list("closed_at")
        return sorted(map(str, [*reports_, *deliveries, *mandates_, *open_]))


def build() -> tuple[Side, Side]:
    """Make both."""
    leaves = sorted(events.vocabulary(DEATH))
    for organisation in (HERE, THERE):
        theirs: dict[str, Any] = {"organisation": organisation, "grants": leaves}
        factories.recipient(f"{organisation}-libraries", route={"adapter": "inbox"}, **theirs)
        factories.recipient(f"{organisation}-tax", **theirs)
    return _side(HERE, ("1931-02-03", "1935-05-06")), _side(THERE, ("1944-11-12", "1949-09-10"))


def _side(organisation: str, born: tuple[str, str]) -> Side:
    clerk = Actor("registrar", organisation=organisation)
    told = [_told(each) for each in born]
    started, sent = (canaries.started(DEATH, each, actor=clerk) for each in told)
    inbox, failing = f"{organisation}-libraries", f"{organisation}-tax"
    reports.submit(clerk, sent.pk, chosen=[inbox, failing])
    sent.refresh_from_db()
    failed = sent.deliveries.filter(recipient__slug=failing)
    failed.update(state="failed", reason="http-422", due_at=None, tries=1)
    birds = {word for each in told for word in canaries.words(each) if "anary" in word}
    owed = sent.deliveries.get(recipient__slug=inbox)
    places = {"report_id": sent.pk, "delivery_id": owed.pk, "slug": failing, **_helping(started)}
    return Side(organisation, started, sent, places, frozenset(birds))


def _told(born: str) -> dict[str, Any]:
    told = canaries.told_of(DEATH)
    del told["subject"]["identifiers"]  # what has a form of its own is the same for everybody
    told["subject"]["born_on"] = born
    return told


def _helping(report: Report) -> dict[str, Any]:
    now, whose = clocks.now(), rules.informant_of(report.pk)
    until = now + dt.timedelta(days=30)
    given = mandates.grant(INFORMANT, Terms(whose, "account:nobody", PURPOSES, until), at=now)
    made, _ = invitations.make(INFORMANT, whose, purposes=frozenset(PURPOSES), until=until, at=now)
    return {"mandate_id": given.pk, "invitation_id": made.pk}


def _staff(role: Role) -> Callable[[Side], Client]:
    return lambda side: Desk(role, side.organisation).client


def _citizen(side: Side) -> Client:
    citizen = Citizen(f"informant-{side.organisation}")
    for each in (side.started, side.sent):
        KeptReport.objects.create(account=citizen.account, report=each, kept_at=clocks.now())
    return citizen.client


def _helper(side: Side) -> Client:
    helper = Citizen(f"helper-{side.organisation}", confidence="")
    terms = Terms(rules.informant_of(side.started.pk), helper.name, PURPOSES, clocks.now() + dt.timedelta(days=30))
    mandates.grant(INFORMANT, terms, at=clocks.now())
    session = helper.client.session
    session["acts_for"] = str(side.started.pk)
    session.save()
    return helper.client


# Whoever visits the pages, each with a browser of their own.
VISITORS: Mapping[str, Callable[[Side], Client]] = {
    "anonymous": lambda _side: Client(),
    "letter": lambda side: Informant(side.started).client,
    "citizen": _citizen,
    "helper": _helper,
    **{str(role): _staff(role) for role in (Role.REGISTRAR, Role.ADVISER, Role.RECIPIENT_OFFICER)},
    **{str(role): _staff(role) for role in (Role.OPERATOR, Role.AUDITOR)},
    "operator of all": lambda _side: Desk(Role.OPERATOR, "").client,
}
# Who must not read what people told, not even their own council's, but to decide whether two of them are one.
NOT_TO_READ = {"anonymous", "operator", "auditor", "operator of all"}
TO_DECIDE = ("operator of all", "/operations/duplicates/")
