"""Read an endpoint's settings as its adapter's ``Options``, once per version of the route."""

from typing import Annotated, TypeVar, cast

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from adapters import certificates, credentials, mapping
from adapters.contract import Endpoint, Misconfigured

Model = TypeVar("Model", bound=BaseModel)

KEPT = 2048
_kept: dict[tuple[type[BaseModel], str], BaseModel] = {}


def _compiled(text: str) -> str:
    mapping.compile(text)
    return text


Mapping = Annotated[str, AfterValidator(_compiled), Field(max_length=50_000, description="A JMESPath expression")]


class Common(credentials.Settings):
    """What every adapter's settings may say; the drain sees to it, so that no adapter has to."""

    tls: certificates.Settings | None = Field(None, description="Our certificate, and whose of theirs we believe")
    test_endpoint: bool = Field(default=False, description="Nobody real is kept there: it may be checked unasked")


def read(model: type[Model], endpoint: Endpoint) -> Model:
    """Return the settings. Raises Misconfigured (``settings-invalid``); the catalogue has said why before."""
    key = (model, endpoint.digest)
    if not endpoint.digest:
        return _valid(model, endpoint)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        found = _kept[key] = _valid(model, endpoint)
    return cast("Model", found)


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
