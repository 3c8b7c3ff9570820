"""The way to what each role works with, at the head of every page: one list for all, cut down to what is theirs."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from identity.models import Role
from identity.sessions import Visitor
from tellusonce import rules
from tellusonce.rules import Rule

# The page's name, its words, and the rule that opens it; in the order in which they stand.
ENTRIES: tuple[tuple[str, object, Rule], ...] = (
    ("inbox", _("Inbox"), rules.SEE_DELIVERY),
    ("mailboxes", _("Mailboxes"), rules.WATCH_MAILBOXES),
    ("flow", _("Flow"), rules.WATCH_MAILBOXES),
    ("failures", _("Failed deliveries"), rules.WATCH_FAILURES),
    ("catalogue", _("Catalogue"), rules.WATCH_CATALOGUE),
    ("registrar", _("Today"), rules.REGISTER),
    ("registrar-search", _("Search"), rules.REGISTER),
    ("registrar-import", _("Import"), rules.IMPORT_REGISTRATIONS),
    ("duplicates", _("Possible duplicates"), rules.SEE_DUPLICATES),
    ("adviser", _("Advising"), rules.TELL_FOR_OTHERS),
    ("adviser-search", _("Search for a report"), rules.TELL_FOR_OTHERS),
)
# What somebody has of their own, after what they work with.
OWN: tuple[tuple[str, object, Rule], ...] = (
    ("own-reports", _("Your reports"), rules.KEEP_REPORTS),
    ("helping", _("Helping others"), rules.HOLD_MANDATES),
    ("account", _("Your account"), rules.KEEP_VISIT),
    ("sign-out", _("Sign out"), rules.KEEP_VISIT),
)


def home(visitor: Visitor) -> str:
    """Give where somebody goes who has signed in: what they work with, the one report they opened, or their own."""
    for name, _words, rule in ENTRIES:
        if _is_open(visitor, rule):
            return reverse(name)
    if len(visitor.reports) == 1:
        return reverse("report", kwargs={"report_id": next(iter(visitor.reports))})
    return reverse(next(name for name, _words, rule in OWN if _is_open(visitor, rule)))


def entries(request: HttpRequest) -> list[dict[str, object]]:
    """Give what belongs into the head of the page, as the Design System's component takes it."""
    visitor: Visitor | None = getattr(request, "visitor", None)
    theirs = {
        reverse(name): str(words)
        for name, words, rule in (*ENTRIES, *OWN)
        if visitor is not None and _is_open(visitor, rule)
    }
    nearest = max((where for where in theirs if f"{request.path}/".startswith(f"{where}/")), key=len, default="")
    return [
        {"href": where, "text": text, "current": where == request.path, "active": where == nearest}
        for where, text in theirs.items()
    ]


def _is_open(visitor: Visitor, rule: Rule) -> bool:
    """Whether a page opens to somebody now: one who acts for another has to stop before they work for themselves."""
    return rules.allows(visitor, rule) and (visitor.acts_for is None or Role.HELPER in rule.roles)
