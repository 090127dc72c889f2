"""The desk's forms: a lesson, and a question of any format with its right answer."""

from __future__ import annotations

from typing import Any

from django import forms

from courses.editing import check_markers
from courses.models import Topic
from quizzes.body_forms import FORMS, RowsField
from quizzes.editing import ChoiceEdit, check_choices
from quizzes.forms import QuestionForm, WrittenField
from quizzes.models import Question


class LessonForm(forms.Form):
    title = forms.CharField(
        max_length=255, widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"})
    )
    content = WrittenField(
        label="Text",
        rows=18,
        help_text="Markdown. [^1] refers to source 1.",
    )

    def __init__(self, topic: Topic, data: Any = None, **kwargs: Any) -> None:
        self._topic = topic
        initial = {"title": topic.title, "content": topic.content}
        super().__init__(data, initial=initial, **kwargs)

    def clean_content(self) -> str:
        content: str = self.cleaned_data["content"]
        try:
            check_markers(self._topic, content)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return content


class SingleChoiceForm(QuestionForm):
    """A single choice with its choices as rows and one mark for the right one."""

    choices = RowsField(
        {"text": "Choice", "right": "Right", "feedback": "Why it is wrong"},
        ticked="right",
        one_tick=True,
        help_text="Mark the right one.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["choices"] = [
                (choice.text, "1" if choice.is_correct else "", choice.feedback)
                for choice in self.instance.choices.order_by("position")
            ]

    def clean_choices(self) -> list[ChoiceEdit]:
        rows = self.cleaned_data["choices"]
        edits = [ChoiceEdit(text, bool(tick), why) for text, tick, why in rows]
        check_choices(edits)
        return edits


def question_form(question: Question, data: Any = None) -> QuestionForm:
    """The form for a question's format. Its `regrade` is shown only once that has to be said."""
    form = FORMS.get(question.format, SingleChoiceForm)
    made: QuestionForm = form(data, instance=question)
    made.fields["stem"].label = "Question"
    if not (data and ("regrade" in data or "ask_regrade" in data)):
        made.fields["regrade"].widget = forms.HiddenInput()
    return made


def edited_values(form: QuestionForm) -> dict[str, Any]:
    """What `edit_question` takes, of a valid form."""
    data = form.cleaned_data
    is_single = isinstance(form, SingleChoiceForm)
    return {
        **{name: data[name] for name in ("stem", "explanation", "difficulty", "bloom")},
        "choices": data["choices"] if is_single else (),
        "body": None if is_single else data["body"],
        "regrade": data["regrade"] or None,
    }
