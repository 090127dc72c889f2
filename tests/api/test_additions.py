"""Documents added to a course, and what comes of them, over HTTP."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.models import AddedTopic, Course, CourseStatus, Topic
from jobs.models import Job, JobStatus
from tests.factories import make_addition, make_course, make_learner, make_teacher
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def course(teacher: User) -> Course:
    return make_course(owner=teacher)


@pytest.fixture
def addition(course: Course) -> Course:
    made = make_addition(course)
    AddedTopic.objects.update(joins=None)
    return made


@pytest.fixture
def api(teacher: User) -> APIClient:
    return client(teacher)


def client(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def at(course: Course, addition: Course | None = None, action: str = "") -> str:
    address = f"/api/courses/{course.slug}/additions/"
    return f"{address}{addition.pk}/{action}" if addition else address


def keys_of(course: Course) -> list[int]:
    topics = Topic.objects.filter(module__course=course).order_by("module__position", "position")
    return list(topics.values_list("pk", flat=True))


def test_documents_are_read_shown_and_accepted(
    api: APIClient, course: Course, settings: Settings, tmp_path: object, chroma: int
) -> None:
    settings.MEDIA_ROOT = tmp_path
    documents = f"/api/courses/{course.slug}/documents/"
    before = keys_of(course)
    key = {"Idempotency-Key": "one"}
    sent = api.post(documents, {"files": [upload()]}, format="multipart", headers=key)
    assert sent.status_code == 202
    again = api.post(documents, {"files": [upload()]}, format="multipart", headers=key)
    assert again.json()["job_id"] == sent.json()["job_id"]
    copy = api.post(documents, {"files": [upload(name="copy.pdf")]}, format="multipart")
    assert (copy.status_code, copy.json()["code"]) == (400, "repeated_document")
    assert "rivers.pdf" in copy.json()["detail"]
    assert work(Job.objects.get(pk=sent.json()["job_id"])).status == JobStatus.COMPLETED
    listed = api.get(at(course)).json()["results"]
    assert [(one["documents"], one["status"]) for one in listed] == [(["rivers.pdf"], "draft")]
    addition = course.additions.get()
    shown = api.get(at(course, addition)).json()
    assert [one["id"] for one in shown["topics"]] == keys_of(addition)
    assert keys_of(course) == before
    done = api.post(at(course, addition, "accept/"), {}, format="json")
    assert done.json() == {"topics": len(shown["topics"]), "waits": False}
    names = [one["name"] for one in api.get(documents).json()["results"]]
    assert names == ["rivers-1.pdf", "rivers.pdf"]


def test_parts_are_placed_accepted_and_declined(api: APIClient, course: Course) -> None:
    addition = make_addition(course, topics=2)
    AddedTopic.objects.update(joins=None)
    first, second, third = keys_of(addition)[:3]
    target = Topic.objects.get(pk=keys_of(course)[0])
    chosen = {"topics": [{"topic": first, "joins": target.pk}, {"topic": second}]}
    done = api.post(at(course, addition, "accept/"), chosen, format="json")
    assert done.json() == {"topics": 2, "waits": False}
    assert Topic.objects.get(pk=target.pk).content.startswith(target.content)
    assert second in keys_of(course)
    gone = api.post(at(course, addition, "accept/"), chosen, format="json")
    assert (gone.status_code, "decided on some" in gone.json()["detail"]) == (409, True)
    wrong = {"topics": [{"topic": third, "joins": third}]}
    refused = api.post(at(course, addition, "accept/"), wrong, format="json")
    assert refused.status_code == 409
    left = api.post(at(course, addition, "decline/"), {"topics": [{"topic": third}]}, format="json")
    assert left.json() == {"topics": 1, "waits": False}
    assert not Topic.objects.filter(pk=third).exists()


def test_in_a_published_course_it_waits(api: APIClient, course: Course, addition: Course) -> None:
    Course.objects.filter(pk=course.pk).update(
        status=CourseStatus.PUBLISHED, published_at=course.created_at
    )
    done = api.post(at(course, addition, "accept/"), {}, format="json")
    assert done.json() == {"topics": 2, "waits": True}
    assert api.get(at(course, addition)).json()["topics"][0]["accepted_at"]
    refused = api.post(f"/api/courses/{addition.slug}/publish/")
    assert (refused.status_code, "an addition" in refused.json()["detail"]) == (409, True)
    assert api.get(f"/api/courses/{addition.slug}/").json()["adds_to"] == course.pk
    published = api.post(f"/api/courses/{course.slug}/publish-changes/")
    assert (published.status_code, published.json()["adds_to"]) == (200, None)
    assert len(keys_of(course)) == 6
    assert api.post(f"/api/courses/{course.slug}/publish-changes/").status_code == 409


def test_only_who_may_change_the_course_sees_it(course: Course, addition: Course) -> None:
    Course.objects.filter(pk=course.pk).update(
        status=CourseStatus.PUBLISHED, published_at=course.created_at
    )
    for user, status in ((make_learner(), 403), (make_teacher("other"), 403)):
        for address in (at(course), at(course, addition)):
            assert client(user).get(address).status_code == status
        for action in ("accept/", "decline/"):
            sent = client(user).post(at(course, addition, action), {}, format="json")
            assert sent.status_code == status
        assert client(user).get(f"/api/courses/{addition.slug}/").status_code == 404
    assert len(keys_of(addition)) == 2
