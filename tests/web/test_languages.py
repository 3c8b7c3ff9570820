"""All that pages say can be said in Welsh: it is marked, gathered, translated, and says the same."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog
from django.test import Client
from jinja2 import Environment, nodes

from deploy import translations
from tests import messages

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "tellusonce" / "web" / "templates").rglob("*.html"))
# Parameters of the Design System's components, and attributes, that people read or hear.
SPOKEN = {"text", "html", "titleText", "label", "ariaLabel", "menuButtonText", "navigationLabel", "visuallyHiddenText"}
HEARD = {"alt", "aria-label", "placeholder", "title"}
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+[^>]*>")


@pytest.fixture(scope="module")
def said() -> Catalog:
    """Gather what pages say."""
    return messages.gather()


@pytest.fixture(scope="module")
def welsh() -> Catalog:
    """Read what is translated."""
    return messages.kept()


def test_all_is_translated_and_nothing_is_doubtful(said: Catalog, welsh: Catalog) -> None:
    assert list(messages.faults(welsh, said=said)) == []


def test_what_is_missing_doubtful_or_gone_is_found(said: Catalog) -> None:
    welsh = messages.kept()
    del welsh["Back"]
    welsh["Continue"].string = ""
    welsh["Change"].flags.add("fuzzy")
    welsh.add("Nobody says this", "Nid oes neb yn dweud hyn")
    assert sorted(messages.faults(welsh, said=said)) == [
        "no longer said, run `make messages`: 'Nobody says this'",
        "not gathered, run `make messages`: 'Back'",
        "not translated: 'Change'",
        "not translated: 'Continue'",
    ]


def test_what_is_put_into_a_sentence_is_put_into_its_translation(welsh: Catalog) -> None:
    for message in welsh:
        for text in messages.strings(message):
            wanted = message.id if isinstance(message.id, str) else message.id[-1]
            assert sorted(PLACES.findall(str(text))) == sorted(PLACES.findall(wanted)) or not message.id, message.id


def test_nobody_is_shouted_at(said: Catalog, welsh: Catalog) -> None:
    assert not [message.id for message in said if "!" in str(message.id)]
    assert not [message.id for message in welsh if message.id and "!" in str(message.string)]


def test_gathering_again_changes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = translations.SOURCE.read_bytes()
    assert messages.main() == 0
    assert translations.SOURCE.read_bytes() == before
    assert " 0 to see to" in capsys.readouterr().out


def test_a_page_is_in_welsh() -> None:
    page = Client().get("/", secure=True, headers={"accept-language": "cy"}).content.decode()
    assert "Dywedwch wrthym unwaith am newid yn eich bywyd" in page


class Unmarked(HTMLParser):
    """Collects what would be read in English alone."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what is heard, and note whether what follows is code."""
        self._is_code = tag in {"script", "style"}
        self.found += [value for name, value in attrs if name in HEARD and value and re.search("[A-Za-z]", value)]

    def handle_endtag(self, _: str) -> None:
        """Note that code has ended."""
        self._is_code = False

    def handle_data(self, data: str) -> None:
        """Collect what is read."""
        if re.search("[A-Za-z]", data) and not self._is_code:
            self.found.append(data.strip())


def unmarked(text: str) -> Iterator[str]:
    """Give the words of a template that no translator would see."""
    tree = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(text)
    parser = Unmarked()
    parser.feed("".join(each.data if isinstance(each, nodes.TemplateData) else "…" for each in shown(tree)))
    yield from parser.found
    for pair in tree.find_all(nodes.Pair):
        named = isinstance(pair.key, nodes.Const) and pair.key.value in SPOKEN
        if named and isinstance(pair.value, nodes.Const) and re.search("[A-Za-z]", str(pair.value.value)):
            yield pair.value.value


def shown(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Give what a template puts out, in order."""
    for output in tree.find_all(nodes.Output):
        yield from output.nodes


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_word_of_a_template_is_marked(template: Path) -> None:
    assert list(unmarked(template.read_text())) == []


@pytest.mark.parametrize(
    "text",
    [
        "<p>Hello</p>",
        '<nav aria-label="Hello"></nav>',
        "{% if it %}<p>{{ it }} Hello</p>{% endif %}",
        '{{ govukButton({"text": "Hello"}) }}',
    ],
)
def test_a_word_that_is_not_marked_is_found(text: str) -> None:
    assert [each for each in unmarked(text) if "Hello" in each]


@pytest.mark.parametrize(
    "text",
    [
        "{% trans %}Hello{% endtrans %}",
        '<nav aria-label="{{ _(\'Hello\') }}" class="app-hello"></nav>',
        '{{ govukButton({"text": _("Hello"), "name": "hello"}) }}',
        "<style>p { color: red }</style>",
    ],
)
def test_what_is_marked_or_not_read_is_left_alone(text: str) -> None:
    assert list(unmarked(text)) == []
