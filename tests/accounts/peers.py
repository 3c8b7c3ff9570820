"""An OpenID provider that is not ours: a process's own HTTP server, honest or wrong in one thing at a time."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

JSON = Any
CORE = "https://vocab.account.gov.uk/v1/coreIdentityJWT"
CLIENT, SUBJECT = "our-client", "urn:fdc:gov.uk:2022:somebody"
Spoil = Callable[[dict[str, JSON]], None]


@dataclass
class Wrong:
    """What the provider gets wrong: in the ID token, in the core identity, in its other answers."""

    id_token: dict[str, JSON] = field(default_factory=dict)
    id_header: dict[str, JSON] = field(default_factory=dict)
    core: dict[str, JSON] = field(default_factory=dict)
    core_header: dict[str, JSON] = field(default_factory=dict)
    userinfo: dict[str, JSON] = field(default_factory=dict)
    discovery: dict[str, JSON] = field(default_factory=dict)
    did: dict[str, JSON] = field(default_factory=dict)
    signed_by: ECKey | None = None
    core_signed_by: ECKey | None = None
    redirects: bool = False


class Provider:
    """One provider, reached at `issuer`."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        self.key, self.core_key = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
        self.wrong = Wrong()
        self.asked: dict[str, str] = {}
        self.granted: dict[str, str] = {}
        self.heard: list[str] = []
        self.our_key: ECKey | None = None

    @property
    def did(self) -> str:
        """What the provider is called as a subject of keys."""
        return "did:web:" + self.issuer.removeprefix("http://").replace(":", "%3A")

    def authorize(self, address: str) -> dict[str, str]:
        """Read what we ask for in the address we send people to, and give what it sends them back with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return {"code": "a-code", "state": self.asked["state"]}

    def answer(self, path: str, form: dict[str, str], bearer: str) -> tuple[int, JSON]:
        """Answer one request."""
        doors: dict[str, Callable[[], tuple[int, JSON]]] = {
            "/.well-known/openid-configuration": lambda: (200, self._discovery()),
            "/jwks": lambda: (200, {"keys": [{**self.key.as_dict(private=False), "kid": self.key.thumbprint()}]}),
            "/token": lambda: self._token(form),
            "/userinfo": lambda: (200, self._userinfo()) if bearer == "an-access-token" else (401, {}),
            "/did.json": lambda: (200, self._did()),
        }
        return doors.get(path, lambda: (404, {}))()

    def _discovery(self) -> JSON:
        ends = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("token", "userinfo")}
        at = {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize"}
        return {**at, **ends, "jwks_uri": f"{self.issuer}/jwks", **self.wrong.discovery}

    def _token(self, form: dict[str, str]) -> tuple[int, JSON]:
        self.granted = form
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if challenge.rstrip("=") != self.asked["code_challenge"] or form["redirect_uri"] != self.asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if self.our_key and not self._knows_us(form, self.our_key):
            return 401, {"error": "invalid_client"}
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self._id_token()}

    def _knows_us(self, form: dict[str, str], key: ECKey) -> bool:
        claims = jwt.decode(form["client_assertion"], key, algorithms=["ES256"]).claims
        return (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT, CLIENT, f"{self.issuer}/token")

    def _id_token(self) -> str:
        now, half = int(time.time()), hashlib.sha256(b"an-access-token").digest()[:16]
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": SUBJECT, "iat": now, "exp": now + 120, "vot": "Cl.Cm",
            "nonce": self.asked["nonce"], "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
        }  # fmt: skip
        key = self.wrong.signed_by or self.key
        return signed({**claims, **self.wrong.id_token}, key, {"kid": self.key.thumbprint(), **self.wrong.id_header})

    def _userinfo(self) -> JSON:
        now = int(time.time())
        named = {"name": [{"nameParts": [{"type": "FamilyName", "value": "Tamblyn"}]}]}
        claims = {
            "iss": f"{self.issuer}/", "aud": CLIENT, "sub": SUBJECT, "exp": now + 1800, "iat": now, "vot": "P2",
            "vc": {"credentialSubject": {**named, "birthDate": [{"value": "1967-06-21"}]}},
        }  # fmt: skip
        key = self.wrong.core_signed_by or self.core_key
        text = signed({**claims, **self.wrong.core}, key, {"kid": f"{self.did}#k1", **self.wrong.core_header})
        return present({"sub": SUBJECT, CORE: text, **self.wrong.userinfo})

    def _did(self) -> JSON:
        method = {"id": f"{self.did}#k1", "type": "JsonWebKey", "controller": self.did}
        return {
            "id": self.did,
            "assertionMethod": [{**method, "publicKeyJwk": self.core_key.as_dict(private=False), **self.wrong.did}],
        }


def signed(claims: dict[str, JSON], key: ECKey, header: dict[str, JSON]) -> str:
    """Sign; by ``none`` or ``HS256`` as an attacker would."""
    given = present({"alg": "ES256", "typ": "JWT", **header})
    if given["alg"] == "ES256":
        return jwt.encode(given, present(claims), key)
    parts = (json.dumps(each).encode() for each in (given, present(claims)))
    text = ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts)
    # The old confusion: the public key, which everybody has, taken for a shared secret.
    mac = hmac.digest(key.as_pem(private=False), text.encode(), "sha256") if given["alg"] == "HS256" else b""
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def present(claims: dict[str, JSON]) -> dict[str, JSON]:
    """Leave out what is None."""
    return {name: value for name, value in claims.items() if value is not None}


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider for as long as the block does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply({name: values[0] for name, values in parse_qs(text).items()})

        def reply(self, form: dict[str, str]) -> None:
            provider.heard.append(self.path)
            if provider.wrong.redirects and not self.path.startswith("/elsewhere"):
                self.send_response(307)
                self.send_header("Location", f"/elsewhere{self.path}")
                self.end_headers()
                return
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, said = provider.answer(urlsplit(self.path).path, form, bearer)
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(server)
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
