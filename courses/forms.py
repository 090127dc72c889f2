"""Forms of the staff's pages, and of learners' notes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.forms.utils import flatatt
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from courses.direct_uploads import is_available
from courses.editing import check_markers
from courses.engines import EXTRACTIVE
from courses.lesson_html import QUOTE_LENGTH, Place
from courses.models import Course, CourseLevels, LessonLengths, Module, Topic
from courses.outlines import OutlinedModule, OutlinedTopic
from engine.language.names import language_choices
from engine.lessons.schemas import CourseLevel, LessonLength, Wishes
from engine.reading.conversion import converter
from engine.reading.formats.kinds import SUFFIXES, TAKEN


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; `clean` gives a list of them."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[File[bytes]]:
        files = data if isinstance(data, list | tuple) else [data]
        clean = super().clean
        return [one for file in files if (one := clean(file, initial)) is not None]


class LinesField(forms.CharField):
    """A list of short texts, one on each line."""

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


class RangesField(LinesField):
    """A range of pages on each line. An empty line counts: it belongs to the file at that place."""

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").rstrip().splitlines()]


class SentFilesField(forms.CharField):
    """Ids of files that the page's script sent to the object store, divided by commas."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        ids = str(value or "").split(",")
        try:
            return [UUID(one) for one in ids if one]
        except ValueError as error:
            message = "The files did not arrive; choose them again."
            raise ValidationError(message) from error


class DocumentsForm(forms.Form):
    """Files and web pages that a course is made from, or that are added to one."""

    documents = FilesField(
        label="Files",
        required=False,
        # Empty files are told apart by the service, whose message names the file.
        allow_empty_file=True,
        max_length=None,
        widget=FilesInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    addresses = LinesField(
        label="Web addresses",
        required=False,
        help_text="Of pages that everybody can open, one a line. Their main text is read, not "
        "the pages that they link to.",
        widget=forms.Textarea(
            attrs={"rows": 2, "class": "vLargeTextField", "placeholder": "https://", "dir": "ltr"}
        ),
    )

    pages = RangesField(
        required=False,
        label="Pages to use",
        strip=False,
        help_text="Of PDF files, such as 3-40, 52, counted from the file's first page. For several "
        "files a line each, in their order; an empty line stands for all pages.",
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
    )

    def __init__(self, *args: Any, direct: bool = False, **kwargs: Any) -> None:
        """`direct`: files can go to the object store without the web server."""
        super().__init__(*args, **kwargs)
        size = filesizeformat(settings.UPLOAD_MAX_BYTES)
        count = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        old = ", old Word and PowerPoint, RTF" if converter() else ""
        form = settings.UPLOAD_FORM_MAX_BYTES
        together = ""
        if form < settings.UPLOAD_MAX_BYTES * count and not direct:
            together = f", all of them at most {filesizeformat(form)}"
        self.fields["documents"].help_text = (
            f"{TAKEN}{old}. Up to {count} files of at most {size} and "
            f"{settings.UPLOAD_MAX_PAGES} pages each{together}."
        )
        self.fields["documents"].widget.attrs |= {
            "data-max-files": count,
            "data-max-bytes": settings.UPLOAD_MAX_BYTES,
            "data-max-form": form,
        }


class UploadForm(DocumentsForm):
    """`sent` is in the form only if files can go to the object store without the web server."""

    field_order = ("title",)

    title = forms.CharField(
        max_length=255,
        required=False,
        help_text="Left empty, the title that the first file prints, or its name.",
        widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"}),
    )
    sent = SentFilesField(required=False)
    language = forms.ChoiceField(
        choices=lambda: [("", "the language of the documents"), *language_choices()],
        required=False,
        help_text="What modules, topics and questions are written in. Quotes stay as they are.",
    )

    audience = forms.CharField(
        label="For whom",
        max_length=300,
        required=False,
        help_text="For example: nurses in their first year.",
        widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"}),
    )
    prerequisites = forms.CharField(
        label="What they know already",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"}),
    )
    level = forms.ChoiceField(
        choices=[("", "as the documents"), *CourseLevels.choices], required=False
    )
    length = forms.ChoiceField(
        label="Length of lessons",
        choices=[("", "standard"), *LessonLengths.choices],
        required=False,
    )
    modules = forms.IntegerField(
        label="Number of modules",
        min_value=1,
        max_value=40,
        required=False,
        help_text="Left empty, as many as fit the material.",
    )
    focus = forms.CharField(
        label="What matters most",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "dir": "auto"}),
    )
    reviews_outline = forms.BooleanField(
        label="Show me the outline first",
        required=False,
        help_text="Lessons are written once you have seen the outline, changed it and said so.",
    )

    def wishes(self) -> Wishes:
        """Returns what was asked for. The form must be valid."""
        data = self.cleaned_data
        return Wishes(
            audience=data["audience"],
            prerequisites=data["prerequisites"],
            level=CourseLevel(data["level"]) if data.get("level") else None,
            length=LessonLength(data["length"]) if data.get("length") else None,
            modules=data["modules"] or 0,
            focus=data.get("focus", ""),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        direct = is_available()
        super().__init__(*args, direct=direct, **kwargs)
        if settings.COURSE_ENGINE == EXTRACTIVE:
            # Who quotes can choose neither language nor words.
            for name in ("language", "level", "length", "focus"):
                del self.fields[name]
        self.fields["documents"].help_text += " They become one course, in this order."
        if direct:
            self.fields["documents"].widget.attrs["data-direct"] = reverse("api-direct-upload")
        else:
            del self.fields["sent"]


class ModuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    objectives = LinesField(
        required=False,
        label="learning objectives",
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField", "dir": "auto"}),
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
            "content": "Markdown. [^1] refers to citation 1. Lines such as ::: check, ::: answer, "
            "::: summary or ::: example begin a block of the lesson, ::: alone ends it. Saving a "
            "change marks the topic as edited."
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


class PlaceSelect(forms.Select):
    """Passages of a lesson, in its `language`; the first entry is ours.

    A lesson has dozens, each of which would be two templates.
    """

    language = ""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, *_: Any, **__: Any
    ) -> SafeString:
        foreign = f' lang="{escape(self.language)}" dir="auto"'
        options = "\n".join(
            f'<option value="{escape(key)}"{foreign if key else ""}'
            f"{' selected' if key == (value or '') else ''}>{escape(str(words))}</option>"
            for key, words in self.choices
        )
        more = flatatt({"name": name} | self.build_attrs(self.attrs, attrs))
        # All of it was escaped here.
        return mark_safe(f"<select{more}>{options}</select>")  # noqa: S308


class NoteForm(forms.Form):
    """A note, and the passage that it belongs to, named by how that begins."""

    place = forms.CharField(
        label=_("What it is about"), max_length=QUOTE_LENGTH, required=False, widget=PlaceSelect
    )
    text = forms.CharField(
        label=_("Your note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    @property
    def is_bookmark(self) -> bool:
        return "bookmark" in self.data

    def set_places(self, places: Sequence[Place], language: str) -> None:
        shown = [(one.quote, one.short) for one in places if one.quote]
        select: Any = self.fields["place"].widget
        select.language = language
        select.choices = [("", _("The whole lesson")), *dict(shown).items()]

    def clean(self) -> None:
        super().clean()
        empty = not self.cleaned_data.get("text", "").strip()
        if empty and "note" in self.data:
            self.add_error("text", _("Write something first, or set a bookmark."))


class OutlineForm(forms.Form):
    """The outline of a course: its modules and topics, each with a place and a way to leave it out.

    Modules and topics stand in the order of the numbers in `at`; a topic's `module` is the number
    of the module it shall stand in.
    """

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules = list(course.modules.order_by("position").prefetch_related("topics"))
        for module in self._modules:
            self._add_module(module)
            for topic in module.topics.all():
                self._add_topic(topic, module)

    def _add_module(self, module: Module) -> None:
        name = f"module-{module.pk}"
        wide = {"class": "vTextField", "dir": "auto"}
        tall = {"rows": 2, "class": "vLargeTextField", "dir": "auto"}
        self.fields |= {
            f"{name}-at": forms.IntegerField(
                label="Module number", min_value=0, max_value=999, initial=module.position
            ),
            f"{name}-title": forms.CharField(
                label="Title",
                max_length=255,
                initial=module.title,
                widget=forms.TextInput(attrs=wide),
            ),
            f"{name}-summary": forms.CharField(
                label="Summary",
                required=False,
                initial=module.summary,
                widget=forms.Textarea(attrs=tall),
            ),
            f"{name}-objectives": LinesField(
                label="Objectives, one a line",
                required=False,
                initial=module.objectives,
                widget=forms.Textarea(attrs=tall | {"rows": 4}),
            ),
        }

    def _add_topic(self, topic: Topic, module: Module) -> None:
        name = f"topic-{topic.pk}"
        self.fields |= {
            f"{name}-keep": forms.BooleanField(label="Keep", required=False, initial=True),
            f"{name}-module": forms.IntegerField(
                label="In module", min_value=0, max_value=999, initial=module.position
            ),
            f"{name}-at": forms.IntegerField(
                label="Place", min_value=0, max_value=999, initial=topic.position
            ),
            f"{name}-title": forms.CharField(
                label="Title",
                max_length=255,
                initial=topic.title,
                widget=forms.TextInput(attrs={"class": "vTextField", "dir": "auto"}),
            ),
        }

    def rows(self) -> list[dict[str, Any]]:
        """Returns the bound fields for the page, by module."""
        return [
            {
                "fields": [self[f"module-{module.pk}-{part}"] for part in _MODULE_PARTS],
                "topics": [
                    [self[f"topic-{topic.pk}-{part}"] for part in _TOPIC_PARTS]
                    for topic in module.topics.all()
                ],
            }
            for module in self._modules
        ]

    def modules(self) -> list[OutlinedModule]:
        """Returns the outline that was sent, without modules that have no topics. The form must be
        valid.
        """
        data = self.cleaned_data
        placed: dict[int, list[tuple[int, int, OutlinedTopic]]] = {}
        for number, topic in enumerate(t for m in self._modules for t in m.topics.all()):
            name = f"topic-{topic.pk}"
            if data[f"{name}-keep"]:
                one = OutlinedTopic(topic.pk, data[f"{name}-title"])
                place = (data[f"{name}-at"], number, one)
                placed.setdefault(data[f"{name}-module"], []).append(place)
        ordered = sorted(self._modules, key=lambda m: (data[f"module-{m.pk}-at"], m.position))
        made = []
        for module in ordered:
            name = f"module-{module.pk}"
            topics = sorted(placed.pop(data[f"{name}-at"], []), key=lambda one: one[:2])
            if topics:
                made.append(
                    OutlinedModule(
                        id=module.pk,
                        title=data[f"{name}-title"],
                        summary=data[f"{name}-summary"],
                        objectives=data[f"{name}-objectives"],
                        topics=[one for _, _, one in topics],
                    )
                )
        if placed:
            raise ValidationError(f"There is no module {min(placed)} for a topic to stand in.")
        return made


_MODULE_PARTS = ("at", "title", "summary", "objectives")
_TOPIC_PARTS = ("keep", "module", "at", "title")
