"""What an engine writes, in whatever format, becomes questions that can be asked."""

from __future__ import annotations

from typing import Any

import pytest

from courses.models import CourseStatus
from engine.lessons.schemas import SourcePassage
from engine.questions.formats import SingleChoice, read_body
from engine.questions.schemas import (
    BloomLevel,
    Difficulty,
    QuestionDraft,
    QuestionKind,
    QuizDraft,
    QuizRequest,
)
from jobs.models import JobStatus
from quizzes import steps
from quizzes.models import Quiz
from quizzes.regeneration import request_quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner
from tests.queue import work
from tests.quizzes.formats import QUESTIONS

pytestmark = pytest.mark.django_db

SINGLE = SingleChoice(choices=("a", "b"), correct=1, feedback=("No.", ""))


class Engine:
    """Writes one question of each format."""

    name, model, uses_context = "extractive", "extractive-1", False

    async def write_quiz(self, request: QuizRequest) -> QuizDraft:
        topic = request.topics[0]
        bodies = [read_body({"format": name, **body}) for name, (body, *_) in QUESTIONS.items()]
        return QuizDraft(
            tuple(_draft(topic.id, topic.passages[0], body) for body in [*bodies, SINGLE])
        )


def _draft(topic: int, passage: SourcePassage, body: Any) -> QuestionDraft:
    return QuestionDraft(
        kind=QuestionKind.PROCEDURE,
        stem=f"A question of the format {body.format}",
        choices=(),
        correct=0,
        explanation="So it is.",
        difficulty=Difficulty.EASY,
        bloom=BloomLevel.APPLY,
        topic_id=topic,
        passage_id=passage.id,
        quote="It is cold.",
        support=1.0,
        body=body,
    )


def test_every_format_is_stored_and_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "quiz_engine", lambda _name: Engine())
    course = make_course(status=CourseStatus.DRAFT, modules=1)
    quiz: Quiz = course.modules.get().quiz
    job = work(request_quiz(course=course, module=quiz.module))
    assert (job.status, job.error) == (JobStatus.COMPLETED, "")
    questions = list(quiz.questions.order_by("position"))
    assert [question.format for question in questions] == [*QUESTIONS, "single"]
    for question in questions[:-1]:
        body = QUESTIONS[question.format][0]
        assert question.typed_body == read_body({"format": question.format, **body})
        assert not question.choices.exists()
    choices = questions[-1].choices.values_list("text", "is_correct", "feedback")
    assert list(choices) == [("a", False, "No."), ("b", True, "")]
    responses: dict[int, Any] = {
        n: right for n, (_, right, _, _) in enumerate(QUESTIONS.values(), 1)
    }
    attempt = start_attempt(quiz=quiz, learner=make_learner())
    done = submit_attempt(attempt=attempt, responses=responses | {len(questions): 1})
    assert done.percentage == 100
