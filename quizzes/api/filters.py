"""How lists of quizzes, questions and attempts are narrowed."""

from __future__ import annotations

import django_filters as filters

from common.rest.filters import Filters, WholeNumberFilter, YesNoFilter
from engine.questions.schemas import Difficulty
from quizzes.models import Attempt, Question, QuestionStatus, Quiz

MAX_ID = 2**62


class QuizFilter(Filters):
    course = filters.CharFilter(field_name="course__slug", max_length=80, label="A course's slug")
    week = WholeNumberFilter(field_name="module__position", min_value=1, max_value=10**6)
    final = YesNoFilter(field_name="module", lookup_expr="isnull")

    class Meta:
        model = Quiz
        fields = ("course", "week", "final")


class QuestionFilter(Filters):
    course = filters.CharFilter(
        field_name="quiz__course__slug", max_length=80, label="A course's slug"
    )
    quiz = WholeNumberFilter(field_name="quiz", min_value=1, max_value=MAX_ID)
    status = filters.ChoiceFilter(choices=QuestionStatus.choices)
    difficulty = filters.ChoiceFilter(choices=[(level.value, level.value) for level in Difficulty])

    class Meta:
        model = Question
        fields = ("course", "quiz", "status", "difficulty")


class AttemptFilter(Filters):
    course = filters.CharFilter(
        field_name="quiz__course__slug", max_length=80, label="A course's slug"
    )
    quiz = WholeNumberFilter(field_name="quiz", min_value=1, max_value=MAX_ID)
    submitted = YesNoFilter(
        field_name="submitted_at", lookup_expr="isnull", exclude=True, label="Submitted already"
    )

    class Meta:
        model = Attempt
        fields = ("course", "quiz", "submitted")
