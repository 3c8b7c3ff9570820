"""What every part of an answer has in common: frozen, closed, and titled in plain words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

Text = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=1000)]
YesNo = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=0, le=99)]


@dataclass(frozen=True)
class Mark:
    """A word about a field that agreements, previews and faults read; it is published as ``x-<word>``."""

    word: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the mark beside the field's own schema."""
        return {**handler(schema), f"x-{self.word}": True}


# Article 9 of the UK GDPR: whoever is granted such a field needs a condition of its own.
SENSITIVE = Mark("sensitive")
# What a reference alone does not reveal, beside addresses and numbers as such.
PRIVATE = Mark("private")
# A part that is about one person, so that a fault can say whose name is missing.
PERSON = Mark("person")
# Another adult, who is asked for their own word: what is said here reaches them, and no agreement may grant it.
INVITED = Mark("invited")


class Part(BaseModel):
    """A group of fields; what is not given is absent, and what is not known here is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def dig(data: Mapping[str, Any], path: str) -> Any:
    """Find the value at a dotted path without list indexes, or None where the answers do not reach."""
    found: Any = data
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def items(data: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each group of the list at a dotted path, with its own path; what is no group there is passed over."""
    found = dig(data, path)
    for place, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, Mapping):
            yield f"{path}.{place}", item
