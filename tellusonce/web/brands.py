"""Whose service this is, as its pages show it: names, colour, logo; and where styles and scripts are."""

import functools
import json
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from tellusonce import rules

KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


class Service:
    """The service under the names that its council gives it, as the settings have them."""

    @property
    def name(self) -> str:
        """Give its own name."""
        return str(settings.SERVICE_NAME)

    @property
    def council(self) -> str:
        """Give the name of whoever runs it."""
        return str(settings.COUNCIL_NAME)

    @property
    def colour(self) -> str:
        """Give the colour behind white words."""
        return str(settings.COUNCIL_COLOUR)

    @property
    def has_logo(self) -> bool:
        """Say whether there is a picture to show instead of the name."""
        return settings.COUNCIL_LOGO is not None

    @property
    def contact(self) -> str:
        """Say how to reach whoever runs it; empty where nobody said."""
        return str(settings.COUNCIL_CONTACT)

    @property
    def privacy_contact(self) -> str:
        """Say how to reach who answers for personal data; empty likewise."""
        return str(settings.PRIVACY_CONTACT)

    @property
    def is_demonstration(self) -> bool:
        """Say whether nothing here is real."""
        return bool(settings.DEMONSTRATION)


def asset(name: str) -> str:
    """Give the address of a style, script or picture. Raises ImproperlyConfigured where assets are not built."""
    return f"{settings.STATIC_URL}{_names()[name]}"


@rules.named(rules.READ_PUBLISHED)
def logo(_: HttpRequest) -> HttpResponse:
    """Show the council's logo."""
    if settings.COUNCIL_LOGO is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    kind = KINDS[settings.COUNCIL_LOGO.suffix]
    return HttpResponse(
        settings.COUNCIL_LOGO.read_bytes(), content_type=kind, headers={"Cache-Control": "max-age=3600"}
    )


@functools.cache
def _names() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((settings.ASSETS / "names.json").read_text())
    except FileNotFoundError as error:
        raise ImproperlyConfigured("The pages' styles and scripts are not built: run `make assets`.") from error
    return names
