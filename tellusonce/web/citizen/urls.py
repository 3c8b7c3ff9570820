"""Where the pages of citizens are."""

from django.urls import URLPattern, path

from tellusonce.web.citizen import (
    choosing,
    disclosing,
    following,
    helpers,
    helping,
    invited,
    looking,
    opening,
    starting,
    telling,
)

urlpatterns: list[URLPattern] = [
    path("open", opening.by_reference, name="open"),
    path("reports", starting.own, name="own-reports"),
    path("reports/start", starting.begin, name="begin"),
    path("reports/<uuid:report_id>", opening.report, name="report"),
    path("reports/<uuid:report_id>/let-go", starting.let_go, name="let-go"),
    path("reports/<uuid:report_id>/later", opening.later, name="later"),
    path("reports/<uuid:report_id>/answers", telling.check, name="answers"),
    path("reports/<uuid:report_id>/answers/<slug:name>", telling.ask, name="answer"),
    path("reports/<uuid:report_id>/recipients", choosing.choose, name="recipients"),
    path("reports/<uuid:report_id>/submission", choosing.submit, name="submit"),
    path("reports/<uuid:report_id>/sent", following.sent, name="sent"),
    path("reports/<uuid:report_id>/follow", following.follow, name="follow"),
    path("reports/<uuid:report_id>/follow/<uuid:delivery_id>", disclosing.one, name="told"),
    path("reports/<uuid:report_id>/follow/<uuid:delivery_id>/withdraw", disclosing.withdraw, name="withdraw"),
    path("reports/<uuid:report_id>/receipts", disclosing.receipts, name="own-receipts"),
    path("reports/<uuid:report_id>/looks", looking.looks, name="looks"),
    path("reports/<uuid:report_id>/helpers", helpers.given, name="helpers"),
    path("reports/<uuid:report_id>/helpers/invite", helpers.invite, name="invite-helper"),
    path("reports/<uuid:report_id>/helpers/<uuid:mandate_id>/end", helpers.end, name="end-mandate"),
    path(
        "reports/<uuid:report_id>/invitations/<uuid:invitation_id>/take-back",
        helpers.take_back,
        name="take-back-invitation",
    ),
    path("invitation", invited.enter, name="invitation"),
    path("invitation/answer", invited.answer, name="answer-invitation"),
    path("invitation/declined", invited.declined, name="invitation-declined"),
    path("helping", helping.held, name="helping"),
    path("helping/code", helping.accept, name="help-code"),
    path("helping/act", helping.act, name="act"),
    path("helping/<uuid:mandate_id>/lay-down", helping.lay_down, name="lay-down"),
]
