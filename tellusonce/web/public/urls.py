"""Where the pages are that are open to anybody, and those of one's own visit."""

from django.urls import URLPattern, path

from tellusonce.web.public import privacy, receipts, signing_in, statements, visits

urlpatterns: list[URLPattern] = [
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-in/staff", signing_in.password, name="sign-in-staff"),
    path("sign-in/code", signing_in.code, name="sign-in-code"),
    path("sign-in/second-factor", signing_in.second_factor, name="sign-in-second-factor"),
    path("home", signing_in.home, name="home"),
    path("account", visits.account, name="account"),
    path("account/password", visits.new_password, name="new-password"),
    path("sign-out", visits.sign_out, name="sign-out"),
    path("signed-out", visits.signed_out, name="signed-out"),
    path("status", statements.status, name="status"),
    path("accessibility", statements.accessibility, name="accessibility"),
    path("cookies", statements.cookies, name="cookies"),
    path("privacy", privacy.notice, name="privacy"),
    path("privacy/<slug:kind>", privacy.of_kind, name="privacy-kind"),
    path("receipts", receipts.check, name="receipts"),
]
