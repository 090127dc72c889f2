"""A question as learners see it, from a form that is not saved yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from engine.questions.formats import QuestionFormat
from quizzes.answer_sheet import asked_form
from quizzes.body_forms import edited_values
from quizzes.models import Answer, Attempt, Question, Quiz, stored_body
from quizzes.services import source_label


def preview(request: HttpRequest, form: Any, quiz: Quiz) -> HttpResponse:
    """Shows the learners' page with the question of a valid form: before it is answered, and
    after."""
    answer = Answer(position=1, asked=_asked(form))
    context = {
        "quiz": quiz,
        "course": quiz.course,
        "attempt": Attempt(total=1),
        "question": asked_form([answer], QueryDict())[0],
        "answer": answer,
    }
    return render(request, "admin/quizzes/question/preview.html", context)


def _asked(form: Any) -> dict[str, Any]:
    """Returns the question as `freeze_question` does, though it has no rows of choices yet."""
    question: Question = form.instance
    words = edited_values(form)
    frozen = {
        "format": question.format,
        "stem": words["stem"],
        "explanation": words["explanation"],
        "quote": question.quote,
        "source": source_label(question),
    }
    if words["body"] is not None:
        return frozen | {"format": words["body"].format.value, "body": stored_body(words["body"])}
    choices = words["choices"]
    return frozen | {
        "format": QuestionFormat.SINGLE.value,
        "choices": [one.text for one in choices],
        "correct": [one.is_correct for one in choices].index(True),
        "feedback": ["" if one.is_correct else one.feedback for one in choices],
    }
