"""Processes that come, go and are killed, and the files they count in."""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from telemetry import multiprocess
from telemetry.exposition import page
from telemetry.metrics import (
    REQUESTS_OPEN,
    STEP,
    WORKER_ENDS,
    count,
    observe,
    set_to,
)
from telemetry.multiprocess import take_slot
from tests.metrics.scrapes import Scrape, parse

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "metrics"
    multiprocess.leave()


def in_child(body: Callable[[], None], *, then: int = signal.SIGKILL) -> None:
    """Run in a forked process, which is then killed."""
    child = os.fork()
    if child == 0:
        try:
            body()
        finally:
            os.kill(os.getpid(), then)
    os.waitpid(child, 0)


def count_in(folder: Path) -> None:
    take_slot(folder, "worker")
    count(WORKER_ENDS, reason="test")


def seen() -> Scrape:
    return parse(page("")[0].decode())


def ends() -> dict[str, float]:
    """Those of this test: series that others made stand at zero."""
    found = seen().values("profai_worker_ends_total", "reason")
    return {reason: number for reason, number in found.items() if number}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_killed_process_is_continued_by_the_next(folder: Path) -> None:
    assert take_slot(folder, "cluster") == "cluster-0"

    def work() -> None:
        assert take_slot(folder, "worker") == "worker-0"
        count(WORKER_ENDS, reason="test")
        observe(STEP, 2, kind="k", stage="s", outcome="o")

    in_child(work)
    before = files(folder)
    for _ in range(3):
        in_child(work)
    assert files(folder) == before
    assert ends() == {"test": 4}
    assert seen().total("profai_step_duration_seconds_count") == 4
    assert seen().total("profai_step_duration_seconds_sum") == 8


def test_processes_of_a_time_have_slots_of_their_own(folder: Path) -> None:
    take_slot(folder, "cluster")
    inner: list[int] = []

    def work() -> None:
        assert take_slot(folder, "worker") == f"worker-{len(inner)}"
        count(WORKER_ENDS, reason="test")
        inner.append(1)
        if len(inner) < 3:
            in_child(work)

    in_child(work)
    assert ends() == {"test": 3}
    assert {f"worker-{n}.slot" for n in range(3)} <= files(folder)


def test_what_a_parent_counted_is_not_counted_again_by_its_child(folder: Path) -> None:
    take_slot(folder, "cluster")
    count(WORKER_ENDS, 5, reason="test")
    in_child(partial(count_in, folder))
    assert ends() == {"test": 6}


def test_a_gauge_of_a_process_vanishes_with_it(folder: Path) -> None:
    take_slot(folder, "cluster")
    set_to(REQUESTS_OPEN, 1)

    def work() -> None:
        take_slot(folder, "worker")
        set_to(REQUESTS_OPEN, 7)
        assert seen().total("profai_http_requests_in_progress") == 8
        assert set(seen().values("profai_process_memory_bytes", "process")) == {
            "cluster-0",
            "worker-0",
        }
        Path(folder, "was-right").touch()

    in_child(work)
    assert Path(folder, "was-right").exists()
    assert seen().total("profai_http_requests_in_progress") == 1
    assert set(seen().values("profai_process_memory_bytes", "process")) == {"cluster-0"}


def test_the_first_process_empties_the_folder_and_no_other(folder: Path) -> None:
    def work() -> None:
        take_slot(folder, "web")
        count(WORKER_ENDS, reason="old")

    in_child(work)
    assert "counter_web-0.db" in files(folder)
    take_slot(folder, "cluster")
    assert "counter_web-0.db" not in files(folder)
    count(WORKER_ENDS, reason="new")

    def newcomer() -> None:
        # As a process that was not forked from us.
        multiprocess.leave()
        take_slot(folder, "web")

    in_child(newcomer)
    assert ends() == {"new": 1}


@pytest.mark.parametrize("spoiled", [b"", b"\x01", struct.pack("i", 64) + b"\xff" * 60])
def test_a_file_that_was_left_half_made_spoils_no_scrape(folder: Path, spoiled: bytes) -> None:
    take_slot(folder, "cluster")
    count(WORKER_ENDS, reason="test")
    (folder / "counter_worker-0.db").write_bytes(spoiled)
    assert ends() == {"test": 1}
    assert seen().total("profai_metrics_unreadable_files") == 1
    # Whoever has the slot next makes the file anew.
    in_child(partial(count_in, folder))
    assert ends() == {"test": 2}
    assert seen().total("profai_metrics_unreadable_files") == 0


def test_a_process_killed_while_it_counts_leaves_a_good_file(folder: Path) -> None:
    take_slot(folder, "cluster")
    for _ in range(5):
        child = os.fork()
        if child == 0:
            take_slot(folder, "worker")
            number = 0
            while True:
                number += 1
                observe(STEP, 1, kind="k", stage=str(number % 1000), outcome="o")
                if number == 1:
                    (folder / "counts").touch()
        while not (folder / "counts").exists():
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        (folder / "counts").unlink()
        now = seen()
        assert now.total("profai_metrics_unreadable_files") == 0
    assert now.total("profai_step_duration_seconds_count") > 0


def test_without_a_place_for_files_it_is_counted_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "metrics").touch()
    with caplog.at_level(logging.WARNING, "telemetry"):
        assert take_slot(tmp_path / "metrics", "worker") == ""
    assert "Metrics are kept in memory" in caplog.text
    before = ends().get("test", 0)
    count(WORKER_ENDS, reason="test")
    assert ends()["test"] == before + 1


def test_a_full_disk_is_met_at_the_start_and_not_while_counting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert take_slot(folder, "worker") == ""
    monkeypatch.undo()
    assert take_slot(folder, "worker") == "worker-0"
    for path in folder.glob("*.db"):
        # Room for what is mapped is there already.
        assert path.stat().st_blocks * 512 >= path.stat().st_size >= mmap.PAGESIZE


def test_a_file_grows_only_by_what_the_disk_has_room_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(multiprocess.SIZES, "counter", 4 * mmap.PAGESIZE)
    assert take_slot(folder, "worker") == "worker-0"
    path = folder / "counter_worker-0.db"
    size = path.stat().st_size
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        number = 0
        while "No space left on device" not in caplog.text:
            number += 1
            assert number < size, "more than the file can hold"
            count(WORKER_ENDS, reason=f"number {number}")
    assert path.stat().st_size == size
    count(WORKER_ENDS, reason="there is room again")
    assert ends()["there is room again"] == 1
    assert path.stat().st_size == 2 * size
    assert path.stat().st_blocks * 512 >= 2 * size


def test_a_metric_that_cannot_be_counted_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    count(WORKER_ENDS, nonsense="label")
    observe(STEP, 1, kind="only")
    assert caplog.text.count("A metric could not be counted") == 2
