"""The prototype's clients go on working: its addresses, its fields."""

from __future__ import annotations

import pytest

from courses.models import CourseStatus
from jobs.models import Job
from quizzes.models import Attempt, Quiz
from tests.api.world import World, make_world, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = make_world(CourseStatus.PUBLISHED)
    Job.objects.all().delete()
    return world


def test_courses_have_the_old_fields(world: World) -> None:
    api = person("learner")
    (course,) = api.get("/api/courses").json()
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
    assert (answer.status_code, Job.objects.get().kind) == (202, "quiz")


def test_a_submission_is_scored_as_before(world: World) -> None:
    quiz = Quiz.objects.get(module__position=1)
    # The right choice of the question at position n is the one at index n % 4.
    answers = {f"{quiz.pk}_q1": "B", f"{quiz.pk}_q2": "c) Choice 2.2", f"{quiz.pk}_q3": "A"}
    body = {"quiz_id": str(quiz.pk), "user_id": "somebody else", "answers": answers}
    result = person("learner").post("/api/quiz/submit", body, format="json").json()
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
    world: World, answers: dict[str, str], words: str
) -> None:
    quiz = Quiz.objects.get(module__position=1)
    sent = {key.format(quiz.pk): letter for key, letter in answers.items()}
    body = {"quiz_id": quiz.pk, "answers": sent}
    answer = person("learner").post("/api/quiz/submit", body, format="json")
    assert answer.status_code == 400
    assert words in answer.json()["fields"]["answers"][0]
    assert not Attempt.objects.filter(submitted_at__isnull=False).exists()


def test_what_is_left_out_is_unanswered(world: World) -> None:
    quiz = Quiz.objects.get(module__position=1)
    body = {"quiz_id": quiz.pk, "answers": {f"{quiz.pk}_q1": ""}}
    result = person("learner").post("/api/quiz/submit", body, format="json").json()
    assert (result["score"], result["detailed_results"][0]["user_answer"]) == (0, "")
