"""What logs, traces and metrics cost: requests a second and the time of a course without them
and with them, by turns in one run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median, quantiles
from unittest.mock import patch

import psutil
from django.conf import settings
from django.core.files import File
from django.test import Client, override_settings
from django_q.conf import Conf

from accounts.models import Scope
from accounts.services import make_token
from benchmarks.engine.parts import chroma, clusters, web
from benchmarks.report import Result, write_result
from courses.models import Course
from courses.services import request_course
from jobs.models import Job, JobStatus
from profai.environment import BASE_DIR
from profai.roles import ensure_groups
from tests.clusters import RunningCluster, ended, wait_until
from tests.factories import make_editor
from tests.llm_server import running

ROUNDS, SECONDS = 25, 1.5
WARM_ROUNDS, COURSE_ROUNDS, COURSES = 4, 60, 2
GOAL = 5.0  # percent
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
QUEUE = {"DJANGO_SETTINGS_MODULE": "benchmarks.engine.queue_settings"}
DARK = {"DJANGO_SETTINGS_MODULE": "benchmarks.engine.dark_settings", "LOG_LEVEL": "CRITICAL"}


def run() -> None:
    ensure_groups()
    user = make_editor()
    token = make_token(user=user, name="bench", scopes=[Scope.JOBS_READ], days=1).text
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with _collector() as address:
        lit = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "LOG_FORMAT": "json"}
        courses = _courses(lit)
        course = Course.objects.latest("created_at")
        asked = {
            "state of a job": (f"/api/jobs/{course.job_id}", f"Authorization: Bearer {token}"),
            "page of a course": (
                course.get_absolute_url(),
                f"Cookie: {settings.SESSION_COOKIE_NAME}={session}",
            ),
        }
        rates = _rates(lit, asked)
    _report(rates, courses)


Pairs = list[tuple[float, float]]  # without, with
Took = tuple[float, float]  # seconds by the clock, seconds of processor time


def _rates(lit: Mapping[str, str], asked: Mapping[str, tuple[str, str]]) -> dict[str, Pairs]:
    """Answers a second of both servers, which stand side by side and work by turns."""
    rates: dict[str, Pairs] = {name: [] for name in asked}
    with web(**DARK) as dark, web(**lit) as bright:
        for name, (path, header) in asked.items():
            for port in (dark, bright):
                _hammer(port, path, header)
            for turn in range(ROUNDS):
                # Whoever comes second meets a warmer machine.
                ports = (dark, bright) if turn % 2 else (bright, dark)
                found = {port: _hammer(port, path, header) for port in ports}
                rates[name].append((found[dark], found[bright]))
    return rates


def _hammer(port: int, path: str, header: str) -> float:
    command = [sys.executable, "-m", "benchmarks.engine.hammer", str(port), path, header]
    done = subprocess.run([*command, str(SECONDS)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _courses(lit: Mapping[str, str]) -> tuple[Pairs, Pairs]:
    """Seconds for some courses by a model that answers at once, by the clock and by the workers'
    processor time: all of it is our own work."""
    turns: list[tuple[Took, Took]] = []
    with running(latency=0, modules=4, topics=12) as server, chroma() as port:
        values = {
            "COURSE_ENGINE": "llm",
            "LLM_PROVIDER": "custom",
            "LLM_BASE_URL": server.base_url,
            "LLM_MODEL": "stand-in",
            "CHROMA_PORT": port,
        }
        environment = {name: str(value) for name, value in values.items()}
        with (
            override_settings(**values),
            _cluster("dark", environment | DARK) as dark,
            _cluster("lit", environment | QUEUE | dict(lit)) as bright,
        ):
            both = {"dark": dark, "lit": bright}
            for turn in range(WARM_ROUNDS + COURSE_ROUNDS):
                order = ("dark", "lit") if turn % 2 else ("lit", "dark")
                found = {queue: _timed(queue, both[queue]) for queue in order}
                turns.append((found["dark"], found["lit"]))
    by_clock, by_processor = (
        [(dark[kind], lit[kind]) for dark, lit in turns[WARM_ROUNDS:]] for kind in range(2)
    )
    return by_clock, by_processor


@contextmanager
def _cluster(queue: str, environment: Mapping[str, str]) -> Iterator[RunningCluster]:
    """With a queue of its own. Two stand side by side, so that a turn of one follows at once on a
    turn of the other: what a machine can do changes by more than what is looked for."""
    # Where names lie in dictionaries changes a process's speed; a worker that is replaced by a
    # new one would cost one side some seconds.
    alike = {"PYTHONHASHSEED": "0", "Q_RECYCLE": "100000"}
    with clusters(1, 2, **environment, **alike, BENCH_QUEUE=queue) as (cluster,):
        yield cluster


def _timed(queue: str, cluster: RunningCluster) -> Took:
    """From the request for the first course to the end of the last."""
    used = _processor_time(cluster)
    with patch.object(Conf, "CLUSTER_NAME", queue):
        jobs = [_ask() for _ in range(COURSES)]
    wait_until(ended(*jobs), 200)
    assert all(job.status == JobStatus.COMPLETED for job in jobs)
    last = max(job.completed_at for job in jobs if job.completed_at)
    seconds = (last - jobs[0].created_at).total_seconds()
    return seconds, _processor_time(cluster) - used


def _processor_time(cluster: RunningCluster) -> float:
    """Of its processes, those that ended included."""
    parent = psutil.Process(cluster.process.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return sum(sum(time[:4]) for time in times)


def _ask() -> Job:
    with SAMPLE.open("rb") as file:
        return request_course(files=[File(file, SAMPLE.name)]).job


def _report(rates: Mapping[str, Pairs], courses: tuple[Pairs, Pairs]) -> None:
    by_clock, by_processor = courses
    costs = {name: [100 * (1 - lit / dark) for dark, lit in found] for name, found in rates.items()}
    costs["courses"] = _more(by_clock)
    worst = max(median(found) for found in costs.values())
    costs["courses, by the workers' processor time"] = _more(by_processor)
    parts = {name: _spread(found) for name, found in costs.items()}
    for name, found in rates.items():
        dark, lit = _medians(found)
        parts[f"{name}, answers a second"] = f"{dark:.0f} without, {lit:.0f} with"
    for name, pairs in (("by the clock", by_clock), ("of processor time", by_processor)):
        dark, lit = _medians(pairs)
        parts[f"{COURSES} courses, {name}"] = f"{dark:.2f} s without, {lit:.2f} s with"
    write_result(
        Result(
            id="telemetry-cost",
            value=round(worst, 1),
            unit="% (the worst of three)",
            goal=f"< {GOAL:g} %",
            holds=worst < GOAL,
            yardstick="the same requests and courses without logs, traces and metrics, by turns",
            runs=COURSE_ROUNDS,
            parts=parts,
        )
    )


def _medians(pairs: Pairs) -> tuple[float, float]:
    dark, lit = zip(*pairs, strict=True)
    return median(dark), median(lit)


def _more(pairs: Pairs) -> list[float]:
    return [100 * (lit / dark - 1) for dark, lit in pairs]


def _spread(costs: Sequence[float]) -> str:
    low, middle, high = quantiles(costs, n=4)
    return f"{middle:.1f} % (half of the runs between {low:.1f} and {high:.1f})"


@contextmanager
def _collector() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.engine.collector"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        try:
            yield f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        finally:
            sink.terminate()
