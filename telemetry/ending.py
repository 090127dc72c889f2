"""The end of a process: what it still has to say leaves it, within a limit.

Spans, lines and errors wait in memory for a thread that sends them. A process that ends by a
signal, by `os._exit` or by an error nobody caught would take the last of them along, which are
those that say why it ended.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from telemetry.traces import FLUSH, stop_tracing


def last_words(seconds: float = FLUSH) -> None:
    """All at once, so that a collector that does not answer takes no time from the others.

    Handlers of lines stay open: whoever ends the process may still have a line of its own.
    """
    end = time.monotonic() + seconds
    threads = [_sending(send, seconds) for send in (stop_tracing, _send_lines, _send_errors)]
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))


def _sending(send: Callable[[float], None], seconds: float) -> threading.Thread:
    thread = threading.Thread(target=send, args=[seconds], name="last-words", daemon=True)
    thread.start()
    return thread


def _send_lines(_seconds: float) -> None:
    for handler in logging.getLogger().handlers:
        # As the library itself does at the end: what it writes to may be closed already.
        with suppress(OSError, ValueError):
            handler.flush()


def _send_errors(seconds: float) -> None:
    """Asked of those that are loaded, for without SENTRY_DSN nothing of it may be."""
    library = sys.modules.get("sentry_sdk")
    if library is not None:
        library.flush(timeout=seconds)
