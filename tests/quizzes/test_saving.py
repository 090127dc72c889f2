"""Answers are kept as they are given; of two devices the later answer stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from courses.models import CourseStatus
from quizzes.attempt_errors import AttemptError, ResponsesError
from quizzes.models import Answer, Attempt, Quiz
from quizzes.services import end_overdue_attempts, save_answers, start_attempt, submit_attempt
from tests.factories import make_course, make_learner
from tests.quizzes.formats import QUESTIONS, make_all_formats

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def quiz() -> Quiz:
    quiz: Quiz = make_course(status=CourseStatus.PUBLISHED).quizzes.get(module__position=1)
    return quiz


@pytest.fixture
def attempt(quiz: Quiz) -> Attempt:
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    # So that answers can have been given minutes ago.
    Attempt.objects.update(started_at=timezone.now() - 60 * MINUTE)
    return attempt


def at(attempt: Attempt, position: int) -> Answer:
    return attempt.answers.get(position=position)


def test_what_is_saved_is_scored_without_being_sent_again(attempt: Attempt) -> None:
    saved = save_answers(attempt=attempt, responses={1: 1})
    assert saved.unanswered == 2
    save_answers(attempt=attempt, responses={2: 2})
    assert at(attempt, 1).is_correct is None
    done = submit_attempt(attempt=attempt, responses={3: 0})
    assert [one.given for one in done.answers.all()] == [1, 2, 0]
    assert done.correct == 2


def test_an_answer_can_be_changed_and_taken_away(attempt: Attempt) -> None:
    save_answers(attempt=attempt, responses={1: 0, 2: 2})
    save_answers(attempt=attempt, responses={1: 1, 2: None})
    assert [one.given for one in attempt.answers.all()] == [1, None, None]
    assert submit_attempt(attempt=attempt).correct == 1


def test_every_format_is_saved_as_it_is_read() -> None:
    quiz = make_course(status=CourseStatus.PUBLISHED, questions=0).quizzes.get(module=None)
    make_all_formats(quiz)
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    right = {n: response for n, (_, response, _, _) in enumerate(QUESTIONS.values(), start=1)}
    assert save_answers(attempt=attempt, responses=right).unanswered == 0
    assert submit_attempt(attempt=attempt).percentage == 100


def test_what_does_not_fit_saves_nothing(attempt: Attempt) -> None:
    with pytest.raises(ResponsesError, match="Question 2: Choose from"):
        save_answers(attempt=attempt, responses={1: 1, 2: 9})
    with pytest.raises(ResponsesError, match="Question 4: It is not part"):
        save_answers(attempt=attempt, responses={4: 1})
    assert at(attempt, 1).given is None


def test_after_the_end_nothing_is_saved(attempt: Attempt) -> None:
    submit_attempt(attempt=attempt, responses={1: 1})
    with pytest.raises(AttemptError, match="submitted already"):
        save_answers(attempt=attempt, responses={1: 0})
    assert at(attempt, 1).given == 1


def test_the_later_of_two_devices_answers_stands(attempt: Attempt) -> None:
    first = save_answers(attempt=attempt, responses={1: 0}, known={1: ""})
    assert (first.replaced, first.kept) == ([], {})
    # The other device had not seen it, and answers later: its answer stands, and it is told.
    second = save_answers(attempt=attempt, responses={1: 1}, known={1: ""})
    assert second.replaced == [1]
    assert at(attempt, 1).given == 1
    # What waited for a connection was given before: the later one stands.
    late = save_answers(attempt=attempt, responses={1: 3}, known={1: ""}, ages={1: 10 * MINUTE})
    assert list(late.kept) == [1]
    assert late.saved == {}
    assert at(attempt, 1).given == 1


def test_who_knew_the_answer_replaces_it_silently(attempt: Attempt) -> None:
    save_answers(attempt=attempt, responses={1: 0})
    known = at(attempt, 1).version
    again = save_answers(attempt=attempt, responses={1: 1}, known={1: known}, ages={1: 10 * MINUTE})
    assert (again.replaced, again.kept) == ([], {})
    assert at(attempt, 1).given == 1


def test_a_clock_that_is_wrong_makes_no_answer_older_than_the_attempt(attempt: Attempt) -> None:
    save_answers(attempt=attempt, responses={1: 0}, ages={1: timedelta(days=999)})
    attempt.refresh_from_db()
    assert at(attempt, 1).answered_at == attempt.started_at


def over(attempt: Attempt) -> None:
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(ends_at=now - MINUTE, closes_at=now)


def test_a_time_limit_is_kept_by_the_server(quiz: Quiz) -> None:
    Quiz.objects.update(time_limit=10, grace=30)
    learner: User = make_learner()
    attempt = start_attempt(quiz=quiz, learner=learner)
    assert attempt.ends_at is not None
    assert attempt.closes_at is not None
    assert attempt.closes_at - attempt.ends_at == timedelta(seconds=30)
    save_answers(attempt=attempt, responses={1: 1})
    # In the grace it is still taken.
    Attempt.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    save_answers(attempt=attempt, responses={2: 2})
    over(attempt)
    with pytest.raises(AttemptError, match="The time is up"):
        save_answers(attempt=attempt, responses={3: 3})
    done = submit_attempt(attempt=attempt, responses={3: 3})
    assert done.correct == 2
    assert done.submitted_at == done.closes_at


def test_nobody_has_to_come_back_for_the_end(quiz: Quiz) -> None:
    Quiz.objects.update(time_limit=10)
    late = start_attempt(quiz=quiz, learner=make_learner())
    other = start_attempt(quiz=quiz, learner=make_learner("other"))
    save_answers(attempt=late, responses={1: 1})
    over(late)
    end_overdue_attempts()
    late.refresh_from_db()
    other.refresh_from_db()
    assert (late.correct, late.percentage) == (1, 33)
    assert other.submitted_at is None


def test_who_starts_again_after_the_end_begins_anew(quiz: Quiz) -> None:
    Quiz.objects.update(time_limit=10)
    learner = make_learner()
    first = start_attempt(quiz=quiz, learner=learner)
    over(first)
    second = start_attempt(quiz=quiz, learner=learner)
    first.refresh_from_db()
    assert second.pk != first.pk
    assert first.submitted_at is not None
