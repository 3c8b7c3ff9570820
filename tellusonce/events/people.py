"""People by their names, and how to reach them."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tellusonce.events.definitions import Fault
from tellusonce.events.parts import PRIVATE, Part, Text

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,63}")
_PHONE = re.compile(r"\+?\d{7,15}", re.ASCII)
_LONGEST_EMAIL = 254

Sex = Literal["male", "female", "indeterminate"]
MaritalStatus = Literal[
    "single",
    "married",
    "civil-partnership",
    "separated",
    "divorced",
    "civil-partnership-dissolved",
    "widowed",
    "surviving-civil-partner",
]


def check_email(text: str) -> str:
    """Accept what looks like an e-mail address; only a message to it proves it."""
    if len(text) > _LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        raise PydanticCustomError("email", "must be an e-mail address, like name@example.com")
    return text


def check_phone(text: str) -> str:
    """Accept 7 to 15 digits, written in any of the usual ways; numbers abroad start with +."""
    squeezed = re.sub(r"\(0\)|[\s().-]", "", text) if text.startswith("+") else re.sub(r"[\s().-]", "", text)
    if not _PHONE.fullmatch(squeezed):
        raise PydanticCustomError("phone", "must be a telephone number, like 020 7946 0018 or +44 20 7946 0018")
    return squeezed


Email = Annotated[str, AfterValidator(check_email), PRIVATE]
Phone = Annotated[str, AfterValidator(check_phone), PRIVATE]
ContactRoute = Literal["email", "phone", "text", "post"]
LetterLanguage = Literal["english", "welsh"]


class Name(Part):
    """A name as it is written; somebody with one name only has it as family name."""

    title: Text | None = Field(None, title="Title")
    given: tuple[Text, ...] = Field((), title="Given names", max_length=12)
    family: Text = Field(title="Family name")
    suffix: Text | None = Field(None, title="Letters after the name")


class OtherName(Name):
    """A name that the person also uses, or once had; `words` are the register's own."""

    use: Literal["alias", "former", "maiden"] = Field(title="Kind of other name")
    words: Text | None = Field(None, title="How the other name is described")


class Invited(Part):
    """Another adult, as far as it takes to ask them: they tell for themselves, if they wish to."""

    name: Name = Field(title="Name")
    email: Email | None = Field(None, title="E-mail address")
    phone: Phone | None = Field(None, title="Telephone number")


def unreachable(path: str, invited: Mapping[str, Any]) -> Iterator[Fault]:
    """Find that an invitation has no way to go."""
    if not (invited.get("email") or invited.get("phone")):
        yield Fault(f"{path}.email", "Enter the e-mail address or the telephone number to which the invitation goes")
