"""Versions and proposals in the API, and two who decide at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.editing import edit_topic
from courses.models import Course, Revision, Topic
from courses.revisions import content_of, propose, version_of
from jobs.models import Job
from quizzes.editing import reject_question
from quizzes.models import Question
from tests.factories import make_course, make_teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher, modules=1, topics=1, questions=1)


@pytest.fixture
def topic(course: Course) -> Topic:
    return Topic.objects.get(module__course=course)


@pytest.fixture
def api(teacher: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(teacher)
    return client


def at(course: Course, revision: Revision | None = None, action: str = "") -> str:
    address = f"/api/courses/{course.slug}/revisions/"
    return f"{address}{revision.pk}/{action}" if revision else address


def proposed(row: Any, **texts: str) -> Revision:
    return propose(row, content_of(row) | texts, reason="Shorter.", engine="llm", model="m-1")


def tag(api: APIClient, course: Course, revision: Revision) -> str:
    found: str = api.get(at(course, revision)).headers["ETag"]
    return found


def test_a_proposal_is_read_beside_the_text_and_accepted(
    api: APIClient, course: Course, topic: Topic
) -> None:
    proposal = proposed(topic, content="A spring is cold. [^1]")
    listed = api.get(at(course), {"state": "proposed"}).json()["results"]
    assert [(one["id"], one["kind"], one["row"]) for one in listed] == [
        (proposal.pk, "topic", topic.pk)
    ]
    read = api.get(at(course, proposal))
    shown = read.json()
    assert (shown["author"], shown["model"], shown["reason"]) == (None, "m-1", "Shorter.")
    assert shown["texts"]["Text"] == "A spring is cold. [^1]"
    assert shown["now"]["Text"] == topic.content
    assert api.post(at(course, proposal, "accept/")).status_code == 428
    done = api.post(at(course, proposal, "accept/"), headers={"If-Match": read.headers["ETag"]})
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    topic.refresh_from_db()
    assert (topic.content, topic.status) == ("A spring is cold. [^1]", "approved")
    # What stood there is a version, which can be put back.
    first = Revision.objects.filter(kind="topic", action="first version").get()
    etag = tag(api, course, first)
    back = api.post(at(course, first, "restore/"), headers={"If-Match": etag})
    assert back.status_code == 200
    topic.refresh_from_db()
    assert topic.content == shown["now"]["Text"]
    again = api.post(at(course, proposal, "accept/"), headers={"If-Match": "*"})
    assert (again.status_code, "decided on" in again.json()["detail"]) == (409, True)


def test_the_second_editor_is_told(
    api: APIClient, course: Course, topic: Topic, teacher: User
) -> None:
    proposal = proposed(topic, content="A spring is cold. [^1]")
    seen = tag(api, course, proposal)
    edit_topic(topic=topic, title=topic.title, content="Theirs. [^1]", by=teacher)
    for action in ("accept/", "decline/"):
        refused = api.post(at(course, proposal, action), headers={"If-Match": seen})
        assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    topic.refresh_from_db()
    assert topic.content == "Theirs. [^1]"
    now = tag(api, course, proposal)
    declined = api.post(at(course, proposal, "decline/"), headers={"If-Match": now})
    assert declined.json()["state"] == "declined"
    topic.refresh_from_db()
    assert topic.content == "Theirs. [^1]"


def test_questions_too(api: APIClient, course: Course, teacher: User) -> None:
    question = Question.objects.filter(quiz__course=course).earliest("pk")
    proposal = proposed(question, stem="What comes out of a spring?")
    etag = tag(api, course, proposal)
    assert api.post(at(course, proposal, "accept/"), headers={"If-Match": etag}).status_code == 200
    question.refresh_from_db()
    assert (question.stem, question.status) == ("What comes out of a spring?", "approved")
    reject_question(question, reason="Dull.", by=teacher)
    rejected = api.get(at(course), {"kind": "question", "row": str(question.pk)}).json()["results"][
        0
    ]
    assert (rejected["action"], rejected["reason"]) == ("rejected", "Dull.")
    assert rejected["author"] == "teacher"


def test_what_cannot_be_done_is_said(api: APIClient, course: Course, topic: Topic) -> None:
    proposal = proposed(topic, content="A spring is cold. [^1]")
    refused = api.post(at(course, proposal, "restore/"), headers={"If-Match": "*"})
    assert (refused.status_code, "Accept it instead" in refused.json()["detail"]) == (409, True)
    Topic.objects.all().delete()
    assert api.get(at(course, proposal)).json()["now"] is None
    gone = api.post(at(course, proposal, "accept/"), headers={"If-Match": "*"})
    assert (gone.status_code, "was deleted" in gone.json()["detail"]) == (409, True)
    assert api.get(at(course), {"state": "x"}).status_code == 400


def test_only_rows_that_one_may_change(
    api: APIClient, course: Course, topic: Topic, teacher: User
) -> None:
    """Of a role that may change lessons, but no questions."""
    question = Question.objects.filter(quiz__course=course).earliest("pk")
    proposal = proposed(question, stem="Another?")
    group = teacher.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_question"))
    fresh = APIClient()
    fresh.force_authenticate(User.objects.get(pk=teacher.pk))
    refused = fresh.post(at(course, proposal, "accept/"), headers={"If-Match": "*"})
    assert refused.status_code == 403
    other = make_course("Foreign", owner=make_teacher("other"))
    assert fresh.get(at(other)).status_code == 404


def test_a_proposal_names_the_version_that_it_started_from(
    api: APIClient, course: Course, topic: Topic, teacher: User
) -> None:
    before = version_of(topic)
    proposal = proposed(topic, content="A spring is cold. [^1]")
    shown = api.get(at(course, proposal)).json()
    assert (shown["started_from"], shown["is_outdated"]) == (before, False)
    edit_topic(topic=topic, title=topic.title, content="Theirs. [^1]", by=teacher)
    shown = api.get(at(course, proposal)).json()
    assert (shown["started_from"], shown["is_outdated"]) == (before, True)
    seen = {"If-Match": tag(api, course, proposal)}
    refused = api.post(at(course, proposal, "accept/"), {}, format="json", headers=seen)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "anyway" in refused.json()["detail"]
    topic.refresh_from_db()
    assert topic.content == "Theirs. [^1]"
    done = api.post(at(course, proposal, "accept/"), {"anyway": True}, format="json", headers=seen)
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    topic.refresh_from_db()
    assert topic.content == "A spring is cold. [^1]"


@pytest.mark.parametrize("kind", ["topic", "question"])
def test_a_text_is_asked_for_again_with_an_instruction(
    api: APIClient, course: Course, topic: Topic, settings: Settings, kind: str
) -> None:
    row = topic if kind == "topic" else Question.objects.filter(quiz__course=course)[0]
    part = f"courses/{course.slug}/topics" if kind == "topic" else "questions"
    address = f"/api/{part}/{row.pk}/regenerate/"
    refused = api.post(address, {"instruction": "shorter"}, format="json")
    assert (refused.status_code, "language model" in refused.json()["detail"]) == (409, True)
    too_long = api.post(address, {"instruction": "x" * 501}, format="json")
    assert too_long.status_code == 400
    settings.COURSE_ENGINE = "llm"
    key = {"Idempotency-Key": "one"}
    asked = api.post(address, {"instruction": " shorter,\nplease"}, format="json", headers=key)
    assert asked.status_code == 202
    job = Job.objects.get(pk=asked.json()["job_id"])
    assert job.steps.get().parameters["instruction"] == "shorter, please"
    again = api.post(address, {"instruction": " shorter,\nplease"}, format="json", headers=key)
    assert again.json()["job_id"] == asked.json()["job_id"]
    other = api.post(address, {"instruction": "longer"}, format="json", headers=key)
    assert other.status_code == 422
