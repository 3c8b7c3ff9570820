"""The doors of OAuth 2: tokens, the sign-in of staff through a client, and what is published about both.

django-oauth-toolkit keeps the protocol (RFC 6749, 7009, 7636, 9207); here stands what it lacks: two secrets at a time,
``private_key_jwt`` (RFC 7523), rate limits, and that staff only use clients of their own organisation.
"""

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_GET
from oauth2_provider.exceptions import OAuthToolkitError
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import AuthorizationView, OAuthServerMetadataView, TokenView
from oauthlib.oauth2 import AccessDeniedError, OAuth2Error

from identity import assertions, clients, event_keys, sessions, signatures
from identity.models import Account, Client

ADDRESS = "tellusonce.address"
A_DAY = 24 * 3600


class SlowDown(OAuth2Error):  # type: ignore[misc]  # oauthlib ships no types
    """The client asks for tokens more often than it may."""

    error = "slow_down"
    status_code = 429

    def __init__(self, refused: clients.TooMany) -> None:
        super().__init__(description=str(refused))
        self.wait = refused.wait

    @property
    def headers(self) -> dict[str, str]:
        """Say when to come again."""
        return {"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": str(self.wait)}


class Validator(OAuth2Validator):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """Who a client is, by one of its secrets or by an assertion that it signed; never by both at once."""

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Ask for proof whenever some is brought, as well as where the toolkit does."""
        return _brings(request, "client_assertion") or bool(
            super().client_authentication_required(request, *args, **kwargs)
        )

    def authenticate_client(self, request: Any, *_: Any, **__: Any) -> bool:
        """Say whether it is the client that it says, and count the request. Raises SlowDown."""
        by = self._by_assertion if _brings(request, "client_assertion") else self._by_secret
        if not by(request):
            return False
        try:
            clients.spend(request.client)
        except clients.TooMany as error:
            raise SlowDown(error) from error
        return True

    def _by_secret(self, request: Any) -> bool:
        return bool(super().authenticate_client(request)) and request.client.jwks is None

    def _check_secret(self, provided: str, kept: str) -> bool:
        """Try the newest secret and, while it counts, the former one; both are salted, so what is kept is one's own."""
        if super()._check_secret(provided, kept):
            return True
        former = Client.objects.filter(client_secret=kept, former_secret_until__gt=Now()).exclude(former_secret="")
        return any(check_password(provided, each.former_secret) for each in former)

    def _by_assertion(self, request: Any) -> bool:
        if request.client_assertion_type != assertions.TYPE or self._extract_basic_auth(request):
            return False
        if _brings(request, "client_secret"):
            return False
        name = assertions.named(request.client_assertion)
        client = self._load_application(name, request)
        if client is None or client.jwks is None or request.client_id not in {None, "", name}:
            return False
        token_endpoint = request.headers[ADDRESS]
        issuer = token_endpoint.removesuffix("/oauth/token/")
        try:
            assertions.verify(client, request.client_assertion, audiences={token_endpoint, issuer})
        except assertions.Unfit:
            return False
        request.client_id = name
        return True


def _brings(request: Any, name: str) -> bool:
    return bool(getattr(request, name, None))


class Token(TokenView):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """Issues tokens to clients."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Note at which address we are asked: an assertion has to name it."""
        request.META[ADDRESS] = request.build_absolute_uri(request.path)
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class Authorise(AuthorizationView):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """Sends a member of staff, signed in here, back to their organisation's system with a code.

    There is nothing to agree to: the system is their own organisation's, and they can do no more through it.
    """

    http_method_names = ("get", "head", "options")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find out who is signed in; whoever is not is sent to sign in first."""
        visitor = sessions.visitor(request)
        account = Account.objects.filter(pk=visitor.account).first() if visitor and visitor.account else None
        request.user = account or AnonymousUser()
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def handle_no_permission(self) -> HttpResponseBase:
        """Send somebody to sign in, once there is a page for it."""
        if settings.LOGIN_URL or "none" in self.request.GET.get("prompt", "").split():
            response: HttpResponseBase = super().handle_no_permission()
            return response
        words = "Sign in to Tell Us Once, and then follow this address again."
        return JsonResponse({"error": "login_required", "error_description": words}, status=HTTPStatus.UNAUTHORIZED)

    def create_authorization_response(self, request: Any, scopes: Any, credentials: Any, allow: Any) -> Any:
        """Refuse where the client is another organisation's; its own address is told so (RFC 6749 section 4.1.2.1)."""
        client = Client.objects.get(client_id=credentials["client_id"])
        if client.organisation not in clients.organisations_of(request.user):
            denied = AccessDeniedError(state=credentials.get("state"))
            denied.redirect_uri = credentials["redirect_uri"]
            raise OAuthToolkitError(error=denied, redirect_uri=denied.redirect_uri)
        return super().create_authorization_response(request, scopes, credentials, allow)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Say what is wrong with a request that cannot be sent back to anybody: a system made it, and not a person."""
        error = context["error"]
        return JsonResponse({"error": error.error, "error_description": error.description}, status=kwargs["status"])


class Metadata(OAuthServerMetadataView):  # type: ignore[misc]  # django-oauth-toolkit ships no types
    """What a client has to know, by RFC 8414."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Publish it, with what the toolkit does not know of."""
        published = json.loads(super().get(request, *args, **kwargs).content)
        algorithms = list(assertions.ALGORITHMS)
        published |= {
            "jwks_uri": request.build_absolute_uri("/.well-known/jwks.json"),
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        }
        return _published(published)


@require_GET
def keys(_: HttpRequest) -> HttpResponse:
    """Publish the public keys by which anybody verifies what this service signs (RFC 7517)."""
    return _published({"keys": [*signatures.public_keys()["keys"], *event_keys.public()]})


def _published(document: dict[str, Any]) -> HttpResponse:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={A_DAY}"}
    return JsonResponse(document, headers=headers)
