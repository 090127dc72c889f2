"""Documents, passages and what is cited from them: to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat, truncatechars
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from common.admin.lists import ValuesFilter
from common.alphabet import Alphabetical
from common.numbers import whole_number
from courses.admin.base import (
    CourseFilter,
    CourseRowAdmin,
    ReadOnlyRowAdmin,
    count_by,
)
from courses.figures import edit_figure
from courses.how_read import how_read
from courses.models import Citation, Figure, KeyTerm, Passage, SourceDocument
from courses.page_pictures import MarkedPage, marked_pages
from engine.reading.document import DocumentPart, PassageKind, PlaceUnit


def _no_pages(document: SourceDocument) -> str:
    return "Only pages of PDFs can be shown." if document.file else "The file is not stored here."


@admin.register(SourceDocument)
class SourceDocumentAdmin(ReadOnlyRowAdmin[SourceDocument]):
    list_display = (
        "original_name",
        "course",
        "kind",
        "status_label",
        "page_count",
        "size",
        "passage_count",
        "warning_count",
        "uploaded_at",
    )
    list_filter = (CourseFilter, "status", "language")
    list_select_related = ("course",)
    search_fields = ("original_name", "address", "course__title", "sha256")
    fields = (
        "course",
        "original_name",
        "address",
        "kind",
        "status_label",
        "page_count",
        "size",
        "language",
        "page_range",
        "how_read_list",
        "warning_list",
        "page_link",
        "index_model",
        "sha256",
        "uploaded_at",
    )
    readonly_fields = (
        "status_label",
        "kind",
        "page_count",
        "size",
        "how_read_list",
        "warning_list",
        "page_link",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceDocument]:
        return (
            super()
            .get_queryset(request)
            .annotate(passage_total=count_by(Passage.objects.all(), "document"))
        )

    @admin.display
    def kind(self, document: SourceDocument) -> str:
        return document.format_name

    @admin.display(description="pages or slides", ordering="pages", empty_value="\u2013")
    def page_count(self, document: SourceDocument) -> int | None:
        return document.pages

    @admin.display(ordering="bytes")
    def size(self, document: SourceDocument) -> str:
        return filesizeformat(document.bytes)

    @admin.display(description="passages", ordering="passage_total")
    def passage_count(self, document: SourceDocument) -> int:
        count: int = vars(document)["passage_total"]
        return count

    @admin.display(description="warnings")
    def warning_count(self, document: SourceDocument) -> str:
        return str(len(document.warnings) or "\u2013")

    @admin.display(description="warnings")
    def warning_list(self, document: SourceDocument) -> str:
        if not document.warnings:
            return "None"
        lines = format_html_join("", "<li>{}</li>", ((line,) for line in document.warnings))
        return format_html('<ul class="pa-plain">{}</ul>', lines)

    @admin.display(description="how it was read")
    def how_read_list(self, document: SourceDocument) -> str:
        lines = how_read(document) or ["This is not known: it was read by an older release."]
        listed = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
        return format_html('<ul class="pa-plain">{}</ul>', listed)

    @admin.display(description="pages as they look")
    def page_link(self, document: SourceDocument) -> str:
        if not document.has_page_pictures:
            return _no_pages(document)
        address = reverse("admin:courses_sourcedocument_page", args=[document.pk, 1])
        return format_html('<a href="{}">Look through its pages</a>', address)

    def get_urls(self) -> list[URLPattern]:
        show = self.admin_site.admin_view(self.page_view)
        own = path("<int:pk>/pages/<int:page>/", show, name="courses_sourcedocument_page")
        return [own, *super().get_urls()]

    def page_view(self, request: HttpRequest, pk: int, page: int) -> HttpResponse:
        """Shows a page as it looks; `passage` or `citation` marks the words of one."""
        document = self.get_object(request, str(pk))
        if document is None or page > (document.pages or 1) or page < 1:
            raise Http404("There is no such page, or it is not yours.")
        passage, quote = _marked(request, document)
        found = marked_pages(passage, quote) if passage else []
        here = [one for one in found if one.page == page] or [MarkedPage(document, page, ())]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{document}: page {page}",
            "opts": self.opts,
            "document": document,
            "page": here[0],
            "passage": passage,
            "quote": quote,
            "before": page - 1,
            "after": page + 1 if page < (document.pages or 1) else 0,
        }
        return render(request, "admin/courses/sourcedocument/pages.html", context)


def _marked(request: HttpRequest, document: SourceDocument) -> tuple[Passage | None, str]:
    """Returns the passage that an address names, and the words of it that a citation quotes."""
    cited, wanted = (whole_number(request.GET.get(name, "")) for name in ("citation", "passage"))
    if cited is not None:
        citations = Citation.objects.select_related("passage__document")
        citation = citations.filter(pk=cited, passage__document=document).first()
        return (citation.passage, citation.quote) if citation else (None, "")
    passages = document.passages.select_related("document")
    return passages.filter(pk=wanted or 0).first(), ""


class PassageKindFilter(ValuesFilter):
    title, parameter_name = "kind", "kind"
    values = [(one.value, one.value) for one in PassageKind]


class PartFilter(ValuesFilter):
    title, parameter_name = "matter", "matter"
    values = [(one.value, one.value) for one in DocumentPart]


@admin.register(Passage)
class PassageAdmin(ReadOnlyRowAdmin[Passage]):
    course_path = "document__course"
    list_display = ("beginning", "document", "pages_label", "headings", "kind", "matter")
    list_filter = (CourseFilter, PassageKindFilter, PartFilter)
    list_select_related = ("document",)
    search_fields = ("text", "document__original_name")
    fields = (
        "document",
        "position",
        "pages_label",
        "page_link",
        "headings",
        "kind",
        "matter",
        "text",
    )
    readonly_fields = ("pages_label", "headings", "page_link")

    @admin.display(description="text")
    def beginning(self, passage: Passage) -> str:
        return truncatechars(passage.text, 90)

    @admin.display(description="place", ordering="page_from")
    def pages_label(self, passage: Passage) -> str:
        return passage.pages_label

    @admin.display(description="on the page")
    def page_link(self, passage: Passage) -> str:
        if not passage.document.has_page_pictures:
            return _no_pages(passage.document)
        place = [passage.document_id, passage.page_from]
        address = reverse("admin:courses_sourcedocument_page", args=place)
        return format_html('<a href="{}?passage={}">See it marked</a>', address, passage.pk)

    @admin.display(description="headings")
    def headings(self, passage: Passage) -> str:
        return " \u203a ".join(passage.heading_path) or "\u2013"


@admin.register(Figure)
class FigureAdmin(CourseRowAdmin[Figure]):
    course_path = "document__course"
    list_display = ("__str__", "document", "page", "kind", "used")
    list_filter = (CourseFilter, "kind", "used")
    list_select_related = ("document",)
    search_fields = ("caption", "alternative_text", "words", "document__original_name")
    fields = ("picture", "used", "caption", "alternative_text", "words", "source", "tex")
    readonly_fields = ("picture", "words", "source", "tex")

    @admin.display(description="picture")
    def picture(self, figure: Figure) -> str:
        if not figure.file:
            return "\u2013"
        address = reverse("figure-picture", args=[figure.pk])
        return format_html('<img class="pa-picture" src="{}" alt="{}">', address, figure.described)

    @admin.display(description="source")
    def source(self, figure: Figure) -> str:
        unit = (figure.document.reading or {}).get("unit", PlaceUnit.PAGE)
        if unit == PlaceUnit.PARAGRAPH:
            return str(figure.document)
        words = f"{figure.document}, {unit} {figure.page}"
        if not figure.document.has_page_pictures:
            return words
        place = [figure.document_id, figure.page]
        address = reverse("admin:courses_sourcedocument_page", args=place)
        return format_html('<a href="{}">{}</a>', address, words)

    def save_model(self, request: HttpRequest, obj: Figure, form: Any, change: bool) -> None:
        edit_figure(obj, used=obj.used, caption=obj.caption, alternative_text=obj.alternative_text)


@admin.register(Citation)
class CitationAdmin(ReadOnlyRowAdmin[Citation]):
    course_path = "topic__module__course"
    list_display = ("quoted", "topic", "source")
    list_filter = (CourseFilter,)
    list_select_related = ("topic", "passage__document")
    search_fields = ("quote", "topic__title")
    fields = ("topic", "position", "source", "quote", "passage_text")
    readonly_fields = ("source", "passage_text")

    @admin.display(description="quoted words")
    def quoted(self, citation: Citation) -> str:
        return truncatechars(citation.quote, 90)

    @admin.display(description="source")
    def source(self, citation: Citation) -> str:
        return str(citation.passage)

    @admin.display(description="whole passage")
    def passage_text(self, citation: Citation) -> str:
        return citation.passage.text


@admin.register(KeyTerm)
class KeyTermAdmin(ReadOnlyRowAdmin[KeyTerm]):
    course_path = "topic__module__course"
    list_display = ("term", "topic", "source")
    ordering = ("topic", Alphabetical("term"), "term")
    list_filter = (CourseFilter,)
    list_select_related = ("topic", "passage__document")
    search_fields = ("term", "definition", "topic__title")
    fields = ("topic", "term", "definition", "source")
    readonly_fields = ("source",)

    @admin.display(description="source")
    def source(self, term: KeyTerm) -> str:
        return str(term.passage)
