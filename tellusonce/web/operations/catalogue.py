"""The catalogue's versions, what each of them changed, and what is proposed."""

from django.http import Http404, HttpRequest, HttpResponse

from tellusonce import rules
from tellusonce.catalogue import differences, versions
from tellusonce.models import CatalogueProposal, CatalogueVersion
from tellusonce.web import doors
from tellusonce.web.operations import changes, words

SHOWN = 50


@doors.page(rules.WATCH_CATALOGUE)
def listed(request: HttpRequest) -> HttpResponse:
    """List proposals and versions, the newest first."""
    proposals = list(CatalogueProposal.objects.defer("wanted", "warnings").order_by("-proposed_at")[:SHOWN])
    found = versions.newest()
    context = {
        "proposals": proposals,
        "versions": found,
        "people": words.people([*(each.proposed_by for each in proposals), *(each.applied_by for each in found)]),
        "may_change": rules.allows(doors.visitor_of(request), rules.CHANGE_CATALOGUE),
    }
    return doors.show(request, "operations/catalogue.html", context)


@doors.page(rules.WATCH_CATALOGUE)
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show what one version changed."""
    found = CatalogueVersion.objects.filter(number=number).first()
    if found is None:
        raise Http404
    before, after = versions.sides(found)
    context = {
        "version": found,
        "by": words.people([found.applied_by])[found.applied_by],
        "changes": changes.say(differences.spoken(differences.compare(before, after)), before, after),
    }
    return doors.show(request, "operations/version.html", context)
