"""Where the doors of a visit are, below ``/accounts/``; and those of the development sign-in."""

from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from identity import development
from tellusonce import rules
from tellusonce.visits import helpers, informants, own, providers, staff

urlpatterns: list[URLPattern] = [
    path("visit", own.visit, name="visit"),
    path("visit/stay", own.stay, name="visit-stay"),
    path("visit/leave", own.leave, name="visit-leave"),
    path("visit/leave-everywhere", own.leave_everywhere, name="visit-leave-everywhere"),
    path("visit/organisation", own.act_for, name="visit-organisation"),
    path("visit/acting", helpers.act, name="visit-acting"),
    path("mandates/accept", helpers.accept, name="mandate-accept"),
    path("mandates/<uuid:mandate>/lay-down", helpers.lay_down, name="mandate-lay-down"),
    path("reports/<uuid:report>/mandates", informants.mandates_of, name="report-mandates"),
    path("reports/<uuid:report>/mandates/<uuid:mandate>/end", informants.end, name="mandate-end"),
    path("reports/<uuid:report>/invitations", informants.invite, name="report-invitations"),
    path("reports/<uuid:report>/invitations/<uuid:invitation>/take-back", informants.take_back, name="take-back"),
    path("reports/<uuid:report>/let-go", own.let_go, name="report-let-go"),
    path("account/end", own.end_account, name="account-end"),
    path("report", own.open_report, name="open-report"),
    path("staff/password", staff.password, name="staff-password"),
    path("staff/code", staff.code, name="staff-code"),
    path("staff/enrolment", staff.enrolment, name="staff-enrolment"),
    path("staff/enrolment/code", staff.enrolment_code, name="staff-enrolment-code"),
    path("staff/new-password", staff.new_password, name="staff-new-password"),
    path("providers", providers.listed, name="providers"),
    path("providers/<slug:name>", providers.leave, name="provider-leave"),
    path("providers/<slug:name>/return", providers.come_back, name="provider-return"),
]

_views = {
    ".well-known/openid-configuration": development.configuration,
    "jwks": development.jwks,
    "authorize": development.authorize,
    "token": csrf_exempt(development.token),
    "userinfo": csrf_exempt(development.userinfo),
}
development_urlpatterns: list[URLPattern] = [
    path(where, rules.named(rules.SIGN_IN_FOR_DEVELOPMENT)(view)) for where, view in _views.items()
]
