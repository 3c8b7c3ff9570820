"""Sentences put together from words, in whichever language they are said: a template, with names in braces."""

from collections.abc import Callable, Mapping

Value = str | int | tuple[str, ...]
Say = Callable[[str], str]


def put(template: str, values: Mapping[str, Value], *, say: Say = str, choice: Say = str) -> str:
    """Put values into a template: `say` translates words, `choice` one of the choices of a field.

    Written ``{Field}``, a value begins a sentence or stands by itself; written ``{field}``, it stands within one. They
    are put in one after the other, so that a value may name those that come after it.
    """
    text = say(template)
    for name, value in values.items():
        if isinstance(value, str):
            words = say(value)
            text = text.replace(f"{{{name.capitalize()}}}", words).replace(f"{{{name}}}", inside(words))
        else:
            listed = ", ".join(map(choice, value)) if isinstance(value, tuple) else str(value)
            text = text.replace(f"{{{name}}}", listed)
    return text


def inside(words: str) -> str:
    """Write a title as it stands inside a sentence: names and abbreviations keep their capitals."""
    first, _, rest = words.partition(" ")
    is_proper = first[1:] != first[1:].lower() or rest[:1].isupper()
    return words if is_proper else words[:1].lower() + words[1:]
