"""Workers share what they can, hand back what steps have freed, and are replaced when they grow."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs.broker import Broker
from jobs.cluster import FORK, IDLE
from jobs.memory import COLLECT_EVERY, GROWN, SPARE, Memory, resident, share_memory
from jobs.models import Job, JobStatus
from jobs.pipelines import Pipeline, StepSpec, register
from jobs.services import create_job
from jobs.worker import RECYCLED, Stopping, WorkerQueues
from profai.environment import BASE_DIR
from tests.clusters import ended, running_cluster, wait_until, worker_pid
from tests.jobs.handlers import PIPELINE, step

pytestmark = pytest.mark.slow

# A cluster of tests loads no language data; its workers have some 115 MB.
MOST_MB, LARGE_MB = 300, 250


@pytest.fixture(autouse=True)
def pipeline() -> None:
    register(PIPELINE)


def make_job(*steps: StepSpec) -> Job:
    return create_job(kind="test", title="", steps=steps)


@pytest.mark.django_db(transaction=True)
@pytest.mark.cluster
def test_a_worker_that_has_grown_is_replaced_and_one_that_had_a_peak_is_not(
    tmp_path: Path,
) -> None:
    environment = {"Q_MAX_RSS_MB": str(MOST_MB)}
    with running_cluster(tmp_path / "log", workers=1, environment=environment):
        peak, after_peak = step("peak", use=LARGE_MB), step("after peak", "peak")
        grown = step("grown", "after peak", keep=LARGE_MB)
        job = make_job(peak, after_peak, grown, step("last", "grown"))
        wait_until(ended(job))
    assert job.status == JobStatus.COMPLETED
    pids = {one.key: worker_pid(one) for one in job.steps.all()}
    assert pids["peak"] == pids["after peak"] == pids["grown"] != pids["last"]


@pytest.mark.django_db
def test_a_worker_that_is_too_large_takes_no_other_task(settings: Settings) -> None:
    settings.Q_MAX_RSS = 1
    make_job(step("a"), step("b"))
    timer = FORK.Value("f", IDLE)
    queues = WorkerQueues(Broker(), Stopping(), timer)
    task = queues.get()
    assert isinstance(task, dict), "it does one in any case"
    queues.put(task | {"result": "completed", "success": True, "stopped": timezone.now()})
    assert (queues.get(), timer.value) == ("STOP", RECYCLED)
    assert len(Broker().take()) == 1


@pytest.mark.django_db
def test_a_worker_without_work_gives_way_to_a_smaller_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timer = FORK.Value("f", IDLE)
    queues = WorkerQueues(Broker(), Stopping(), timer)
    monkeypatch.setattr(queues, "_next", lambda: None)
    size = resident() + SPARE
    monkeypatch.setattr("jobs.memory.resident", lambda: size + 1_000)
    assert (queues.get(), timer.value) == ("STOP", RECYCLED)


@pytest.mark.django_db
def test_a_worker_that_has_not_grown_waits_for_work(monkeypatch: pytest.MonkeyPatch) -> None:
    timer, waits = FORK.Value("f", IDLE), iter([None, None, {"id": "x"}])
    queues = WorkerQueues(Broker(), Stopping(), timer)
    monkeypatch.setattr(queues, "_next", lambda: next(waits))
    assert (queues.get(), timer.value) == ({"id": "x"}, IDLE)


def test_what_was_freed_is_handed_back() -> None:
    """Small pieces, every second of which is freed: the C library keeps them all."""
    code = in_child(_hands_back)
    assert code == 0


def _hands_back() -> bool:
    memory = Memory()
    before = resident()
    pieces = [bytearray(2_000) for _ in range(100_000)]
    last = bytearray(2_000)
    del pieces
    kept = resident() - before
    memory.hand_back()
    return bool(last) and resident() - before < kept / 4 and kept > GROWN


def test_what_is_there_before_the_forks_is_left_alone_by_the_collector() -> None:
    def spared() -> bool:
        share_memory()
        return gc.get_freeze_count() > 0 and gc.get_threshold()[0] == COLLECT_EVERY

    assert in_child(spared) == 0


def test_what_a_web_process_begins_with_is_left_alone_too() -> None:
    code = (
        "import gc; from profai.server.asgi import start; start();"
        "print(gc.get_freeze_count() > 0, gc.get_threshold()[0])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", str(COLLECT_EVERY)]


def test_a_cluster_loads_what_pipelines_name_and_lives_without(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.memory.gc.freeze", lambda: None)
    monkeypatch.setattr("jobs.pipelines._pipelines", {})
    settings.Q_PRELOAD = True
    called = f"{__name__}.{note_that_it_is_loaded.__name__}"
    LOADED.clear()
    register(Pipeline(kind="x", title="", stages=(), preload=("nowhere.at_all", called)))
    threshold = gc.get_threshold()
    with caplog.at_level(logging.WARNING):
        share_memory()
    gc.set_threshold(*threshold)
    assert LOADED == ["x"]
    assert "nowhere.at_all could not be loaded" in caplog.text


LOADED: list[str] = []


def note_that_it_is_loaded() -> None:
    LOADED.append("x")


def in_child(holds: Callable[[], bool]) -> int:
    """The exit code of a process that looks whether it holds: 0 if so."""
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = 0 if holds() else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
