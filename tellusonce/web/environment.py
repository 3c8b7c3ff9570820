"""What every template finds: the Design System's components, our globals, both languages."""

import sys
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader

from tellusonce.web import brands, formats, languages
from tellusonce.web.journeys import sayings

DESIGN_SYSTEM = "govuk_frontend_jinja"
CALLERS = "jinja2.runtime"  # gives a macro what stands for its caller where it has none


class Unknown(ChainableUndefined):
    """Raises for whatever nobody gave, but for keys of a dict and within components, which leave much open."""

    __slots__ = ("_is_open",)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Remember whether a component asked: a compiled template knows its own file."""
        super().__init__(*arguments, **named)
        asker = sys._getframe(1).f_globals  # noqa: SLF001  nothing else tells who asks
        is_of_component = DESIGN_SYSTEM in str(asker.get("__file__", "")) or asker.get("__name__") == CALLERS
        self._is_open = is_of_component or isinstance(self._undefined_obj, dict)

    def _hold(self) -> None:
        if not self._is_open:
            self._fail_with_undefined_error()

    def __str__(self) -> str:
        self._hold()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self._hold()
        return iter(())

    def __len__(self) -> int:
        self._hold()
        return 0

    def __bool__(self) -> bool:
        self._hold()
        return False


def environment(**options: Any) -> Environment:
    """Make the environment of Django's Jinja backend."""
    components = PrefixLoader({DESIGN_SYSTEM: PackageLoader(DESIGN_SYSTEM)})
    made = Environment(  # noqa: S701 - it is on, three lines further down
        **{
            **options,
            "autoescape": True,
            "undefined": Unknown,
            "loader": ChoiceLoader([options["loader"], components]),
            "extensions": ["jinja2.ext.i18n"],
            "trim_blocks": True,
            "lstrip_blocks": True,
        }
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.policies["ext.i18n.trimmed"] = True
    made.globals.update(asset=brands.asset, service=brands.Service(), url=url, choice=sayings.choice)
    made.filters.update(clock=formats.clock, day=formats.day, moment=formats.moment, number=formats.number)
    return made


def context(request: HttpRequest) -> dict[str, Any]:
    """Give what depends on the request: the nonce of its policy, the language, and the way to the others."""
    nonce = str(getattr(request, "csp_nonce", ""))  # the policy's middleware sets it, unless a request never got there
    return {
        "csp_nonce": nonce,
        "cspNonce": nonce,
        "language": str(get_language()),
        "languages": languages.choices(request),
    }


def url(name: str, /, **place: Any) -> str:
    """Give the address of a page by its name."""
    return reverse(name, kwargs=place or None)
