"""ProfAI's settings without what watches it: no lines, no traces, no figures."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.engine.queue_settings import *  # noqa: F403 - all of them
from benchmarks.engine.queue_settings import MIDDLEWARE
from telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("telemetry.")]


def _nothing(*_given: Any, **_labels: Any) -> None:
    """Nothing is counted."""


@contextmanager
def _unwatched(*_given: Any, **_labels: Any) -> Iterator[None]:
    yield


# Settings are read before any module that takes these functions over by name.
for name in ("count", "observe", "set_to", "begin"):
    setattr(metrics, name, _nothing)
for name in ("under_way", "timed", "pages_read"):
    setattr(metrics, name, _unwatched)
