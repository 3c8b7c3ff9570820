"""Take messages that are pushed to you as JSON and signed (Standard Webhooks 1.0.0), with the standard library alone.

    WEBHOOK_SECRET=whsec_... python receive_webhooks.py 8200

Four things that every receiver has to do: verify before it reads, answer a message id that it has had without acting
again, refuse what it cannot read with 400, and act only when the message is safe. Put a server that speaks TLS
before it. With TELL_ADDRESS, TELL_CLIENT_ID and TELL_CLIENT_SECRET it also says afterwards what was done.
"""

import base64
import hmac
import json
import os
import sys
import threading
import time
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import confirm_with_requests

TOLERANCE = 300  # seconds
LARGEST = 1024 * 1024
SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
known: set[str] = set()  # a table in a real system, written in one transaction with what a message brings about
lock = threading.Lock()


def is_signed(headers: Message, body: bytes) -> bool:
    """Whether one of the signatures is made with our secret, over id, time and body, and lately."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE:
        return False
    expected = base64.b64encode(hmac.digest(SECRET, f"{message_id}.{stamp}.".encode() + body, "sha256"))
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(b"v1," + expected, each.encode()) for each in given)


def take(message_id: str, message: dict[str, Any]) -> bool:
    """Keep a message; False when it was kept before."""
    with lock:
        if message_id in known:
            return False
        known.add(message_id)
    print("took", message_id, flush=True)
    threading.Thread(target=work, args=(message_id, message), daemon=True).start()
    return True


def work(message_id: str, _message: dict[str, Any]) -> None:
    """Do what has to be done, and say so; a real system tries until it has been heard."""
    if "TELL_ADDRESS" in os.environ:
        confirm_with_requests.from_environment().confirm(message_id, "acted")


class Receiver(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        """Verify, read, keep, answer."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LARGEST))
        if not is_signed(self.headers, body):
            self.answer(401, {"title": "The signature is missing, wrong, or too old"})
            return
        try:
            message = json.loads(body)
        except ValueError:
            self.answer(400, {"title": "This is not JSON"})
            return
        is_new = take(self.headers["webhook-id"], message)
        self.answer(202 if is_new else 200, {"outcome": "received", "duplicate": not is_new})

    def answer(self, status: int, said: dict[str, Any]) -> None:
        """Answer in JSON."""
        body = json.dumps(said).encode()
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
