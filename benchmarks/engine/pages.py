"""How long learners wait for pages, for a saved answer and for a submission.

`run` compares each with a bare Django view that makes one query, one request after another, on the
same server in the same round. `crowd` has 300 learners save 20 answers each within two minutes,
beside ten courses that are being made.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlencode

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files import File
from django.test import Client

from benchmarks.engine.parts import chroma, clusters, percentile, web
from benchmarks.report import Result, write_result
from courses.models import Citation, Course, CourseStatus, KeyTerm, Topic
from courses.services import request_course
from jobs.models import OPEN_JOB, Job, JobStatus, Step, StepStatus
from profai.environment import BASE_DIR
from profai.roles import ensure_groups
from quizzes.models import Answer, Attempt, Quiz
from quizzes.services import start_attempt
from tests.clusters import wait_until
from tests.factories import make_course

ROUNDS, REQUESTS, WARM_UP = 3, 60, 10
QUESTIONS = 12
# Of a lesson.
SECTIONS, CITATIONS, TERMS = 4, 20, 8
GOAL = 4.0
LEARNERS, SAVES, CROWD_SECONDS = 300, 20, 120.0
FEW, FEW_SECONDS = 20, 60.0
CROWD_GOAL = 5.0
# A save that takes longer is counted as not answered.
SAVE_SECONDS = 60
COURSES, WORKERS = 10, 2
# Seconds until workers begin; a machine that is busy with other things takes its time.
START = 600.0
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"
CSRF = "a" * 32
OK, FOUND = 200, 302
SETTINGS = {"DJANGO_SETTINGS_MODULE": "benchmarks.engine.web_settings"}


def run() -> None:
    ensure_groups()
    course = make_course(status=CourseStatus.PUBLISHED, modules=8, topics=6, questions=QUESTIONS)
    _write_lessons(course)
    quiz = course.quizzes.get(module=None)
    needed = ROUNDS * REQUESTS + WARM_UP
    attempts = [_attempt(quiz, number) for number in range(needed)]
    times: dict[str, list[list[float]]] = {}
    with (
        web(**SETTINGS) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client,
    ):
        left = iter(attempts)
        _round(client, course, [next(left) for _ in range(WARM_UP)])
        for _ in range(ROUNDS):
            taken = _round(client, course, [next(left) for _ in range(REQUESTS)])
            for name, values in taken.items():
                times.setdefault(name, []).append(values)
    ratios = _ratios(times)
    worst = max(ratios.values())
    write_result(
        Result(
            id="page-load",
            value=round(worst, 2),
            unit="times (p95)",
            goal=f"<= {GOAL}",
            holds=worst <= GOAL,
            yardstick="a Django view of a person who is logged in, with one query, same server and "
            "run; the slowest of the pages counts",
            runs=ROUNDS,
            parts={
                name: f"{_words(rounds)}"
                + (f", {ratios[name]:.2f} times" if name in ratios else "")
                for name, rounds in times.items()
            },
        )
    )


def _write_lessons(course: Course) -> None:
    """Gives each lesson a length that is usual: some 900 words in sections, with a table, eight key
    terms, and a source for each paragraph."""
    for topic in Topic.objects.filter(module__course=course):
        cited = topic.citations.get()
        named = [f"spring {topic.pk}-{number}" for number in range(TERMS)]
        paragraphs = [
            f"A {named[at % TERMS]} is where groundwater comes to the **surface** in place {at}. "
            "It feeds a stream, which is cold in summer and hardly ever freezes; after rain it "
            f"carries more water for some days, and in a dry year it may be dry for weeks. [^{at}]"
            for at in range(1, CITATIONS + 1)
        ]
        rows = "\n".join(f"| Spring {at} | {at * 7} litres | {at} degrees |" for at in range(1, 9))
        sections = [
            f"## Section {number}\n\n" + "\n\n".join(paragraphs[number::SECTIONS])
            for number in range(SECTIONS)
        ]
        table = f"| Name | A second | Warmth |\n|---|---|---|\n{rows}"
        topic.content = "\n\n".join([*sections, table])
        topic.save(update_fields=["content"])
        topic.citations.all().delete()
        Citation.objects.bulk_create(
            Citation(topic=topic, position=at, passage=cited.passage, quote=cited.quote)
            for at in range(1, CITATIONS + 1)
        )
        KeyTerm.objects.bulk_create(
            KeyTerm(topic=topic, term=term, definition=cited.quote, passage=cited.passage)
            for term in named
        )


def _attempt(quiz: Quiz, number: int) -> tuple[Attempt, dict[str, str]]:
    """An open attempt and the headers of its learner's browser."""
    learner = User.objects.create_user(f"learner {number}")
    browser = Client()
    browser.force_login(learner)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={CSRF}"
    headers = {"Cookie": cookies, "X-CSRFToken": CSRF}
    return start_attempt(quiz=quiz, learner=learner), headers


def _round(
    client: httpx.Client, course: Course, attempts: Sequence[tuple[Attempt, Mapping[str, str]]]
) -> dict[str, list[float]]:
    topic = course.modules.order_by("position")[0].topics.order_by("position")[0]
    times: dict[str, list[float]] = {}
    for number, (attempt, headers) in enumerate(attempts):
        position = number % QUESTIONS + 1
        field = {"shown": str(position), f"question-{position}": "1"}
        for name, method, path, data, status in (
            ("bare view", "GET", "/bench/query", None, OK),
            ("course", "GET", course.get_absolute_url(), None, OK),
            ("lesson", "GET", f"/topics/{topic.pk}/", None, OK),
            ("quiz", "GET", f"/attempts/{attempt.pk}/questions/", None, OK),
            ("save of an answer", "POST", f"/attempts/{attempt.pk}/answers/", field, OK),
            ("submit", "POST", f"/attempts/{attempt.pk}/review/", None, FOUND),
        ):
            begin = time.perf_counter()
            answer = client.request(method, path, data=data, headers=headers)
            times.setdefault(name, []).append(time.perf_counter() - begin)
            assert answer.status_code == status, (name, answer.status_code)
    return times


def _ratios(times: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, float]:
    bare = times["bare view"]
    return {
        name: median(
            percentile(values, 0.95) / percentile(quick, 0.95)
            for quick, values in zip(bare, rounds, strict=True)
        )
        for name, rounds in times.items()
        if name != "bare view"
    }


def _words(rounds: Sequence[Sequence[float]]) -> str:
    values = [value for one in rounds for value in one]
    return f"p50 {1000 * median(values):.1f} ms, p95 {1000 * percentile(values, 0.95):.1f} ms"


def crowd() -> None:
    """Each save is due at its own moment, so that a server that lags cannot hide it."""
    ensure_groups()
    course = make_course(status=CourseStatus.PUBLISHED, modules=1, questions=SAVES)
    quiz = course.quizzes.get(module=None)
    attempts = [_attempt(quiz, number) for number in range(LEARNERS)]
    with web(**SETTINGS) as server:
        print(f"{FEW} learners save for {FEW_SECONDS:.0f} seconds.", flush=True)
        idle = asyncio.run(_save_all(server.port, attempts[:FEW], FEW_SECONDS))
        with chroma() as port, clusters(1, WORKERS, CHROMA_PORT=str(port)):
            jobs = [_make_course() for _ in range(COURSES)]
            wait_until(lambda: Step.objects.filter(status=StepStatus.RUNNING).exists(), START)
            print(f"{LEARNERS} learners save for {CROWD_SECONDS:.0f} seconds.", flush=True)
            busy = asyncio.run(_save_all(server.port, attempts, CROWD_SECONDS))
            load = os.getloadavg()[0]
            made = Job.objects.filter(pk__in=[job.pk for job in jobs]).exclude(status__in=OPEN_JOB)
            ended = made.count()
            failed = made.exclude(status=JobStatus.COMPLETED).count()
    assert ended < COURSES, "The courses were made before the learners had saved their answers."
    kept = Answer.objects.filter(attempt__quiz=quiz, chosen__isnull=False).count()
    ratio = percentile(busy.times, 0.95) / percentile(idle.times, 0.95)
    lost = len(busy.times) - kept
    write_result(
        Result(
            id="quiz-crowd",
            value=round(ratio, 2),
            unit="times (p95 of a save)",
            goal=f"<= {CROWD_GOAL}, nothing lost",
            holds=ratio <= CROWD_GOAL and lost <= 0 and busy.unanswered == failed == 0,
            yardstick="saves of 20 learners on the same server while nothing else is done",
            runs=1,
            parts={
                "learners": LEARNERS,
                "saves": LEARNERS * SAVES,
                "acknowledged": len(busy.times),
                "acknowledged and lost": max(lost, 0),
                "load at the end": round(load, 1),
                "courses in the making": f"{COURSES}, {ended} of them ended meanwhile",
                "courses that failed": failed,
                "20 learners": _words([idle.times]),
                "300 learners": _words([busy.times]),
            },
        )
    )


def _make_course() -> Job:
    with SAMPLE.open("rb") as file:
        return request_course(files=[File(file, SAMPLE.name)]).job


@dataclass(slots=True)
class _Saves:
    """How long saves took from the moment they were due, and those that were not acknowledged."""

    times: list[float] = field(default_factory=list)
    unanswered: int = 0


async def _save_all(
    port: int, attempts: Sequence[tuple[Attempt, Mapping[str, str]]], seconds: float
) -> _Saves:
    """Each learner gives an answer after the other, at moments that are spread evenly.

    On plain connections: the pool of a client library looks at all that wait for each that ends,
    and with thousands of them had no time left to send any.
    """
    saves = _Saves()
    start = time.perf_counter() + 1
    pause = seconds / SAVES

    async def learn(number: int, attempt: Attempt, headers: Mapping[str, str]) -> None:
        for position in range(1, SAVES + 1):
            due = start + (position - 1 + number / len(attempts)) * pause
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            path = f"/attempts/{attempt.pk}/answers/"
            data = urlencode({"shown": position, f"question-{position}": position % 4})
            try:
                async with asyncio.timeout(SAVE_SECONDS):
                    status = await _post(port, path, headers, data)
            except (OSError, TimeoutError, EOFError):
                status = 0
            if status == OK:
                saves.times.append(time.perf_counter() - due)
            else:
                saves.unanswered += 1

    async with asyncio.TaskGroup() as group:
        for number, (attempt, headers) in enumerate(attempts):
            group.create_task(learn(number, attempt, headers))
    return saves


async def _post(port: int, path: str, headers: Mapping[str, str], data: str) -> int:
    """Sends a form on a connection of its own, as whoever answers every six seconds does: the
    server has closed the last one. Returns the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        fields = {
            "Host": f"127.0.0.1:{port}",
            "Connection": "close",
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(data)),
            **headers,
        }
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        writer.write(("\r\n".join(lines) + f"\r\n\r\n{data}").encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.read()
        return int(head.split(b" ", 2)[1])
    finally:
        writer.close()
