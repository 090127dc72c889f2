"""What programs rely on: requests sent again, lists narrowed and ordered, limits told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from courses.indexing import index_course
from courses.models import Course, CourseStatus, Passage, Topic
from jobs.models import Job, JobStatus
from quizzes.models import Attempt, Quiz
from tests.api.world import World, client, make_world, person
from tests.factories import make_course, make_learner, make_passage
from tests.pdfs import upload
from tests.queue import work

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


@pytest.fixture
def world() -> World:
    world = make_world(CourseStatus.PUBLISHED)
    Job.objects.all().delete()
    return world


def jobs_for(
    address: str, world: World, body: Any, times: int = 2, headers: Any = None
) -> list[Any]:
    path, api = address.format(**world.names | {"job": ""}), person("owner")
    return [api.post(path, body, format="json", headers=headers) for _ in range(times)]


# --- made by a job


def test_a_course_is_asked_for_and_followed(chroma: int, world: World) -> None:
    api = person("owner")
    answer = api.post("/api/courses/", {"files": [upload()], "title": "Lakes"}, headers=KEY)
    assert answer.status_code == 202
    again = api.post("/api/courses/", {"files": [upload()], "title": "Lakes"}, headers=KEY)
    assert again.json() == answer.json()
    other = api.post("/api/courses/", {"files": [upload()], "title": "Seas"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    work(Job.objects.get())
    job = api.get(answer["Location"]).json()
    assert (job["state"], job["title"], job["kind"]) == ("completed", "Lakes", "course")
    steps = api.get(f"/api/jobs/{job['job_id']}/steps/").json()["results"]
    assert [step["stage"] for step in steps][:3] == ["extract", "index", "outline"]
    assert {step["status"] for step in steps} == {"completed"}


@pytest.mark.parametrize(
    ("address", "body", "other"),
    [
        ("/api/courses/{slug}/topics/{topic}/regenerate/", {}, None),
        ("/api/courses/{slug}/quizzes/", {"week": 1}, {"week": None}),
        ("/api/quiz/generate-module", {"course_id": 0, "module_week": 1}, None),
    ],
)
def test_what_is_sent_again_with_its_key_makes_one_job(
    world: World, address: str, body: Any, other: Any
) -> None:
    if "course_id" in body:
        body["course_id"] = world.course.pk
        Quiz.objects.all().delete()
    first, second = jobs_for(address, world, body, headers=KEY)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["job_id"] == second.json()["job_id"]
    assert first["Location"].endswith(f"/api/jobs/{first.json()['job_id']}")
    assert Job.objects.count() == 1
    if other:
        assert jobs_for(address, world, other, 1, headers=KEY)[0].status_code == 422
    (unkeyed,) = jobs_for(address, world, body, 1)
    assert (unkeyed.status_code, unkeyed.json()["code"]) == (409, "conflict")


def test_a_key_is_checked(world: World) -> None:
    (answer,) = jobs_for(
        "/api/courses/{slug}/quizzes/",
        world,
        {"week": 1},
        1,
        headers={"Idempotency-Key": "x" * 256},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Job.objects.exists()


def test_a_week_that_is_not_there_is_not_found(world: World) -> None:
    (answer,) = jobs_for("/api/courses/{slug}/quizzes/", world, {"week": 99}, 1)
    assert answer.status_code == 404


def test_an_attempt_sent_again_with_its_key_is_the_same_even_when_submitted(world: World) -> None:
    quiz, other = Quiz.objects.order_by("pk")[:2]
    api = person("learner")
    path = f"/api/quizzes/{quiz.pk}/attempts/"
    attempt = api.post(path, headers=KEY)
    api.post(f"/api/attempts/{attempt.json()['id']}/submit/", {"answers": {}}, format="json")
    again = api.post(path, headers=KEY)
    assert (attempt.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == attempt.json()["id"]
    reused = api.post(f"/api/quizzes/{other.pk}/attempts/", headers=KEY)
    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
    assert api.post(path).json()["id"] != attempt.json()["id"]


# --- lists


@pytest.mark.parametrize(
    ("address", "query", "status"),
    [
        ("/api/courses/", "q=riv", 200),
        ("/api/courses/", "ordering=-title", 200),
        ("/api/courses/", "ordering=owner", 400),
        ("/api/courses/", "status=lost", 400),
        ("/api/courses/", "page_size=1", 200),
        ("/api/courses/", "page=99", 404),
        ("/api/courses/", "page_size=0", 400),
        ("/api/courses/", "page_size=201", 400),
        ("/api/courses/", "page_size=\u0663", 400),
        ("/api/jobs/", "state=completed&kind=course", 200),
        ("/api/jobs/", "state=lost", 400),
        ("/api/jobs/", "course=x", 400),
        ("/api/jobs/", "course=5.1e16", 400),
        ("/api/jobs/", "kind=", 400),
        ("/api/quizzes/", "course=rivers&final=true", 200),
        ("/api/quizzes/", "week=1", 200),
        ("/api/questions/", "status=draft&difficulty=medium", 200),
        ("/api/questions/", "quiz=99999999999999999999999", 400),
        ("/api/attempts/", "submitted=false", 200),
        ("/api/attempts/", "submitted=maybe", 400),
        ("/api/courses/rivers/topics/", "week=1&ordering=-updated_at", 200),
        ("/api/courses/rivers/passages/", "on_page=1&page=1", 200),
        ("/api/courses/rivers/passages/", "page_from=0", 400),
    ],
)
def test_lists_are_narrowed_and_ordered(
    world: World, address: str, query: str, status: int
) -> None:
    answer = person("owner").get(f"{address}?{query}")
    assert answer.status_code == status, answer.content
    if status == 400:
        assert answer.json()["fields"]


def test_filters_do_what_they_say(world: World) -> None:
    owner = person("owner")

    def ids(path: str) -> list[object]:
        return [row.get("id") or row.get("job_id") for row in owner.get(path).json()["results"]]

    make_course("Lakes", owner=world.course.owner, status=CourseStatus.PUBLISHED)
    assert len(ids("/api/courses/?q=LAK")) == 1
    assert len(ids("/api/courses/?page_size=1")) == 1
    assert len(ids("/api/quizzes/?course=rivers&final=true")) == 1
    assert len(ids("/api/quizzes/?course=rivers&final=false")) == 2
    assert len(ids("/api/courses/rivers/topics/?week=2")) == 2
    passage = Passage.objects.earliest("pk")
    assert ids(f"/api/courses/rivers/passages/?on_page={passage.page_from}") == [passage.pk]
    assert len(ids("/api/attempts/?submitted=false")) == 1
    assert ids("/api/attempts/?submitted=true") == []
    names = [
        course["title"] for course in owner.get("/api/courses/?ordering=-title").json()["results"]
    ]
    assert names == ["Rivers", "Lakes"]


LISTS = [
    "/api/courses/",
    "/api/jobs/",
    "/api/quizzes/",
    "/api/questions/",
    "/api/attempts/",
    "/api/courses/{slug}/documents/",
    "/api/courses/{slug}/modules/",
    "/api/courses/{slug}/topics/",
    "/api/courses/{slug}/passages/",
    "/api/courses/{slug}/key-terms/",
    "/api/course",
]


@pytest.mark.parametrize("address", LISTS)
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    address: str, django_assert_max_num_queries: Any
) -> None:
    counts = []
    world = make_world(CourseStatus.PUBLISHED)
    editor = person("editor")
    for size in (2, 5):
        course = make_course(f"Big {size}", owner=world.course.owner, modules=size, topics=size)
        path = address.format(slug=course.slug)
        editor.get(path)
        with django_assert_max_num_queries(30) as queries:
            assert editor.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- search and ask


@pytest.fixture
def indexed(chroma: int, world: World) -> Course:
    text = "A delta forms where a river meets the sea."
    passage = make_passage(world.course.documents.get(), text)
    # Only what the course teaches is searched.
    Topic.objects.filter(module__course=world.course).earliest("pk").sources.add(passage)
    index_course(world.course)
    return world.course


def test_a_course_is_searched(indexed: Course) -> None:
    api = person("learner")
    found = api.get(f"/api/courses/{indexed.slug}/search/?q=delta").json()
    assert found[0]["text"] == "A delta forms where a river meets the sea."
    assert found[0]["document"] == "rivers-1.pdf"
    assert api.get(f"/api/courses/{indexed.slug}/search/?q=").json() == []


def test_a_question_is_answered_in_the_documents_words(indexed: Course) -> None:
    ask: Callable[[str], Any] = lambda question: person("owner").post(  # noqa: E731 - short
        f"/api/courses/{indexed.slug}/ask/", {"question": question}, format="json"
    )
    answer = ask("Where does a delta form?").json()
    assert answer["quotes"][0]["text"] == "A delta forms where a river meets the sea."
    assert 0.35 <= answer["quotes"][0]["score"] <= 1
    assert ask("zxqv wkjh").json()["quotes"] == []
    assert ask("").status_code == 400


def test_an_index_that_is_lost_is_said(chroma: int, world: World) -> None:
    answer = person("learner").get(f"/api/courses/{world.course.slug}/search/?q=delta")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "reindex" in answer.json()["detail"]


# --- limits


def test_limits_are_told_and_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = api_settings.DEFAULT_THROTTLE_RATES | {"user": "3/min", "search": "1/min"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)
    api = client(make_learner())
    answers = [api.get("/api/courses/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert 0 < int(answers[-1]["RateLimit-Reset"]) <= 60
    assert answers[-1].json()["code"] == "throttled"


def test_following_a_job_is_not_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = api_settings.DEFAULT_THROTTLE_RATES | {"user": "1/min"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)
    job = Job.objects.create(kind="course", requested_by=world.course.owner)
    api = person("owner")
    assert {api.get(f"/api/jobs/{job.pk}").status_code for _ in range(5)} == {200}
    assert Job.objects.get().status == JobStatus.PENDING
    assert Attempt.objects.count() == 1
