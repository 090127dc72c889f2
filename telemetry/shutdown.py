"""Sends what is still in memory before a process ends: spans, log lines and errors.

A thread sends them. Without this, a process that ends by a signal, by `os._exit` or by an uncaught
error would lose the last ones, which say why it ended.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import suppress

from telemetry.traces import FLUSH, stop_tracing


def flush_all(seconds: float = FLUSH) -> None:
    """Sends everything at the same time, and waits for `seconds` at most.

    Log handlers stay open, since the caller may still log a line.
    """
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=send, args=[seconds], name="flush", daemon=True)
        for send in (stop_tracing, _send_lines, _send_errors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))


def _send_lines(_seconds: float) -> None:
    for handler in logging.getLogger().handlers:
        # As `logging.shutdown` does: the stream may be closed already.
        with suppress(OSError, ValueError):
            handler.flush()


def _send_errors(seconds: float) -> None:
    """Sends errors to Sentry, if it is loaded: without SENTRY_DSN it is not."""
    library = sys.modules.get("sentry_sdk")
    if library is not None:
        library.flush(timeout=seconds)
