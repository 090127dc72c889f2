"""Slots and pace are shared by processes and given back by the dead."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.llm.gate import Gate
from tests.waiting import LONG

HOLD = """
import asyncio, sys
from pathlib import Path
from engine.llm.gate import Gate
async def hold():
    async with Gate(Path(sys.argv[1]), slots=1).slot():
        print("held", flush=True)
        await asyncio.sleep(600)
asyncio.run(hold())
"""


def in_gate(gate: Gate, calls: int, *, together: int = 1) -> tuple[int, list[float]]:
    """The most calls at once, and when each began. None ends before `together` were inside."""
    starts: list[float] = []
    inside = most = 0
    enough = asyncio.Event()

    async def call() -> None:
        nonlocal inside, most
        async with gate.slot():
            starts.append(time.monotonic())
            inside += 1
            most = max(most, inside)
            if most >= together:
                enough.set()
            await asyncio.wait_for(enough.wait(), LONG)
            # Others could come in meanwhile, if they may.
            await asyncio.sleep(0.05 if together > 1 else 0)
            inside -= 1

    async def all_calls() -> None:
        await asyncio.gather(*(call() for _ in range(calls)))

    asyncio.run(all_calls())
    return most, starts


def test_no_more_calls_than_slots(tmp_path: Path) -> None:
    most, starts = in_gate(Gate(tmp_path, slots=3), 10, together=3)
    assert (most, len(starts)) == (3, 10)


def test_slots_are_shared_by_processes_and_freed_by_a_kill(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        gate = Gate(tmp_path, slots=1)
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(_pass(gate), 0.3))
    finally:
        holder.kill()
        holder.wait(LONG)
        holder.stdout.close()
    asyncio.run(asyncio.wait_for(_pass(Gate(tmp_path, slots=1)), LONG))


async def _pass(gate: Gate) -> None:
    async with gate.slot():
        pass


def test_calls_keep_the_pace(tmp_path: Path) -> None:
    before = time.monotonic()
    _, starts = in_gate(Gate(tmp_path, slots=8, requests_per_minute=600), 5)
    # None is early; on a busy machine some are late.
    assert all(start - before >= 0.1 * n - 0.01 for n, start in enumerate(sorted(starts)))


def test_a_pause_holds_everyone_back(tmp_path: Path) -> None:
    before = time.monotonic()
    Gate(tmp_path, slots=2).pause(0.3)
    _, starts = in_gate(Gate(tmp_path, slots=2), 2)
    assert min(starts) - before >= 0.29


def test_a_pace_from_before_a_restart_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text(repr(time.monotonic() + 10**6))
    before = time.monotonic()
    in_gate(Gate(tmp_path, slots=1), 1)
    assert time.monotonic() - before < LONG


def test_a_damaged_pace_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("rubbish")
    assert in_gate(Gate(tmp_path, slots=1, requests_per_minute=6000), 2)[0] == 1


def test_a_cancelled_wait_gives_its_slot_back(tmp_path: Path) -> None:
    gate = Gate(tmp_path, slots=1)
    gate.pause(10 * LONG)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(_pass(gate), 0.1))
    (tmp_path / "pace").unlink()
    asyncio.run(asyncio.wait_for(_pass(Gate(tmp_path, slots=1)), LONG))


def test_a_call_whose_time_comes_while_it_looks_reserves_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a busy machine, where the clock moves on between two lines of the program."""
    (tmp_path / "pace").write_text("100.05")
    clock = SimpleNamespace(monotonic=itertools.count(100.0499, 0.01).__next__)
    monkeypatch.setattr("engine.llm.gate.time", clock)
    asyncio.run(_pass(Gate(tmp_path, slots=1, requests_per_minute=600)))
    assert float((tmp_path / "pace").read_text()) >= 100.15
