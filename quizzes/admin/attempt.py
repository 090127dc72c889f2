"""Attempts: what learners were asked, what they chose, how they scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from courses.admin.base import CourseFilter, ReadOnlyRowAdmin
from courses.queries import editable_courses
from jobs.admin_base import status_label
from quizzes.models import Answer, Attempt

if TYPE_CHECKING:
    AnswerInlineBase = admin.TabularInline[Answer, Attempt]
else:
    AnswerInlineBase = admin.TabularInline


class AnswerInline(AnswerInlineBase):
    """The questions as they were asked, whatever has become of them since."""

    model = Answer
    fields = ("stem", "chosen_text", "right_text", "result")
    readonly_fields = fields
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        courses = editable_courses(request.user)
        return super().get_queryset(request).filter(attempt__quiz__course__in=courses)

    @admin.display(description="question")
    def stem(self, answer: Answer) -> str:
        return str(answer.asked["stem"])

    @admin.display(description="chosen")
    def chosen_text(self, answer: Answer) -> str:
        return "\u2013" if answer.chosen is None else str(answer.asked["choices"][answer.chosen])

    @admin.display(description="right answer")
    def right_text(self, answer: Answer) -> str:
        return str(answer.asked["choices"][answer.asked["correct"]])

    @admin.display(description="result")
    def result(self, answer: Answer) -> str:
        if answer.is_correct is None:
            return status_label("waiting", "open")
        if answer.is_correct:
            return status_label("completed", "right")
        return status_label("failed", "wrong")


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyRowAdmin[Attempt]):
    course_path = "quiz__course"
    inlines = (AnswerInline,)
    list_display = ("learner", "quiz", "score", "result", "started_at", "submitted_at")
    list_filter = (CourseFilter, "passed", "submitted_at")
    list_select_related = ("learner", "quiz")
    search_fields = ("learner__username", "quiz__title", "quiz__course__title")
    date_hierarchy = "started_at"
    view_on_site = False
    fields = ("learner", "quiz", "score", "result", "pass_mark", "started_at", "submitted_at")
    readonly_fields = ("score", "result")

    @admin.display(ordering="percentage")
    def score(self, attempt: Attempt) -> str:
        if attempt.submitted_at is None:
            return "\u2013"
        return f"{attempt.percentage}% ({attempt.correct} of {attempt.total})"

    @admin.display(ordering="passed")
    def result(self, attempt: Attempt) -> str:
        if attempt.submitted_at is None:
            return status_label("processing", "under way")
        if attempt.passed:
            return status_label("completed", "passed")
        return status_label("failed", "not passed")

    def has_delete_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        """So that an account can be deleted with all that is its own."""
        return bool(request.user.is_active and cast("Any", request.user).is_superuser)
