"""What all pages have in common: whose they are, what they may load, in which language; and wrong names."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import engines
from django.test import Client
from django.utils import translation
from jinja2 import Environment, UndefinedError

from tellusonce.web import brands, formats


@pytest.fixture
def jinja() -> Environment:
    """Give the environment of our templates."""
    found: Environment = engines["jinja2"].env  # type: ignore[attr-defined]  # the stubs know no Jinja
    return found


def get(path: str = "/", **headers: str) -> Any:
    return Client().get(path, secure=True, headers=headers)


def test_a_page_is_the_councils(settings: Any) -> None:
    settings.COUNCIL_NAME, settings.SERVICE_NAME, settings.COUNCIL_COLOUR = "North <moor>", "Tell it once", "#123456"
    page = get().content.decode()
    assert "North &lt;moor&gt;" in page
    assert "Tell it once</title>" in page
    assert "--brand-colour: #123456" in page
    assert "Nothing here is real" not in page


def test_a_demonstration_says_so(settings: Any) -> None:
    settings.DEMONSTRATION = True
    assert "this is not the Tell Us Once service of the Department" in get().content.decode()


def test_a_logo_stands_for_the_name(settings: Any, tmp_path: Path) -> None:
    assert get("/logo").status_code == 404
    settings.COUNCIL_LOGO = tmp_path / "logo.svg"
    settings.COUNCIL_LOGO.write_text("<svg/>")
    assert '<img src="/logo" alt="Your council">' in get().content.decode()
    shown = get("/logo")
    assert (shown["Content-Type"], shown.content) == ("image/svg+xml", b"<svg/>")


def test_assets_that_are_not_built_are_said(settings: Any, tmp_path: Path) -> None:
    settings.ASSETS = tmp_path
    brands._names.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="run `make assets`"):
        brands.asset("app.css")


def test_a_page_loads_what_is_ours_and_runs_what_bears_its_nonce() -> None:
    answer = get()
    policy = dict(each.split(" ", 1) for each in answer["Content-Security-Policy"].split("; "))
    nonce = re.findall(r'nonce="([^"]+)"', answer.content.decode())
    assert len(nonce) == 3
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{nonce[0]}'",
        "style-src": f"'self' 'nonce-{nonce[0]}'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert get()["Content-Security-Policy"] != answer["Content-Security-Policy"]
    assert " style=" not in answer.content.decode()
    assert not re.search(r" on[a-z]+=", answer.content.decode())


def test_a_page_asks_for_nothing_and_is_kept_by_nobody() -> None:
    answer = get()
    assert answer["Cache-Control"] == "no-store"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert answer["Referrer-Policy"] == "same-origin"


def test_what_has_a_lasting_name_is_kept_for_ever_and_comes_compressed() -> None:
    answer = get(brands.asset("app.css"), accept_encoding="gzip")
    for close in answer._resource_closers:
        close()
    assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer["Content-Encoding"] == "gzip"
    assert get("/assets/app.css").status_code == 404


@pytest.mark.parametrize("template", ["{{ nothing }}", "{% if nothing %}{% endif %}", "{{ it.nothing }}"])
@pytest.mark.parametrize("way", ["{}", "{{% for each in nothing %}}{{% endfor %}}{}", "{{{{ nothing | length }}}}{}"])
def test_a_wrong_name_is_an_error(jinja: Environment, template: str, way: str) -> None:
    with pytest.raises(UndefinedError, match="nothing"):
        jinja.from_string(way.format(template)).render(it=SimpleNamespace())


def test_a_component_may_be_given_less_than_it_takes(jinja: Environment) -> None:
    text = "[{{ it.hint }}{{ it.hint.text }}{{ it.hint | length }}{% for each in it.items_ %}{% endfor %}]"
    assert jinja.from_string(text).render(it={}) == "[0]"
    assert jinja.from_string("{{ 'no' if not it.hint }}").render(it={}) == "no"


def test_what_is_shown_is_escaped(jinja: Environment) -> None:
    assert jinja.from_string("{{ it }}").render(it="<script>") == "&lt;script&gt;"
    assert jinja.from_string("{% trans it=it %}It is {{ it }}{% endtrans %}").render(it="<b>") == "It is &lt;b&gt;"


def test_addresses_are_found_by_name(jinja: Environment) -> None:
    assert jinja.from_string("{{ url('language', code='cy') }}").render() == "/language/cy"


def test_a_language_is_chosen_by_a_link_and_kept() -> None:
    client = Client()
    assert '<html lang="en"' in client.get("/", secure=True).content.decode()
    answer = client.get("/language/cy?next=/?a=b", secure=True)
    assert answer["Location"] == "/?a=b"
    cookie = answer.cookies["lang"]
    assert (cookie.value, cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("cy", True, True, "Lax")
    page = client.get("/?a=b", secure=True).content.decode()
    assert '<html lang="cy"' in page
    assert "/language/en-gb?next=%2F%3Fa%3Db" in page


def test_a_browser_that_asks_for_welsh_gets_it() -> None:
    assert '<html lang="cy"' in get(accept_language="cy, en;q=0.5").content.decode()


def test_a_link_to_a_language_leads_nowhere_else() -> None:
    assert get("/language/cy?next=https://elsewhere.example/")["Location"] == "/"
    assert get("/language/cy?next=//elsewhere.example/")["Location"] == "/"
    assert get("/language/fr").status_code == 404


def test_days_and_numbers_are_written_as_the_reader_does(jinja: Environment) -> None:
    text = "{{ date | day }}, {{ time | moment }}, {{ 12345 | number }}"
    given = {"date": date(2026, 11, 25), "time": datetime(2026, 7, 1, 12, 5, tzinfo=UTC)}
    with translation.override("en-gb"):
        assert jinja.from_string(text).render(given) == "25 November 2026, 1 July 2026 at 1:05pm, 12,345"
        assert formats.moment(datetime(2026, 12, 31, 9, 0, tzinfo=UTC)) == "31 December 2026 at 9:00am"
    with translation.override("cy"):
        assert jinja.from_string("{{ date | day }}").render(given) == "25 Tachwedd 2026"
    assert formats.day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026"
