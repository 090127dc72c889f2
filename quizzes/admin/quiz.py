"""A quiz as a reviewer reads it: every question with its right answer, source and results."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from common.transactions import lock
from courses.admin.base import CourseFilter, CourseRowAdmin, count_by
from courses.models import Course
from engine.questions.printed import NEEDS_KEY
from quizzes.admin.ordering import order_view
from quizzes.composition import composition
from quizzes.editing import edit_quiz
from quizzes.grading import PERCENT
from quizzes.models import FORMAT_LABELS, READ_BY_PERSON, Question, QuestionStatus, Quiz
from quizzes.queries import is_asked, review_questions
from quizzes.regeneration import request_quiz
from quizzes.rules import RULES


@admin.register(Quiz)
class QuizAdmin(CourseRowAdmin[Quiz]):
    list_display = ("title", "course", "module", "status_label", "asked", "rejected", "pass_mark")
    list_filter = (CourseFilter, "status")
    list_select_related = ("course", "module")
    # By the key of the course, whose index gives the first page.
    ordering = ("-course_id", F("module__position").asc(nulls_last=True))
    search_fields = ("title", "course__title")
    fieldsets = (
        (None, {"fields": ("title", "pass_mark")}),
        (
            "Rules",
            {
                "fields": RULES,
                "classes": ("collapse",),
                "description": "For attempts that begin from now on. Which attempt counts, and "
                "whether right answers are shown, holds for earlier ones too.",
            },
        ),
    )
    change_form_template = "admin/quizzes/quiz/page.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(order_view, self))
        return [path("<int:pk>/order/", view, name="quizzes_quiz_order"), *super().get_urls()]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "pass_mark":
            kwargs |= {"max_value": PERCENT}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in RULES:
            # A form that does not have a rule leaves it as it is.
            field.required = False
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quiz]:
        quizzes = super().get_queryset(request).select_related("course", "module")
        asked = Question.objects.filter(is_asked())
        rejected = Question.objects.filter(status=QuestionStatus.REJECTED)
        return quizzes.annotate(
            asked_total=count_by(asked, "quiz"), rejected_total=count_by(rejected, "quiz")
        )

    @admin.display(description="questions", ordering="asked_total")
    def asked(self, quiz: Quiz) -> int:
        count: int = vars(quiz)["asked_total"]
        return count

    @admin.display(description="not used", ordering="rejected_total")
    def rejected(self, quiz: Quiz) -> int:
        count: int = vars(quiz)["rejected_total"]
        return count

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        questions = list(review_questions(context["original"]))
        asks_drafts = context["original"].course.asks_drafts
        asked = {*READ_BY_PERSON, *([QuestionStatus.DRAFT] if asks_drafts else [])}
        context["asked"] = [q for q in questions if q.status in asked]
        context["composition"] = composition(questions)
        context["formats"] = [(one.value, label) for one, label in FORMAT_LABELS.items()]
        rejected = [q for q in questions if q.status == QuestionStatus.REJECTED]
        context["waiting"] = [q for q in rejected if _needs_key(q)]
        context["rejected"] = [q for q in rejected if not _needs_key(q)]
        context["drafts"] = [q for q in questions if q.status not in {*asked, "rejected"}]
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Quiz, form: Any, change: bool) -> None:
        if "_rewrite" in request.POST:
            # What follows in this transaction locks the course, which comes first.
            lock(Course.objects.filter(pk=obj.course_id)).get()
        rules = {name: getattr(obj, name) for name in RULES if name in form.changed_data}
        edit_quiz(quiz=obj, title=obj.title, pass_mark=obj.pass_mark, rules=rules, by=request.user)

    def response_change(self, request: HttpRequest, obj: Quiz) -> HttpResponse:
        """Handles the button that has the quiz made again."""
        if "_rewrite" not in request.POST:
            return super().response_change(request, obj)
        job = request_quiz(course=obj.course, module=obj.module, requested_by=request.user)
        self.log_change(request, obj, "Asked to be made again.")
        return redirect("admin:jobs_job_change", job.pk)


def _needs_key(question: Question) -> bool:
    """Whether it is one of the document's own questions that has no printed answer."""
    return any(issue.get("code") == NEEDS_KEY for issue in question.check_results)
