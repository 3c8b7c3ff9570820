"""Where each door of the service is."""

from django.urls import URLPattern, URLResolver, path
from oauth2_provider.views import TokenView

from tellusonce import signals
from tellusonce.api.service import api
from tellusonce.soap import confirmations

urlpatterns: list[URLPattern | URLResolver] = [
    path("oauth/token/", TokenView.as_view(), name="token"),
    path("api/v1/", api.urls),
    path("soap/confirmations", confirmations.confirm, name="soap-confirmations"),
    path("healthz", signals.healthz, name="healthz"),
    path("readyz", signals.readyz, name="readyz"),
    path("metrics", signals.metrics, name="metrics"),
]
