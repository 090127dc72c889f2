"""What staff are told of how a document was read, and how much of it a course uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length

from courses.engines import EXTRACTIVE
from courses.models import Course, Passage, SourceDocument
from engine.language.names import language_name
from engine.questions.extractive.wording import wording
from engine.reading.document import DocumentPart, PlaceUnit

MAX_LISTED = 12
_PARTS = {
    DocumentPart.FRONT: "front matter",
    DocumentPart.CONTENTS: "table of contents",
    DocumentPart.INDEX: "index",
    DocumentPart.BIBLIOGRAPHY: "references and footnotes",
    DocumentPart.LICENCE: "licence",
    DocumentPart.NOTES: "notes",
    DocumentPart.EXERCISES: "exercises",
    DocumentPart.ANSWERS: "answers to exercises",
    DocumentPart.ADVERTISEMENT: "advertisements",
}
_TRUST = {
    "good": "good",
    "suspicious": "doubtful",
    "garbled": "garbled",
    "none": "none",
}
_HEADINGS = {
    "tags": "Headings are those that the file itself names.",
    "bookmarks": "Headings come from the file's bookmarks.",
    "looks": "Headings were guessed from sizes, weights and numbers of lines: check the outline.",
    "": "No headings were found: modules and topics are divided by what the text is about.",
}


def how_read(document: SourceDocument) -> list[str]:
    """Returns sentences for staff about how a document was read; none if an older
    release read it.
    """
    said = document.reading
    return list(_sentences(document, said)) if said else []


def _sentences(document: SourceDocument, said: dict[str, Any]) -> Iterator[str]:
    limited = f" (limited to pages {document.page_range})" if document.page_range else ""
    parts = said["parts"]
    body = parts.get(DocumentPart.BODY.value, 0)
    # A document without pages, such as a web page, is judged by its sections.
    unit = said.get("unit", PlaceUnit.PAGE)
    judged = "sections" if unit == PlaceUnit.PARAGRAPH else f"{unit}s"
    if said["pages"]:
        yield (
            f"{said['used']} of {said['pages']} {unit}s hold text that is taught{limited}: "
            f"{body:.0%} of the text that was read."
        )
    else:
        yield f"{body:.0%} of the text that was read is taught."
    apart = [
        f"{_PARTS[DocumentPart(part)]} {share:.0%}"
        for part, share in sorted(parts.items(), key=lambda one: -one[1])
        if part != DocumentPart.BODY.value
    ]
    if apart:
        yield f"Not taught: {', '.join(apart)}."
    trust = [
        f"{said['trust'][name]} {shown}" for name, shown in _TRUST.items() if name in said["trust"]
    ]
    ocr = f"; {said['by_ocr']} read by OCR" if said["by_ocr"] else ""
    yield f"Text of {judged}: {', '.join(trust)}{ocr}."
    if pages := said["left_out"]:
        more = f" and {len(pages) - MAX_LISTED} more" if len(pages) > MAX_LISTED else ""
        listed = ", ".join(map(str, pages[:MAX_LISTED])) + more
        yield f"Left out because they could not be read: {unit}s {listed}."
    yield _HEADINGS[said["headings"]]
    if said["figures"] or said["formulas"]:
        yield f"Figures: {said['figures']}. Formulas on their own lines: {said['formulas']}."
    yield _language(document.language or "en")


def _language(code: str) -> str:
    """Says what can be made in a language with the engine that is set up."""
    name = language_name(code)
    if settings.COURSE_ENGINE != EXTRACTIVE:
        return f"Language: {name}. Lessons and questions are written by the language model."
    if wording(code) is not None:
        return f"Language: {name}. Lessons and questions are made without a language model."
    return f"Language: {name}. Lessons are made in it without a language model; questions need one."


def share_in_lessons(course: Course) -> float | None:
    """Returns which share of the taught text is in passages that lessons quote, from 0 to 1; None
    if there is no text yet.
    """
    return _share(course, citations__isnull=False)


def share_in_outline(course: Course) -> float | None:
    """Returns which share of the taught text is in passages of planned topics, as above."""
    return _share(course, topics__isnull=False)


def _share(course: Course, **used: bool) -> float | None:
    passages = Passage.objects.filter(document__course=course, matter=DocumentPart.BODY)
    total = passages.aggregate(n=Sum(Length("text")))["n"]
    chosen = passages.filter(**used).values("pk").distinct()
    letters = Passage.objects.filter(pk__in=chosen).aggregate(n=Sum(Length("text")))["n"]
    return (letters or 0) / total if total else None
