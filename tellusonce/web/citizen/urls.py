"""Where the pages of citizens are."""

from django.urls import URLPattern, path

from tellusonce.web.citizen import choosing, following, opening, starting, telling

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
]
