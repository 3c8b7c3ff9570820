"""Evaluate a parsed JMESPath expression without walking its tree anew for each message.

Most of a mapping is names of fields, which the library looks up by its tree at some four microseconds each. What is
usual in mappings becomes plain functions, once; everything else is left to the library's own interpreter, so that
there is nothing that only one of the two understands. Both give the same for everything: see the tests.
"""

from collections.abc import Callable, Mapping
from functools import partial, reduce
from operator import getitem
from typing import Any

from jmespath import Options
from jmespath.visitor import TreeInterpreter

JSON = Any
Node = Mapping[str, Any]
Evaluate = Callable[[JSON], JSON]

CHAINS = frozenset({"subexpression", "index_expression", "pipe"})


class Evaluations:
    """Makes evaluators that know the given functions."""

    def __init__(self, options: Options) -> None:
        self._visit: Any = TreeInterpreter(options).visit
        self._functions: Any = options.custom_functions
        self._makers: dict[str, Callable[[Node], Evaluate]] = {
            "field": self._path,
            "index": self._path,
            "subexpression": self._chain,
            "index_expression": self._chain,
            "pipe": self._chain,
            "literal": lambda node: lambda _value: node["value"],
            "multi_select_dict": self._object,
            "multi_select_list": self._list,
            "function_expression": self._call,
        }

    def of(self, node: Node) -> Evaluate:
        """Make the evaluator of one node."""
        make = self._makers.get(node["type"])
        return make(node) if make else partial(self._visit, node)

    def _path(self, node: Node) -> Evaluate:
        return _follow((node["value"],))

    def _chain(self, node: Node) -> Evaluate:
        steps = _steps(node)
        if steps is not None:
            return _follow(steps)
        links = [self.of(child) for child in node["children"]]

        def evaluate(value: JSON) -> JSON:
            for link in links:
                value = link(value)
            return value

        return evaluate

    def _object(self, node: Node) -> Evaluate:
        pairs = [(child["value"], self.of(child["children"][0])) for child in node["children"]]
        return lambda value: None if value is None else {name: evaluate(value) for name, evaluate in pairs}

    def _list(self, node: Node) -> Evaluate:
        parts = [self.of(child) for child in node["children"]]
        return lambda value: None if value is None else [evaluate(value) for evaluate in parts]

    def _call(self, node: Node) -> Evaluate:
        if any(child["type"] == "expref" for child in node["children"]):
            return partial(self._visit, node)
        name, arguments, call = node["value"], [self.of(child) for child in node["children"]], self._functions
        return lambda value: call.call_function(name, [evaluate(value) for evaluate in arguments])


def _steps(node: Node) -> tuple[str | int, ...] | None:
    """Give the names and numbers of a chain that is nothing else."""
    if node["type"] in {"field", "index"}:
        return (node["value"],)
    if node["type"] not in CHAINS:
        return None
    found: list[str | int] = []
    for child in node["children"]:
        steps = _steps(child)
        if steps is None:
            return None
        found += steps
    return tuple(found)


def _follow(steps: tuple[str | int, ...]) -> Evaluate:
    return _numbered(steps) if any(isinstance(step, int) for step in steps) else _named(steps)


def _named(steps: tuple[str | int, ...]) -> Evaluate:
    def evaluate(value: JSON) -> JSON:
        try:
            return reduce(getitem, steps, value)
        except (KeyError, TypeError):  # nothing under that name, or nothing that has names
            return None

    return evaluate


def _numbered(steps: tuple[str | int, ...]) -> Evaluate:
    def evaluate(value: JSON) -> JSON:
        for step in steps:
            if value.__class__ is dict:
                value = value.get(step)
            elif value.__class__ is list and step.__class__ is int and -len(value) <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    return evaluate
