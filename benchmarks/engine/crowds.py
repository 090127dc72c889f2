"""Learners, reviewers, quizzes that are made again and courses that are deleted, all at once.

On a real web server with workers; nothing is killed here. Every answer is counted by its status,
and every submission that was acknowledged has to be there afterwards with its score.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction

from benchmarks.engine.parts import chroma, clusters, web
from courses.models import Course, CourseStatus, Topic
from courses.services import request_course
from jobs.models import OPEN_JOB, Job
from profai.environment import BASE_DIR
from profai.roles import ensure_groups
from quizzes.models import Question, Quiz, QuizStatus
from tests.clusters import wait_until
from tests.factories import make_course, make_editor, make_learner
from tests.invariants import broken
from tests.pdfs import RIVERS, make_pdf
from tests.people import Crowd, Person

LEARNERS, REVIEWERS = 12, 2
PATIENCE = 900  # seconds, on a machine that is busy with other things
COURSES = 2  # that stay
SAMPLE = (BASE_DIR / "samples" / "water-on-earth.pdf").read_bytes()


def run(seconds: float) -> list[str]:
    """What went wrong, in words."""
    ensure_groups()
    with _site() as crowd:
        chief = crowd.join(make_editor("chief"))
        people: list[tuple[Person, Callable[[Person], None]]] = [
            *((crowd.join(make_learner(f"learner {n}")), _learn) for n in range(LEARNERS)),
            *((crowd.join(make_editor(f"reviewer {n}")), _review) for n in range(REVIEWERS)),
            (chief, _remake),
            (chief, _delete),
        ]
        for _ in range(COURSES):
            _upload()
        end = time.monotonic() + seconds
        with ThreadPoolExecutor(len(people)) as pool:
            list(pool.map(lambda one: _keep_busy(one[0], one[1], end), people))
        lost = crowd.lost()
        print(crowd.table())
        print(f"Submissions acknowledged: {len(crowd.scores)}, lost: {len(lost)}", flush=True)
        wait_until(_all_ended, PATIENCE)
        # Courses that were made to be deleted never had files.
        found = [
            *crowd.faults,
            *(f"a lost submission: {one}" for one in lost),
            *broken(files=False),
        ]
    print(f"Jobs: {dict(Counter(Job.objects.values_list('kind', 'status')))}")
    return found


@contextmanager
def _site() -> Iterator[Crowd]:
    with chroma() as port:
        settings.CHROMA_PORT = port
        with clusters(1, 2, CHROMA_PORT=str(port)), web(CHROMA_PORT=str(port)) as server:
            address = f"http://127.0.0.1:{server.port}"

            def open_client(headers: dict[str, str]) -> httpx.Client:
                # A connection that the server closes at this moment would lose a request.
                limits = httpx.Limits(max_keepalive_connections=0)
                return httpx.Client(base_url=address, headers=headers, timeout=120, limits=limits)

            yield Crowd(open_client)


def _keep_busy(person: Person, act: Callable[[Person], None], end: float) -> None:
    try:
        while time.monotonic() < end:
            act(person)
            time.sleep(random.uniform(0, 0.3))  # noqa: S311 - no secret
    finally:
        connections.close_all()


def _all_ended() -> bool:
    return not Job.objects.filter(status__in=OPEN_JOB).exists()


def _upload() -> None:
    content = random.choice([SAMPLE, make_pdf(), make_pdf(RIVERS[:2])])  # noqa: S311 - no secret
    file = SimpleUploadedFile("water.pdf", content)
    request_course(files=[file], title=f"Water {time.time():.3f}", publish=True)


def _published_quiz() -> Quiz | None:
    quizzes = Quiz.objects.filter(course__status=CourseStatus.PUBLISHED, status=QuizStatus.READY)
    # Few of them, of the newest courses: people shall meet.
    return random.choice(list(quizzes.select_related("course", "module")[:6]) or [None])  # noqa: S311 - no secret


def _learn(person: Person) -> None:
    quiz = _published_quiz()
    if quiz is not None:
        take = random.choice([person.take, person.take_in_browser])  # noqa: S311 - no secret
        take(quiz.pk, quiz.course_id)


def _review(person: Person) -> None:
    quiz = _published_quiz()
    if quiz is None:
        return
    found = Question.objects.filter(quiz=quiz).order_by("pk").values_list("pk", flat=True)
    questions = list(found[:8])
    acts: list[Callable[[], None]] = [
        lambda: person.set_pass_mark(quiz.pk),
        lambda: person.edit_course(quiz.course.slug),
    ]
    if questions:
        one = random.choice(questions)  # noqa: S311 - no secret
        acts += [
            lambda: person.edit(one),
            lambda: person.edit(one),
            lambda: person.approve(one),
            lambda: person.reject(one),
            lambda: person.approve_in_admin(questions),
        ]
    random.choice(acts)()  # noqa: S311 - no secret


def _remake(person: Person) -> None:
    quiz = _published_quiz()
    if quiz is not None:
        week = quiz.module.position if quiz.module else None
        person.regenerate(quiz.course.slug, week)
        topic = Topic.objects.filter(module__course=quiz.course_id).first()
        if topic is not None:
            person.rewrite(quiz.course.slug, topic.pk)
    time.sleep(random.uniform(0.5, 2))  # noqa: S311 - no secret


def _delete(person: Person) -> None:
    """A course that everybody is busy with, and now and then one that is being made."""
    with transaction.atomic():
        made = make_course(f"Going {time.time():.3f}", status=CourseStatus.PUBLISHED)
    time.sleep(random.uniform(1, 4))  # noqa: S311 - no secret
    delete = random.choice([_by_program, _in_admin])  # noqa: S311 - no secret
    delete(person, made)
    if random.random() < 0.1:  # noqa: S311 - no secret
        _upload()
        time.sleep(random.uniform(0, 10))  # noqa: S311 - no secret
        delete(person, Course.objects.latest("pk"))


def _by_program(person: Person, course: Course) -> None:
    person.delete(course.slug, course.pk)


def _in_admin(person: Person, course: Course) -> None:
    person.delete_in_admin(course.pk)
