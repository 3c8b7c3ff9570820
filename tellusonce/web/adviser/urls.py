"""Where the pages of advisers are."""

from django.urls import URLPattern, path

from tellusonce.web.adviser import desk, enquiring, telling
from tellusonce.web.registrar import reports, searching

ROOM = {"room": "adviser"}

urlpatterns: list[URLPattern] = [
    path("adviser", desk.begin, name="adviser"),
    path("adviser/search", searching.search, ROOM, name="adviser-search"),
    path("adviser/reports/<uuid:report_id>", reports.report, ROOM, name="adviser-report"),
    path("adviser/reports/<uuid:report_id>/answers", telling.tell, name="adviser-answers"),
    path("adviser/reports/<uuid:report_id>/enquiries", enquiring.log, name="adviser-enquiry"),
]
