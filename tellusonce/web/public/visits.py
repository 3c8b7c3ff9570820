"""One's own visit: for whom one acts, a new password, and how it ends."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from identity import accounts, entrances, sessions
from identity.accounts import Post
from identity.models import Account
from tellusonce import clocks, rules
from tellusonce.models import Organisation
from tellusonce.web import doors, phrases


@doors.page(rules.KEEP_VISIT)
def account(request: HttpRequest) -> HttpResponse:
    """Show as whom somebody is signed in, and take another of their organisations."""
    held = _posts(request)
    if request.method == "POST" and sessions.choose(request, request.POST.get("organisation", "")):
        return doors.go("home")
    faults = {"organisation": _("Choose an organisation")} if request.method == "POST" else {}
    slugs = sorted({each.organisation for each in held if each.organisation})
    names = dict(Organisation.objects.filter(slug__in=slugs).values_list("slug", "name"))
    visitor = doors.visitor_of(request)
    context = {
        "roles": sorted(str(phrases.ROLES[role]) for role in visitor.roles),
        "organisation": names.get(visitor.organisation, visitor.organisation),
        "organisations": [(slug, names.get(slug, slug)) for slug in slugs],
        "current": visitor.organisation,
        "has_password": rules.allows(visitor, rules.KEEP_ACCOUNT),
        "has_account": visitor.account is not None,
        "faults": faults,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "public/account.html", context, status=status)


def _posts(request: HttpRequest) -> list[Post]:
    """List the roles of whoever is signed in; whoever came by a reference has no account and none."""
    account_id = doors.visitor_of(request).account
    return accounts.posts(Account.objects.get(pk=account_id)) if account_id else []


@doors.page(rules.KEEP_ACCOUNT)
def new_password(request: HttpRequest) -> HttpResponse:
    """Take a new password; every visit ends, and they sign in with it."""
    if request.method != "POST":
        return _ask_password(request, {})
    old, new = request.POST.get("old", ""), request.POST.get("new", "")
    wanted = {"old": _("Enter the password that you have now"), "new": _("Enter a new password")}
    if faults := {name: words for name, words in wanted.items() if not request.POST.get(name)}:
        return _ask_password(request, faults)
    found = Account.objects.get(pk=str(doors.visitor_of(request).account))
    try:
        entrances.change_password(request, found, old=old[:200], new=new[:200], at=clocks.now())
    except entrances.NotLetIn:
        return _ask_password(request, {"old": _("After five tries no password is taken for 20 minutes")})
    except accounts.WrongPassword:
        return _ask_password(request, {"old": _("The password that you have now is another one")})
    except accounts.NotPossible as error:
        return _ask_password(request, {"new": str(error)})
    return doors.go("sign-in-staff")


def _ask_password(request: HttpRequest, faults: dict[str, str]) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return doors.show(request, "public/new-password.html", {"faults": faults}, status=status)


@doors.page(rules.SIGN_IN)
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out, here or everywhere; may be repeated."""
    visitor = request.visitor  # type: ignore[attr-defined]  # the door sets it, for nobody too
    if request.method != "POST":
        return doors.show(request, "public/sign-out.html", {"has_account": bool(visitor and visitor.account)})
    if visitor and "everywhere" in request.POST:
        sessions.end_everywhere(request)
    else:
        sessions.end(request)
    return doors.go("signed-out")


@doors.page(rules.SIGN_IN)
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say that nobody is signed in here any more."""
    return doors.show(request, "public/signed-out.html")
