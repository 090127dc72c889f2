"""Slots and pace are shared by processes and given back by the dead."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from profai.ai.gate import Gate

HOLD = """
import asyncio, sys
from pathlib import Path
from profai.ai.gate import Gate
async def hold():
    async with Gate(Path(sys.argv[1]), slots=1).slot():
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(hold())
"""


def in_gate(gate: Gate, calls: int, seconds: float = 0.05) -> tuple[int, list[float]]:
    """The most calls at once, and when each began."""
    starts: list[float] = []
    inside = most = 0

    async def call() -> None:
        nonlocal inside, most
        async with gate.slot():
            starts.append(time.monotonic())
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(seconds)
            inside -= 1

    async def all_calls() -> None:
        await asyncio.gather(*(call() for _ in range(calls)))

    asyncio.run(all_calls())
    return most, starts


def test_no_more_calls_than_slots(tmp_path: Path) -> None:
    most, starts = in_gate(Gate(tmp_path, slots=3), 10)
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
        holder.wait(10)
        holder.stdout.close()
    asyncio.run(asyncio.wait_for(_pass(Gate(tmp_path, slots=1)), 5))


async def _pass(gate: Gate) -> None:
    async with gate.slot():
        pass


def test_calls_keep_the_pace(tmp_path: Path) -> None:
    _, starts = in_gate(Gate(tmp_path, slots=8, requests_per_minute=600), 5, seconds=0)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps) >= 0.09


def test_a_pause_holds_everyone_back(tmp_path: Path) -> None:
    Gate(tmp_path, slots=2).pause(0.3)
    before = time.monotonic()
    _, starts = in_gate(Gate(tmp_path, slots=2), 2, seconds=0)
    assert min(starts) - before >= 0.29


def test_a_pace_from_before_a_restart_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text(repr(time.monotonic() + 10**6))
    before = time.monotonic()
    in_gate(Gate(tmp_path, slots=1), 1, seconds=0)
    assert time.monotonic() - before < 1


def test_a_damaged_pace_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("rubbish")
    assert in_gate(Gate(tmp_path, slots=1, requests_per_minute=6000), 2, seconds=0)[0] == 1


def test_a_cancelled_wait_gives_its_slot_back(tmp_path: Path) -> None:
    gate = Gate(tmp_path, slots=1)
    gate.pause(30)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(_pass(gate), 0.1))
    (tmp_path / "pace").unlink()
    asyncio.run(asyncio.wait_for(_pass(Gate(tmp_path, slots=1)), 2))
