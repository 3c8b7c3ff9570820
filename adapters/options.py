"""Read an endpoint's settings as its adapter's ``Options``, once per version of the route."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from adapters import mapping
from adapters.contract import Endpoint, Misconfigured

Model = TypeVar("Model", bound=BaseModel)


def _compiled(text: str) -> str:
    mapping.compile(text)
    return text


Mapping = Annotated[str, AfterValidator(_compiled), Field(max_length=50_000, description="A JMESPath expression")]


def read(model: type[Model], endpoint: Endpoint) -> Model:
    """Return the settings. Raises Misconfigured (``settings-invalid``); the catalogue has said why before."""
    if not endpoint.digest:
        return _valid(model, endpoint)
    return _kept(model, endpoint.digest)(endpoint)  # type: ignore[return-value]


@lru_cache(maxsize=2048)
def _kept(model: type[BaseModel], _digest: str) -> Callable[[Endpoint], BaseModel]:
    """Keep one reading per version; the endpoint itself cannot be a key."""
    found: list[BaseModel] = []

    def reading(endpoint: Endpoint) -> BaseModel:
        if not found:
            found.append(_valid(model, endpoint))
        return found[0]

    return reading


def _valid(model: type[Model], endpoint: Endpoint) -> Model:
    try:
        return model.model_validate(dict(endpoint.settings))
    except ValidationError:
        raise Misconfigured("settings-invalid") from None


def faults(model: type[BaseModel], endpoint: Endpoint) -> tuple[str, ...]:
    """Say what is wrong in the settings, a sentence each with where and what; nothing of their values."""
    try:
        model.model_validate(dict(endpoint.settings))
    except ValidationError as error:
        return tuple(
            f"`{'.'.join(map(str, fault['loc']))}`: {fault['msg']}" for fault in error.errors(include_url=False)
        )
    return ()
