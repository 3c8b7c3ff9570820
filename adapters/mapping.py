"""Turn granted fields into a recipient's own shape by a JMESPath expression, and say which fields it reads.

JMESPath: specification at jmespath.org, read November 2026. A mapping is pure: the same input gives the same output.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import jmespath
from jmespath import exceptions, parser

from adapters import evaluations, functions
from adapters.contract import Failure, Refused

JSON = Any
Node = Mapping[str, Any]
Paths = frozenset[str]

NOWHERE: Paths = frozenset()
_FUNCTIONS = functions.Functions()
_EVALUATIONS = evaluations.Evaluations(jmespath.Options(custom_functions=_FUNCTIONS))
# Functions whose result still is the array or object that they were given, so that a path may go on through them.
_PASSING = {"sort_by", "max_by", "min_by", "reverse", "not_null", "to_array", "sort"}


class MappingError(ValueError):
    """An expression is no mapping; the message says what is wrong where, and what would be right."""


class Expression:
    """One compiled mapping. `paths` are the fields it reads, without list indexes and without ``message``."""

    def __init__(self, text: str) -> None:
        self.text = text
        parsed = _parse(text).parsed
        self._evaluate = _EVALUATIONS.of(parsed)
        reading = _Reading()
        reading.use(reading.walk(parsed, frozenset({""})))
        self.paths = frozenset(path for path in reading.used if path and path.partition(".")[0] != "message")

    def apply(self, given: JSON) -> JSON:
        """Evaluate it. Raises Refused (``mapping-...``) where the data does not fit a function."""
        try:
            return self._evaluate(given)
        except Failure:
            raise
        except Exception:  # noqa: BLE001  (JMESPath raises a dozen classes, and quotes values in them)
            raise Refused("mapping-misfit") from None


@lru_cache(maxsize=2048)
def compile(text: str) -> Expression:  # noqa: A001  (it reads as `mapping.compile`)
    """Compile a mapping, once per process. Raises MappingError."""
    return Expression(text)


def pruned(value: JSON) -> JSON:
    """Leave out nulls and the objects and lists that they leave empty; what was empty before stays."""
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            found = pruned(inner) if isinstance(inner, dict | list) else inner
            if found is not None:
                kept[name] = found
        return kept if kept or not value else None
    if isinstance(value, list):
        return [inner for inner in map(pruned, value) if inner is not None]
    return value


def _parse(text: str) -> parser.ParsedResult:
    try:
        parsed = jmespath.compile(text)
    except exceptions.EmptyExpressionError:
        raise MappingError("the mapping is empty; write a JMESPath expression") from None
    except exceptions.JMESPathError as error:
        place = getattr(error, "lex_position", None)
        where = "at its end" if place is None else f"at character {place + 1}"
        raise MappingError(f"the mapping is not JMESPath: it goes wrong {where}; see jmespath.org") from None
    for node in _all_nodes(parsed.parsed):
        if node["type"] == "function_expression":
            _check_function(node)
    return parsed


def _all_nodes(node: Node) -> Iterable[Node]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _all_nodes(child)


def _check_function(node: Node) -> None:
    name, given = node["value"], len(node["children"])
    known = _FUNCTIONS.FUNCTION_TABLE.get(name)
    if known is None:
        ours = ", ".join(sorted(n for n in vars(functions.Functions) if n.startswith("_func_"))).replace("_func_", "")
        raise MappingError(f"there is no function {name}(); besides JMESPath's own there are {ours}")
    wanted = known["signature"]
    is_variadic = bool(wanted) and wanted[-1].get("variadic", False)
    if given < len(wanted) or (given > len(wanted) and not is_variadic):
        raise MappingError(f"{name}() has {given} arguments; it takes {len(wanted)}{' or more' if is_variadic else ''}")


class _Reading:
    """Follows an expression from the root and notes the fields it ends at.

    `walk` returns the paths that a node's value may stand for; what cannot be followed further is used where it stands,
    which is its whole branch: to ask for too much is a fault that shows, to ask for too little is one that does not.
    """

    def __init__(self) -> None:
        self.used: set[str] = set()

    def use(self, paths: Paths) -> Paths:
        self.used |= paths
        return NOWHERE

    def walk(self, node: Node, at: Paths) -> Paths:
        step = getattr(self, f"_{node['type']}", None)
        if step is not None:
            found: Paths = step(node, at)
            return found
        for child in node["children"]:
            if isinstance(child, dict):
                self.use(self.walk(child, at))
        return NOWHERE

    def _field(self, node: Node, at: Paths) -> Paths:
        return frozenset(f"{path}.{node['value']}" if path else node["value"] for path in at)

    def _chain(self, node: Node, at: Paths) -> Paths:
        for child in node["children"]:
            at = self.walk(child, at)
        return at

    def _stay(self, _node: Node, at: Paths) -> Paths:
        return at

    _subexpression = _index_expression = _pipe = _projection = _flatten = _chain
    _index = _slice = _identity = _current = _stay

    def _value_projection(self, node: Node, at: Paths) -> Paths:
        # Its values have names that no expression tells.
        return self.use(self.walk(node["children"][0], at))

    def _filter_projection(self, node: Node, at: Paths) -> Paths:
        left, right, condition = node["children"]
        at = self.walk(left, at)
        self.use(self.walk(condition, at))
        return self.walk(right, at)

    def _or_expression(self, node: Node, at: Paths) -> Paths:
        return frozenset().union(*(self.walk(child, at) for child in node["children"]))

    _and_expression = _or_expression

    def _function_expression(self, node: Node, at: Paths) -> Paths:
        arguments = [self.walk(child, at) for child in node["children"] if child["type"] != "expref"]
        given: Paths = frozenset().union(*arguments)
        for child in node["children"]:
            if child["type"] == "expref":
                inner = self.walk(child["children"][0], given)
                given = inner if node["value"] == "map" else given
                self.use(inner)
        if node["value"] in _PASSING:
            return given
        inside = functions.READS.get(node["value"])
        return self.use(frozenset(f"{path}.{name}" for path in given for name in inside) if inside else given)
