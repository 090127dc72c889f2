"""Real clusters in child processes: delivery, kills, stops, and a database that goes away."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from jobs.cluster import MAX_RESTART_PAUSE, Restarts
from jobs.models import Cluster, Job, JobStatus
from jobs.pipelines import StepSpec, register
from jobs.queries import live_clusters
from jobs.services import create_job
from tests.clusters import (
    RunningCluster,
    database_away,
    ended,
    kill_worker_of,
    running,
    running_cluster,
    wait_until,
)
from tests.invariants import broken
from tests.jobs.handlers import PIPELINE, step
from tests.waiting import LONG

# What a process says that meets a database that is away: in a step, in maintenance, between steps.
UNAVAILABLE = re.compile(
    "The database is unavailable|Maintenance waits for the database|The queue cannot be read"
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.cluster]


@pytest.fixture(autouse=True)
def pipeline() -> None:
    register(PIPELINE)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "trace"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RunningCluster]:
    with running_cluster(tmp_path / "cluster.log") as cluster:
        yield cluster


def make_job(*steps: StepSpec) -> Job:
    return create_job(kind="test", title="", steps=steps)


def well(*jobs: Job) -> None:
    """All have completed, and nothing else is wrong either."""
    assert [job.status for job in jobs] == [JobStatus.COMPLETED] * len(jobs)
    assert broken(files=False, index=False) == []


def test_a_cluster_does_every_step_once_and_in_order(cluster: RunningCluster, trace: Path) -> None:
    done = {"trace": str(trace)}
    middle = [step(f"m{n}", "plan", **done) for n in range(6)]
    last = step("last", *(spec.key for spec in middle), **done)
    job = make_job(step("plan", **done), *middle, last)
    wait_until(ended(job))
    well(job)
    lines = trace.read_text().split()
    assert sorted(lines) == sorted(spec.key for spec in [*middle, last, step("plan")])
    assert (lines[0], lines[-1]) == ("plan", "last")


def test_an_idle_worker_starts_by_the_notice(tmp_path: Path) -> None:
    """Not by the look that it takes now and then: here that comes after the end of the test."""
    environment = {"Q_POLL": str(10 * LONG)}
    with running_cluster(tmp_path / "cluster.log", environment=environment):
        for number in range(3):
            wait_until(ended(make_job(step(f"s{number}"))))
            time.sleep(0.2)  # Mostly it is idle again by then; either way it has to start.


@pytest.mark.slow
def test_steps_of_killed_workers_run_again_and_a_long_one_is_left_alone(
    cluster: RunningCluster, trace: Path
) -> None:
    done = {"trace": str(trace)}
    killed = make_job(step("a", **done, die=1), step("b", "a", **done))
    long = make_job(step("long", **done, sleep=6))
    wait_until(ended(killed, long))
    well(killed, long)
    assert sorted(trace.read_text().split()) == ["a", "a", "b", "long"]
    assert killed.steps.get(key="a").attempts == 2
    assert long.steps.get().attempts == 1


@pytest.mark.slow
def test_killed_idle_workers_stop_nobody(cluster: RunningCluster, trace: Path) -> None:
    """With Django-Q2's own cluster the one that holds the pipe's lock takes all with it."""
    wait_until(lambda: len(cluster.pids()) == 3)
    for pid in cluster.pids():
        os.kill(pid, signal.SIGKILL)
    job = make_job(*(step(f"s{n}") for n in range(4)))
    wait_until(ended(job))
    well(job)


@pytest.mark.slow
def test_another_cluster_goes_on_where_one_was_switched_off(
    cluster: RunningCluster, tmp_path: Path, trace: Path
) -> None:
    job = make_job(*(step(f"s{n}", trace=str(trace), sleep=1) for n in range(4)))
    wait_until(running())
    cluster.kill()
    with running_cluster(tmp_path / "other.log"):
        wait_until(ended(job))
    well(job)


@pytest.mark.slow
def test_a_stopping_cluster_finishes_what_it_can_and_hands_back_the_rest(
    tmp_path: Path, trace: Path
) -> None:
    """A rolling restart: the second cluster is there before the first is told to stop."""
    short, long = step("short", sleep=1), step("long", sleep=4, trace=str(trace))
    with running_cluster(tmp_path / "first.log") as first:
        job = make_job(short, long)
        wait_until(lambda: job.steps.filter(status="running").count() == 2)
        with running_cluster(tmp_path / "second.log"):
            first.process.terminate()
            first.process.wait(LONG)
            wait_until(ended(job))
    well(job)
    assert job.steps.get(key="short").attempts == 1
    handed = job.steps.get(key="long")
    assert (handed.attempts, handed.hand_backs, handed.deaths) == (2, 1, 0)


@pytest.mark.slow
def test_workers_whose_cluster_was_killed_hand_back_and_go(
    cluster: RunningCluster, tmp_path: Path, trace: Path
) -> None:
    job = make_job(step("a", sleep=20))
    wait_until(running())
    pids = cluster.pids()
    os.kill(cluster.process.pid, signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert job.steps.get().hand_backs == 1


@pytest.mark.slow
@pytest.mark.parametrize("kill", [False, True])
def test_a_restart_of_the_database_costs_a_pause(
    tmp_path: Path, trace: Path, *, kill: bool
) -> None:
    done = {"trace": str(trace)}
    jobs = [
        make_job(step("a", **done, sleep=6, units=4), step("b", "a", **done)),
        make_job(*(step(f"s{n}", sleep=0.5, units=2) for n in range(6))),
    ]
    # A lease that a busy machine renews in time, and that does not last to the end of "a".
    log = tmp_path / "cluster.log"
    with running_cluster(log, environment={"JOB_LEASE_SECONDS": "5"}):
        wait_until(running(key="a"))
        with database_away(kill=kill):
            wait_until(lambda: UNAVAILABLE.search(log.read_text()))
        wait_until(ended(*jobs), 2 * LONG)
    well(*jobs)
    # The one that slept through it was not started again.
    assert trace.read_text().split() == ["a", "b"]
    assert all(step.deaths == 0 for job in jobs for step in job.steps.all())


@pytest.mark.slow
def test_workers_that_start_while_the_database_is_away_wait_for_it(
    cluster: RunningCluster,
) -> None:
    wait_until(lambda: bool(list(live_clusters())))
    killed = cluster.pids()
    said_before = len(cluster.log.read_text())
    with database_away():
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(set(cluster.pids()) - set(killed)) == 3)
        wait_until(lambda: "The queue cannot be read" in cluster.log.read_text()[said_before:])
    job = make_job(step("a"))
    wait_until(ended(job))
    well(job)
    assert cluster.log.read_text().count("ended with code") == len(killed)


@pytest.mark.slow
def test_an_error_that_ends_a_process_is_a_line_without_the_words_it_quotes(
    tmp_path: Path,
) -> None:
    words = "The quiet sentence of a pupil"
    environment = {
        "LOG_FORMAT": "json",
        "BREAK_POINT": "jobs.maintenance.Heartbeat.write",
        "BREAK_WORDS": words,
    }
    with running_cluster(tmp_path / "cluster.log", environment=environment) as cluster:
        wait_until(lambda: cluster.log.read_text().count("Maintenance process") >= 2)
        job = make_job(step("a"))
        wait_until(ended(job))
    well(job)
    text = cluster.log.read_text()
    assert words not in text
    lines = [json.loads(line) for line in text.splitlines()]
    (first, *_more) = [line for line in lines if line["event"] == "The process ends by an error"]
    assert first["exception"][0]["type"] == "LookupError"
    assert {frame["function"] for frame in first["exception"][0]["frames"]} >= {
        "maintain",
        "broken",
    }


@pytest.mark.slow
def test_who_dies_young_again_and_again_is_started_later_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("jobs.cluster.time.monotonic", lambda: now)
    restarts, pauses = Restarts(), []
    for _ in range(12):
        restarts.died(began=now)
        died = now
        while not restarts.are_due():
            now += 0.1
        pauses.append(round(now - died, 1))
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.5
    assert pauses[-1] == pytest.approx(MAX_RESTART_PAUSE, abs=0.2)
    restarts.died(began=now - 60)
    now += 0.2
    assert restarts.are_due()


@pytest.mark.slow
def test_steps_that_are_killed_again_and_again_are_given_up(
    cluster: RunningCluster, trace: Path
) -> None:
    job = make_job(step("a", sleep=30))
    for attempt in (1, 2, 3):
        wait_until(running(attempts=attempt))
        kill_worker_of()
    wait_until(ended(job))
    assert (job.status, job.steps.get().attempts) == (JobStatus.FAILED, 4)
    assert "3 times" in job.error
    connection.close()


@pytest.mark.slow
def test_a_cluster_is_heard_of_while_it_runs(cluster: RunningCluster) -> None:
    """Its workers as they are, also after one was killed; and nothing of it after its end."""

    def heard() -> list[int]:
        return [pid for one in live_clusters() for pid in one.workers]

    wait_until(lambda: bool(heard()))
    assert live_clusters().get().pid == cluster.process.pid
    first = heard()
    assert set(first) < set(cluster.pids())
    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: first[0] not in heard() and len(heard()) == len(first))
    cluster.stop()
    assert not Cluster.objects.exists()
