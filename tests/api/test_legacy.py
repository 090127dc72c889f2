"""The prototype's clients go on working: its addresses, its fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from courses.models import Course, CourseStatus
from jobs.models import Job
from quizzes.editing import reject_question
from quizzes.models import Attempt, Choice, Quiz
from quizzes.services import start_attempt
from tests.api.world import World, client, make_world, person
from tests.factories import make_learner, make_question

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = make_world(CourseStatus.PUBLISHED)
    Job.objects.all().delete()
    return world


def test_courses_have_the_old_fields(world: World) -> None:
    api = person("learner")
    (course,) = api.get("/api/course").json()
    assert course == api.get(f"/api/course/{course['course_id']}").json()
    assert (course["course_id"], course["course_title"]) == (world.course.pk, "Rivers")
    assert [module["week"] for module in course["modules"]] == [1, 2]
    topic = course["modules"][0]["sub_topics"][0]
    assert topic["title"] == "Topic 1.1"
    assert "groundwater 1.1" in topic["content"]


def test_a_quiz_has_the_old_fields_but_not_the_answers(world: World) -> None:
    quiz = Quiz.objects.get(module__position=1)
    shown = person("learner").get(f"/api/quiz/{quiz.pk}").json()
    assert {key: shown[key] for key in ("quiz_id", "quiz_type", "module_week", "course_id")} == {
        "quiz_id": str(quiz.pk),
        "quiz_type": "module",
        "module_week": 1,
        "course_id": str(world.course.pk),
    }
    assert shown["total_questions"] == len(shown["questions"]) == 3
    first = shown["questions"][0]
    assert first["question_id"] == f"{quiz.pk}_q1"
    assert len(first["options"]) == 4
    assert "correct" not in str(shown)


@pytest.mark.parametrize("path", ["generate-module", "generate-course"])
def test_a_quiz_that_is_there_is_answered_at_once(world: World, path: str) -> None:
    body = {"course_id": world.course.pk, "module_week": 1}
    answer = person("learner").post(f"/api/quiz/{path}", body, format="json")
    assert answer.status_code == 200
    assert answer.json()["quiz_type"] == path.removeprefix("generate-")
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", ["generate-module", "generate-course"])
def test_one_that_is_not_there_is_made_by_a_job(world: World, path: str) -> None:
    Quiz.objects.all().delete()
    body = {"course_id": world.course.pk, "module_week": 1}
    assert person("learner").post(f"/api/quiz/{path}", body, format="json").status_code == 403
    answer = person("owner").post(f"/api/quiz/{path}", body, format="json")
    job = Job.objects.get()
    assert (answer.status_code, job.kind) == (202, "quiz")
    # Old clients know no rules.
    assert job.parameters["answers_at_once"] is True


@pytest.fixture
def quiz(world: World) -> Quiz:
    return Quiz.objects.get(module__position=1)


@pytest.fixture
def api(world: World) -> APIClient:
    return person("learner")


def submit(api: APIClient, quiz: Quiz, letters: str, **more: Any) -> Any:
    answers = {f"{quiz.pk}_q{n}": letter for n, letter in enumerate(letters, 1)}
    body = {"quiz_id": str(quiz.pk), "answers": answers} | more
    return api.post("/api/quiz/submit", body, format="json")


def read(api: APIClient, quiz: Quiz) -> Any:
    return api.get(f"/api/quiz/{quiz.pk}").json()


def test_a_submission_is_scored_as_before(api: APIClient, quiz: Quiz) -> None:
    read(api, quiz)
    # The right choice of the question at position n is the one at index n % 4.
    answers = {f"{quiz.pk}_q1": "B", f"{quiz.pk}_q2": "c) Choice 2.2", f"{quiz.pk}_q3": "A"}
    result = submit(api, quiz, "", user_id="somebody else", answers=answers).json()
    assert (result["score"], result["total_questions"], result["percentage"]) == (2, 3, 67)
    assert (result["passed"], result["user_id"]) == (True, "learner")
    details = result["detailed_results"]
    assert [one["user_answer"] for one in details] == ["B", "C", "A"]
    assert [one["correct_answer"] for one in details] == ["B", "C", "D"]
    assert [one["is_correct"] for one in details] == [True, True, False]
    assert Attempt.objects.filter(learner__username="learner").count() == 1


@pytest.mark.parametrize(
    ("answers", "words"),
    [({"9_q9": "A"}, "no question"), ({"1": "A"}, "no question"), ({"{}_q1": "E"}, "A to D")],
)
def test_answers_that_were_not_asked_for_are_refused(
    api: APIClient, quiz: Quiz, answers: dict[str, str], words: str
) -> None:
    read(api, quiz)
    sent = {key.format(quiz.pk): letter for key, letter in answers.items()}
    answer = submit(api, quiz, "", answers=sent)
    assert answer.status_code == 400
    assert words in answer.json()["fields"]["answers"][0]
    assert not Attempt.objects.filter(submitted_at__isnull=False).exists()


def test_what_is_left_out_is_unanswered(api: APIClient, quiz: Quiz) -> None:
    read(api, quiz)
    result = submit(api, quiz, "", answers={f"{quiz.pk}_q1": ""}).json()
    assert (result["score"], result["detailed_results"][0]["user_answer"]) == (0, "")


def test_answers_are_for_what_was_shown_and_not_for_an_open_attempt(
    api: APIClient, quiz: Quiz
) -> None:
    """The attempt that is open on the pages began with other questions in other places."""
    learner = User.objects.get(username="learner")
    begun = start_attempt(quiz=quiz, learner=learner)
    quiz.questions.all().delete()
    for position in (2, 3, 4, 5):
        make_question(quiz, position)
    read(api, quiz)
    result = submit(api, quiz, "CDAB").json()
    assert (result["score"], result["total_questions"]) == (4, 4)
    begun.refresh_from_db()
    assert begun.submitted_at is None
    assert begun.answers.count() == 3


def test_what_was_shown_stays_what_is_graded(api: APIClient, quiz: Quiz) -> None:
    before = read(api, quiz)
    reject_question(quiz.questions.get(position=1), reason="Wrong.")
    assert submit(api, quiz, "BCD").json()["score"] == 3
    after = read(api, quiz)
    assert (len(after["questions"]), after["attempt_id"] == before["attempt_id"]) == (2, False)
    # Each id leads to its own questions, whatever was shown since.
    late = submit(api, quiz, "CD", attempt_id=after["attempt_id"])
    assert (late.json()["score"], late.json()["attempt_id"]) == (2, after["attempt_id"])


def test_a_quiz_that_was_closed_can_be_answered_by_those_who_were_shown_it(
    api: APIClient, quiz: Quiz
) -> None:
    read(api, quiz)
    Course.objects.update(status=CourseStatus.DRAFT)
    assert submit(api, quiz, "BCD").json()["score"] == 3
    assert api.get(f"/api/quiz/{quiz.pk}").status_code == 404
    assert submit(client(make_learner("other")), quiz, "BCD").status_code == 404


def test_an_attempt_id_is_good_once(api: APIClient, quiz: Quiz) -> None:
    shown = read(api, quiz)
    assert read(api, quiz) == shown
    first = submit(api, quiz, "BCD", attempt_id=shown["attempt_id"])
    assert first.json()["attempt_id"] == shown["attempt_id"]
    again = submit(api, quiz, "AAA", attempt_id=shown["attempt_id"])
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert "submitted already" in again.json()["detail"]
    # A client that knows of no ids takes the quiz a second time, as before.
    assert submit(api, quiz, "AAA").json()["score"] == 0
    assert Attempt.objects.filter(learner__username="learner").count() == 2
    assert read(api, quiz)["attempt_id"] != shown["attempt_id"]


def test_a_submission_sent_again_with_its_key_is_one_attempt(api: APIClient, quiz: Quiz) -> None:
    read(api, quiz)
    answers = {f"{quiz.pk}_q1": "B"}
    body = {"quiz_id": quiz.pk, "answers": answers}
    key = {"Idempotency-Key": "k1"}
    first, again = (
        api.post("/api/quiz/submit", body, format="json", headers=key).json() for _ in range(2)
    )
    assert first == again
    assert Attempt.objects.filter(learner__username="learner").count() == 1


def test_answers_to_what_was_never_shown_are_refused(api: APIClient, quiz: Quiz) -> None:
    theirs = read(client(make_learner("other")), quiz)
    for more in ({}, {"attempt_id": theirs["attempt_id"]}):
        answer = submit(api, quiz, "BCD", **more)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert f"/api/quiz/{quiz.pk}" in answer.json()["detail"]
    assert not Attempt.objects.filter(submitted_at__isnull=False).exists()


def test_a_question_of_more_than_ten_choices_is_refused_before_anything_is_stored(
    api: APIClient, quiz: Quiz
) -> None:
    question = quiz.questions.get(position=2)
    for index in range(4, 12):
        Choice.objects.create(question=question, position=index, text=f"More {index}")
    assert len(read(api, quiz)["questions"][1]["options"]) == 12
    for letters in ("BCD", "BKD", ""):
        answer = submit(api, quiz, letters)
        assert answer.status_code == 400
        assert "more than ten choices" in answer.json()["fields"]["answers"][0]
    assert not Attempt.objects.filter(learner__username="learner").exists()
