"""Threads that a process relies on: one that breaks is logged, and goes on."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.llm.loop import _calls, in_calls_loop
from telemetry import threads
from telemetry.threads import made_once, start_lasting


def test_work_that_breaks_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(threads, "PAUSE", 0)
    tries: list[str] = []

    def work() -> None:
        tries.append(threading.current_thread().name)
        if len(tries) < 3:
            raise RuntimeError("defect")

    start_lasting("renewer", work).join(10)
    assert tries == ["renewer"] * 3
    broken = [one for one in caplog.records if one.levelno == logging.CRITICAL]
    assert [one.getMessage() for one in broken] == ["The thread renewer failed and goes on"] * 2
    assert all(one.exc_info for one in broken)


async def _one() -> int:
    return 1


def test_calls_of_models_outlive_their_thread(caplog: pytest.LogCaptureFixture) -> None:
    assert asyncio.run(in_calls_loop(_one())) == 1
    loop, thread = _calls.loop(), _calls._thread
    assert thread
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    assert asyncio.run(in_calls_loop(_one())) == 1
    assert "another is started" in caplog.text


def test_what_many_threads_need_first_is_made_once() -> None:
    made: list[object] = []
    together = threading.Barrier(8)

    @made_once
    def thing() -> object:
        # Nobody else comes in here meanwhile, however long it takes.
        made.append(object())
        return made[-1]

    def ask(_number: int) -> object:
        together.wait()
        return thing()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {made[0]}
    assert len(made) == 1


def test_what_could_not_be_made_is_tried_again() -> None:
    tries: list[int] = []

    @made_once
    def thing() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("no disk")
        return 7

    with pytest.raises(RuntimeError, match="no disk"):
        thing()
    assert (thing(), thing(), len(tries)) == (7, 7, 2)
