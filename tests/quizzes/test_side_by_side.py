"""Everybody at once on the same rows: nobody is answered 500, and no answer is lost.

For minutes, on a real server: `make soak`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from pytest_django.fixtures import Settings

from courses.models import Course, CourseStatus
from courses.services import request_course
from jobs.models import Job, JobStatus
from profai.environment import BASE_DIR
from profai.roles import ensure_groups
from quizzes.models import Question, Quiz
from tests.factories import make_course, make_editor, make_learner
from tests.invariants import broken
from tests.pdfs import upload
from tests.people import Crowd, Person
from tests.queue import work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LEARNERS, REVIEWERS, ROUNDS = 5, 2, 5
SAMPLE = BASE_DIR / "samples" / "water-on-earth.pdf"


@pytest.fixture
def crowd(settings: Settings, tmp_path: Path, chroma: int) -> Crowd:
    settings.MEDIA_ROOT = tmp_path
    ensure_groups()
    transport = httpx.WSGITransport(app=get_wsgi_application())

    def open_client(headers: dict[str, str]) -> httpx.Client:
        return httpx.Client(transport=transport, base_url="http://testserver", headers=headers)

    return Crowd(open_client)


@dataclass
class Place:
    """A course with a quiz that everybody is busy with."""

    course: Course

    def __post_init__(self) -> None:
        self.quiz = Quiz.objects.filter(course=self.course).earliest("pk").pk
        found = Question.objects.filter(quiz=self.quiz).order_by("pk")
        self.questions = list(found.values_list("pk", flat=True)[:4])

    def learn(self, person: Person) -> None:
        person.take(self.quiz, self.course.pk)
        person.take_in_browser(self.quiz, self.course.pk)

    def review(self, person: Person) -> None:
        for question in self.questions:
            person.edit(question)
        person.approve(self.questions[0])
        person.approve_in_admin(self.questions)
        person.set_pass_mark(self.quiz)
        person.edit_course(self.course.slug)

    def remake(self, person: Person) -> None:
        person.regenerate(self.course.slug, 1)
        for job in Job.objects.filter(status=JobStatus.PENDING):
            work(job)


def all_at_once(parts: list[Callable[[], object]]) -> None:
    begin = Barrier(len(parts))

    def run(part: Callable[[], object]) -> None:
        begin.wait(60)
        try:
            for _ in range(ROUNDS):
                part()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(run, parts))


def test_nobody_is_in_anybodys_way(crowd: Crowd) -> None:
    request_course(files=[upload(SAMPLE.read_bytes())], publish=True)
    assert work(Job.objects.get()).status == JobStatus.COMPLETED
    kept = Place(Course.objects.get())
    gone = Place(make_course("Going", status=CourseStatus.PUBLISHED))
    chief = crowd.join(make_editor("chief"))
    learners = [crowd.join(make_learner(f"learner {n}")) for n in range(LEARNERS)]
    reviewers = [crowd.join(make_editor(f"reviewer {n}")) for n in range(REVIEWERS)]
    all_at_once(
        [
            *(partial(place.learn, one) for one in learners for place in (kept, gone)),
            *(partial(place.review, one) for one in reviewers for place in (kept, gone)),
            partial(kept.remake, chief),
            partial(chief.delete, gone.course.slug, gone.course.pk),
        ]
    )
    assert crowd.faults == []
    assert crowd.scores
    assert crowd.lost() == []
    assert not Course.objects.filter(pk=gone.course.pk).exists()
    remade = Job.objects.filter(kind="quiz")
    assert {job.status for job in Job.objects.difference(remade)} == {JobStatus.COMPLETED}
    # The same text may have no question that is not asked or proposed already.
    assert all(not job.error or "No new question" in job.error for job in remade)
    assert broken(files=False, index=False) == []
