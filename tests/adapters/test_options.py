"""Settings are read once per version of a route."""

from dataclasses import replace

import pytest

from adapters import options, rest, wsdls
from adapters.contract import Misconfigured
from tests.adapters.examples import endpoint, wsdl


def test_settings_are_read_once_per_version() -> None:
    first = replace(endpoint("rest", {"media_type": "text/json"}), digest="v1")
    second = replace(first, settings={}, digest="v2")
    assert options.read(rest.Options, first) is options.read(rest.Options, first)
    assert options.read(rest.Options, second).media_type == "application/json"


def test_settings_of_no_version_are_read_each_time() -> None:
    place = endpoint("rest", {})
    assert options.read(rest.Options, place) is not options.read(rest.Options, place)


def test_settings_that_do_not_fit_are_not_kept() -> None:
    place = replace(endpoint("rest", {"odd": 1}), digest="v3")
    with pytest.raises(Misconfigured, match="settings-invalid"):
        options.read(rest.Options, place)
    assert options.read(rest.Options, replace(place, settings={})) == rest.Options()


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "KEPT", 2)
    monkeypatch.setattr(wsdls, "KEPT", 2)
    for n in range(9):
        place = replace(endpoint("rest", {}, {"a.wsdl": wsdl()}), digest=f"bounded-{n}")
        options.read(rest.Options, place)
        wsdls.operation(place, wsdls.Wanted("a.wsdl", "Tell"))
    assert len(options._kept) <= 2
    assert len(wsdls._kept) <= 2
