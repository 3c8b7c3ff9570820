"""Have zeep write simple values as they stand in a mapping's plain JSON, or not at all.

XML Schema 1.0, part 2, sections 3.2.2 (boolean), 3.2.9 to 3.2.16. zeep 4.3 writes any text as `true` where a boolean is
wanted, "no" among them, and takes the parts of dates and binary values only as Python's own objects.
"""

from typing import Any

from zeep.xsd.types import builtins

TRUTHS = {True: "true", False: "false", "true": "true", "false": "false", "1": "true", "0": "false"}
WRITTEN_AS_TEXT: tuple[Any, ...] = (
    builtins.gYear,
    builtins.gYearMonth,
    builtins.gMonth,
    builtins.gMonthDay,
    builtins.gDay,
    builtins.Base64Binary,
    builtins.HexBinary,
)


def _truth(_type: Any, value: Any) -> str:
    if isinstance(value, bool | str) and value in TRUTHS:
        return TRUTHS[value]
    raise ValueError


def mend() -> None:
    """Mend zeep's types, once per process; doing it again changes nothing."""
    boolean: Any = builtins.Boolean
    boolean.xmlvalue = _truth
    for kind in WRITTEN_AS_TEXT:
        if not hasattr(kind, "of_objects"):
            kind.of_objects = kind.xmlvalue
            kind.xmlvalue = _text


def _text(kind: Any, value: Any) -> str:
    """Write text as it is; the schema judges it afterwards."""
    written: str = value if isinstance(value, str) else kind.of_objects(value)
    return written
