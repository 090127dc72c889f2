"""Attempts: what learners were asked, what they chose, how they scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Trim
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from common.admin.base import status_label
from common.alphabet import Alphabetical
from common.login_return import posted_from
from common.numbers import whole_number
from courses.admin.base import CourseFilter, ReadOnlyRowAdmin
from courses.queries import editable_courses
from engine.questions.formats import QuestionFormat
from quizzes.editing import QuestionStateError
from quizzes.models import Answer, Attempt, Reading
from quizzes.wordings import accept_wording, take_back

if TYPE_CHECKING:
    AnswerInlineBase = admin.TabularInline[Answer, Attempt]
else:
    AnswerInlineBase = admin.TabularInline

# What staff can make of a wording that a model accepted.
DECISIONS = {
    "take_back": "Take the acceptance back",
    "accept": "Add to the accepted answers",
}
BY_LAST_NAME = Alphabetical(Trim(Concat("learner__last_name", Value(" "), "learner__first_name")))


def wording_buttons(answer: Answer, *, query: str = "") -> SafeString:
    """Returns buttons for the form of an admin page. They lead to the page of the attempt, or of
    the question with `?question`."""
    address = reverse("admin:quizzes_attempt_wording", args=[answer.attempt_id]) + query
    button = (
        '<button class="pa-button" name="{}" value="{}" formaction="{}" formnovalidate>{}</button>'
    )
    shown = ((name, answer.pk, address, words) for name, words in DECISIONS.items())
    return format_html_join(" ", button, shown)


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
        if answer.is_accepted_by_model:
            label = status_label("completed", "right, accepted by a language model")
            shown = '{}<p class="pa-quiet" dir="auto">{}</p>{}'
            return format_html(shown, label, answer.reading_reason, wording_buttons(answer))
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
        link = '{} <a class="changelink" href="{}">Add to the accepted answers</a>{}'
        return format_html(link, label, address, _what_became_of_reading(answer))


def _what_became_of_reading(answer: Answer) -> str:
    if answer.reading == Reading.NONE:
        return ""
    said = {
        Reading.WAITING: "A language model is about to read it.",
        Reading.DECLINED: f"Read by a language model: {answer.reading_reason}",
        Reading.TAKEN_BACK: f"A language model accepted it ({answer.reading_reason}); "
        "that was taken back.",
    }
    return format_html('<p class="pa-quiet" dir="auto">{}</p>', said[Reading(answer.reading)])


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

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.wording_view)
        own = path("<uuid:pk>/wording/", view, name="quizzes_attempt_wording")
        return [own, *super().get_urls()]

    @method_decorator(posted_from("admin:quizzes_attempt_change"))
    def wording_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Takes a model's acceptance of a wording back, or puts the wording on the list."""
        answers = Answer.objects.filter(attempt__in=self.get_queryset(request), attempt=pk)
        is_taken_back = "take_back" in request.POST
        key = whole_number(request.POST.get("take_back" if is_taken_back else "accept", ""))
        found = get_object_or_404(answers.select_related("question", "attempt"), pk=key)
        if not cast("Any", request.user).has_perm("quizzes.change_question"):
            raise PermissionDenied
        try:
            if is_taken_back:
                count = take_back(found)
                self.log_change(request, found.attempt, f"Took “{found.given}” back.")
                done = f"The acceptance was taken back. Attempts scored again: {count}."
            else:
                question: Any = accept_wording(found, by=request.user)
                self.log_change(request, question, f"Accepted the answer “{found.given}”.")
                done = "The wording is on the list of accepted answers."
        except (QuestionStateError, ValidationError) as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        if "question" in request.GET and found.question_id is not None:
            return redirect("admin:quizzes_question_change", found.question_id)
        return redirect("admin:quizzes_attempt_change", found.attempt_id)

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
