"""Forms of the staff's pages: a question. And of practice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engine.questions.question_text import as_written
from engine.questions.schemas import BloomLevel, Difficulty
from quizzes.flashcards import MAX_NEW_PER_DAY
from quizzes.models import PracticePlan, Question
from quizzes.regrading import Regrade


def _options(levels: Any) -> list[tuple[str, str]]:
    return [(level.value, level.value.capitalize()) for level in levels]


class WrittenField(forms.CharField):
    """Text with its line breaks and indentation. What a browser does to line ends is no change."""

    def __init__(self, *, rows: int = 3, style: str = "vLargeTextField", **kwargs: Any) -> None:
        attributes = {"rows": rows, "class": style, "dir": "auto"}
        super().__init__(strip=False, widget=forms.Textarea(attrs=attributes), **kwargs)

    def to_python(self, value: Any) -> str:
        return as_written(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(as_written(initial or ""), data)


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    stem = WrittenField(label="Question")
    explanation = WrittenField(required=False)
    difficulty = forms.ChoiceField(choices=_options(Difficulty))
    bloom = forms.ChoiceField(label="Bloom level", choices=_options(BloomLevel))
    regrade = forms.ChoiceField(
        label="Grade again",
        choices=Regrade.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="Which attempts are graded by the right answer that is marked now. You are "
        "asked when you correct it; learners are told with their results.",
    )

    class Meta:
        model = Question
        fields = ("stem", "explanation", "difficulty", "bloom")


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
