"""What others do while a request is under way: it is refused with words, never with 500."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from common import transactions
from common.transactions import LockOrderError, atomic, lock
from courses.editing import edit_course
from courses.models import Course, CourseStatus
from courses.services import delete_course
from profai.environment import BASE_DIR
from quizzes.models import Question, Quiz
from quizzes.services import begin_attempt, start_attempt
from tests.factories import make_course, make_learner, make_superuser

pytestmark = pytest.mark.django_db


def of_database(kind: type[psycopg.Error]) -> DatabaseError:
    """As Django raises it."""
    error = (OperationalError if issubclass(kind, psycopg.OperationalError) else IntegrityError)("")
    error.__cause__ = kind("what the database says, with rows")
    return error


@pytest.fixture
def quiz() -> Quiz:
    return make_course(status=CourseStatus.PUBLISHED).quizzes.earliest("pk")


@pytest.fixture
def learner() -> User:
    return make_learner()


@pytest.fixture
def api(learner: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(learner)
    return client


@pytest.fixture
def pages(learner: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(learner)
    return client


REFUSED = [
    (psycopg.errors.DeadlockDetected, 503, "busy", "Send it again"),
    (psycopg.errors.SerializationFailure, 503, "busy", "Send it again"),
    (psycopg.errors.ForeignKeyViolation, 409, "conflict", "needs has been deleted"),
    (psycopg.errors.UniqueViolation, 409, "conflict", "Another request made"),
    (psycopg.errors.CheckViolation, 500, "error", "reference"),
]


@pytest.mark.parametrize("refused", REFUSED)
def test_what_the_database_refuses_is_told_in_words(
    refused: tuple[type[psycopg.Error], int, str, str],
    quiz: Quiz,
    api: APIClient,
    pages: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind, status, code, words = refused

    def refuse(**_values: Any) -> None:
        raise of_database(kind)

    monkeypatch.setattr("quizzes.api.views.begin_attempt", refuse)
    monkeypatch.setattr("quizzes.views.start_attempt", refuse)
    answer: Any = api.post(f"/api/quizzes/{quiz.pk}/attempts/")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in answer.json()["detail"]
    page = pages.post(f"/quizzes/{quiz.pk}/start/")
    assert page.status_code == status
    for one in (answer, page):
        assert "with rows" not in one.content.decode()
        assert one.get("Retry-After") == ("1" if status == 503 else None)
    if status != 500:
        assert words in page.content.decode()
        assert "To the courses" in page.content.decode()


def test_a_course_that_is_deleted_meanwhile_is_not_found(
    quiz: Quiz, api: APIClient, pages: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(start: Callable[..., Any], **values: Any) -> Any:
        delete_course(values["quiz"].course)
        return start(**values)

    monkeypatch.setattr("quizzes.api.views.begin_attempt", partial(meanwhile, begin_attempt))
    monkeypatch.setattr("quizzes.views.start_attempt", partial(meanwhile, start_attempt))
    answer: Any = api.post(f"/api/quizzes/{quiz.pk}/attempts/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "has been deleted" in answer.json()["detail"]
    other = make_course(status=CourseStatus.PUBLISHED).quizzes.earliest("pk")
    page = pages.post(f"/quizzes/{other.pk}/start/")
    assert page.status_code == 404
    assert "has been deleted" in page.content.decode()


def test_so_it_is_in_the_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    def edit(**values: Any) -> Any:
        delete_course(values["course"])
        return edit_course(**values)

    monkeypatch.setattr("courses.admin.course.edit_course", edit)
    course, client = make_course(), Client(raise_request_exception=False)
    client.force_login(make_superuser())
    path = f"/admin/courses/course/{course.pk}/change/"
    page = client.post(path, {"title": "New", "description": ""})
    assert page.status_code == 404
    assert "has been deleted" in page.content.decode()


def test_a_change_in_the_admin_is_made_again_after_a_deadlock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[int] = []

    def edit(**values: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise of_database(psycopg.errors.DeadlockDetected)
        return edit_course(**values)

    monkeypatch.setattr("courses.admin.course.edit_course", edit)
    monkeypatch.setattr(transactions, "_is_nested", lambda: False)
    course, client = make_course(), Client()
    client.force_login(make_superuser())
    path = f"/admin/courses/course/{course.pk}/change/"
    assert client.post(path, {"title": "New", "description": ""}).status_code == 302
    assert Course.objects.get().title == "New"


@pytest.mark.django_db(transaction=True)
def test_two_that_wait_for_each_other_both_succeed_in_the_end() -> None:
    courses = [make_course(title) for title in ("One", "Two")]
    both_hold_one, tries = Barrier(2), []

    @atomic
    def write(first: Course, second: Course) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '50ms'")
        tries.append(first.pk)
        lock(Course.objects.filter(pk=first.pk)).get()
        if tries.count(first.pk) == 1:
            both_hold_one.wait(30)
        Course.objects.filter(pk=second.pk).update(description=f"{first.pk}")

    def run(pair: tuple[Course, Course]) -> None:
        try:
            write(*pair)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, [(courses[0], courses[1]), (courses[1], courses[0])]))
    assert len(tries) > 2
    assert all(Course.objects.values_list("description", flat=True))


def test_it_is_not_tried_for_ever_and_not_inside_another_transaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[int] = []

    @atomic
    def never() -> None:
        tries.append(1)
        raise of_database(psycopg.errors.DeadlockDetected)

    monkeypatch.setattr(transactions, "PAUSE", 0)
    with pytest.raises(OperationalError):
        never()
    assert len(tries) == 1
    monkeypatch.setattr(transactions, "_is_nested", lambda: False)
    with pytest.raises(OperationalError):
        never()
    assert len(tries) == 1 + transactions.TRIES


def test_rows_are_locked_in_one_order(quiz: Quiz) -> None:
    questions, courses = Question.objects.all(), Course.objects.all()

    def lock_both(*rows: Any) -> None:
        with transaction.atomic():
            for one in rows:
                list(lock(one))

    lock_both(courses, questions)
    lock_both(courses, questions, courses)
    with pytest.raises(LockOrderError, match=r"courses\.course is locked after quizzes\.question"):
        lock_both(questions, courses)
    with transaction.atomic():
        with transaction.atomic():
            list(lock(questions))
            transaction.set_rollback(True)
        # What a savepoint held is let go with it.
        list(lock(courses))


# They lock what nothing else is locked after: announced uploads, accounts, a step that runs.
ALONE = {"courses/direct_uploads.py", "exchange/old_json/learners.py", "jobs/runner.py"}


def test_rows_are_locked_in_one_place_only() -> None:
    apps = ("common", "courses", "exchange", "jobs", "quizzes")
    found = {
        str(path.relative_to(BASE_DIR))
        for app in apps
        for path in (BASE_DIR / app).rglob("*.py")
        if "select_for_update(" in path.read_text()
    }
    assert found == ALONE | {"common/transactions.py"}
