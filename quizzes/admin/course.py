"""The course's page with its quizzes: the courses app itself knows of none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from courses.admin.course import CourseAdmin, count_by_course
from courses.models import Course, Module
from quizzes.models import ASKED, Attempt, Choice, Question, QuestionStatus, Quiz

ASKED_QUESTIONS = Question.objects.filter(status__in=ASKED)

admin.site.unregister(Course)


@admin.register(Course)
class CourseWithQuizzesAdmin(CourseAdmin):
    list_display = (*CourseAdmin.list_display[:-1], "question_total", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        questions = count_by_course(ASKED_QUESTIONS.all(), "quiz__course")
        return super().get_queryset(request).annotate(questions_counted=questions)

    @admin.display(description="questions", ordering="questions_counted")
    def question_total(self, course: Course) -> int:
        count: int = vars(course)["questions_counted"]
        return count

    def tree(self, course: Course) -> QuerySet[Module]:
        questions = (
            Question.objects.select_related("quiz", "passage__document")
            .prefetch_related(Prefetch("choices", Choice.objects.order_by("position")))
            .order_by("quiz__module", "position")
        )
        return super().tree(course).prefetch_related(Prefetch("topics__questions", questions))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        quizzes = context["original"].quizzes.annotate(
            asked=Count("questions", filter=Q(questions__status__in=ASKED)),
            rejected=Count("questions", filter=Q(questions__status=QuestionStatus.REJECTED)),
        )
        # Counting groups the rows, and a model's own ordering does not survive that.
        context["quizzes"] = quizzes.order_by(F("module__position").asc(nulls_last=True))
        return super().render_change_form(request, context, *args, **kwargs)

    def contents(self, courses: Sequence[Any]) -> dict[str, int]:
        return super().contents(courses) | {
            "quizzes": Quiz.objects.filter(course__in=courses).count(),
            "questions": Question.objects.filter(quiz__course__in=courses).count(),
            "learners' attempts, with their scores": Attempt.objects.filter(
                quiz__course__in=courses
            ).count(),
        }
