"""What learners are told of questions that nobody has read."""

from __future__ import annotations

from typing import Any

from django import template

from courses.models import Course
from quizzes.models import NOT_REJECTED, Question, QuestionStatus

register = template.Library()


@register.inclusion_tag("quizzes/_unread.html")
def unread_questions(course: Course) -> dict[str, Any]:
    """Nothing, at no cost, for a course that asks only what a person has approved."""
    if not course.asks_drafts:
        return {"unread": False}
    questions = Question.objects.filter(quiz__course=course, status__in=NOT_REJECTED)
    found = set(questions.order_by().values_list("status", flat=True).distinct())
    return {
        "unread": QuestionStatus.DRAFT in found,
        "is_partly_read": found > {QuestionStatus.DRAFT},
    }
