"""What of tracing is shared by processes that are forked, and what is not."""

from __future__ import annotations

import os

import pytest

from telemetry import traces
from telemetry.traces import MAKER, is_on, load_tracing


def test_a_forked_child_traces_nothing_before_it_starts_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces._Process, "tracing", object())
    assert is_on()
    child = os.fork()
    if child == 0:
        os._exit(int(is_on()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert is_on()


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:9"])
def test_the_sdk_is_loaded_where_traces_are_sent_only(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(traces, "import_string", loaded.append)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    load_tracing()
    assert loaded == ([MAKER] if endpoint else [])
    assert not is_on()
