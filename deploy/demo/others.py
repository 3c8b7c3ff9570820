"""Somebody else each time the story is told again: a person dies once, and a second report of it would join the first.

The first telling is as story.yaml has it; in every further one the same names and numbers give way to others, in the
story and in what is owed alike.
"""

import calendar
import random
import re
from collections.abc import Mapping

GIVEN = ("Ottoline", "Perpetua", "Leocadia", "Araminta", "Hephzibah", "Zenobia", "Clementina", "Philippa", "Thomasina")
FAMILY = ("Wrenfold", "Quillhaven", "Marshgate", "Hollowbeck", "Thistlewade", "Ravensmoor", "Elderfen", "Dunmarrow")
LETTERS = "BCDFGHJKLMNPRSTVWXY"


def varied(text: str, *, telling: int) -> str:
    """Tell it of somebody else; the first telling (0) is left as it is."""
    if telling == 0:
        return text
    others = _others(random.Random(telling))  # noqa: S311 - a story, and the same in both files
    known = re.compile("|".join(sorted(map(re.escape, others), key=len, reverse=True)))
    return known.sub(lambda found: others[found.group()], text)


def _others(dice: random.Random) -> Mapping[str, str]:
    """Give what stands for each name and number of the first story."""
    first, second, maiden = dice.sample(GIVEN, 2) + dice.sample(FAMILY, 1)
    family = f"{dice.choice(FAMILY)}{dice.choice(LETTERS).lower()}{dice.choice(('ham', 'ton', 'by', 'wick'))}"
    year, month, day = dice.randrange(1925, 1950), dice.randrange(1, 13), dice.randrange(1, 29)
    return {
        "Tamblyn-Oakes": family,
        "TAMBLYN-OAKES": family.upper(),
        "Tamblyn": family,
        "tamblyn": family.lower(),
        "Pennyfather": maiden,
        "Wilhelmina": first,
        "Rosalind": second,
        "1941-03-09": f"{year}-{month:02}-{day:02}",
        "09/03/1941": f"{day:02}/{month:02}/{year}",
        "9 March 1941": f"{day} {calendar.month_name[month]} {year}",
        "QQ654321B": f"QQ{dice.randrange(100000, 999999)}B",
        "9994126075": _nhs(dice),
        "533718204": str(dice.randrange(100_000_000, 999_999_999)),
        "TAMBL453091WR9AB": _driver(family, f"{year}", month, day, first + second),
        "ZX19KLM": f"ZX{dice.randrange(10, 80)}{''.join(dice.choices(LETTERS, k=3))}",
        "7QX4PD": "".join(dice.choices("2346789" + LETTERS, k=6)),
        "500441706": str(dice.randrange(500_000_000, 599_999_999)),
        "HP/7731/WTO": f"HP/{dice.randrange(1000, 9999)}/{first[0]}{second[0]}{family[0]}",
    }


def _nhs(dice: random.Random) -> str:
    """Draw a number that begins with 999, as no patient's does, with its check digit (modulus 11)."""
    while True:
        digits = [9, 9, 9, *(dice.randrange(10) for _ in range(6))]
        check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:  # noqa: PLR2004 - there is no such digit
            return "".join(map(str, digits)) + str(check % 11)


def _driver(family: str, year: str, month: int, day: int, given: str) -> str:
    """Write a driver number of the usual form: name, decade, month (fifty more for a woman), day, year, initials."""
    initials = "".join(letter for letter in given if letter.isupper())[:2].ljust(2, "9")
    return f"{family[:5].upper().ljust(5, '9')}{year[2]}{month + 50:02}{day:02}{year[3]}{initials}9AB"
