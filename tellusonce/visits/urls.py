"""Where the doors of a visit are, below ``/accounts/``; and those of the development sign-in."""

from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from identity import development
from tellusonce import rules
from tellusonce.visits import own, providers, staff

urlpatterns: list[URLPattern] = [
    path("visit", own.visit, name="visit"),
    path("visit/stay", own.stay, name="visit-stay"),
    path("visit/leave", own.leave, name="visit-leave"),
    path("visit/leave-everywhere", own.leave_everywhere, name="visit-leave-everywhere"),
    path("visit/organisation", own.act_for, name="visit-organisation"),
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
