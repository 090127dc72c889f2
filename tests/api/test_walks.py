"""A walk through a list page by page gives each row once, in whichever order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.services import make_token
from common.rest.document import Generator
from courses.models import (
    Course,
    CourseStatus,
    Figure,
    KeyTerm,
    Note,
    Reading,
    Revision,
    Topic,
)
from courses.revisions import content_of, propose
from jobs.models import Job, Step
from quizzes.models import Attempt, Card, Certificate, Quiz
from tests.api.world import client, make_delivery, make_webhook
from tests.factories import make_course, make_document, make_superuser

pytestmark = pytest.mark.slow

ROWS, PAGE = 12, 5


def lists() -> dict[str, tuple[str, ...]]:
    """Addresses with the fields that their rows can be ordered by."""
    generator = Generator()  # type: ignore[no-untyped-call] # untyped library
    paths = generator.get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call] # untyped library
    return {
        path: getattr(view, "ordering_fields", None) or ()
        for path, _, method, view in generator.views
        if path in paths
        and any(p["name"] == "page" for p in paths[path][method.lower()].get("parameters", ()))
        and getattr(view, "action", "") == "list"
    }


@pytest.fixture
def chief(db: None) -> User:
    """Of everything there are rows that look all the same to an order."""
    chief = make_superuser()
    for _ in range(ROWS):
        course = make_course(owner=chief, status=CourseStatus.PUBLISHED, modules=1, topics=1)
    big = make_course("Big", owner=chief, modules=ROWS, topics=2, questions=ROWS)
    for _ in range(ROWS):
        document = make_document(big, pages=1)
    Course.objects.bulk_create(
        Course(title="Added", slug=f"added-{n}", adds_to=big, owner=chief) for n in range(ROWS)
    )
    job = Job.objects.create(kind="course", requested_by=chief)
    Job.objects.bulk_create(Job(kind="course", requested_by=chief) for _ in range(ROWS))
    Step.objects.bulk_create(
        Step(job=job, key=str(n), name="x", stage="x", position=n) for n in range(ROWS)
    )
    now = timezone.now()
    Job.objects.update(created_at=now)
    Course.objects.filter(adds_to=big).update(created_at=now)
    Attempt.objects.bulk_create(
        Attempt(quiz=quiz, learner=chief, pass_mark=60, total=1) for quiz in Quiz.objects.all()
    )
    Attempt.objects.update(started_at=now)
    Card.objects.bulk_create(
        Card(learner=chief, topic=one.topic, term=one.term, due=now)
        for one in KeyTerm.objects.filter(topic__module__course=big).select_related("topic")
    )
    Card.objects.update(created_at=now)
    Certificate.objects.bulk_create(
        Certificate(learner=chief, course=one, name="Chief", course_title=one.title)
        for one in Course.objects.filter(status=CourseStatus.PUBLISHED)
    )
    Certificate.objects.update(issued_at=now)
    Figure.objects.bulk_create(
        Figure(document=document, position=n, page=1, box=[0, 0, 1, 1]) for n in range(ROWS)
    )
    topics = Topic.objects.filter(module__course=big)
    Reading.objects.bulk_create(Reading(learner=chief, topic=one, opened_at=now) for one in topics)
    Note.objects.bulk_create(Note(learner=chief, topic=one, text="Learn this.") for one in topics)
    Note.objects.update(created_at=now, updated_at=now)
    for topic in topics:
        propose(topic, content_of(topic) | {"content": "Shorter."})
    Revision.objects.update(created_at=now)
    hook = make_webhook(chief)
    for _ in range(9):
        make_webhook(chief)
    for _ in range(ROWS):
        make_delivery(hook)
    hook.deliveries.update(created_at=now, ended_at=now)
    for _ in range(ROWS):
        make_token(user=chief, name="x", scopes=["courses:read"], days=30)
    assert course
    return chief


def walked(api: APIClient, address: str) -> tuple[int, list[str]]:
    """How many rows the list says that it has, and those that were met."""
    following: str | None = address
    met: list[str] = []
    count = 0
    while following:
        cache.clear()
        page: Any = api.get(following)
        assert page.status_code == 200, page.content
        count, following = page.json()["count"], page.json()["next"]
        met += [json.dumps(_fixed(row), sort_keys=True) for row in page.json()["results"]]
    return count, met


def _fixed(row: dict[str, Any]) -> dict[str, Any]:
    """Without what passes by itself."""
    return {name: value for name, value in row.items() if not name.endswith("_seconds")}


def test_every_list_gives_each_row_once_in_every_order(chief: User) -> None:
    api, job, hook = client(chief), Job.objects.filter(steps__isnull=False), chief.webhook_endpoints
    slug = "big"
    ids = {"jobs": job[0].pk, "webhooks": hook.order_by("pk")[0].pk}
    seen = 0
    for path, fields in lists().items():
        place = path.split("/")[2]
        address = path.format(slug=slug, id=ids.get(place), endpoint=ids.get(place))
        for order in ("", *fields, *(f"-{name}" for name in fields)):
            asked = f"{address}?page_size={PAGE}" + (f"&ordering={order}" if order else "")
            count, met = walked(api, asked)
            assert count >= 10, asked
            assert len(met) == len(set(met)) == count, asked
            seen += 1
    assert seen > 30


def test_rows_that_are_equal_keep_the_lists_own_order(chief: User) -> None:
    api = client(chief)
    own, asked = (
        [row["id"] for row in api.get(f"/api/questions/?page_size=200{order}").json()["results"]]
        for order in ("", "&ordering=difficulty")
    )
    assert own == asked
