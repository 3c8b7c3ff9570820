"""Prove who we are by a client certificate, and believe one authority alone, where a route says so.

Settings name secrets whose values are PEM. A certificate that cannot be used fails closed: nothing is sent.
Sources: RFC 8446 section 4.4.2 (client certificates), RFC 7468 (PEM), RFC 9325 (TLS 1.2 at least), read November 2026.
"""

import secrets
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from pydantic import Field, ValidationError, model_validator

from adapters import credentials
from adapters.contract import Endpoint, Misconfigured, Request, Tls

Trust = Callable[[], ssl.SSLContext]


class Settings(credentials.Settings):
    """Names of secrets that hold PEM: a certificate with its chain and its key, an authority of the recipient's own."""

    certificate: credentials.SecretName | None = Field(None, description="The secret with our certificate, as PEM")
    key: credentials.SecretName | None = Field(None, description="The secret with its private key, as PEM")
    authority: credentials.SecretName | None = Field(
        None, description="The secret with the only authorities that may vouch for the recipient, as PEM"
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a certificate is nothing without its key; give `certificate` and `key`, or neither")
        if self.certificate is None and self.authority is None:
            raise ValueError("says nothing; give `certificate` and `key`, `authority`, or all three")
        return self


def secured(request: Request, endpoint: Endpoint, *, at: datetime, keys: Mapping[str, str]) -> Request:
    """Add what the endpoint's `tls` asks for, whatever its adapter.

    Raises Misconfigured: ``settings-invalid``, ``tls-without-https``, ``key-missing``, or as `check` does.
    """
    told = endpoint.settings.get("tls")
    if told is None:
        return request
    wanted = _read(told)
    if not all(url.startswith("https://") for url in request.urls):
        raise Misconfigured("tls-without-https")
    names = (wanted.certificate, wanted.key, wanted.authority)
    tls = Tls(*(credentials.text(name, keys=keys) if name else "" for name in names))
    check(tls, at=at)
    return replace(request, tls=tls)


def fault(endpoint: Endpoint) -> str:
    """Say what is wrong with the endpoint's `tls` beside its shape, and what would be right; "" if nothing is."""
    if endpoint.settings.get("tls") is None or endpoint.address.startswith("https://"):
        return ""
    return "the address does not begin with https://, and `tls` goes with nothing else; change it, or take `tls` out"


def _read(told: Any) -> Settings:
    try:
        return Settings.model_validate(told)
    except ValidationError:
        raise Misconfigured("settings-invalid") from None


def check(tls: Tls, *, at: datetime) -> None:
    """See that it can be used, and now.

    Raises Misconfigured: ``certificate-unreadable``, ``certificate-key-unreadable``, ``certificate-key-misfit``,
    ``certificate-expired``, ``certificate-not-yet-valid`` or ``authority-unreadable``.
    """
    if tls.authority:
        _parsed(tls.authority, "authority-unreadable")
    if tls.certificate:
        own = _own(tls)
        if at > own.not_valid_after_utc:
            raise Misconfigured("certificate-expired")
        if at < own.not_valid_before_utc:
            raise Misconfigured("certificate-not-yet-valid")


@lru_cache(maxsize=256)
def _own(tls: Tls) -> x509.Certificate:
    own = _parsed(tls.certificate, "certificate-unreadable")[0]
    ours, theirs = (
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for public in (own.public_key(), _key(tls).public_key())
    )
    if ours != theirs:
        raise Misconfigured("certificate-key-misfit")
    return own


@lru_cache(maxsize=256)
def _parsed(pem: str, otherwise: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise Misconfigured(otherwise) from None


def _key(tls: Tls) -> Any:
    try:
        return serialization.load_pem_private_key(tls.key.encode(), password=None)
    except (ValueError, TypeError):  # TypeError: it wants a password
        raise Misconfigured("certificate-key-unreadable") from None


def context(tls: Tls | None, *, trust: Trust = ssl.create_default_context) -> ssl.SSLContext:
    """Make the client's side of TLS; `trust` gives whom we believe where no authority is named.

    Raises Misconfigured where the TLS library does not take what `check` has let through.
    """
    try:
        made = ssl.create_default_context(cadata=tls.authority) if tls and tls.authority else trust()
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if tls and tls.certificate:
            _load(made, tls)
    except (ssl.SSLError, ValueError):
        raise Misconfigured("certificate-unusable") from None
    return made


def _load(into: ssl.SSLContext, tls: Tls) -> None:
    """Hand it over in a file, as the library takes no other way; the key lies there only under a password of ours."""
    password = secrets.token_bytes(32)
    sealed = _key(tls).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.BestAvailableEncryption(password))
    with tempfile.NamedTemporaryFile() as file:
        file.write(sealed + tls.certificate.encode())
        file.flush()
        into.load_cert_chain(file.name, password=password)
