"""A module whose own quiz has no question gets some of those that were made for the final quiz."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from courses.models import Course, CourseStatus, Topic
from engine.questions.schemas import QuizDraft
from quizzes.models import Question, QuestionStatus, Quiz, QuizStatus
from quizzes.steps import _shared_out
from tests.factories import make_course, make_learner
from tests.questions.test_item_checks import SOUND

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    """Of its two modules the second has an empty quiz."""
    made = make_course(topics=1)
    empty = Quiz.objects.get(module__position=2)
    empty.questions.all().delete()
    Quiz.objects.filter(pk=empty.pk).update(status=QuizStatus.EMPTY, notes=["0 of 5."])
    return made


def drafted(course: Course, week: int, number: int) -> QuizDraft:
    topic = Topic.objects.get(module__course=course, module__position=week)
    passage = topic.sources.get()
    return QuizDraft(
        tuple(
            replace(SOUND, stem=f"{one} of {week}?", topic_id=topic.pk, passage_id=passage.pk)
            for one in range(number)
        )
    )


@pytest.mark.parametrize(("made", "given"), [(0, 0), (1, 1), (3, 2), (4, 2)])
def test_questions_belong_to_their_modules_quiz_first(
    course: Course, made: int, given: int
) -> None:
    first, second = drafted(course, 1, 2), drafted(course, 2, made)
    draft = QuizDraft((*first.questions, *second.questions), notes=("A note.",))
    left = _shared_out(course, draft)
    assert left.notes == ("A note.",)
    assert left.questions == (*first.questions, *second.questions[given:])
    quiz = Quiz.objects.get(module__position=2)
    stems = list(quiz.questions.order_by("position").values_list("stem", flat=True))
    assert stems == [one.stem for one in second.questions[:given]]
    assert quiz.status == (QuizStatus.READY if given else QuizStatus.EMPTY)
    assert Question.objects.filter(quiz__module__position=1).count() == 3


def test_rejected_questions_stay_and_do_not_count(course: Course) -> None:
    quiz = Quiz.objects.get(module__position=2)
    Question.objects.filter(quiz__module__position=1, position=1).update(
        quiz=quiz, status=QuestionStatus.REJECTED
    )
    left = _shared_out(course, drafted(course, 2, 1))
    assert left.questions == ()
    assert [one.status for one in quiz.questions.order_by("position")] == ["rejected", "draft"]


def test_learners_read_that_a_module_has_none(course: Course) -> None:
    Course.objects.filter(pk=course.pk).update(
        status=CourseStatus.PUBLISHED, published_at=course.created_at
    )
    client = Client()
    client.force_login(make_learner())
    page = client.get(course.get_absolute_url()).text
    assert page.count("This module has no questions of its own.") == 1
