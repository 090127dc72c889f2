"""What the database itself refuses, whoever writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from courses.models import Citation, Claim, Course, KeyTerm, Module, Passage, SourceDocument, Topic
from quizzes.models import Answer, Attempt, Choice, Question, Quiz
from tests.factories import make_course, make_learner

pytestmark = pytest.mark.django_db


@contextmanager
def check_at_once() -> Iterator[None]:
    """Check deferred constraints at each statement instead of at the commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield


@pytest.fixture
def attempt() -> Attempt:
    quiz = make_course().quizzes.order_by("pk")[0]
    made = Attempt.objects.create(quiz=quiz, learner=make_learner(), pass_mark=60, total=2)
    for position in (1, 2):
        Answer.objects.create(attempt=made, position=position, asked={})
    return made


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Course, {"status": "lost"}),
        (Course, {"status": "published", "published_at": None}),
        (SourceDocument, {"status": "lost"}),
        (Passage, {"kind": "poem"}),
        (Passage, {"matter": "dark"}),
        (Passage, {"page_from": 0}),
        (Passage, {"page_to": 0}),
        (Passage, {"position": 1}),
        (Module, {"position": 0}),
        (Topic, {"position": 0}),
        (Topic, {"status": "lost"}),
        (Topic, {"content": ""}),
        (Claim, {"doubt": 1.1}),
        (Claim, {"verdict": "maybe"}),
        (Claim, {"place": "somewhere"}),
        (Claim, {"checked_by": "nobody"}),
        (Citation, {"support": 1.1}),
        (Citation, {"support": -0.1}),
        (Quiz, {"pass_mark": 101}),
        (Quiz, {"status": "lost"}),
        (Quiz, {"module": None}),
        (Question, {"kind": "riddle"}),
        (Question, {"difficulty": "deadly"}),
        (Question, {"bloom": "wither"}),
        (Question, {"status": "lost"}),
        (Question, {"support": 2}),
        (Choice, {"is_correct": True}),
        (Choice, {"text": "the same"}),
        (Attempt, {"percentage": 50}),
        (Attempt, {"submitted_at": "2026-01-01T00:00Z"}),
        (Answer, {"position": 1}),
    ],
)
def test_the_database_refuses(
    attempt: Attempt, model: type[Model], values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.update(**values)


@pytest.mark.parametrize("model", [Module, Topic, Question, Choice])
def test_positions_may_be_swapped_but_not_shared(attempt: Attempt, model: type[Model]) -> None:
    first, second = model._default_manager.order_by("pk")[:2]
    one, two = first.position, second.position  # type: ignore[attr-defined] # all four have one
    with transaction.atomic():
        model._default_manager.filter(pk=first.pk).update(position=two)
        model._default_manager.filter(pk=second.pk).update(position=one)
    with pytest.raises(IntegrityError), check_at_once():
        model._default_manager.filter(pk=first.pk).update(position=one)


def test_a_learner_has_one_open_attempt_at_a_quiz(attempt: Attempt) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(quiz=attempt.quiz, learner=attempt.learner, pass_mark=60, total=2)


def test_a_score_has_no_more_right_answers_than_questions(attempt: Attempt) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.update(
            submitted_at="2026-01-01T00:00Z", correct=3, percentage=100, passed=True
        )


def test_the_same_file_stands_in_a_course_once(attempt: Attempt) -> None:
    document = SourceDocument.objects.get()
    document.pk, document.position = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        document.save(force_insert=True)


def test_a_term_stands_in_a_topic_once(attempt: Attempt) -> None:
    term = KeyTerm.objects.order_by("pk")[0]
    term.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        term.save(force_insert=True)
