"""Where each door of the service is."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from oauth2_provider.views import RevokeTokenView

from identity import oauth
from tellusonce import callbacks, rules, signals
from tellusonce.api.service import api
from tellusonce.soap import confirmations, reports
from tellusonce.visits import urls as visits
from tellusonce.web import urls as pages

_published = rules.named(rules.READ_PUBLISHED)
_metadata = _published(oauth.Metadata.as_view())
# Under the names by which django-oauth-toolkit looks for them.
_oauth: list[URLPattern] = [
    path("oauth/token/", rules.named(rules.GET_TOKEN)(oauth.Token.as_view()), name="token"),
    path("oauth/revoke/", rules.named(rules.GET_TOKEN)(RevokeTokenView.as_view()), name="revoke-token"),
    path("oauth/authorise/", rules.named(rules.USE_CLIENT)(oauth.Authorise.as_view()), name="authorize"),
    path(".well-known/oauth-authorization-server", _metadata, name="oauth-server-metadata"),
    path(".well-known/jwks.json", _published(oauth.keys), name="jwks-info"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_oauth, "oauth2_provider"))),
    path("api/v1/", api.urls),
    path("", include(pages.urlpatterns)),
    path("accounts/", include(visits.urlpatterns)),
    path("soap/confirmations", confirmations.confirm, name="soap-confirmations"),
    path("soap/reports", reports.take, name="soap-reports"),
    path("notices/notify", callbacks.notify, name="notify-receipts"),
    path("healthz", signals.healthz, name="healthz"),
    path("readyz", signals.readyz, name="readyz"),
    path("metrics", signals.metrics, name="metrics"),
]
if settings.DEVELOPMENT_SIGN_IN:
    urlpatterns.append(path("development/sign-in/", include(visits.development_urlpatterns)))

# What no view answers, as pages; the interface has its own (tellusonce/api/problems.py).
handler400 = "tellusonce.web.failures.not_understood"
handler403 = "tellusonce.web.failures.not_allowed"
handler404 = "tellusonce.web.failures.not_there"
handler500 = "tellusonce.web.failures.broken"
