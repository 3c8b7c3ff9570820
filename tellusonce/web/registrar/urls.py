"""Where the pages of registrars are."""

from django.urls import URLPattern, path

from tellusonce.web.registrar import comparing, desk, handing, importing, registering, reports, searching

ROOM = {"room": "registrar"}

urlpatterns: list[URLPattern] = [
    path("registrar", desk.today, name="registrar"),
    path("registrar/register/<slug:kind>", registering.register, name="registrar-register"),
    path("registrar/search", searching.search, ROOM, name="registrar-search"),
    path("registrar/import", importing.take, name="registrar-import"),
    path("registrar/unproven", comparing.find, name="registrar-unproven"),
    path("registrar/unproven/<uuid:report_id>", comparing.compare, name="registrar-compare"),
    path("registrar/unproven/<uuid:report_id>/missed", comparing.miss, name="registrar-missed"),
    path("registrar/reports/<uuid:report_id>", reports.report, ROOM, name="registrar-report"),
    path("registrar/reports/<uuid:report_id>/evidence", reports.evidence, name="registrar-evidence"),
    path("registrar/reports/<uuid:report_id>/hand-over", handing.hand_over, name="registrar-hand-over"),
    path("registrar/reports/<uuid:report_id>/<slug:how>", handing.paper, name="registrar-paper"),
]
