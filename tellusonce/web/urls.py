"""Where the pages are."""

from django.urls import URLPattern, URLResolver, path

from tellusonce.web import brands, languages, starts
from tellusonce.web.adviser import urls as adviser
from tellusonce.web.citizen import urls as citizen
from tellusonce.web.operations import urls as operations
from tellusonce.web.public import urls as public
from tellusonce.web.recipient import urls as recipient
from tellusonce.web.registrar import urls as registrar

urlpatterns: list[URLPattern | URLResolver] = [
    path("", starts.start, name="start"),
    path("start/<slug:kind>", starts.introduction, name="introduction"),
    path("language/<slug:code>", languages.choose, name="language"),
    path("logo", brands.logo, name="logo"),
    *public.urlpatterns,
    *citizen.urlpatterns,
    *registrar.urlpatterns,
    *adviser.urlpatterns,
    *recipient.urlpatterns,
    *operations.urlpatterns,
]
