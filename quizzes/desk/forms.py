"""The desk's forms: a lesson, and a question of any format with its right answer."""

from __future__ import annotations

from typing import Any

from django import forms

from courses.editing import check_markers
from courses.models import Topic
from quizzes.body_forms import FORMS
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


def question_form(question: Question, data: Any = None) -> QuestionForm:
    """Returns the form for a question's format. Its `regrade` is shown only once that has to be
    said."""
    made = FORMS[question.format](data, instance=question)
    if not (data and ("regrade" in data or "ask_regrade" in data)):
        made.fields["regrade"].widget = forms.HiddenInput()
    return made
