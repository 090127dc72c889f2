"""The course's page with its quizzes: the courses app itself knows of none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from courses.admin.course import CourseAdmin, count_by_course
from courses.models import Course, Module
from courses.services import CourseStateError
from quizzes.exports.download import file_content, file_name
from quizzes.models import ASKED, Attempt, Choice, Question, QuestionStatus, Quiz
from rest.files import made_file

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

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        own = path("<int:pk>/export/", view, name="courses_course_export")
        return [own, *super().get_urls()]

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        course = self.get_object(request, str(pk))
        if course is None:
            raise Http404("There is no such course, or it is not yours.")
        try:
            content = file_content(course)
        except CourseStateError as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:courses_course_change", pk)
        return made_file(content, name=file_name(course), content_type="application/json")

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
