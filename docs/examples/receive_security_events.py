"""Take Security Event Tokens that are pushed to you (RFC 8417, RFC 8935); `joserfc` verifies them, by published keys.

    EVENTS_ISSUER=https://tell.northmoor.example EVENTS_AUDIENCE=https://health.example/events \
        TELL_ADDRESS=https://tell.northmoor.example python receive_security_events.py 8300

An empty 202 says that a token is safe with you, the second time as the first; 400 says what is wrong with it.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER, AUDIENCE = os.environ["EVENTS_ISSUER"], os.environ["EVENTS_AUDIENCE"]
KEYS = f"{os.environ['TELL_ADDRESS'].rstrip('/')}/.well-known/jwks.json"
LARGEST = 64 * 1024
known: set[str] = set()  # a table in a real system
lock = threading.Lock()


class Refused(Exception):
    """This token cannot be taken; the text is its `err` (RFC 8935, section 2.4)."""


def read(token: bytes) -> dict[str, Any]:
    """Give the claims of a token that is whose it says, and for us. Keep the keys for an hour in a real system."""
    try:
        header = jws.extract_compact(token).headers()
    except (JoseError, ValueError):
        raise Refused("invalid_request") from None
    if header.get("typ") != "secevent+jwt" or header.get("alg") != "ES256":
        raise Refused("invalid_request")
    published = requests.get(KEYS, timeout=30).json()["keys"]
    keys = KeySet.import_key_set({"keys": [each for each in published if each["kty"] == "EC"]})
    try:
        claims: dict[str, Any] = json.loads(jws.deserialize_compact(token, keys, algorithms=["ES256"]).payload)
    except (JoseError, ValueError):
        raise Refused("invalid_key") from None
    if claims.get("iss") != ISSUER:
        raise Refused("invalid_issuer")
    if claims.get("aud") != AUDIENCE:
        raise Refused("invalid_audience")
    return claims


def take(claims: dict[str, Any]) -> None:
    """Keep an event once, by its `jti`."""
    with lock:
        is_new = claims["jti"] not in known
        known.add(claims["jti"])
    print("took" if is_new else "had", claims["jti"], *claims["events"], flush=True)


class Receiver(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        """Verify, keep, acknowledge."""
        try:
            take(read(self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LARGEST))))
        except Refused as refused:
            self.answer(400, json.dumps({"err": str(refused), "description": "See RFC 8935"}).encode())
        else:
            self.answer(202)

    def answer(self, status: int, body: bytes = b"") -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing of a request into a log: it is about a person."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening at http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
