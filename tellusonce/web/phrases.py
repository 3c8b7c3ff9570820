"""Codes in words, for pages: why we may tell, why we did not, what a recipient says it did."""

import datetime as dt
from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.models import Role
from tellusonce import accesses, events, wording
from tellusonce.adults import State
from tellusonce.events import faults, vocabularies
from tellusonce.events.own import Own
from tellusonce.rules import Purpose

# UK GDPR, article 6(1).
BASES: Mapping[str, Promise | str] = {
    "consent": _("Only if you agree"),
    "contract": _("It is needed for a contract"),
    "legal_obligation": _("A law says that it must be told"),
    "vital_interests": _("It is needed to protect somebody's life"),
    "public_task": _("It needs this to do its work for the public"),
    "legitimate_interests": _("It has a good reason that outweighs others"),
}
# UK GDPR, article 9(2).
CONDITIONS: Mapping[str, Promise | str] = {
    "explicit_consent": _("explicit consent"),
    "employment_and_social_security": _("law on employment and social security"),
    "vital_interests": _("protecting somebody's life"),
    "not_for_profit_body": _("a not-for-profit body's own members"),
    "made_public": _("made public already"),
    "legal_claims": _("legal claims"),
    "substantial_public_interest": _("substantial public interest"),
    "health_or_social_care": _("health or social care"),
    "public_health": _("public health"),
    "archiving_and_research": _("archiving and research"),
}
OUTCOMES: Mapping[str, Promise | str] = {
    "received": _("They have received it"),
    "matched": _("They have found the person"),
    "multiple_candidates": _("They are finding out which person is meant"),
    "manual_review": _("Somebody there is looking into it"),
    "needs_information": _("They need to know more"),
    "no_match": _("They do not know this person"),
    "acted": _("They have done what was needed"),
    "nothing_to_do": _("They found that there is nothing to do"),
    "declined": _("They say that they will not act on this"),
    "reversed": _("They have taken back what they did"),
    "reversal_refused": _("They say that they cannot take back what they did"),
    "contested": _("They have said two things that do not go together; somebody is asking them"),
}
ACTIONS: Mapping[str, Promise | str] = {
    "payment_stopped": _("Payment stopped"),
    "account_closed": _("Account closed"),
    "record_updated": _("Record updated"),
    "record_created": _("Record made"),
    "licence_cancelled": _("Licence cancelled"),
    "name_removed": _("Name taken off"),
    "overpayment_assessed": _("Worked out whether too much was paid"),
    "entitlement_reviewed": _("Entitlement looked at again"),
    "passport_cancelled": _("Passport cancelled"),
    "survivor_pension_started": _("Pension for the survivor started"),
    "bill_reissued": _("New bill sent"),
    "equipment_collected": _("Equipment collected"),
    "nothing_held": _("Nothing is held about this person"),
}

ROLES: Mapping[str, Promise | str] = {
    Role.REGISTRAR: _("registrar"),
    Role.ADVISER: _("adviser"),
    Role.RECIPIENT_OFFICER: _("officer of a service that is told"),
    Role.OPERATOR: _("operator"),
    Role.AUDITOR: _("auditor"),
    Role.CITIZEN: _("citizen"),
    Role.HELPER: _("helper"),
}
PURPOSES: Mapping[str, Promise | str] = {
    Purpose.FOLLOW: _("See how far the report has got, and who has looked at it"),
    Purpose.ANSWER: _("Answer the questions and send the report"),
    Purpose.CONSENT: _("Agree or refuse, where a service is told only if that is agreed to"),
    Purpose.PRIVATE: _("See the addresses, contacts and numbers that were given before"),
}
# What became of inviting another adult.
INVITED: Mapping[str, Promise | str] = {
    State.INVITED: _("Invited"),
    State.ACCEPTED: _("Accepted"),
    State.DECLINED: _("Declined"),
    State.LAPSED: _("Not answered in time"),
    State.UNSENT: _("Could not be invited"),
}
# What a receipt of a consent calls what was answered, and who has to do with it.
ACTS: Mapping[str, Promise | str] = {
    "given": _("Yes, they may be told"),
    "refused": _("No, they may not be told"),
    "withdrawn": _("The yes was taken back"),
}
PARTIES: Mapping[str, Promise | str] = {"recipient": _("Who is told"), "pii_controller": _("Who answers for it")}


def last_of(end: dt.datetime) -> dt.datetime:
    """Give the last moment before an end, so that what ends at midnight is said to last until the day before."""
    return end - dt.timedelta(seconds=1)


def reason_in_words(reason: str) -> str:
    """Say why somebody is not told; nothing where there is no reason."""
    known = wording.explain(reason)
    return gettext(known) if known else ""


def action(code: str) -> str:
    """Say what was done."""
    return str(ACTIONS[code])


def elsewhere() -> Iterator[str]:
    """Give what pages look up in the reader's language that is written as data elsewhere: kinds, faults, reasons."""
    for kind in events.kinds().values():
        yield from (kind.title, kind.called)
        if kind.introduction is not None:
            yield from (kind.introduction.happened, kind.introduction.words, *kind.introduction.needed)
        for outsider in kind.outsiders:
            yield from (outsider.who, outsider.advice)
        for field in vocabularies.fields(kind.model).values():
            yield from (field.words, field.whose)
            yield from (choice.replace("-", " ").capitalize() for choice in field.choices)
        for page in kind.pages:
            yield from (page.question, page.section, page.hint, page.entry, *page.labels.values(), *page.hints.values())
    yield from (field.words for field in vocabularies.fields(Own).values())
    yield from faults.TEMPLATES
    yield from accesses.IN_WORDS.values()
    yield from wording.BY_REASON.values()
    yield from (wording.FAILED, wording.UNKNOWN)
