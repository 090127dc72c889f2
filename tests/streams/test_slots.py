"""The count of a process's streams, when the first ones come together."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from jobs.api import events
from jobs.api.events import Slots


def test_streams_that_begin_together_are_counted_together(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path

    class Slow(Slots):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            time.sleep(0.05)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(events, "Slots", Slow)
    events._slots.cache_clear()
    try:
        with ThreadPoolExecutor(4) as pool:
            made = set(pool.map(lambda _: events.slots(), range(4)))
        assert len(made) == 1
    finally:
        events._slots.cache_clear()
