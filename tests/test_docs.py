"""Documentation that is tested: its links resolve, and what it names by name exists, in both directions."""

import ast
import importlib.util
import re
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from prometheus_client import Counter, Histogram

from adapters.contract import OUTCOMES
from tellusonce import metrics, signals
from tellusonce.deliveries.watching import Backlog
from tellusonce.models import Delivery

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CODE = ("adapters", "config", "deploy", "identity", "tellusonce")
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)


def code(*packages: str) -> Iterator[Path]:
    for package in packages or CODE:
        yield from (ROOT / package).rglob("*.py")


def rows(page: Path, heading: str) -> list[list[str]]:
    """Give the cells of the first table below a heading, without its head."""
    below = page.read_text().split(f"## {heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table[0].splitlines()[2:]]


def first_words(page: Path, heading: str) -> list[str]:
    """Give what the first column of a table names, without its marks."""
    return [row[0].strip("`*| ") for row in rows(page, heading)]


# Links


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    if page.stem == "adding-a-kind":
        return  # it names the files that its reader will write
    tops = "|".join((*CODE, "docs", "tests", "requirements"))
    for name in re.findall(rf"`((?:{tops})/[\w./-]*)`", page.read_text()):
        assert (ROOT / name).exists() or (ROOT / "tellusonce" / name).exists(), name


def test_every_decision_is_in_the_list_and_dated() -> None:
    listed = (DOCS / "decisions" / "README.md").read_text()
    for page in (DOCS / "decisions").glob("*.md"):
        if page.stem == "README":
            continue
        date = page.read_text().splitlines()[2]
        assert f"| {date} | [{page.read_text().splitlines()[0][2:]}]({page.name}) |" in listed


# Settings


def settings_read() -> dict[str, str | None]:
    """Give each setting that the code reads, and its default: in words, or None where it is not written beside it."""
    found: dict[str, str | None] = {}
    for file in code("config", "deploy", "identity", "tellusonce"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args and (name := setting(node)):
                found[name] = found.get(name) or default(node)
    return found


def setting(call: ast.Call) -> str:
    """Name the setting that a call reads; "" if it reads none."""
    match call.func, call.args[0]:
        case ast.Name(id="required" | "networks" | "colour" | "picture"), ast.Constant(value=str(name)):
            return name
        case ast.Attribute(value=ast.Name(id="env")), ast.Constant(value=str(name)):
            return name
        case ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"), ast.Constant(value=str(name)):
            return name
    return ""


def default(call: ast.Call) -> str | None:
    match call.func, call.args[1:]:
        case ast.Name(id="required"), _:
            return "required"
        case ast.Name(id="networks" | "picture"), _:
            return "none"
        case _, [ast.Constant(value=value)]:
            return f"{value:g}" if isinstance(value, float) else str(value).lower() or "none"
        case _, [ast.List(elts=[])]:
            return "none"
        case _, [ast.Attribute(attr=attribute)]:
            return attribute.lower()
    return None


def test_every_setting_is_documented_and_there_is_no_other() -> None:
    assert sorted(first_words(DOCS / "operating.md", "Settings")) == sorted(settings_read())


def test_the_defaults_of_settings_are_those_of_the_code() -> None:
    said = {row[0].strip("`| "): row[1].lower() for row in rows(DOCS / "operating.md", "Settings")}
    written = {name: value for name, value in settings_read().items() if value is not None}
    assert {name: said[name] for name in written} == written


# Commands


def verbs(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            return dict(action.choices)
    return {}


def commands(page: Path) -> Iterator[str]:
    """Give each command of manage.py as it is written, in code of either sort; continued lines are joined."""
    text = page.read_text().replace("\\\n", " ")
    for written in re.findall(r"manage\.py ([^`\n]+)", text):
        yield re.sub(r"\s+#.*", "", written).strip(" .,;:)")


@each_page
def test_every_command_of_manage_py_exists_with_its_verb_and_options(page: Path) -> None:
    known = get_commands()
    for command in commands(page):
        name, *rest = command.split()
        assert name in known, command
        parser: ArgumentParser = load_command_class(known[name], name).create_parser("manage.py", name)
        possible = verbs(parser)
        for verb in rest[:1] if possible else []:
            assert verb in possible, command
            parser = possible[verb]
        for option in re.findall(r"--[a-z-]+", command):
            assert option in parser._option_string_actions, f"{command}: {option}"


def test_every_command_of_ours_is_in_the_operators_table() -> None:
    ours = {name for name, app in get_commands().items() if app in {"identity", "tellusonce"}}
    told = {command.split()[0] for command in commands(DOCS / "operating.md")}
    assert ours <= told


@each_page
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert set(named) <= targets


def test_the_readme_names_every_target_that_make_helps_with() -> None:
    helped = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert [target for target in helped if f"`make {target}" not in readme] == []


@each_page
def test_every_module_that_is_run_exists(page: Path) -> None:
    for module in re.findall(r"python -m ([a-z_.]+)", page.read_text()):
        assert importlib.util.find_spec(module), module


# Words and numbers


def test_the_metrics_are_those_that_are_given() -> None:
    counters = {f"{each._name}_total" for each in vars(metrics).values() if isinstance(each, Counter)}
    histograms = {each._name for each in vars(metrics).values() if isinstance(each, Histogram)}
    gauges = {each.name for each in signals._gauges(Backlog(0, {}, 0, 0, 0, 0))} | {"tellusonce_database_up"}
    assert set(first_words(DOCS / "operating.md", "Signs of life")) == counters | histograms | gauges


GLOSSARY = DOCS / "glossary.md"
SECTIONS = re.findall(r"^## (.+)$", GLOSSARY.read_text(), re.MULTILINE)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_word_of_the_glossary_is_used(section: str) -> None:
    written = " ".join(file.read_text() for file in code("adapters", "identity", "tellusonce")).lower()
    written = re.sub(r"[_\s]+", " ", written)
    assert [word for word in first_words(GLOSSARY, section) if word.lower() not in written] == []


def test_the_outcomes_and_states_are_all_explained() -> None:
    text = GLOSSARY.read_text()
    assert [word for word in (*OUTCOMES, *Delivery.State.values) if f"`{word}`" not in text] == []
