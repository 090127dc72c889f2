"""What an engine is given of a document's glossaries, which belong to no topic."""

from __future__ import annotations

import pytest

from courses.models import CourseStatus
from engine.questions.schemas import QuizDraft, QuizRequest
from quizzes import steps
from quizzes.regeneration import request_quiz
from tests.factories import make_course, make_passage
from tests.queue import work

pytestmark = pytest.mark.django_db


class Engine:
    """Keeps what it is asked for."""

    name, model, uses_context = "extractive", "extractive-1", True
    requests: list[QuizRequest]

    def __init__(self) -> None:
        self.requests = []

    async def write_quiz(self, request: QuizRequest) -> QuizDraft:
        self.requests.append(request)
        return QuizDraft(())


def test_glossaries_and_no_other_untaught_text_are_context(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Engine()
    monkeypatch.setattr(steps, "quiz_engine", lambda _name: engine)
    course = make_course(status=CourseStatus.DRAFT, modules=1)
    document = course.documents.first()
    assert document is not None
    for heading in ("Key terms", "Prices"):
        make_passage(document, f"{heading}: what is said.", heading_path=["A", heading])
    work(request_quiz(course=course, module=course.modules.get()))
    assert [one.text for one in engine.requests[0].context] == ["Key terms: what is said."]
