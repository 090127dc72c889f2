"""What logs, traces and metrics cost: requests a second and the time of a course without them
and with them, by turns in one run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median, quantiles
from unittest.mock import patch

from django.conf import settings
from django.core.files import File
from django.test import Client, override_settings
from django_q.conf import Conf

from accounts.models import Scope
from accounts.services import make_token
from benchmarks.engine.parts import Web, chroma, clusters, web
from benchmarks.engine.turns import Took, by_turns
from benchmarks.report import Result, write_result
from courses.models import Course
from courses.services import request_course
from jobs.models import Job
from profai.environment import BASE_DIR
from profai.roles import ensure_groups
from tests.clusters import RunningCluster
from tests.factories import make_editor
from tests.llm_server import running

WARM_ROUNDS, ROUNDS, COURSE_ROUNDS = 4, 40, 40
COURSES = 2  # a round
GOAL = 5.0  # percent
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
QUEUE = {"DJANGO_SETTINGS_MODULE": "benchmarks.engine.queue_settings"}
DARK = {
    "DJANGO_SETTINGS_MODULE": "benchmarks.engine.no_telemetry_settings",
    "LOG_LEVEL": "CRITICAL",
}


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


def _rates(lit: Mapping[str, str], asked: Mapping[str, tuple[str, str]]) -> dict[str, Pairs]:
    """Answers a second of both servers, which stand side by side and work by turns."""
    with web(**DARK) as dark, web(**lit) as bright:
        return {name: _hammer(*what, dark, bright) for name, what in asked.items()}


def _hammer(path: str, header: str, *servers: Web) -> Pairs:
    command = [sys.executable, "-m", "benchmarks.engine.load_generator", path, header]
    command += [str(WARM_ROUNDS + ROUNDS)]
    command += [str(number) for server in servers for number in (server.port, server.group)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [(dark, lit) for dark, lit in json.loads(done.stdout)[WARM_ROUNDS:]]


def _courses(lit: Mapping[str, str]) -> list[tuple[Took, Took]]:
    """What some courses take by a model that answers at once: all of it is our own work."""
    with chroma() as port, override_settings(COURSE_ENGINE="llm"):
        values = {"LLM_PROVIDER": "custom", "LLM_MODEL": "stand-in", "CHROMA_PORT": str(port)}
        with (
            _cluster("dark", values | DARK) as dark,
            _cluster("lit", values | QUEUE | dict(lit)) as bright,
        ):
            both = {"dark": dark, "lit": bright}
            found = by_turns(both, _ask, WARM_ROUNDS + COURSE_ROUNDS)
    return list(zip(found["dark"], found["lit"], strict=True))[WARM_ROUNDS:]


@contextmanager
def _cluster(queue: str, environment: Mapping[str, str]) -> Iterator[RunningCluster]:
    """With a queue and a model of its own: a cluster that is stopped holds places in the line to
    its model."""
    # Where names lie in dictionaries changes a process's speed; a worker that is replaced by a
    # new one would cost one side some seconds.
    alike = {"PYTHONHASHSEED": "0", "Q_RECYCLE": "100000", "BENCH_QUEUE": queue}
    with running(latency=0, modules=4, topics=12) as model:
        values = {**environment, **alike, "LLM_BASE_URL": model.base_url}
        with clusters(1, 2, **values) as (cluster,):
            yield cluster


def _ask(queue: str) -> list[Job]:
    with patch.object(Conf, "CLUSTER_NAME", queue):
        return [_course() for _ in range(COURSES)]


def _course() -> Job:
    with SAMPLE.open("rb") as file:
        return request_course(files=[File(file, SAMPLE.name)]).job


def _report(rates: Mapping[str, Pairs], courses: Sequence[tuple[Took, Took]]) -> None:
    by_clock = [(dark.time, lit.time) for dark, lit in courses]
    by_processor = [(dark.processor, lit.processor) for dark, lit in courses]
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
    return f"{middle:.1f} % ({len(costs)} pairs, half of them between {low:.1f} and {high:.1f})"


@contextmanager
def _collector() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.engine.collector"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        try:
            yield f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        finally:
            sink.terminate()
