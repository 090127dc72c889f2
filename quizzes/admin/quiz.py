"""A quiz as a reviewer reads it: every question with its right answer, source and results."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from courses.admin.base import CourseFilter, CourseRowAdmin
from courses.services import CourseStateError
from quizzes.editing import edit_quiz
from quizzes.models import ASKED, QuestionStatus, Quiz
from quizzes.queries import review_questions
from quizzes.rewriting import request_quiz


@admin.register(Quiz)
class QuizAdmin(CourseRowAdmin[Quiz]):
    list_display = ("title", "course", "module", "status_label", "asked", "rejected", "pass_mark")
    list_filter = (CourseFilter, "status")
    list_select_related = ("course", "module")
    search_fields = ("title", "course__title")
    fields = ("title", "pass_mark")
    change_form_template = "admin/quizzes/quiz/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        quizzes = super().get_queryset(request).select_related("course", "module")
        return quizzes.annotate(
            asked_total=Count("questions", filter=Q(questions__status__in=ASKED)),
            rejected_total=Count("questions", filter=Q(questions__status=QuestionStatus.REJECTED)),
        )

    @admin.display(description="questions", ordering="asked_total")
    def asked(self, quiz: Quiz) -> int:
        count: int = vars(quiz)["asked_total"]
        return count

    @admin.display(description="kept out", ordering="rejected_total")
    def rejected(self, quiz: Quiz) -> int:
        count: int = vars(quiz)["rejected_total"]
        return count

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        questions = list(review_questions(context["original"]))
        context["asked"] = [q for q in questions if q.status in ASKED]
        context["rejected"] = [q for q in questions if q.status not in ASKED]
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Quiz, form: Any, change: bool) -> None:
        edit_quiz(quiz=obj, title=obj.title, pass_mark=obj.pass_mark)

    def response_change(self, request: HttpRequest, obj: Quiz) -> HttpResponse:
        """The button that has the quiz made again."""
        if "_rewrite" not in request.POST:
            return super().response_change(request, obj)
        try:
            job = request_quiz(course=obj.course, module=obj.module, requested_by=request.user)
        except CourseStateError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        self.log_change(request, obj, "Asked to be made again.")
        return redirect("admin:jobs_job_change", job.pk)
