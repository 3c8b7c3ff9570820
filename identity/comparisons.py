"""How alike two people are, field by field, in levels that have names; each level's weight is in `weights`.

A field that one side lacks says nothing and has the level `MISSING`. Levels go from the most to the least alike.
"""

from rapidfuzz.distance import OSA, JaroWinkler

from identity.traits import Name, Place, Traits

MISSING = "missing"
Levels = dict[str, str]

NAME_LEVELS = ("exact", "part", "close", "like", "swapped", "initial", "different")
DATE_LEVELS = ("exact", "part", "close", "turned", "near", "different")
WORD_LEVELS = ("exact", "close", "like", "different")
CODE_LEVELS = ("exact", "close", "near", "different", "elsewhere")
NUMBER_LEVELS = ("exact", "close", "different")
# Fields by the order in which an explanation shows them.
FIELDS: dict[str, tuple[str, ...]] = {
    "given": NAME_LEVELS,
    "family": NAME_LEVELS,
    "born_on": DATE_LEVELS,
    "sex": ("exact", "different"),
    "postcode": CODE_LEVELS,
    "town": WORD_LEVELS,
    "house": NUMBER_LEVELS,
    "street": WORD_LEVELS,
    "extra": WORD_LEVELS,
    "identifier": NUMBER_LEVELS,
}
_CLOSE, _LIKE = 0.92, 0.82
_SHORTEST_WITH_A_SLIP = 4
_WHOLE_DATE = 8
_SOME = 2  # slips that still leave a thing recognisable


def names(one: Name, other: Name) -> Levels:
    """Compare two names, also with given and family name the wrong way round."""
    straight = {"given": _name(one.given, other.given), "family": _name(one.family, other.family)}
    if straight["given"] in {"exact", "part"} or straight["family"] == "exact" or MISSING in straight.values():
        return straight
    crossed = _name(one.given, other.family), _name(one.family, other.given)
    if set(crossed) <= {"exact", "close"}:
        return {"given": "swapped", "family": "swapped"}
    return straight


def places(one: Place, other: Place) -> Levels:
    """Compare two addresses; the lines of one may stand the other way round in the other.

    Another street with another postcode is one fact, that somebody may have moved, and not five.
    """
    levels = {
        "postcode": _code(one.postcode, other.postcode),
        "town": _word(one.town, other.town),
        "house": _number(one.house, other.house),
        "street": _word(one.street, other.street),
        "extra": _word(one.extra, other.extra),
    }
    if levels["street"] == "different" and "exact" in {_word(one.street, other.extra), _word(one.extra, other.street)}:
        levels["street"] = "like"
    is_elsewhere = levels["street"] == levels["postcode"] == "different"
    return {"postcode": "elsewhere"} if is_elsewhere else levels


def facts(one: Traits, other: Traits) -> Levels:
    """Compare what a person has one of, and the numbers by which bodies know them."""
    return {
        "born_on": _date(one.born_on, other.born_on),
        "sex": _sex(one.sex, other.sex),
        "identifier": _identifiers(one.identifiers, other.identifiers),
    }


def _name(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    first, second = one.replace(" ", ""), other.replace(" ", "")
    if first == second:
        return "exact"
    if 1 in {len(first), len(second)}:
        return "initial" if first[0] == second[0] else "different"
    if one.partition(" ")[0] == other.partition(" ")[0]:
        return "part"
    return _graded(first, second)


def _graded(one: str, other: str) -> str:
    alike = JaroWinkler.similarity(one, other)
    is_a_slip = min(len(one), len(other)) >= _SHORTEST_WITH_A_SLIP and OSA.distance(one, other, score_cutoff=1) <= 1
    if is_a_slip or alike >= _CLOSE:
        return "close"
    return "like" if alike >= _LIKE else "different"


def _word(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    return "exact" if one == other else _graded(one, other)


def _date(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "exact"
    if len(one) != len(other):
        return "part" if one.startswith(other) or other.startswith(one) else "different"
    if len(one) == _WHOLE_DATE and one == other[:4] + other[6:] + other[4:6]:
        return "turned"
    slips = OSA.distance(one, other, score_cutoff=_SOME)
    return "close" if slips == 1 else "near" if slips == _SOME else "different"


def _code(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    if one == other:
        return "exact"
    slips = OSA.distance(one, other, score_cutoff=_SOME)
    return "close" if slips == 1 else "near" if slips == _SOME else "different"


def _number(one: str, other: str) -> str:
    if not one or not other:
        return MISSING
    return "exact" if one == other else "close" if OSA.distance(one, other, score_cutoff=1) <= 1 else "different"


def _sex(one: str, other: str) -> str:
    return MISSING if not one or not other else "exact" if one == other else "different"


def _identifiers(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> str:
    """Compare by schemes that both have; people change passports, so one that agrees counts more than one that not."""
    levels = {_number(first, second) for scheme, first in one for known, second in other if scheme == known}
    return next((level for level in NUMBER_LEVELS if level in levels), MISSING)
