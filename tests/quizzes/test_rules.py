"""The rules of a quiz: attempts, waiting, what counts, what is shown, what is drawn; practice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from courses.models import CourseStatus, Topic
from quizzes.attempt_errors import AttemptError, ResponsesError
from quizzes.editing import edit_quiz, reject_question
from quizzes.models import Attempt, Quiz
from quizzes.practice import begin_practice, check_answer
from quizzes.progress import best_results
from quizzes.queries import counted_attempts
from quizzes.rules import (
    answers_are_shown,
    rules_of_new_quiz,
    showing_answers,
    standing,
)
from quizzes.services import save_answers, start_attempt, submit_attempt
from quizzes.shown import show_quiz
from tests.factories import make_course, make_learner, make_question, make_superuser

pytestmark = pytest.mark.django_db
RIGHT = {1: 1, 2: 2, 3: 3}


@pytest.fixture
def learner() -> User:
    return make_learner()


@pytest.fixture
def quiz() -> Quiz:
    quiz: Quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.get(module__position=1)
    return quiz


def take(quiz: Quiz, learner: User, right: int) -> Attempt:
    attempt = start_attempt(quiz=quiz, learner=learner)
    return submit_attempt(attempt=attempt, responses=dict(list(RIGHT.items())[:right]))


def rule(quiz: Quiz, **rules: object) -> None:
    edit_quiz(quiz=quiz, title=quiz.title, pass_mark=quiz.pass_mark, rules=rules)
    quiz.refresh_from_db()


def test_attempts_are_limited_and_practice_is_not_counted(quiz: Quiz, learner: User) -> None:
    rule(quiz, max_attempts=2)
    take(quiz, learner, 1)
    begin_practice(quiz=quiz, learner=learner)
    assert standing(quiz, learner).left == 1
    take(quiz, learner, 2)
    with pytest.raises(AttemptError, match="all 2 attempts"):
        start_attempt(quiz=quiz, learner=learner)
    assert start_attempt(quiz=quiz, learner=make_learner("other"))


def test_one_attempt_is_one(quiz: Quiz, learner: User) -> None:
    rule(quiz, max_attempts=1)
    first = start_attempt(quiz=quiz, learner=learner)
    assert start_attempt(quiz=quiz, learner=learner) == first
    submit_attempt(attempt=first)
    with pytest.raises(AttemptError, match="the one attempt"):
        start_attempt(quiz=quiz, learner=learner)


def test_the_next_attempt_waits(quiz: Quiz, learner: User) -> None:
    rule(quiz, wait_minutes=60)
    take(quiz, learner, 1)
    with pytest.raises(AttemptError, match="again from"):
        start_attempt(quiz=quiz, learner=learner)
    Attempt.objects.update(submitted_at=timezone.now() - timedelta(minutes=61))
    assert start_attempt(quiz=quiz, learner=learner)


@pytest.mark.parametrize(
    ("counts", "expected"), [("best", (100, True)), ("last", (67, True)), ("first", (33, False))]
)
def test_the_attempt_that_counts(
    quiz: Quiz, learner: User, counts: str, expected: tuple[int, bool]
) -> None:
    rule(quiz, counts=counts)
    for right in (1, 3, 2):
        take(quiz, learner, right)
    practice = begin_practice(quiz=quiz, learner=learner)
    submit_attempt(attempt=practice)
    result = best_results(learner, [quiz])[quiz.pk]
    assert (result.percentage, result.passed) == expected
    # The lists of staff choose it in the database.
    (counted,) = counted_attempts(Attempt.objects.filter(quiz=quiz))
    assert (counted.percentage, counted.passed) == expected


def test_answers_are_shown_by_the_rule(quiz: Quiz, learner: User) -> None:
    chief = make_superuser()
    rule(quiz, max_attempts=2, answers_shown="after_last")
    first = take(quiz, learner, 1)
    assert not answers_are_shown(first, learner)
    assert answers_are_shown(first, chief)
    with pytest.raises(AttemptError, match="does not show its right answers"):
        begin_practice(quiz=quiz, learner=learner)
    start_attempt(quiz=quiz, learner=learner)
    assert not answers_are_shown(first, learner)
    take(quiz, learner, 1)
    assert answers_are_shown(first, learner)
    rule(quiz, answers_shown="never")
    first.refresh_from_db()
    assert not answers_are_shown(first, learner)


def test_answers_are_shown_once_the_quiz_is_passed(quiz: Quiz, learner: User) -> None:
    rule(quiz, answers_shown="after_pass")
    first = take(quiz, learner, 1)
    assert not answers_are_shown(first, learner)
    assert not showing_answers(Quiz.objects.all(), learner).filter(pk=quiz.pk).exists()
    with pytest.raises(AttemptError, match="does not show its right answers"):
        begin_practice(quiz=quiz, learner=learner)
    second = take(quiz, learner, 3)
    assert second.passed
    assert answers_are_shown(first, learner)
    assert showing_answers(Quiz.objects.all(), learner).filter(pk=quiz.pk).exists()
    # Not beside an attempt that could copy them.
    third = start_attempt(quiz=quiz, learner=learner)
    assert not answers_are_shown(second, learner)
    assert not showing_answers(Quiz.objects.all(), learner).filter(pk=quiz.pk).exists()
    submit_attempt(attempt=third)
    # A worse one takes back nothing.
    assert answers_are_shown(third, learner)


def test_answers_are_shown_after_the_last_attempt_even_without_a_pass(
    quiz: Quiz, learner: User
) -> None:
    rule(quiz, answers_shown="after_pass", max_attempts=1)
    last = take(quiz, learner, 0)
    assert not last.passed
    assert answers_are_shown(last, learner)
    assert showing_answers(Quiz.objects.all(), learner).filter(pk=quiz.pk).exists()


@pytest.mark.parametrize(("questions", "drawn"), [(0, None), (5, None), (6, 5), (10, 5), (15, 8)])
def test_a_new_quiz_draws_half_of_its_questions(questions: int, drawn: int | None) -> None:
    rules = rules_of_new_quiz(questions, is_final=True)
    assert rules["answers_shown"] == "after_pass"
    assert rules.get("draw") == drawn


def test_a_last_attempt_needs_a_number(quiz: Quiz) -> None:
    with pytest.raises(ValidationError, match="no last one"):
        rule(quiz, answers_shown="after_last")
    with pytest.raises(ValidationError):
        rule(quiz, time_limit=0)


def test_a_retake_draws_other_questions(learner: User) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, questions=6)
    quiz = course.quizzes.get(module=None)
    rule(quiz, draw=2)
    drawn: list[int] = []
    for _ in range(3):
        attempt = start_attempt(quiz=quiz, learner=learner)
        assert attempt.total == 2
        drawn += [answer.question_id or 0 for answer in attempt.answers.all()]
        submit_attempt(attempt=attempt)
    assert len(drawn) == 6
    assert set(drawn) == set(quiz.questions.values_list("pk", flat=True))


@pytest.mark.parametrize("by", ["topic", "module", "difficulty", "bloom"])
def test_questions_are_drawn_evenly(learner: User, by: str) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, modules=3, topics=1, questions=1)
    quiz = course.quizzes.get(module=None)
    quiz.questions.all().delete()
    topics = list(Topic.objects.filter(module__course=course).order_by("module__position"))
    levels = [("easy", "remember"), ("medium", "apply"), ("hard", "analyse")]
    # Of the first group there are so many that chance alone would hardly leave room for others.
    for place, group in enumerate([0] * 30 + [1, 1, 2], start=1):
        difficulty, bloom = levels[group]
        make_question(quiz, place, topic=topics[group], difficulty=difficulty, bloom=bloom)
    rule(quiz, draw=4, draw_by=by)
    for _ in range(3):
        attempt = start_attempt(quiz=quiz, learner=learner)
        asked = [one.question for one in attempt.answers.select_related("question__topic")]
        groups = Counter(topics.index(one.topic) for one in asked if one and one.topic)
        assert (groups[0] + groups[1] + groups[2], attempt.drawn_from) == (4, 33)
        assert min(groups[0], groups[1], groups[2]) == 1
        submit_attempt(attempt=attempt)


def test_what_was_drawn_stays_as_the_pool_changes(learner: User) -> None:
    course = make_course(status=CourseStatus.PUBLISHED, questions=4)
    quiz = course.quizzes.get(module=None)
    rule(quiz, draw=2)
    attempt = start_attempt(quiz=quiz, learner=learner)
    stems = [one.asked["stem"] for one in attempt.answers.all()]
    for question in quiz.questions.all():
        reject_question(question, reason="Unclear.")
    attempt = Attempt.objects.get()
    assert [one.asked["stem"] for one in attempt.answers.all()] == stems
    assert (attempt.total, attempt.drawn_from) == (2, 4)


def test_nothing_is_drawn_where_all_are_asked(quiz: Quiz, learner: User) -> None:
    rule(quiz, draw=9, draw_by="topic")
    attempt = start_attempt(quiz=quiz, learner=learner)
    assert (attempt.total, attempt.drawn_from) == (3, None)


def test_what_they_are_drawn_by_needs_their_number(quiz: Quiz) -> None:
    with pytest.raises(ValidationError, match="how many questions are drawn"):
        rule(quiz, draw_by="topic")


def test_old_clients_are_not_given_a_quiz_whose_rules_they_cannot_keep(
    quiz: Quiz, learner: User
) -> None:
    assert show_quiz(quiz=quiz, learner=learner)
    rule(quiz, time_limit=5)
    with pytest.raises(AttemptError, match="rules that this address does not know"):
        show_quiz(quiz=quiz, learner=learner)


def test_practice_asks_first_what_went_wrong(quiz: Quiz, learner: User) -> None:
    with pytest.raises(AttemptError, match="Take the quiz first"):
        begin_practice(quiz=quiz, learner=learner)
    take(quiz, learner, 2)
    practice = begin_practice(quiz=quiz, learner=learner)
    assert practice.is_practice
    assert practice.answers.get(position=1).asked["stem"].endswith("number 3?")
    assert begin_practice(quiz=quiz, learner=learner) == practice


def test_practice_tells_at_once_and_does_not_count(quiz: Quiz, learner: User) -> None:
    take(quiz, learner, 2)
    practice = begin_practice(quiz=quiz, learner=learner)
    with pytest.raises(ResponsesError, match="Answer the question"):
        check_answer(attempt=practice, position=1, responses={})
    checked = check_answer(attempt=practice, position=1, responses={1: 0})
    assert checked.is_correct is False
    # It stays, whatever is sent.
    assert check_answer(attempt=practice, position=1, responses={1: 3}).given == 0
    assert list(save_answers(attempt=practice, responses={1: 3}).kept) == [1]
    done = submit_attempt(attempt=practice, responses={1: 3})
    assert done.correct == 0
    assert best_results(learner, [quiz])[quiz.pk].percentage == 67


def test_nothing_is_told_of_an_attempt_that_counts(quiz: Quiz, learner: User) -> None:
    attempt = start_attempt(quiz=quiz, learner=learner)
    with pytest.raises(AttemptError, match="Only practice"):
        check_answer(attempt=attempt, position=1, responses={1: 1})
    submit_attempt(attempt=attempt)
    start_attempt(quiz=quiz, learner=learner)
    with pytest.raises(AttemptError, match="Submit it first"):
        begin_practice(quiz=quiz, learner=learner)


def test_another_practice_ends_the_one_before(quiz: Quiz, learner: User) -> None:
    take(quiz, learner, 2)
    topic = quiz.questions.filter(position=1).get().topic
    assert topic is not None
    first = begin_practice(quiz=quiz, learner=learner)
    quiz.questions.filter(position=2).update(topic=None)
    second = begin_practice(quiz=quiz, learner=learner, topics=[topic.pk])
    first.refresh_from_db()
    assert first.submitted_at is not None
    assert second.total == 2
    submit_attempt(attempt=second)
    with pytest.raises(AttemptError, match="no questions about this"):
        begin_practice(quiz=quiz, learner=learner, topics=[10**9])
