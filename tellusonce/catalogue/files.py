"""Reading the catalogue's YAML files into plain data that remembers on which line each value stands.

Scalars follow the core schema of YAML 1.2.2 (section 10.3.2, read November 2026), so that `no` is a word and `17:00`
is not a number; dates stay text. Anchors, aliases and `<<` are understood, tags are not. Top-level keys that
begin with ``x-`` are a place for anchors and are otherwise ignored.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tellusonce.catalogue.faults import Fault, Place

JSON = Any
Trail = tuple[str | int, ...]

SECTIONS = ("areas", "organisations", "recipients", "agreements")
SUFFIXES = (".yaml", ".yml")
MOST_VALUES = 1_000_000
MERGE = "tag:yaml.org,2002:merge"
PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))


class Loader(yaml.SafeLoader):
    """Safe, and with the core schema's scalars instead of those of YAML 1.1."""


Loader.yaml_implicit_resolvers = {}
for tag, expression, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^<<$", "<"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(expression), list(first))


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds a character that cannot be stored")
    return text


def _whole(text: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,18}", text):
        raise ValueError("is not a whole number of at most 18 digits")
    return int(text)


def _decimal(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError("is too large a number")
    return float(text)


CONVERSIONS: Mapping[str, Callable[[str], JSON]] = {
    "int": _whole,
    "float": _decimal,
    "bool": lambda text: text.lower() == "true",
    "null": lambda _: None,
}


@dataclass(slots=True)
class Source:
    """What all the files say together, section by section, and where."""

    data: dict[str, list[JSON]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    places: dict[Trail, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, *trail: str | int) -> Place:
        """Where the value at the end of the trail stands, or what is nearest around it."""
        for length in range(len(trail), 0, -1):
            if trail[:length] in self.places:
                return self.places[trail[:length]]
        return Place("catalogue")

    def fault(self, place: Place, what: str, remedy: str) -> None:
        """Note what is wrong."""
        self.faults.append(Fault(place, what, remedy))


def read(paths: Iterable[str | Path]) -> Source:
    """Read the files, and the YAML files in the folders, as one catalogue; whatever is wrong is in its `faults`."""
    source = Source()
    for path in _listed(paths, source):
        remedy = "give a YAML file in UTF-8, or a folder of them"
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            source.fault(Place(str(path)), f"cannot be read ({error.strerror})", remedy)
        except UnicodeDecodeError:
            source.fault(Place(str(path)), "cannot be read (it is not UTF-8)", remedy)
        else:
            _read_text(text, str(path), source)
    return source


def _listed(paths: Iterable[str | Path], source: Source) -> list[Path]:
    """List each file once, by whatever names it was given."""
    listed: dict[Path, Path] = {}
    for path in map(Path, paths):
        found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES) if path.is_dir() else [path]
        if not found:
            source.fault(Place(str(path)), "the folder has no YAML file in it", "name one that has *.yaml files")
        for file in found:
            listed.setdefault(file.resolve(), file)
    return list(listed.values())


def _read_text(text: str, file: str, source: Source) -> None:
    place = Place(file)
    try:
        _Document(file, source).take(Loader(text).get_single_node())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        what = f"not YAML: {error.problem or error.context}"
        source.fault(Place(file, line), what, "mend the indentation, the quotes or the brackets here")
    except yaml.YAMLError as error:
        source.fault(place, f"not YAML: {str(error).splitlines()[0]}", "save it as plain text in UTF-8")
    except RecursionError:
        source.fault(place, "it is nested too deeply", "write it flatter")


@dataclass(slots=True)
class _Document:
    """One file on its way from nodes to data."""

    file: str
    source: Source
    within: list[int] = field(default_factory=list)
    values: int = 0

    def take(self, node: yaml.Node | None) -> None:
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self.source.fault(self.place(node), "the file is not a mapping", f"begin with {_sections()}")
            return
        for key, value in self.pairs(node):
            self.take_section(key, value)

    def take_section(self, key: yaml.Node, node: yaml.Node) -> None:
        name = str(key.value)
        if name.startswith("x-"):
            return
        if name not in SECTIONS:
            self.source.fault(self.place(key), f"unknown section `{name}`", f"use {_sections()}, or begin it with x-")
        elif not isinstance(node, yaml.SequenceNode):
            self.source.fault(self.place(key), f"`{name}` is not a list", "begin each entry with a dash")
        else:
            for item in node.value:
                entries = self.source.data[name]
                entries.append(self.value(item, (name, len(entries))))

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1)

    def value(self, node: yaml.Node, trail: Trail) -> JSON:
        self.source.places[trail] = self.place(node)
        self.values += 1
        if id(node) in self.within or self.values > MOST_VALUES:
            return self.refuse(node, "an alias makes it endless", "write the value out")
        if node.tag not in PLAIN:
            return self.refuse(node, f"the tag `{node.tag}` is not understood", "write the value without a tag")
        self.within.append(id(node))
        try:
            return self.plain(node, trail)
        finally:
            self.within.pop()

    def refuse(self, node: yaml.Node, what: str, remedy: str) -> None:
        self.source.fault(self.place(node), what, remedy)

    def plain(self, node: yaml.Node, trail: Trail) -> JSON:
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*trail, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, trail)
        return self.scalar(node)

    def scalar(self, node: yaml.Node) -> JSON:
        try:
            value = CONVERSIONS.get(node.tag.rpartition(":")[2], _storable)(node.value)
        except ValueError as error:
            return self.refuse(node, f"`{ascii(node.value)[1:-1]}` {error}", "write it another way")
        return value

    def mapping(self, node: yaml.MappingNode, trail: Trail) -> dict[str, JSON]:
        found: dict[str, JSON] = {}
        for key, value in self.pairs(node):
            name = str(key.value)
            found[name] = self.value(value, (*trail, name))
            self.source.places[(*trail, name)] = self.place(key)
        return found

    def pairs(self, node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
        """List what a mapping says itself, and before it what it merges; its own words go first."""
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.tag == MERGE:
                merged = {**self.merged(value), **merged}
            elif not isinstance(key, yaml.ScalarNode):
                self.refuse(key, "a key is a list or a mapping", "use a word")
            elif key.value in own:
                first = self.place(own[key.value][0]).line
                self.refuse(key, f"`{key.value}` is already given on line {first}", "take one of them out")
            else:
                own[key.value] = (key, value)
        return list({**merged, **own}.values())

    def merged(self, node: yaml.Node) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode) or id(node) in self.within:
            self.refuse(node, "`<<` does not name a mapping", "write `<<: *name` for an anchor of a mapping")
            return {}
        self.within.append(id(node))
        try:
            return {str(key.value): (key, value) for key, value in self.pairs(node)}
        finally:
            self.within.pop()


def _sections() -> str:
    return ", ".join(f"`{section}`" for section in SECTIONS)
