"""Ports of this machine that nobody uses."""

import contextlib
import fcntl
import os
import socket
import tempfile
from pathlib import Path

HOST = "127.0.0.1"
_claims: dict[int, int] = {}


def hold(usual: int = 0) -> socket.socket:
    """Bind the usual port, or any free one if that is taken; nobody else is given it until the socket is closed."""
    for port in dict.fromkeys((usual, 0)):
        held = socket.socket()
        try:
            held.bind((HOST, port))
        except OSError:
            held.close()
            continue
        return held
    raise OSError(f"There is no free port on {HOST}.")


def number(held: socket.socket) -> int:
    """Say which port a socket holds."""
    port: int = held.getsockname()[1]
    return port


def free(usual: int = 0) -> int:
    """Give the usual port, or any free one if that is taken."""
    with hold(usual) as held:
        return number(held)


def claim(usual: int) -> int:
    """Give the usual port, or any free one if that is taken or claimed by another that starts at this moment.

    Whoever listens on a port does so seconds after it was chosen. A claim holds for as long as this process lives.
    """
    return free(usual if _is_claimed(usual) else 0)


def _is_claimed(port: int) -> bool:
    """Whether the port is claimed by this process, from now on or already; by a lock that dies with it."""
    if port in _claims:
        return True
    place = Path(tempfile.gettempdir()) / f"tell-us-once-port-{port}"
    try:
        descriptor = _opened(place)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    _claims[port] = descriptor
    return True


def _opened(place: Path) -> int:
    """Open the file to be locked, another user's too: to lock it, to read it is enough."""
    with contextlib.suppress(FileNotFoundError):
        return os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    return os.open(place, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
