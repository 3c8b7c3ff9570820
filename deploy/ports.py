"""Ports of this machine that nobody uses."""

import socket

HOST = "127.0.0.1"


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
