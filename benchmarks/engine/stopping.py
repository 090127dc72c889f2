"""Process groups that share the machine by turns of a fraction of a second: while one works, the
others are stopped as by Ctrl-Z.

What a machine can do changes within seconds, when its neighbours begin and end their work, and by
more than most of what is measured. Who takes such short turns meets the same machine.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

TURN = 0.2  # seconds


@contextmanager
def stopped(*groups: int) -> Iterator[None]:
    """They work in their turns only, and go on in the end."""
    with ExitStack() as stack:
        for group in groups:
            stack.callback(os.killpg, group, signal.SIGCONT)
            os.killpg(group, signal.SIGSTOP)
        yield


@contextmanager
def turn_of(group: int) -> Iterator[None]:
    os.killpg(group, signal.SIGCONT)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGSTOP)
