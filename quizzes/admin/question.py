"""Questions: edited with their choices, approved, rejected; how learners fared with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import truncatechars

from courses.admin.base import CourseFilter, CourseRowAdmin, SupportColumn
from courses.queries import editable_courses
from quizzes.editing import (
    QuestionStateError,
    approve_question,
    edit_question,
    reject_question,
)
from quizzes.forms import ChoiceForm, ChoiceFormSet, QuestionForm
from quizzes.models import Choice, Question
from quizzes.queries import with_item_statistics

if TYPE_CHECKING:
    ChoiceInlineBase = admin.TabularInline[Choice, Question]
else:
    ChoiceInlineBase = admin.TabularInline


class ChoiceInline(ChoiceInlineBase):
    model = Choice
    form = ChoiceForm
    formset = ChoiceFormSet
    extra = 0
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Choice]:
        courses = editable_courses(request.user)
        return super().get_queryset(request).filter(question__quiz__course__in=courses)


@admin.register(Question)
class QuestionAdmin(SupportColumn, CourseRowAdmin[Question]):
    course_path = "quiz__course"
    form = QuestionForm
    inlines = (ChoiceInline,)
    list_display = (
        "short_stem",
        "quiz",
        "status_label",
        "difficulty",
        "bloom",
        "support_label",
        "answered",
        "share_right",
    )
    list_filter = (CourseFilter, "status", "difficulty", "bloom", "kind")
    list_select_related = ("quiz",)
    search_fields = ("stem", "choices__text", "quiz__title", "quiz__course__title")
    actions = ("approve", "reject")
    change_form_template = "admin/quizzes/question/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        questions = super().get_queryset(request)
        return with_item_statistics(questions.select_related("quiz", "topic", "passage__document"))

    @admin.display(description="question", ordering="stem")
    def short_stem(self, question: Question) -> str:
        return truncatechars(question.stem, 90)

    @admin.display(ordering="answered")
    def answered(self, question: Question) -> int:
        count: int = vars(question)["answered"]
        return count

    @admin.display(description="right", ordering="share_right")
    def share_right(self, question: Question) -> str:
        share: float | None = vars(question)["share_right"]
        return "\u2013" if share is None else f"{share:.0%}"

    @admin.action(description="Approve the selected questions", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        done = sum(self._approve(request, question) for question in queryset)
        if done:
            self.message_user(request, f"Questions approved: {done}.", messages.SUCCESS)

    @admin.action(
        description="Reject the selected questions (learners are not asked them)",
        permissions=["change"],
    )
    def reject(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        done = sum(self._reject(request, question) for question in queryset)
        if done:
            self.message_user(request, f"Questions rejected: {done}.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Nothing yet: the question is saved with its choices, in one service."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        question = form.instance
        changed = form.has_changed() or any(formset.has_changed() for formset in formsets)
        for formset in formsets:
            # The admin's log of changes reads these.
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if not changed:
            return
        saved = edit_question(
            question=question,
            stem=question.stem,
            explanation=question.explanation,
            difficulty=question.difficulty,
            bloom=question.bloom,
            choices=[edit for formset in formsets for edit in formset.edits()],
        )
        question.status = saved.status

    def response_change(self, request: HttpRequest, obj: Question) -> HttpResponse:
        """The buttons that save and then approve, or reject."""
        if "_approve" in request.POST:
            if self._approve(request, obj):
                self.message_user(request, "The question is approved.", messages.SUCCESS)
        elif "_reject" in request.POST:
            if self._reject(request, obj):
                self.message_user(request, "Learners are not asked this any more.")
        else:
            return super().response_change(request, obj)
        return HttpResponseRedirect(request.get_full_path())

    def _approve(self, request: HttpRequest, question: Question) -> bool:
        try:
            approve_question(question)
        except QuestionStateError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        self.log_change(request, question, "Approved.")
        return True

    def _reject(self, request: HttpRequest, question: Question) -> bool:
        try:
            reject_question(question, reason=f"Rejected by {request.user}.")
        except QuestionStateError as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        self.log_change(request, question, "Rejected.")
        return True
