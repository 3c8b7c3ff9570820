"""A sign-in for development and the demonstration: a small OpenID provider, made with our own django-oauth-toolkit.

It speaks as GOV.UK One Login does, vectors of trust and core identity included, and lets anybody be whom they choose.
So it exists only with the setting DEVELOPMENT_SIGN_IN, which the settings refuse for anything but this machine.
"""

import time
import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html, format_html_join
from joserfc import jwt
from joserfc.jwk import ECKey
from oauth2_provider.exceptions import OAuthToolkitError
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.openid import Server

from identity.models import Account, Client
from identity.oidc import CORE_IDENTITY
from identity.providers import CoreIdentity, Provider

NAME, CLIENT_ID, PATH = "development", "development-sign-in", "/development/sign-in"
GOOD_FOR_SECONDS = 300
VECTOR = "Cl.Cm.P2"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A fictional person whom a developer may be."""

    given: str
    family: str
    born_on: str


# By words that say nothing of them: an account's login is made of them, and may hold no name.
PEOPLE = {
    "first": Somebody("Josephine", "Tamblyn", "1967-06-21"),
    "second": Somebody("Albert", "Tamblyn-Oakes", "1939-12-01"),
    "third": Somebody("Ottoline", "Brack", "1984-02-29"),
}


def provider(base: str) -> Provider:
    """Describe it to the side that signs in: `base` is where the service itself is reached."""
    issuer = f"{base}{PATH}"
    return Provider(
        name=NAME,
        title="Development sign-in",
        lets_in="citizens",
        issuer=issuer,
        client_id=CLIENT_ID,
        vtr=(VECTOR,),
        core_identity=CoreIdentity(issuer=f"{issuer}/", keys=f"{issuer}/jwks"),
    )


def configuration(request: HttpRequest) -> HttpResponse:
    """Publish where everything is (OpenID Connect Discovery 1.0)."""
    issuer = _issuer(request)
    names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
    return JsonResponse(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks",
            **{f"{name}_endpoint": f"{issuer}/{end}" for name, end in names.items()},
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def jwks(_: HttpRequest) -> HttpResponse:
    """Publish the key."""
    key = _key()
    return JsonResponse({"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig"}]})


def authorize(request: HttpRequest) -> HttpResponse:
    """Be whom ``login_hint`` names, at once; without one, choose from a list."""
    hint = request.GET.get("login_hint", "")
    if hint not in PEOPLE:
        return _choice(request)
    _register(request)
    request.user = _account(hint)  # whom django-oauth-toolkit writes on the code
    core = OAuthLibCore(Server(Validator()))
    try:
        scopes, asked = core.validate_authorization_request(request)
        address, *_ = core.create_authorization_response(request, scopes, asked, allow=True)
    except OAuthToolkitError as error:
        return JsonResponse({"error": error.oauthlib_error.error}, status=400)
    return HttpResponseRedirect(_named(address, _issuer(request)))


def token(request: HttpRequest) -> HttpResponse:
    """Give tokens for a code, to whoever has its verifier (RFC 7636)."""
    # oauthlib hands no request of Django's to the validator: what it signs depends on where we are reached.
    core = OAuthLibCore(Server(Validator(_issuer(request))))
    _, headers, body, status = core.create_token_response(request)
    return HttpResponse(body, status=status, headers={"Content-Type": "application/json", **dict(headers)})


def userinfo(request: HttpRequest) -> HttpResponse:
    """Say who it is, signed, to whoever brings the access token."""
    asked = SimpleNamespace(uri="")
    text = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not OAuth2Validator().validate_bearer_token(text, ["openid"], asked):
        return JsonResponse({"error": "invalid_token"}, status=401)
    hint = asked.user.login.removeprefix(f"{NAME}-")
    return JsonResponse({"sub": _subject(hint), CORE_IDENTITY: _core_identity(hint, _issuer(request))})


class Validator(OAuth2Validator):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """django-oauth-toolkit's own, but for the one scope that there is and the key that signs."""

    def __init__(self, issuer: str = "") -> None:
        super().__init__()
        self.issuer = issuer

    def validate_scopes(self, *_: Any, **__: Any) -> bool:
        """Let nothing be asked for but who it is."""
        return True

    def get_default_scopes(self, *_: Any, **__: Any) -> list[str]:
        """Give the one scope."""
        return ["openid"]

    def finalize_id_token(self, id_token: dict[str, Any], _: Any, __: Any, request: Any) -> str:
        """Sign it as One Login does."""
        hint = request.user.login.removeprefix(f"{NAME}-")
        now = int(time.time())
        said = {"iss": self.issuer, "sub": _subject(hint), "vot": VECTOR, "iat": now, "exp": now + GOOD_FOR_SECONDS}
        return _signed({**id_token, **said, "aud": CLIENT_ID, "jti": str(uuid.uuid4())})

    def _load_id_token(self, _: str) -> None:
        """Keep no ID token: nobody asks for one again."""


def _issuer(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}{PATH}"


def _choice(request: HttpRequest) -> HttpResponse:
    rows = [
        (f"{request.path}?{urlencode({**request.GET.dict(), 'login_hint': hint})}", each.given, each.family)
        for hint, each in PEOPLE.items()
    ]
    links = format_html_join("", '<li><a href="{}">{} {}</a></li>', rows)
    page = '<!doctype html><html lang="en"><title>Development sign-in</title><h1>Who are you?</h1><ul>{}</ul></html>'
    return HttpResponse(format_html(page, links))


def _register(request: HttpRequest) -> None:
    """Have the service itself as the one client, sent back to where it is reached now."""
    back = f"{request.scheme}://{request.get_host()}/accounts/providers/{NAME}/return"
    Client.objects.update_or_create(
        client_id=CLIENT_ID,
        defaults={
            "name": CLIENT_ID,
            "organisation": NAME,
            "scopes": [],
            "client_type": Client.CLIENT_PUBLIC,
            "authorization_grant_type": Client.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": back,
        },
    )


def _account(hint: str) -> Account:
    account, _ = Account.objects.get_or_create(login=f"{NAME}-{hint}", defaults={"password": "!", "is_active": True})
    return account


def _subject(hint: str) -> str:
    return f"urn:tell-us-once:development:{hint}"


def _core_identity(hint: str, issuer: str) -> str:
    person, now = PEOPLE[hint], int(time.time())
    parts = [{"type": "GivenName", "value": person.given}, {"type": "FamilyName", "value": person.family}]
    subject = {"name": [{"nameParts": parts}], "birthDate": [{"value": person.born_on}]}
    said = {"iss": f"{issuer}/", "aud": CLIENT_ID, "sub": _subject(hint), "iat": now, "exp": now + GOOD_FOR_SECONDS}
    credential = {"type": ["VerifiableCredential", "IdentityCheckCredential"], "credentialSubject": subject}
    return _signed({**said, "vot": "P2", "vtm": f"{issuer}/trustmark", "vc": credential})


def _signed(claims: dict[str, Any]) -> str:
    key = _key()
    return jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, claims, key)


def _key() -> ECKey:
    """Derive the key from SECRET_KEY, so that every process has the same and none is kept."""
    drawn = salted_hmac("identity.development", "key", algorithm="sha512").digest()
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)
    private = ec.derive_private_key(int.from_bytes(drawn) % (order - 1) + 1, ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ECKey.import_key(pem)


def _named(address: str, issuer: str) -> str:
    """Say who answers (RFC 9207): this provider, not the service's own."""
    parts = urlsplit(address)
    said = dict(parse_qsl(parts.query)) | {"iss": issuer}
    return parts._replace(query=urlencode(said)).geturl()
