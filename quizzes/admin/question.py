"""Questions: edited with their choices, approved, rejected; how learners fared with each."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.admin.lists import ValuesFilter
from common.numbers import whole_number
from courses.admin.base import CourseFilter, CourseRowAdmin
from courses.queries import editable_courses
from engine.questions.formats import QuestionFormat
from engine.questions.llm.critic import Doubt
from engine.questions.schemas import BloomLevel, Difficulty
from quizzes.admin.attempt import wording_buttons
from quizzes.admin.preview import preview
from quizzes.body_forms import FORMS, RowsField, edited_values
from quizzes.editing import (
    QuestionStateError,
    approve_question,
    copy_question,
    create_question,
    edit_question,
    regrade_question,
    reject_question,
)
from quizzes.forms import QuestionForm
from quizzes.models import FORMAT_LABELS, Choice, Question, Quiz
from quizzes.queries import asked_questions, with_item_quality
from quizzes.results import EASY, FLAT, HARD
from quizzes.wordings import accepted_wordings

CRITICISM = {
    Doubt.WRONG_KEY: "another answer is right",
    Doubt.TWO_ANSWERS: "two answers are right",
    Doubt.UNANSWERABLE: "cannot be answered from the lesson",
    Doubt.GUESSABLE: "can be guessed",
    Doubt.IMPLAUSIBLE: "wrong choices that nobody takes",
    Doubt.UNCLEAR: "unclear",
    Doubt.TRIVIAL: "not worth asking",
    Doubt.EXPLANATION: "the explanation",
    Doubt.FEEDBACK: "what is said against wrong choices",
    Doubt.NOT_CHECKED: "it gave no verdict",
}
_MARKS = {True: "\u2713", False: "\u2013"}


class FormatFilter(ValuesFilter):
    title, parameter_name = "format", "format"
    values = [(one.value, words) for one, words in FORMAT_LABELS.items()]


class DifficultyFilter(ValuesFilter):
    title, parameter_name = "difficulty", "difficulty"
    values = [(one.value, one.value) for one in Difficulty]


class BloomFilter(ValuesFilter):
    title, parameter_name = "Bloom level", "bloom"
    values = [(one.value, one.value) for one in BloomLevel]


class DoubtsFilter(admin.SimpleListFilter):
    """By what the checks and the critic noted."""

    title = "doubts"
    parameter_name = "doubts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("critic", "of the critic: any"),
            *((code.value, f"of the critic: {words}") for code, words in CRITICISM.items()),
            ("yes", "of checks or critic"),
            ("no", "none"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "critic":
                doubts = [Q(check_results__contains=[{"code": code.value}]) for code in Doubt]
                return queryset.filter(reduce(or_, doubts))
            case "yes":
                return queryset.exclude(check_results=[])
            case "no":
                return queryset.filter(check_results=[])
            case str() as code if code in set(Doubt):
                return queryset.filter(check_results__contains=[{"code": code}])
        return queryset


class FacilityFilter(admin.SimpleListFilter):
    """By the share of its points that learners reached."""

    title = "facility"
    parameter_name = "facility"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("hard", "at most 25%: hard"),
            ("middle", "between 25% and 95%"),
            ("easy", "at least 95%: easy"),
            ("answered", "answered"),
            ("new", "not answered yet"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted: dict[str, dict[str, Any]] = {
            "hard": {"facility__lte": HARD},
            "middle": {"facility__gt": HARD, "facility__lt": EASY},
            "easy": {"facility__gte": EASY},
            "answered": {"answered__gt": 0},
            "new": {"answered": 0},
        }
        return queryset.filter(**wanted.get(self.value() or "", {}))


class DiscriminationFilter(admin.SimpleListFilter):
    """By whether those who do well in the rest get it right."""

    title = "discrimination"
    parameter_name = "discrimination"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("negative", "below 0: something is wrong"),
            ("flat", f"from 0 to {FLAT}: tells little"),
            ("good", f"at least {FLAT}"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted: dict[str, dict[str, Any]] = {
            "negative": {"discrimination__lt": 0},
            "flat": {"discrimination__gte": 0, "discrimination__lt": FLAT},
            "good": {"discrimination__gte": FLAT},
        }
        return queryset.filter(**wanted.get(self.value() or "", {}))


@admin.register(Question)
class QuestionAdmin(CourseRowAdmin[Question]):
    course_path = "quiz__course"
    refusals = (*CourseRowAdmin.refusals, QuestionStateError)
    form = QuestionForm
    list_display = (
        "short_stem",
        "right_answer",
        "course_and_quiz",
        "status_label",
        "how_asked",
        "results",
    )
    list_filter = (
        CourseFilter,
        "status",
        FormatFilter,
        DifficultyFilter,
        BloomFilter,
        FacilityFilter,
        DiscriminationFilter,
        DoubtsFilter,
    )
    list_select_related = ("quiz__course",)
    # By an index: sorting by the titles of quizzes takes all questions of all courses.
    ordering = ("quiz_id", "position")
    search_fields = ("stem", "choices__text", "quiz__title", "quiz__course__title")
    actions = ("approve", "reject", "copy")
    change_form_template = "admin/quizzes/question/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        questions = super().get_queryset(request)
        rows = questions.select_related("quiz__course", "topic", "passage__document")
        choices = Prefetch("choices", Choice.objects.order_by("position"))
        return with_item_quality(rows).prefetch_related(choices)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allows to add a question only with a quiz, which the address names."""
        return self.has_change_permission(request) and self._quiz(request) is not None

    def get_form(
        self, request: HttpRequest, obj: Question | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        kwargs["form"] = FORMS[self._format(request, obj)]
        form: Any = super().get_form(request, obj, *args, **kwargs)
        if "_preview" not in request.POST:
            return form

        class PreviewForm(form):  # type: ignore[misc] # made at run time
            def is_valid(self) -> bool:
                """Returns False always, so that nothing is saved and the page is shown again as it
                was sent.
                """
                super().is_valid()
                return False

        return PreviewForm

    def get_fields(self, request: HttpRequest, obj: Question | None = None) -> Any:
        """Puts the answers right below the question."""
        common = list(QuestionForm.base_fields)
        fields = super().get_fields(request, obj)
        own = [name for name in fields if name not in common]
        rest = [name for name in common[1:] if obj or name != "regrade"]
        return [common[0], *own, *rest]

    def _format(self, request: HttpRequest, question: Question | None) -> str:
        wanted = question.format if question else request.GET.get("format", "")
        return wanted if wanted in FORMS else QuestionFormat.SINGLE.value

    def _quiz(self, request: HttpRequest) -> Quiz | None:
        key = whole_number(request.GET.get("quiz", ""))
        if key is None:
            return None
        courses = editable_courses(request.user)
        return Quiz.objects.filter(pk=key, course__in=courses).first()

    @admin.display(description="question", ordering="stem")
    def short_stem(self, question: Question) -> str:
        return truncatechars(question.stem, 90)

    @admin.display(description="choices")
    def right_answer(self, question: Question) -> str:
        """The choices with the right one marked, so that several can be judged at once."""
        if question.format != QuestionFormat.SINGLE:
            return "; ".join(question.typed_body.key_lines)
        lines = ((_MARKS[one.is_correct], one.text) for one in question.choices.all())
        return format_html(
            '<ul class="pa-plain pa-wide">{}</ul>', format_html_join("", "<li>{} {}</li>", lines)
        )

    @admin.display(description="kind", ordering="difficulty")
    def how_asked(self, question: Question) -> str:
        """Format, difficulty and Bloom level in one column: the list has to fit on a screen."""
        lines = (question.format_label, question.difficulty, question.bloom)
        return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))

    @admin.display(description="quiz", ordering="quiz__title")
    def course_and_quiz(self, question: Question) -> str:
        return format_html("{}<br>{}", question.quiz.course, question.quiz)

    @admin.action(description="Copy the selected questions", permissions=["change"])
    def copy(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        for question in queryset:
            copied = copy_question(question, quiz=question.quiz)
            self.log_addition(request, copied, "Copied from another question.")
        self.message_user(
            request, f"Questions copied as drafts: {len(queryset)}.", messages.SUCCESS
        )

    @admin.display(description="results", ordering="percent_right")
    def results(self, question: Question) -> str:
        """How often it was answered, how well, and whether that tells who knows the rest."""
        found = vars(question)
        if not found["answered"]:
            return "\u2013"
        power: float | None = found["discrimination"]
        lines = [f"{found['answered']} answers", f"{found['percent_right']}% right"]
        if power is not None:
            lines.append(f"discrimination {power:.2f}")
        return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))

    @admin.action(description="Approve the selected questions", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        done = self._each(request, queryset, self._approve)
        if done:
            self.message_user(request, f"Questions approved: {done}.", messages.SUCCESS)

    @admin.action(
        description="Reject the selected questions (learners are not asked them)",
        permissions=["change"],
    )
    def reject(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        done = self._each(request, queryset, self._reject)
        if done:
            self.message_user(request, f"Questions rejected: {done}.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """Does nothing yet: one service saves the question together with its choices."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        question = form.instance
        if not change:
            self._create(request, form)
            return
        values = edited_values(form)
        if {*form.changed_data} - {"regrade"}:
            question.status = edit_question(question=question, **values, by=request.user).status
        elif values["regrade"]:
            regrade_question(question=question, regrade=values["regrade"])

    def _create(self, request: HttpRequest, form: Any) -> None:
        question, quiz = form.instance, self._quiz(request)
        if quiz is None:
            raise QuestionStateError("The quiz was deleted.")
        values = edited_values(form)
        del values["regrade"]
        made = create_question(quiz=quiz, **values)
        question.pk, question.quiz, question.status = made.pk, quiz, made.status

    def response_add(
        self, request: HttpRequest, obj: Question, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Leads back to the quiz that the question was written for."""
        response = super().response_add(request, obj, post_url_continue)
        if "quiz" in request.GET and not {"_continue", "_addanother"} & request.POST.keys():
            return redirect("admin:quizzes_quiz_change", obj.quiz_id)
        return response

    def response_change(self, request: HttpRequest, obj: Question) -> HttpResponse:
        """Handles the buttons that save and then approve, or reject."""
        if "_approve" in request.POST:
            self._approve(request, obj)
            self.message_user(request, "The question is approved.", messages.SUCCESS)
        elif "_reject" in request.POST:
            self._reject(request, obj)
            self.message_user(request, "Learners are not asked this any more.")
        else:
            return super().response_change(request, obj)
        return HttpResponseRedirect(request.get_full_path())

    def texts(self, request: HttpRequest, row: Question) -> dict[str, str]:
        """Returns the texts, with rows of choices and pairs as lines."""
        form = self.get_form(request, row, change=True)(instance=row)
        rows = {
            str(form[name].label): form[name].field.lines(form.initial.get(name, ()))
            for name in form.fields
            if isinstance(form[name].field, RowsField)
        }
        return super().texts(request, row) | rows

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Adds the number that learners see: questions that are not asked have none."""
        question = context["original"]
        form = context["adminform"].form
        if "_preview" in request.POST and not form.errors:
            quiz = question.quiz if question else self._quiz(request)
            if quiz is not None:
                return preview(request, form, quiz)
        if question is None:
            context["quiz"] = self._quiz(request)
            name = FORMAT_LABELS.get(QuestionFormat(self._format(request, None)))
            context["title"] = f"New question: {name}"
            return super().render_change_form(request, context, *args, **kwargs)
        asked = list(asked_questions(question.quiz).values_list("pk", flat=True))
        context["wordings"] = [
            (one, wording_buttons(one.answer, query="?question"))
            for one in accepted_wordings(question)
        ]
        context["number"] = asked.index(question.pk) + 1 if question.pk in asked else None
        return super().render_change_form(request, context, *args, **kwargs)

    def _approve(self, request: HttpRequest, question: Question) -> None:
        approve_question(question, by=request.user)
        self.log_change(request, question, "Approved.")

    def _reject(self, request: HttpRequest, question: Question) -> None:
        reject_question(question, reason=f"Rejected by {request.user}.", by=request.user)
        self.log_change(request, question, "Rejected.")

    def _each(
        self,
        request: HttpRequest,
        questions: QuerySet[Question],
        act: Callable[[HttpRequest, Question], None],
    ) -> int:
        """Does it to each question. Returns how many it was done to; each refusal is shown by
        itself.
        """
        done = 0
        for question in questions:
            try:
                act(request, question)
            except QuestionStateError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                done += 1
        return done
