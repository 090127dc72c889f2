"""A wrong right answer is corrected: which attempts are graded again, and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from courses.models import CourseStatus
from quizzes.editing import ChoiceEdit, edit_question, regrade_question
from quizzes.models import Attempt, Question, Quiz
from quizzes.regrading import Regrade, RegradeUndecidedError
from quizzes.services import start_attempt, submit_attempt
from quizzes.shown import find_shown, show_quiz, submit_shown
from tests.api.world import client as api_client
from tests.factories import make_course, make_learner, make_teacher

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher() -> User:
    return make_teacher()


@pytest.fixture
def question(teacher: User) -> Question:
    """The first of three; choice 1 is the right one, until it is corrected to choice 2."""
    course = make_course(owner=teacher, status=CourseStatus.PUBLISHED, modules=1)
    return course.quizzes.earliest("pk").questions.get(position=1)


def take(quiz: Quiz, name: str, chosen: int) -> Attempt:
    return submit_attempt(
        attempt=start_attempt(quiz=quiz, learner=make_learner(name)), responses={1: chosen}
    )


def correct(question: Question, regrade: str | None, *, right: int = 2, **words: str) -> Question:
    values = {name: getattr(question, name) for name in ("stem", "explanation")} | words
    return edit_question(
        question=question,
        difficulty=question.difficulty,
        bloom=question.bloom,
        choices=[
            ChoiceEdit(f"Choice 1.{n}", n == right, "" if n == right else f"Not {n}.")
            for n in range(4)
        ],
        regrade=regrade,
        **values,
    )


def score(attempt: Attempt) -> tuple[int | None, int | None, bool | None]:
    attempt.refresh_from_db()
    return attempt.correct, attempt.percentage, attempt.passed


def test_staff_must_say_what_becomes_of_attempts(question: Question) -> None:
    take(question.quiz, "over", 1)
    start_attempt(quiz=question.quiz, learner=make_learner("open"))
    with pytest.raises(RegradeUndecidedError, match="1 are over, 1 are under way"):
        correct(question, None)
    assert question.choices.get(is_correct=True).position == 1


def test_nobody_is_asked_where_nothing_depends_on_it(question: Question) -> None:
    assert correct(question, None).choices.get(is_correct=True).position == 2
    take(question.quiz, "over", 2)
    assert correct(question, None, stem="What feeds a stream?").stem == "What feeds a stream?"


@pytest.mark.parametrize(
    ("regrade", "over", "opened"),
    [(Regrade.ALL, 2, 2), (Regrade.OPEN, 1, 2), (Regrade.NONE, 1, 1)],
)
def test_attempts_have_the_right_answer_that_was_chosen(
    question: Question, regrade: Regrade, over: int, opened: int
) -> None:
    """`over` and `opened`: the choice that counts as right for such attempts."""
    Quiz.objects.filter(pk=question.quiz_id).update(pass_mark=33)
    quiz = question.quiz
    quiz.refresh_from_db()
    submitted = [take(quiz, f"over-{choice}", choice) for choice in (1, 2)]
    waiting = start_attempt(quiz=quiz, learner=make_learner("open"))
    correct(question, regrade, explanation="Choice 2, for the source says so.")
    for attempt, choice in zip(submitted, (1, 2), strict=True):
        assert score(attempt) == ((1, 33, True) if choice == over else (0, 0, False))
        assert bool(attempt.regraded_at) == (regrade == Regrade.ALL)
        asked = attempt.answers.get(position=1).asked
        assert asked["correct"] == over
        assert ("Choice 2" in asked["explanation"]) == (over == 2)
        assert (asked["feedback"] == ["Not 0.", "Not 1.", "", "Not 3."]) == (over == 2)
    submit_attempt(attempt=waiting, responses={1: opened})
    assert score(waiting) == (1, 33, True)
    assert waiting.regraded_at is None


def test_what_was_left_can_be_graded_again_later(question: Question) -> None:
    attempt = take(question.quiz, "over", 2)
    correct(question, Regrade.NONE)
    regrade_question(question=question, regrade=Regrade.ALL)
    assert score(attempt) == (1, 33, False)
    before = attempt.regraded_at
    # Once more changes nothing: it is graded by this right answer already.
    regrade_question(question=question, regrade=Regrade.ALL)
    score(attempt)
    assert (attempt.regraded_at, attempt.percentage_before) == (before, 0)


def test_another_question_in_the_same_place_grades_nothing_again(question: Question) -> None:
    """An attempt that was asked other words, before those that are corrected now, stays."""
    attempt = take(question.quiz, "over", 2)
    changed = correct(question, None, right=1, stem="Which of these is none?")
    correct(changed, None)
    regrade_question(question=changed, regrade=Regrade.ALL)
    assert score(attempt) == (0, 0, False)
    assert attempt.regraded_at is None


def test_a_quiz_that_was_shown_to_a_program_is_open(question: Question) -> None:
    learner = make_learner()
    shown = show_quiz(quiz=question.quiz, learner=learner)
    correct(question, Regrade.OPEN)
    found = find_shown(quiz=question.quiz, learner=learner, attempt_id=shown.pk)
    attempt = submit_shown(shown=found, responses={1: 2}, is_named=True)
    assert attempt.correct == 1


def test_the_admin_asks_and_logs(client: Client, teacher: User, question: Question) -> None:
    attempt = take(question.quiz, "over", 2)
    client.force_login(teacher)
    address = reverse("admin:quizzes_question_change", args=[question.pk])
    data: dict[str, Any] = {
        "stem": question.stem,
        "explanation": question.explanation,
        "difficulty": question.difficulty,
        "bloom": question.bloom,
        "choices-right": 2,
    }
    for index, choice in enumerate(question.choices.order_by("position")):
        data[f"choices-{index}-text"] = choice.text
    asked = client.post(address, data)
    assert asked.status_code == 200
    assert "Say which of them are to be graded again" in asked.text
    assert score(attempt) == (0, 0, False)
    assert client.post(address, data | {"regrade": "all"}).status_code == 302
    assert score(attempt) == (1, 33, False)
    entry = AuditEntry.objects.get(action="regrade")
    assert (entry.actor, entry.object_id) == ("teacher", str(question.pk))
    assert "Chosen: all. Attempts graded again: 1; with another score now: 1." in entry.detail
    assert AuditEntry.objects.filter(action="change", object_id=str(question.pk)).exists()
    shown = client.get(reverse("admin:quizzes_attempt_change", args=[attempt.pk])).text
    assert "33% (1 of 3), graded again" in shown
    assert "before: 0%" in shown


def test_the_learner_is_told(client: Client, question: Question) -> None:
    attempt = take(question.quiz, "learner", 2)
    correct(question, Regrade.ALL)
    client.force_login(attempt.learner)
    result = client.get(attempt.get_absolute_url()).text
    assert "Graded again on" in result
    assert "Before, it was 0%." in result
    assert result.count("The right answer of this question was corrected on") == 1
    for page in (reverse("history"), question.quiz.get_absolute_url()):
        text = client.get(page).text
        assert "graded again on" in text
        assert "before: 0%" in text


def test_the_api_has_the_same_choice(teacher: User, question: Question) -> None:
    attempt = take(question.quiz, "over", 2)
    api, address = api_client(teacher), f"/api/questions/{question.pk}/"
    match = {"If-Match": "*"}
    choices = [{"text": f"Choice 1.{n}", "is_correct": n == 2} for n in range(4)]
    undecided = api.patch(address, {"choices": choices}, format="json", headers=match)
    assert undecided.status_code == 400
    assert "1 are over" in undecided.json()["fields"]["regrade"][0]
    wrong = api.patch(address, {"regrade": "some"}, format="json", headers=match)
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["regrade"])
    change = {"choices": choices, "regrade": "none"}
    assert api.patch(address, change, format="json", headers=match).status_code == 200
    assert score(attempt) == (0, 0, False)
    later = api.patch(address, {"regrade": "all"}, format="json", headers=match)
    assert later.status_code == 200
    assert score(attempt) == (1, 33, False)
    shown = api.get(f"/api/attempts/{attempt.pk}/").json()
    assert (shown["percentage"], shown["percentage_before"]) == (33, 0)
    assert shown["regraded_at"]
    chosen = (
        AuditEntry.objects.filter(action="regrade").order_by("pk").values_list("detail", flat=True)
    )
    assert [detail.split(".")[0] for detail in chosen] == ["Chosen: none", "Chosen: all"]
