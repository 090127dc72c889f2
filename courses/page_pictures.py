"""Pictures of documents' pages, and where on them the words of a quote stand.

A picture is drawn when it is first asked for, and kept in the file store until the daily clean-up
finds it old; it can be drawn again at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db.models import Q

from common.outside_calls import outside_call
from courses.models import Citation, Course, KeyTerm, Passage, SourceDocument
from courses.queries import editable_courses, visible_courses
from courses.uploads import limits, local_copy
from engine.reading import spots
from engine.reading.document import DocumentRejectedError, PassageKind
from engine.reading.drawing import Part, draw

FOLDER = "pages"
WIDTHS = (480, 960, 1600)  # pixels
USUAL_WIDTH = 960
SECONDS, MOST_CPU = 15.0, 6
User = Any


class PictureError(Exception):
    """A page that cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """A page of a passage, and the boxes of a quote on it as (left, top, width, height), in
    `spots.SCALE` parts of the page."""

    document: SourceDocument
    page: int
    boxes: tuple[tuple[int, int, int, int], ...]


def shows_pages(user: User, course: Course) -> bool:
    """Whether a person who may see the course may see the pages that it cites."""
    return course.shows_pages or editable_courses(user).filter(pk=course.pk).exists()


def may_see_page(user: User, document: SourceDocument, page: int) -> bool:
    """Whether a person may see a page: staff those of their courses' documents, learners those
    that a lesson cites, where the course shows them."""
    if editable_courses(user).filter(pk=document.course_id).exists():
        return True
    if not visible_courses(user).filter(pk=document.course_id, shows_pages=True).exists():
        return False
    cited = Q(passage__document=document, passage__page_from__lte=page, passage__page_to__gte=page)
    return Citation.objects.filter(cited).exists() or KeyTerm.objects.filter(cited).exists()


def page_picture(document: SourceDocument, page: int, width: int = USUAL_WIDTH) -> File[bytes]:
    """Returns the opened WebP file of a page, at the next of WIDTHS; the caller closes it.

    Raises PictureError for a page that cannot be drawn, and OutsideBusyError.
    """
    chosen = next((known for known in WIDTHS if known >= width), WIDTHS[-1])
    name = f"{picture_folder(document)}/{page}-{chosen}.webp"
    with suppress(FileNotFoundError):
        return default_storage.open(name)
    with outside_call():
        content = _drawn(document, Part(page, chosen))
        # Somebody else may have drawn it meanwhile.
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(content))
    return ContentFile(content)


def _drawn(document: SourceDocument, part: Part) -> bytes:
    if not document.file:
        raise PictureError("The file of this document is not stored here: it was imported.")
    if not 1 <= part.page <= (document.pages or part.page):
        raise PictureError("The document has no such page.")
    try:
        with local_copy(document.file, ".pdf") as path:
            # Somebody waits for it.
            picture = draw(path, [part], replace(limits(), child_cpu=MOST_CPU), wall=SECONDS)[0]
    except DocumentRejectedError as error:
        raise PictureError(error.message) from error
    if picture is None:
        raise PictureError("This page cannot be drawn within the limits of time and memory.")
    return picture.content


def picture_folder(document: SourceDocument) -> str:
    return f"{FOLDER}/{document.pk}-{document.sha256[:12]}"


def delete_page_pictures(folder: str) -> None:
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
    if not hasattr(default_storage, "bucket_name"):
        with suppress(OSError):
            default_storage.delete(folder)


def quote_boxes(passage: Passage, quote: str = "") -> list[spots.Box]:
    """Returns where a quote stands, as (page, left, top, right, bottom) in shares of the page; the
    whole passage for one that is empty or not found, nothing for passages of older releases."""
    table = passage.kind == PassageKind.TABLE
    return spots.quote_boxes(passage.places, passage.text, quote, table=table)


def marked_pages(passage: Passage, quote: str = "") -> list[MarkedPage]:
    """Returns the pages on which a quote stands; the passage's first if that is not known."""
    document = passage.document
    if not document.file:
        return []
    boxes = quote_boxes(passage, quote)
    pages = [
        MarkedPage(document, page, tuple(_in_parts(found)))
        for page, found in groupby(sorted(boxes), key=lambda box: box[0])
    ]
    return pages or [MarkedPage(document, passage.page_from, ())]


def _in_parts(boxes: Iterator[spots.Box]) -> Iterator[tuple[int, int, int, int]]:
    for _, left, top, right, bottom in boxes:
        ends = (left, top, right - left, bottom - top)
        x, y, wide, high = (round(end * spots.SCALE) for end in ends)
        yield x, y, wide, high
