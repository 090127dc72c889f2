"""Forms of the staff's pages: a question and its choices, checked together."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet

from quizzes.editing import ChoiceEdit, check_choices
from quizzes.generation.schemas import BloomLevel, Difficulty
from quizzes.models import Choice, Question


def _options(levels: Any) -> list[tuple[str, str]]:
    return [(level.value, level.value.capitalize()) for level in levels]


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    difficulty = forms.ChoiceField(choices=_options(Difficulty))
    bloom = forms.ChoiceField(label="Bloom level", choices=_options(BloomLevel))

    class Meta:
        model = Question
        fields = ("stem", "explanation", "difficulty", "bloom")
        widgets = {
            "stem": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "explanation": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        }


class ChoiceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Choice
        fields = ("text", "is_correct", "feedback")
        labels = {"feedback": "Why it is wrong"}
        help_texts = {"feedback": "Learners who chose it read this with their result."}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3, "class": "pa-cell"}),
            "feedback": forms.Textarea(attrs={"rows": 3, "class": "pa-cell"}),
        }

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
