"""The API from outside: what it answers to whom, and what it never tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django_q.models import OrmQ
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from courses.models import Course, CourseStatus, Topic
from courses.services import request_course
from jobs.models import Job, JobStatus
from jobs.services import cancel_job
from quizzes.models import Attempt, Quiz, QuizStatus
from quizzes.services import start_attempt
from tests.factories import (
    PASSWORD,
    make_course,
    make_learner,
    make_superuser,
    make_teacher,
)
from tests.pdfs import make_pdf, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


def client(user: User | None = None) -> APIClient:
    api = APIClient()
    if user:
        api.force_login(user)
    return api


def published() -> Course:
    return make_course(status=CourseStatus.PUBLISHED)


def test_an_upload_is_answered_before_anything_is_parsed() -> None:
    teacher = make_teacher()
    answer = client(teacher).post(
        "/api/upload-pdfs", {"files": [upload(), upload(name="b.pdf")], "course_title": "Water"}
    )
    assert answer.status_code == 202
    job = Job.objects.get()
    assert answer.json() == {
        "job_id": str(job.pk),
        "status": "pending",
        "status_url": f"http://testserver/api/jobs/{job.pk}",
        "notice": "The same file was uploaded more than once and is used once: b.pdf.",
        "repeated": ["b.pdf"],
    }
    assert answer["Location"] == answer.json()["status_url"]
    assert OrmQ.objects.count() == 1
    assert Course.objects.get().owner == teacher
    # Its quizzes tell right answers with each result, as they did.
    assert job.parameters["answers_at_once"] is True


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 400, "empty_file"), (b"\0no", 400, "unsupported_kind"), (None, 413, "too_large")],
)
def test_a_refused_upload_says_why_and_leaves_nothing(
    settings: Settings, content: bytes | None, status: int, code: str
) -> None:
    settings.UPLOAD_MAX_BYTES = 500
    files = [upload(make_pdf() if content is None else content, "bad.pdf")]
    answer = client(make_teacher()).post("/api/upload-pdfs", {"files": files})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "bad.pdf" in answer.json()["detail"]
    kept = [model.objects.exists() for model in (Course, Job, OrmQ)]
    assert not any(kept)


def test_an_upload_without_files_says_so() -> None:
    answer = client(make_teacher()).post("/api/upload-pdfs", {"file": upload()})
    assert answer.status_code == 400
    assert "files" in answer.json()["fields"]


def test_an_upload_that_is_not_multipart_says_so() -> None:
    answer = client(make_teacher()).post("/api/upload-pdfs", {"files": []}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_too_many_files_are_refused_in_words(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    files = [upload(name=f"{n}.pdf") for n in range(3)]
    answer = client(make_teacher()).post("/api/upload-pdfs", {"files": files})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_files")
    assert "at most 2 files" in answer.json()["detail"]


def test_a_request_that_is_too_large_is_refused(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    learner = make_learner()
    quiz = published().quizzes.order_by("pk")[0]
    attempt = start_attempt(quiz=quiz, learner=learner)
    data = {"answers": {str(n): 0 for n in range(1, 4)}}
    path = f"/api/attempts/{attempt.pk}/submit/"
    answer = client(learner).post(path, data, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_refused_upload_leaves_no_file_of_its_neighbours(tmp_path: Path) -> None:
    files = [upload(), upload(b"\0no", "bad.pdf")]
    assert client(make_teacher()).post("/api/upload-pdfs", {"files": files}).status_code == 400
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_unknown_address_is_answered_in_the_same_form() -> None:
    answer = client().get("/api/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_nul_in_a_parameter_is_refused() -> None:
    published()
    answer = client(make_learner()).get("/api/quizzes/?course=%00rivers")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["course"])


def test_courses_can_be_narrowed_to_a_status() -> None:
    teacher = make_teacher()
    make_course("One", owner=teacher, status=CourseStatus.PUBLISHED)
    make_course("Two", owner=teacher)
    shown = client(teacher).get("/api/courses/", {"status": "draft"}).json()["results"]
    assert [course["title"] for course in shown] == ["Two"]


def test_a_published_course_can_be_seen_but_not_unpublished_by_others() -> None:
    course = make_course(owner=make_teacher(), status=CourseStatus.PUBLISHED)
    for person in (make_learner(), make_teacher("other")):
        answer = client(person).post(f"/api/courses/{course.slug}/unpublish/")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_a_forged_address_does_not_evade_the_throttle() -> None:
    api = APIClient()
    data = {"username": "x", "password": "y"}
    codes = [
        api.post("/api/token/", data, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code
        for n in range(11)
    ]
    assert codes[-1] == 429


def test_a_title_of_control_characters_is_refused() -> None:
    data = {"files": [upload()], "course_title": "\x1b"}
    answer = client(make_teacher()).post("/api/upload-pdfs", data)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_a_job_has_the_fields_of_the_prototype() -> None:
    teacher = make_teacher()
    job = request_course(files=[upload()], requested_by=teacher).job
    answer = client(teacher).get(f"/api/jobs/{job.pk}").json()
    assert set(answer) >= {
        "job_id",
        "status",
        "state",
        "progress",
        "message",
        "created_at",
        "started_at",
        "completed_at",
        "queue_seconds",
        "run_seconds",
        "estimated_seconds_left",
        "result",
        "error",
        "calls",
        "tokens_in",
        "tokens_out",
        "cost",
    }
    assert (answer["status"], answer["progress"], answer["error"]) == ("pending", 0, None)


def test_a_cancelled_job_shows_a_word_that_old_clients_know() -> None:
    teacher = make_teacher()
    job = cancel_job(request_course(files=[upload()], requested_by=teacher).job)
    answer = client(teacher).get(f"/api/jobs/{job.pk}").json()
    assert (answer["status"], answer["state"], answer["error"]) == (
        "failed",
        "cancelled",
        "Cancelled.",
    )


def test_jobs_are_cancelled_and_retried_and_refuse_what_does_not_fit() -> None:
    teacher = make_teacher()
    job = request_course(files=[upload()], requested_by=teacher).job
    api = client(teacher)
    assert api.post(f"/api/jobs/{job.pk}/retry/").status_code == 409
    assert api.post(f"/api/jobs/{job.pk}/cancel/").json()["state"] == JobStatus.CANCELLED
    again = api.post(f"/api/jobs/{job.pk}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert api.post(f"/api/jobs/{job.pk}/retry/").json()["state"] == JobStatus.PENDING


def test_somebody_without_the_permission_cannot_cancel_their_job() -> None:
    learner = make_learner()
    job = request_course(files=[upload()], requested_by=learner).job
    assert client(learner).post(f"/api/jobs/{job.pk}/cancel/").status_code == 403


def test_a_course_comes_with_modules_and_topics() -> None:
    course = published()
    answer = client(make_learner()).get(f"/api/courses/{course.slug}/").json()
    assert [module["week"] for module in answer["modules"]] == [1, 2]
    assert answer["modules"][0]["topics"][0]["title"] == "Topic 1.1"


def test_a_topic_comes_with_its_citations() -> None:
    course = published()
    topic = Topic.objects.order_by("pk")[0]
    answer = client(make_learner()).get(f"/api/courses/{course.slug}/topics/{topic.pk}/").json()
    assert answer["citations"][0]["document"] == "rivers-1.pdf"
    assert answer["citations"][0]["pages"] == "page 1"
    assert answer["key_terms"][0]["term"] == "spring 1.1"


def test_a_course_is_published_and_unpublished_by_its_owner() -> None:
    teacher = make_teacher()
    course = make_course(owner=teacher)
    api = client(teacher)
    assert api.post(f"/api/courses/{course.slug}/publish/").json()["status"] == "published"
    assert api.post(f"/api/courses/{course.slug}/unpublish/").json()["status"] == "draft"
    assert api.post(f"/api/courses/{course.slug}/unpublish/").status_code == 409


def secrets(data: Any) -> list[str]:
    told = ("is_correct", "explanation", "quote", "The source says so", "comes to the surface")
    return [word for word in told if word in json.dumps(data)]


def test_answers_do_not_leave_the_server_before_the_attempt_is_submitted() -> None:
    quiz = published().quizzes.order_by("pk")[0]
    api = client(make_learner())
    shown = api.get(f"/api/quizzes/{quiz.pk}/").json()
    assert shown["questions"][0]["choices"] == [f"Choice 1.{n}" for n in range(4)]
    started = api.post(f"/api/quizzes/{quiz.pk}/attempts/")
    assert started.status_code == 201
    attempt = started.json()
    again = api.get(f"/api/attempts/{attempt['id']}/").json()
    listed = api.get("/api/attempts/").json()
    for data in (shown, attempt, again, listed):
        assert secrets(data) == []
    assert all("correct" not in question for question in attempt["questions"])


def test_an_attempt_is_scored_once() -> None:
    quiz = published().quizzes.order_by("pk")[0]
    api = client(make_learner())
    attempt = api.post(f"/api/quizzes/{quiz.pk}/attempts/").json()
    assert api.post(f"/api/quizzes/{quiz.pk}/attempts/").status_code == 200
    address = f"/api/attempts/{attempt['id']}/submit/"
    answers = {"answers": {"1": 1, "2": 0, "3": None}}
    result = api.post(address, answers, format="json").json()
    assert (result["correct"], result["total"], result["passed"]) == (1, 3, False)
    first = result["questions"][0]
    assert (first["chosen"], first["correct"], first["is_correct"]) == (1, 1, True)
    assert first["source"] == "rivers-1.pdf, page 1"
    second = api.post(address, answers, format="json")
    assert (second.status_code, second.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "answers",
    [
        {"9": 0},
        {"1": 7},
        {"x": 1},
        {"1": "a"},
        [],
        "1",
        {"1": -1},
        {"\u0661": 1},
        {"9" * 5000: 0},
        {"01": 1},
    ],
)
def test_answers_that_were_not_asked_for_are_refused(answers: object) -> None:
    quiz = published().quizzes.order_by("pk")[0]
    learner = make_learner()
    attempt = start_attempt(quiz=quiz, learner=learner)
    address = f"/api/attempts/{attempt.pk}/submit/"
    answer = client(learner).post(address, {"answers": answers}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_a_quiz_without_questions_cannot_be_started() -> None:
    quiz = published().quizzes.order_by("pk")[0]
    quiz.questions.all().delete()
    answer = client(make_superuser()).post(f"/api/quizzes/{quiz.pk}/attempts/")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    # Learners do not see it before there is something to ask.
    assert client(make_learner()).post(f"/api/quizzes/{quiz.pk}/attempts/").status_code == 404


def test_a_token_opens_the_api() -> None:
    make_learner("ann")
    api = APIClient()
    token = api.post("/api/token/", {"username": "ann", "password": PASSWORD}).json()["token"]
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert api.get("/api/courses/").status_code == 200


def test_guessing_passwords_is_slowed_down(settings: Settings) -> None:
    settings.LOGIN_FAILURES = 100
    api = APIClient()
    codes = [
        api.post("/api/token/", {"username": "x", "password": "y"}).status_code for _ in range(11)
    ]
    assert codes == [400] * 10 + [429]


def test_a_course_takes_as_many_queries_for_many_topics_as_for_few(
    django_assert_max_num_queries: Any,
) -> None:
    api = client(make_learner())
    counts = []
    for size in (1, 4):
        course = make_course(status=CourseStatus.PUBLISHED, modules=size, topics=size)
        with django_assert_max_num_queries(30) as queries:
            assert api.get(f"/api/courses/{course.slug}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_quiz_list_can_be_narrowed_to_a_course() -> None:
    one, _other = published(), published()
    shown = client(make_learner()).get("/api/quizzes/", {"course": one.slug}).json()
    assert {quiz["course"] for quiz in shown["results"]} == {one.slug}


def test_unfinished_quizzes_are_not_shown() -> None:
    published()
    Quiz.objects.update(status=QuizStatus.GENERATING)
    assert client(make_learner()).get("/api/quizzes/").json()["count"] == 0


def test_a_teacher_sees_the_result_of_a_learner_but_cannot_submit_for_them() -> None:
    teacher = make_teacher()
    course = make_course(owner=teacher, status=CourseStatus.PUBLISHED)
    attempt = start_attempt(quiz=course.quizzes.order_by("pk")[0], learner=make_learner())
    api = client(teacher)
    assert api.get(f"/api/attempts/{attempt.pk}/").status_code == 200
    assert api.post(f"/api/attempts/{attempt.pk}/submit/", {}, format="json").status_code == 404
    assert Attempt.objects.get().submitted_at is None


def test_the_document_of_the_api_is_valid_and_complete(tmp_path: Path) -> None:
    target = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(target))
    text = target.read_text()
    for path in ("/api/upload-pdfs", "/api/jobs/{id}", "/api/attempts/{id}/submit/"):
        assert path in text


def test_the_documentation_page_loads_nothing_from_elsewhere() -> None:
    page = client(make_learner()).get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page
