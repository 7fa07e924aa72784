"""A port for a server of the tests."""

import random
import socket


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on, below those the kernel lends to clients."""
    for _ in range(200):
        port = random.randrange(20000, 32000)  # noqa: S311 - nothing is kept secret by it
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError("no free port between 20000 and 32000")
