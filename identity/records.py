"""What is known of a person: the one sealed record, names and addresses with the time they were in use."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from identity import identifiers, traits
from identity.traits import Traits

_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_EARLIEST = 1850
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,63}")
_COMPARED_SEXES = {"male", "female"}
# How an answer's part of a report names what has a scheme here.
_TOLD_SCHEMES = {"nhs_number": "nhs", "driver_number": "driver", "passports": "passport", "vehicles": "vehicle"}

Adjustment = Literal["large-print", "bsl", "easy-read", "no-phone"]


def check_partial(text: str) -> str:
    """Accept a whole date, a month or a year (ISO 8601-1:2019, reduced precision)."""
    if not _is_a_date(text):
        raise PydanticCustomError(
            "partial_date", "must be a real date like 1954-04-11, or 1954-04 or 1954 if only that is known"
        )
    return text


def _is_a_date(text: str) -> bool:
    shape = _PARTIAL.fullmatch(text)
    try:
        return shape is not None and dt.date(int(shape[1]), int(shape[2] or 1), int(shape[3] or 1)).year >= _EARLIEST
    except ValueError:
        return False


PartialDate = Annotated[str, AfterValidator(check_partial)]


class Part(BaseModel):
    """A group of facts; what is not given is not known, and a fault never repeats the value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Spell(Part):
    """From when and until when something held, as far as that is known."""

    since: PartialDate | None = None
    until: PartialDate | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.since and self.until and self.until < self.since[: len(self.until)]:
            raise PydanticCustomError("spell", "must not end before it began")
        return self


class Name(Spell):
    """A name; somebody with one name only has it as family name."""

    use: Literal["usual", "birth", "maiden", "former", "alias"] = "usual"
    title: str | None = None
    given: tuple[str, ...] = ()
    family: str = Field(min_length=1)
    suffix: str | None = None


class Address(Spell):
    """An address; the UPRN and a UK postcode are checked."""

    use: Literal["usual", "other", "former", "correspondence"] = "usual"
    lines: tuple[str, ...] = ()
    town: str | None = None
    county: str | None = None
    country: str | None = None
    postcode: str | None = None
    uprn: Annotated[str, AfterValidator(lambda value: _identifier("uprn", value))] | None = None
    area: str | None = None

    @model_validator(mode="after")
    def _has_a_postcode_of_its_country(self) -> Self:
        if self.postcode and not self.country and _identifier("postcode", self.postcode) != self.postcode:
            raise PydanticCustomError("postcode", "must be written with capitals and one space, like AB1 2CD")
        return self


class Contact(Part):
    """A way to reach a person; only one that they answered is verified."""

    route: Literal["email", "phone", "text"]
    value: str
    verified_at: dt.datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_in_one_way(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and isinstance(given.get("value"), str):
            write = _email if given.get("route") == "email" else _phone
            return {**given, "value": write(given["value"])}
        return given


class Identifier(Part):
    """A number by which some body knows the person, in its scheme's one way."""

    scheme: str
    value: str

    @model_validator(mode="before")
    @classmethod
    def _of_its_scheme(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and {"scheme", "value"} <= given.keys():
            return {**given, "value": _identifier(str(given["scheme"]), str(given["value"]))}
        return given


class Record(Part):
    """Everything that is known of a person."""

    names: tuple[Name, ...] = Field(min_length=1)
    born_on: PartialDate | None = None
    died_on: PartialDate | None = None
    sex: Literal["male", "female", "indeterminate"] | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    language: Literal["en", "cy"] | None = None
    adjustments: tuple[Adjustment, ...] = ()

    def traits(self) -> Traits:
        """Give what the person is recognised by: all names and addresses, former ones too."""
        return Traits(
            names=tuple(dict.fromkeys(traits.name(each.given, each.family) for each in self.names)),
            born_on=traits.born(self.born_on),
            sex=self.sex if self.sex in _COMPARED_SEXES else "",
            places=tuple(
                dict.fromkeys(
                    traits.place(each.lines, town=each.town, postcode=each.postcode) for each in self.addresses
                )
            ),
            identifiers=frozenset(
                (each.scheme, each.value) for each in self.identifiers if identifiers.find(each.scheme).is_of_one_person
            ),
        )


def united(records: Iterable[Record]) -> Record:
    """Give all that several records say of one person; where there can be one value only, the first has the word."""
    first, *others = records
    together: dict[str, Any] = {}
    for name in Record.model_fields:
        values = [getattr(each, name) for each in (first, *others)]
        if isinstance(values[0], tuple):
            together[name] = tuple(dict.fromkeys(value for group in values for value in group))
        else:
            together[name] = next((value for value in values if value is not None), None)
    return Record.model_construct(**together)


def told(part: Mapping[str, Any], *, died_on: str | None = None) -> Record:
    """Make a record of a person's part of the answers to a report, as the kinds of event shape it.

    Somebody's own words were checked where they were told; a number that fits no scheme of ours is left out here.
    """
    names = [{"use": "usual", **part["name"]}, *({**_without(each, "words")} for each in part.get("other_names", ()))]
    addresses = [*part.get("addresses", ()), *([part["address"]] if part.get("address") else [])]
    language = {"english": "en", "welsh": "cy"}.get(part.get("letter_language", ""))
    contacts = [{"route": route, "value": part[route]} for route in ("email", "phone") if part.get(route)]
    contacts = [each for each in contacts if _fits(Contact, each)]
    return Record.model_validate(
        {
            "names": names,
            "born_on": part.get("born_on"),
            "died_on": died_on,
            "sex": part.get("sex"),
            "addresses": [_without(each, "text") for each in addresses],
            "contacts": contacts,
            "identifiers": [each for each in _told_identifiers(part) if _fits(Identifier, each)],
            "language": language,
            "adjustments": ["large-print"] if part.get("needs_large_print") else [],
        }
    )


def _told_identifiers(part: Mapping[str, Any]) -> Iterable[dict[str, str]]:
    given = {**part.get("identifiers", {}), **({"nino": part["nino"]} if part.get("nino") else {})}
    for field, values in given.items():
        scheme = _TOLD_SCHEMES.get(field, field.replace("_", "-"))
        for value in values if isinstance(values, (list, tuple)) else (values,):
            yield {"scheme": scheme, "value": value}


def _fits(kind: type[Part], given: Mapping[str, str]) -> bool:
    try:
        kind.model_validate(given)
    except ValidationError:
        return False
    return True


def _without(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != name}


def _identifier(scheme: str, value: str) -> str:
    try:
        return identifiers.normalise(scheme, value)
    except (identifiers.NotAnIdentifier, identifiers.UnknownScheme) as error:
        raise PydanticCustomError("identifier", "{rule}", {"rule": str(error)}) from None


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text.strip()):
        raise PydanticCustomError("email", "must be an e-mail address, like name@example.com")
    return text.strip()


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        number = None
    # Possible, not valid: the numbers kept for drama and tests are valid nowhere.
    if number is None or not phonenumbers.is_possible_number(number):
        raise PydanticCustomError("phone", "must be a telephone number, like 020 7946 0018 or +44 20 7946 0018")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
