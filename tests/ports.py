"""Ports for servers that cannot be told to take any: free, and nobody else's a moment later."""

from __future__ import annotations

import os
import socket
from itertools import count

# Below those that the system gives to whoever asks for any, connections outwards among them.
FIRST, MANY = 20_000, 12_000
# Processes of one run have numbers close to each other, and begin far apart.
_numbers = count(os.getpid() * 97)


def free_port() -> int:
    """Another one each time."""
    for number in _numbers:
        port = FIRST + number % MANY
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError
