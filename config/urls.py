"""Where each door of the service is."""

from django.urls import URLPattern, URLResolver, path
from oauth2_provider.views import TokenView

urlpatterns: list[URLPattern | URLResolver] = [
    path("oauth/token/", TokenView.as_view(), name="token"),
]
