"""Put credentials on a request: bearer, basic and API keys, and the demand for an access token.

Settings name secrets, they never hold them. A secret that is named and not there fails closed: nothing is sent.
Sources: RFC 7617 (basic), RFC 6750 (bearer), RFC 6749 section 4.4 (client credentials), read November 2026.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters import addresses
from adapters.contract import Misconfigured, Request, TokenDemand

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}$")]
SecretName = Annotated[str, Field(min_length=1, max_length=100, description="The name of a secret, not the secret")]


class Settings(BaseModel):
    """What all models of settings have in common: closed, frozen, and silent about what they were given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Bearer(Settings):
    """``Authorization: Bearer`` with the secret as it is."""

    kind: Literal["bearer"]
    secret: SecretName


class Basic(Settings):
    """``Authorization: Basic`` with the secret as the password."""

    kind: Literal["basic"]
    username: str = Field(min_length=1, max_length=200, pattern=r"^[^:\x00-\x1f]+$")
    secret: SecretName


class ApiKey(Settings):
    """The secret in a header of the recipient's choice."""

    kind: Literal["api-key"]
    secret: SecretName
    header: HeaderName = "X-API-Key"


def _is_address(text: str) -> str:
    if wrong := addresses.fault(text):
        raise ValueError(wrong)
    return text


class OAuth2(Settings):
    """An access token from their authorisation server, fetched by the egress with the secret, or a key, as ours."""

    kind: Literal["oauth2"]
    token_url: Annotated[str, AfterValidator(_is_address)] = Field(max_length=500, description="Where tokens are given")
    client_id: str = Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")
    secret: SecretName
    scope: str = Field(
        "", max_length=500, pattern=r"^([!#-\[\]-~]+( [!#-\[\]-~]+)*)?$", description="With spaces between"
    )
    audience: str = Field("", max_length=500, pattern=r"^[!-~]*$", description="Whom it is for, where they ask that")
    method: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"] = "client_secret_basic"
    key_id: str = Field("", max_length=200, pattern=r"^[!-~]*$", description="What they call our key (`kid`)")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.key_id and self.method != "private_key_jwt":
            raise ValueError("has a `key_id` and no key; take it out, or let `method` be private_key_jwt")
        return self

    def demand(self, *, keys: Mapping[str, str]) -> TokenDemand:
        """Say which token is wanted. Raises Misconfigured: ``key-missing`` or ``key-malformed``."""
        read = text if self.method == "private_key_jwt" else key
        told = read(self.secret, keys=keys)
        return TokenDemand(self.token_url, self.client_id, told, self.method, self.scope, self.audience, self.key_id)


Auth = Annotated[Bearer | Basic | ApiKey | OAuth2, Field(discriminator="kind")]


def authorised(request: Request, auth: Auth | None, *, keys: Mapping[str, str]) -> Request:
    """Put on what authenticates us. Raises Misconfigured: ``key-missing`` or ``key-malformed``."""
    if auth is None:
        return request
    if isinstance(auth, OAuth2):
        return replace(request, token=auth.demand(keys=keys))
    headers = {**request.headers, **_header(auth, keys=keys)}
    return Request(request.url, headers, request.body, request.method)


def _header(auth: Bearer | Basic | ApiKey, *, keys: Mapping[str, str]) -> dict[str, str]:
    secret = key(auth.secret, keys=keys)
    if isinstance(auth, Bearer):
        return {"Authorization": f"Bearer {secret}"}
    if isinstance(auth, Basic):
        pair = f"{auth.username}:{secret}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    return {auth.header: secret}


def text(name: str, *, keys: Mapping[str, str]) -> str:
    """Look up a secret of any number of lines. Raises Misconfigured: ``key-missing``."""
    secret = keys.get(name, "")
    if not secret:
        raise Misconfigured("key-missing")
    return secret


def key(name: str, *, keys: Mapping[str, str]) -> str:
    """Look up a secret. Raises Misconfigured: ``key-missing``, or ``key-malformed`` if it cannot stand in a header."""
    secret = text(name, keys=keys)
    if not secret.isprintable() or not secret.isascii():
        raise Misconfigured("key-malformed")
    return secret
