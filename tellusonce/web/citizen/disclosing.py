"""One recipient a page: what happened, word by word what it was told, and taking back the permission to tell it."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from identity import consents
from tellusonce import contents, permissions, reports, rules, withdrawals
from tellusonce.contents import Content
from tellusonce.models import Delivery
from tellusonce.notices import occasions
from tellusonce.web import doors, parcels, phrases
from tellusonce.web.journeys import tellings


@doors.page(rules.ANSWER_REPORT)
def one(request: HttpRequest, report_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Show what one recipient was told, or is to be told, and what became of it."""
    content = contents.of_recipient(doors.actor(request), report_id, delivery_id)
    agreement = content.delivery.agreement
    (parcel,) = parcels.of(content.standings)
    context = {
        "report": content.delivery.report,
        "parcel": parcel,
        "content": content,
        "sections": tellings.sections(content.kind, content.told),
        "is_withheld": content.delivery.state == Delivery.State.WITHHELD and not content.delivery.may_have_been_told,
        "basis": phrases.BASES[agreement.lawful_basis] if agreement else "",
        "may_withdraw": _may_withdraw(request, content),
    }
    return doors.show(request, "citizen/recipient.html", context)


def _may_withdraw(request: HttpRequest, content: Content) -> bool:
    informant, slug = rules.informant_of(content.delivery.report_id), content.delivery.recipient.slug
    is_given = consents.in_force(informant, purpose=permissions.PURPOSE, audience=slug)
    return is_given and permissions.may_answer(doors.actor(request))


@doors.page(rules.ANSWER_CONSENTS)
def withdraw(request: HttpRequest, report_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Ask whether a permission is to be taken back, and take it back."""
    actor = doors.actor(request)
    report = reports.find(actor, report_id)
    delivery = report.deliveries.select_related("recipient").filter(pk=delivery_id).first()
    if delivery is None:
        raise reports.UnknownReport
    if request.method != "POST":
        return doors.show(request, "citizen/withdraw.html", {"report": report, "delivery": delivery})
    with transaction.atomic():
        withdrawals.withdraw(actor, report_id, delivery.recipient.slug)
        occasions.send_receipts(report, permissions.history(report))
    return doors.go("told", report_id=report_id, delivery_id=delivery_id)


@doors.page(rules.FOLLOW_REPORT)
def receipts(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show what was agreed to, refused and taken back, with the receipt of each."""
    report = reports.find(doors.actor(request), report_id)
    names = {each.recipient.slug: each.recipient.name for each in report.deliveries.select_related("recipient")}
    acts = [
        (each.at, names.get(each.audience, each.audience), phrases.ACTS[each.act], each.receipt)
        for each in permissions.history(report)
    ]
    return doors.show(request, "citizen/agreed.html", {"report": report, "acts": acts})
