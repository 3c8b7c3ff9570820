"""Where each door of the service is."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from oauth2_provider.views import TokenView

from tellusonce import rules, signals
from tellusonce.api.service import api
from tellusonce.soap import confirmations
from tellusonce.visits import urls as visits

urlpatterns: list[URLPattern | URLResolver] = [
    path("oauth/token/", rules.named(rules.GET_TOKEN)(TokenView.as_view()), name="token"),
    path("api/v1/", api.urls),
    path("accounts/", include(visits.urlpatterns)),
    path("soap/confirmations", confirmations.confirm, name="soap-confirmations"),
    path("healthz", signals.healthz, name="healthz"),
    path("readyz", signals.readyz, name="readyz"),
    path("metrics", signals.metrics, name="metrics"),
]
if settings.DEVELOPMENT_SIGN_IN:
    urlpatterns.append(path("development/sign-in/", include(visits.development_urlpatterns)))
