"""The steps of a behaviour: what a recipient does with what it is sent."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from adapters import contract


def _among(known: Collection[str]) -> AfterValidator:
    """Take only words of the contract."""

    def check(word: str) -> str:
        if word not in known:
            raise ValueError(f"one of {', '.join(sorted(known))}")
        return word

    return AfterValidator(check)


Outcome = Annotated[str, _among(contract.OUTCOMES)]
ActionCode = Annotated[str, _among(contract.ACTION_CODES)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Times = Annotated[int, Field(ge=1)]
Status = Annotated[int, Field(ge=300, le=599)]


class Strict(BaseModel):
    """No name that is not written here is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Action(Strict):
    """One thing that the recipient did: a code and the day, ``today`` or ISO 8601."""

    code: ActionCode
    on: str | None = "today"


class OwnNumber(Strict):
    """A number by which the recipient knows the person; ``{their_reference}`` in it is filled as in replies."""

    scheme: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=50)]
    value: Annotated[str, Field(min_length=1, max_length=100)]


class Answer(Strict):
    """What the recipient says it did."""

    outcome: Outcome
    actions: tuple[Action, ...] = ()
    note: str = ""
    numbers: tuple[OwnNumber, ...] = ()


class Confirm(Answer):
    """The same, said afterwards and by itself."""

    after_s: Seconds = 1
    by: Literal["rest", "soap", "soap12", "file", "mail"] = "rest"


class Refusal(Strict):
    """An HTTP status, or a SOAP fault when `fault` is given; for the first `times` tries of a message, or for ever."""

    status: Status | None = None
    fault: Literal["client", "server"] | None = None
    times: Times | None = None
    retry_after_s: int | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.status is None and self.fault is None:
            raise ValueError("give a status or a fault")
        return self


class Trouble(Strict):
    """Something other than a proper reply; `after_taking` means that the effect happened all the same."""

    times: Times | None = None
    after_taking: bool = False


class Hostility(Trouble):
    """A reply that is meant to harm."""

    kind: Literal["redirect", "huge", "trickle", "entities", "empty"]
    to: str = "http://192.0.2.1/elsewhere"


def _named(key: str) -> BeforeValidator:
    """Let the one value that matters stand for the whole."""
    return BeforeValidator(lambda value: value if isinstance(value, dict | BaseModel) else {key: value})


def _unless(value: Any) -> Any:
    return {} if value is True else value


def _first(value: Any) -> Any:
    """503 is what a failing gateway says."""
    if isinstance(value, int):
        value = {"times": value}
    if isinstance(value, dict) and not value.keys() & {"status", "fault"}:
        return {"status": 503, **value}
    return value


def _bounded(value: Refusal | None) -> Refusal | None:
    if value is not None and value.times is None:
        raise ValueError("say how many times")
    return value


Troubled = Annotated[Trouble, BeforeValidator(_unless)]


class Step(Strict):
    """One line of a behaviour: exactly one of these."""

    delay_s: Seconds | None = None
    fail_first: Annotated[Refusal, BeforeValidator(_first), AfterValidator(_bounded)] | None = None
    refuse: Annotated[Refusal, _named("status")] | None = None
    never_answers: Troubled | None = None
    drop: Troubled | None = None
    malformed: Troubled | None = None
    hostile: Annotated[Hostility, _named("kind")] | None = None
    answer: Annotated[Answer, _named("outcome")] | None = None
    not_known: Literal[True] | None = None
    confirm: Confirm | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.value is None:
            raise ValueError(f"a step is exactly one of: {', '.join(type(self).model_fields)}")
        return self

    @property
    def name(self) -> str:
        """Which of them this is."""
        return next(iter(self.model_fields_set))

    @property
    def value(self) -> Any:
        """What was said for it."""
        return getattr(self, self.name)

    @property
    def is_fault(self) -> bool:
        """Whether it answers with a SOAP fault."""
        return isinstance(self.value, Refusal) and self.value.fault is not None
