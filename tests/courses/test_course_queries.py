"""What is read for a course: no more queries and columns than are needed, and by an index."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from courses.models import Course, CourseStatus, Topic
from courses.regeneration import request_rewrite
from jobs.models import Job
from quizzes.steps import plan_writing
from tests.api.world import client
from tests.factories import make_course, make_editor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "texts"),
    [
        ("/api/courses/rivers/", False),
        ("/api/courses/rivers/modules/", False),
        ("/api/courses/rivers/topics/", False),
        ("/courses/rivers/", False),
        ("/api/course", True),
    ],
)
def test_texts_are_read_where_they_are_shown(address: str, texts: bool) -> None:  # noqa: FBT001 - a table
    make_course(status=CourseStatus.PUBLISHED)
    api = client(make_editor())
    with CaptureQueriesContext(connection) as captured:
        assert api.get(address).status_code == 200
    asked = [query["sql"] for query in captured if 'FROM "courses_topic"' in query["sql"]]
    assert asked
    # What is read, not what is compared.
    empty = """NOT ("courses_topic"."content" = '')"""
    read = [sql.partition(' FROM "courses_topic"')[0].replace(empty, "") for sql in asked]
    assert any('"courses_topic"."content"' in sql for sql in read) == texts
    assert any('"courses_topic"."statements"' in sql for sql in read) == texts


def test_the_writing_is_planned_in_as_many_queries_for_many_modules_as_for_few() -> None:
    """The whole job waits meanwhile."""
    counts = []
    for modules in (2, 9):
        course = make_course(f"Big {modules}", modules=modules)
        job = Job.objects.create(kind="course", parameters={"course": course.pk})
        with CaptureQueriesContext(connection) as captured:
            steps = plan_writing(job)
        counts.append(len(captured))
        units = [step.units_total for step in steps if step.stage == "write"]
        assert units == [2] * modules
    assert counts[0] == counts[1]


def plans(asked: CaptureQueriesContext) -> str:
    """How the database would answer each query on jobs if tables were long."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in asked.captured_queries:
            if "->" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}")
                found.append("\n".join(line for (line,) in cursor.fetchall()))
    assert found
    return "\n".join(found)


@pytest.fixture
def course() -> Course:
    course = make_course(owner=make_editor("owner"), status=CourseStatus.PUBLISHED)
    Job.objects.bulk_create(Job(kind="x", parameters={"course": -n}) for n in range(200))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")
    return course


def _ask_list(course: Course) -> object:
    return client(User.objects.get()).get(f"/api/jobs/?course={course.pk}")


def _ask_rewrite(course: Course) -> object:
    topics: QuerySet[Topic] = Topic.objects.filter(module__course=course)
    return request_rewrite(course=course, topics=topics)


@pytest.mark.parametrize("ask", [_ask_list, _ask_rewrite])
def test_the_jobs_of_a_course_are_found_by_an_index(ask: Any, course: Course) -> None:
    with CaptureQueriesContext(connection) as asked:
        ask(course)
    assert "job_of_course" in plans(asked)
