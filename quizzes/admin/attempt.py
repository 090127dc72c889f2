"""Attempts: what learners were asked, what they chose, how they scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Trim
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from common.admin.base import status_label
from common.alphabet import Alphabetical
from courses.admin.base import CourseFilter, ReadOnlyRowAdmin
from courses.queries import editable_courses
from engine.questions.formats import QuestionFormat
from quizzes.models import Answer, Attempt

if TYPE_CHECKING:
    AnswerInlineBase = admin.TabularInline[Answer, Attempt]
else:
    AnswerInlineBase = admin.TabularInline

BY_LAST_NAME = Alphabetical(Trim(Concat("learner__last_name", Value(" "), "learner__first_name")))


class AnswerInline(AnswerInlineBase):
    """Shows the questions as they were asked, even if they were changed or deleted since."""

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
        answers = super().get_queryset(request).filter(attempt__quiz__course__in=courses)
        return answers.select_related("question")

    @admin.display(description="question")
    def stem(self, answer: Answer) -> str:
        return str(answer.asked["stem"])

    @admin.display(description="answer")
    def chosen_text(self, answer: Answer) -> str:
        return "\u2013" if answer.given is None else "; ".join(answer.body.lines(answer.given))

    @admin.display(description="right answer")
    def right_text(self, answer: Answer) -> str:
        return "; ".join(answer.body.key_lines)

    @admin.display(description="result")
    def result(self, answer: Answer) -> str:
        if answer.is_correct is None:
            return status_label("waiting", "open" if answer.given is None else "saved")
        if answer.is_correct:
            return status_label("completed", "right")
        if answer.share:
            return status_label("waiting", f"{answer.share:.0%} right")
        label = status_label("failed", "wrong")
        question = answer.question
        typed = answer.format == QuestionFormat.SHORT and answer.given is not None
        # Attempts that were asked other words are not graded again by this question.
        if not (typed and question and question.stem == answer.asked["stem"]):
            return label
        address = reverse("admin:quizzes_question_change", args=[question.pk])
        link = '{} <a class="changelink" href="{}">Add to the accepted answers</a>'
        return format_html(link, label, address)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyRowAdmin[Attempt]):
    course_path = "quiz__course"
    inlines = (AnswerInline,)
    list_display = ("learner", "name", "quiz", "score", "result", "started_at", "submitted_at")
    list_filter = (CourseFilter, "passed", "is_practice", "started_at", "submitted_at")
    list_select_related = ("learner", "quiz")
    search_fields = (
        "learner__username",
        "learner__first_name",
        "learner__last_name",
        "quiz__title",
        "quiz__course__title",
    )
    search_help_text = "Account or name of the learner, quiz, course"
    view_on_site = False
    fields = (
        "learner",
        "name",
        "quiz",
        "score",
        "result",
        "is_practice",
        "pass_mark",
        "started_at",
        "ends_at",
        "submitted_at",
        "graded_again",
    )
    readonly_fields = ("name", "score", "result", "graded_again")

    @admin.display(ordering=BY_LAST_NAME)
    def name(self, attempt: Attempt) -> str:
        return attempt.learner.get_full_name() or "\u2013"

    @admin.display(ordering="percentage")
    def score(self, attempt: Attempt) -> str:
        if attempt.submitted_at is None:
            return "\u2013"
        again = ", graded again" if attempt.regraded_at else ""
        drawn = f", drawn from {attempt.drawn_from}" if attempt.drawn_from else ""
        return f"{attempt.percentage}% ({attempt.points_label} of {attempt.total}{drawn}){again}"

    @admin.display(description="graded again")
    def graded_again(self, attempt: Attempt) -> str:
        if attempt.regraded_at is None:
            return "\u2013"
        when = date_format(localtime(attempt.regraded_at), "DATETIME_FORMAT")
        return f"{when}, by a corrected right answer; before: {attempt.percentage_before}%"

    @admin.display(ordering="passed")
    def result(self, attempt: Attempt) -> str:
        if attempt.submitted_at is None:
            return status_label("processing", "under way")
        if attempt.is_practice:
            return status_label("waiting", "practice")
        if attempt.passed:
            return status_label("completed", "passed")
        return status_label("failed", "not passed")

    def has_delete_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        """Lets superusers delete it, so that an account can be deleted with all that is its own."""
        return bool(request.user.is_active and cast("Any", request.user).is_superuser)
