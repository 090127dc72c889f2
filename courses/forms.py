"""Forms of the staff's pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files import File
from django.template.defaultfilters import filesizeformat

from courses.editing import check_markers
from courses.generation.engines import EXTRACTIVE
from courses.language.names import language_choices
from courses.models import Module, Topic


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; `clean` gives a list of them."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[File[bytes]]:
        files = data if isinstance(data, list | tuple) else [data]
        clean = super().clean
        return [clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    title = forms.CharField(
        max_length=255,
        required=False,
        help_text="Left empty, the course is called after the first file.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    pdfs = FilesField(
        label="PDF files",
        # Empty files are told apart by the service, whose message names the file.
        allow_empty_file=True,
        max_length=None,
        error_messages={"required": "Choose at least one PDF file."},
        widget=FilesInput(attrs={"accept": ".pdf,application/pdf"}),
    )

    language = forms.ChoiceField(
        choices=lambda: [("", "the language of the documents"), *language_choices()],
        required=False,
        help_text="What modules, topics and questions are written in. Quotes stay as they are.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size = filesizeformat(settings.UPLOAD_MAX_BYTES)
        count = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        if settings.COURSE_ENGINE == EXTRACTIVE:
            del self.fields["language"]
        self.fields["pdfs"].help_text = (
            f"Up to {count} files of at most {size} and {settings.UPLOAD_MAX_PAGES} pages each. "
            "They become one course, in this order."
        )
        self.fields["pdfs"].widget.attrs |= {
            "data-max-files": count,
            "data-max-bytes": settings.UPLOAD_MAX_BYTES,
        }


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(value)
            if isinstance(value, Sequence) and not isinstance(value, str)
            else value
        )

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]


class ModuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    objectives = LinesField(
        required=False,
        label="learning objectives",
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
    )

    class Meta:
        model = Module
        fields = ("title", "summary", "objectives")


class TopicForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Topic
        fields = ("title", "content")
        widgets = {
            "content": forms.Textarea(attrs={"rows": 28, "class": "vLargeTextField pa-markdown"})
        }
        help_texts = {
            "content": "Markdown. [^1] refers to citation 1. Saving a change marks the topic as "
            "edited."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "content" in self.fields:
            self.fields["content"].required = True

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and "content" in cleaned:
            check_markers(self.instance, cleaned["content"])
        return cleaned
