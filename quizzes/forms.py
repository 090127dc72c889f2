"""Forms of the staff's pages: a question and its choices, checked together. And of practice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from engine.questions.question_text import as_written
from engine.questions.schemas import BloomLevel, Difficulty
from quizzes.editing import ChoiceEdit, check_choices
from quizzes.flashcards import MAX_NEW_PER_DAY
from quizzes.models import Choice, PracticePlan, Question
from quizzes.regrading import Regrade


def _options(levels: Any) -> list[tuple[str, str]]:
    return [(level.value, level.value.capitalize()) for level in levels]


class WrittenField(forms.CharField):
    """Text with its line breaks and indentation. What a browser does to line ends is no change."""

    def __init__(self, *, rows: int = 3, style: str = "vLargeTextField", **kwargs: Any) -> None:
        attributes = {"rows": rows, "class": style, "dir": "auto"}
        if label := kwargs.get("label"):
            # In a table of forms the column's heading is no label to a screen reader.
            attributes["aria-label"] = label
        super().__init__(strip=False, widget=forms.Textarea(attrs=attributes), **kwargs)

    def to_python(self, value: Any) -> str:
        return as_written(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(as_written(initial or ""), data)


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    stem = WrittenField()
    explanation = WrittenField(required=False)
    difficulty = forms.ChoiceField(choices=_options(Difficulty))
    bloom = forms.ChoiceField(label="Bloom level", choices=_options(BloomLevel))
    regrade = forms.ChoiceField(
        label="Grade again",
        choices=Regrade.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="Which attempts are graded by the right answer that is marked below. You are "
        "asked when you correct it; learners are told with their results.",
    )

    class Meta:
        model = Question
        fields = ("stem", "explanation", "difficulty", "bloom")


class ChoiceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    text = WrittenField(style="pa-cell", label="Text")
    feedback = WrittenField(
        style="pa-cell",
        required=False,
        label="Why it is wrong",
        help_text="Learners who chose it read this with their result.",
    )

    class Meta:
        model = Choice
        fields = ("text", "is_correct", "feedback")
        widgets = {"is_correct": forms.CheckboxInput(attrs={"aria-label": "Is correct"})}

    def validate_constraints(self) -> None:
        """The form set checks the choices together; alone, each would meet the stored ones."""


class ChoiceFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    def validate_unique(self) -> None:
        """`check_choices` does, in words that say what to do."""

    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            check_choices(self.edits())

    def edits(self) -> list[ChoiceEdit]:
        """The choices as they are to be, in order; valid forms only."""
        cleaned = [form.cleaned_data for form in self.forms]
        return [
            ChoiceEdit(data["text"], data["is_correct"], data.get("feedback", ""))
            for data in cleaned
            if data.get("text") and not data.get("DELETE")
        ]


class PracticePlanForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    new_per_day = forms.IntegerField(
        label=_("New cards a day"), min_value=0, max_value=MAX_NEW_PER_DAY
    )
    shows_streak = forms.BooleanField(
        label=_("Show how many days in a row I practised"), required=False
    )

    class Meta:
        model = PracticePlan
        fields = ("new_per_day", "shows_streak")
