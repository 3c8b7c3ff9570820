"""Where the pages of operators are."""

from django.urls import URLPattern, path

from tellusonce.web.operations import catalogue, duplicates, failures, flow, mailboxes, pauses, proposals, replays

urlpatterns: list[URLPattern] = [
    path("operations/flow", flow.flow, name="flow"),
    path("operations/mailboxes", mailboxes.listed, name="mailboxes"),
    path("operations/mailboxes/<slug:slug>", mailboxes.mailbox, name="mailbox"),
    path("operations/mailboxes/<slug:slug>/switch", mailboxes.switch, name="mailbox-switch"),
    path("operations/pauses", pauses.switch_all, name="pauses"),
    path("operations/failures", failures.listed, name="failures"),
    path("operations/failures/<uuid:delivery_id>", failures.failure, name="failure"),
    path("operations/replays", replays.replay, name="replays"),
    path("operations/catalogue", catalogue.listed, name="catalogue"),
    path("operations/catalogue/versions/<int:number>", catalogue.version, name="catalogue-version"),
    path("operations/catalogue/propose", proposals.propose, name="propose"),
    path("operations/catalogue/proposals/<uuid:proposal_id>", proposals.proposal, name="proposal"),
    path("operations/catalogue/proposals/<uuid:proposal_id>/decide", proposals.decide, name="proposal-decide"),
    path("operations/duplicates", duplicates.listed, name="duplicates"),
    path("operations/duplicates/<uuid:doubt_id>", duplicates.duplicate, name="duplicate"),
]
