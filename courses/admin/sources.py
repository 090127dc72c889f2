"""Documents, passages and what is cited from them: to look at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat, truncatechars
from django.utils.html import format_html, format_html_join

from courses.admin.base import CourseFilter, ReadOnlyRowAdmin, SupportColumn
from courses.models import Citation, KeyTerm, Passage, SourceDocument


@admin.register(SourceDocument)
class SourceDocumentAdmin(ReadOnlyRowAdmin[SourceDocument]):
    list_display = (
        "original_name",
        "course",
        "status_label",
        "pages",
        "size",
        "passage_count",
        "warning_count",
        "uploaded_at",
    )
    list_filter = (CourseFilter, "status", "language")
    list_select_related = ("course",)
    search_fields = ("original_name", "course__title", "sha256")
    fields = (
        "course",
        "original_name",
        "status_label",
        "pages",
        "size",
        "language",
        "warning_list",
        "index_model",
        "sha256",
        "uploaded_at",
    )
    readonly_fields = ("status_label", "size", "warning_list")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SourceDocument]:
        return super().get_queryset(request).annotate(passage_total=Count("passages"))

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


@admin.register(Passage)
class PassageAdmin(ReadOnlyRowAdmin[Passage]):
    course_path = "document__course"
    list_display = ("beginning", "document", "pages_label", "headings", "kind", "matter")
    list_filter = (CourseFilter, "kind", "matter")
    list_select_related = ("document",)
    search_fields = ("text", "document__original_name")
    fields = ("document", "position", "pages_label", "headings", "kind", "matter", "text")
    readonly_fields = ("pages_label", "headings")

    @admin.display(description="text")
    def beginning(self, passage: Passage) -> str:
        return truncatechars(passage.text, 90)

    @admin.display(description="pages", ordering="page_from")
    def pages_label(self, passage: Passage) -> str:
        return passage.pages_label

    @admin.display(description="headings")
    def headings(self, passage: Passage) -> str:
        return " \u203a ".join(passage.heading_path) or "\u2013"


@admin.register(Citation)
class CitationAdmin(SupportColumn, ReadOnlyRowAdmin[Citation]):
    course_path = "topic__module__course"
    list_display = ("quoted", "topic", "source", "support_label")
    list_filter = (CourseFilter,)
    list_select_related = ("topic", "passage__document")
    search_fields = ("quote", "topic__title")
    fields = ("topic", "position", "source", "quote", "support_label", "passage_text")
    readonly_fields = ("source", "support_label", "passage_text")

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
    list_filter = (CourseFilter,)
    list_select_related = ("topic", "passage__document")
    search_fields = ("term", "definition", "topic__title")
    fields = ("topic", "term", "definition", "source")
    readonly_fields = ("source",)

    @admin.display(description="source")
    def source(self, term: KeyTerm) -> str:
        return str(term.passage)
