"""Reference numbers that can be read aloud: twelve characters in three groups, the last one a check character.

The alphabet has no vowels, so that no words arise, and none of the characters that are taken for another one
(0 O, 1 I L, 5 S, 8 B, U V Y). Its size is a prime, so that the weighted sum finds every wrong character and every
exchange of two. Eleven free characters are 49 bits: more than can be guessed at a door that counts tries.
"""

import secrets

ALPHABET = "234679CDFGHJKMNPQRTVWXZ"
LENGTH = 12
GROUP = 4


class BadReference(ValueError):
    """Not a reference of ours: mistyped, or of some other service."""

    def __init__(self) -> None:
        super().__init__(
            "A reference has 12 letters and digits, like K7MD-4RTW-X9QF. Check it against the letter you were given."
        )


def make() -> str:
    """Draw a fresh reference; that nobody has it yet is for the database to say."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return _grouped(drawn + _check_character(drawn))


def parse(text: str) -> str:
    """Bring what somebody typed into the one written form; raises BadReference."""
    typed = "".join(character for character in text.upper() if character.isalnum())
    if len(typed) != LENGTH or set(typed) - set(ALPHABET) or _check_character(typed[:-1]) != typed[-1]:
        raise BadReference
    return _grouped(typed)


def _check_character(drawn: str) -> str:
    weighted = sum(place * ALPHABET.index(character) for place, character in enumerate(drawn, start=1))
    return ALPHABET[weighted % len(ALPHABET)]


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + GROUP] for start in range(0, LENGTH, GROUP))
