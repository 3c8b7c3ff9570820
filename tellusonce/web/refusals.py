"""Why something cannot be done, as a page says it: what happened, and what to do now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _

from adapters.contract import Misconfigured
from identity import doubts
from identity.consents import NotInForce
from identity.invitations import UnknownInvitation
from identity.mandates import NoMandate, UnknownMandate
from identity.vault import KeyMissing
from tellusonce import confirmations, files, likenesses, proposals, reports
from tellusonce.helping import ActsForAnother
from tellusonce.rules import NotPermitted


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, a heading, and what to do now."""

    status: HTTPStatus
    heading: str
    words: str


def not_permitted() -> Refusal:
    """Their role does not reach so far."""
    words = _("Your role does not allow this. If you need it for your work, ask whoever looks after accounts.")
    return Refusal(HTTPStatus.FORBIDDEN, _("You cannot do this"), words)


def acts_for_another() -> Refusal:
    """What they want is theirs to do, and not while they act for somebody else."""
    words = _("You act on behalf of somebody else at the moment, and this is not for them. Stop acting first.")
    return Refusal(HTTPStatus.FORBIDDEN, _("Stop acting for somebody else first"), words)


def no_mandate() -> Refusal:
    """The mandate has ended, or does not go so far."""
    words = _(
        "Whoever asked for your help has not asked for this, or it has ended. Nothing was changed. "
        "If they still want your help, ask them to invite you again."
    )
    return Refusal(HTTPStatus.FORBIDDEN, _("You may not do this for them"), words)


def nothing_here() -> Refusal:
    """Nothing there, or somebody else's: not said which."""
    words = _("Check the address, or go back to the start. What you have told us is kept.")
    return Refusal(HTTPStatus.NOT_FOUND, _("There is nothing here for you"), words)


def closed() -> Refusal:
    """Too late to change it."""
    words = _("This report has been sent or has expired, so its answers can no longer be changed here.")
    return Refusal(HTTPStatus.CONFLICT, _("This can no longer be changed"), words)


def decided() -> Refusal:
    """An opinion that cannot be taken: theirs is there, or others have decided."""
    words = _("You have given your opinion, or others have decided meanwhile. Go back to the list to see what is left.")
    return Refusal(HTTPStatus.CONFLICT, _("This needs nothing more from you"), words)


def unavailable() -> Refusal:
    """Something that we need does not answer."""
    words = _("Nothing was lost, and nothing was done. Try again in a minute; what you have told us is kept.")
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, _("The service cannot do this right now"), words)


def too_large() -> Refusal:
    """More than anybody needs to say at once."""
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("This is too large"), _("Go back, and send less at a time."))


def forged() -> Refusal:
    """A form that did not come from our own page, or from one that was left open too long."""
    words = _("The page was open for too long. Go back, load it again, and send it once more.")
    return Refusal(HTTPStatus.FORBIDDEN, _("This page has expired"), words)


def not_understood() -> Refusal:
    """What a browser does not usually send."""
    words = _("Your browser sent something that we cannot read. Go back, load the page again, and try once more.")
    return Refusal(HTTPStatus.BAD_REQUEST, _("This was not understood"), words)


def not_allowed() -> Refusal:
    """Not for anybody, whatever their role."""
    return Refusal(HTTPStatus.FORBIDDEN, _("You cannot do this"), _("Go back to the start, and try from there."))


def broken() -> Refusal:
    """Nobody foresaw it."""
    words = _("This is our fault and not yours. Somebody has been told. What you have told us so far is kept.")
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, _("Something went wrong"), words)


PAGES: Mapping[type[Exception], Callable[[], Refusal]] = {
    ActsForAnother: acts_for_another,
    NotPermitted: not_permitted,
    Http404: nothing_here,
    NoMandate: no_mandate,
    UnknownInvitation: nothing_here,
    UnknownMandate: nothing_here,
    reports.UnknownReport: nothing_here,
    confirmations.UnknownDelivery: nothing_here,
    files.NoFile: nothing_here,
    Misconfigured: unavailable,
    likenesses.UnknownDoubt: nothing_here,
    proposals.UnknownProposal: nothing_here,
    doubts.DoubtFailure: decided,
    reports.NotOpen: closed,
    NotInForce: closed,
    KeyMissing: unavailable,
    OperationalError: unavailable,
    InterfaceError: unavailable,
    RequestDataTooBig: too_large,
}


def of(error: Exception) -> Refusal:
    """Give the refusal of an error that `PAGES` knows."""
    return next(make() for kind, make in PAGES.items() if isinstance(error, kind))
