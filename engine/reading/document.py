"""The result types of reading a document.

Pages are counted from 1, as a person counts them. A page's *label* is what is printed on
it or what the PDF declares ("iv", "12", "A-3"); citations show the label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.reading.trust import Trust


class PassageKind(StrEnum):
    """The form of a passage's text; tables and code are kept verbatim as Markdown."""

    PROSE = "prose"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


class PlaceUnit(StrEnum):
    """What a document's places are counted in; paragraphs where it has neither pages nor slides."""

    PAGE = "page"
    SLIDE = "slide"
    PARAGRAPH = "paragraph"


def place_words(unit: str, label_from: str, label_to: str, heading_path: Sequence[str] = ()) -> str:
    """Returns where a passage stands in words: a page, a slide, or the section of its heading."""
    if unit == PlaceUnit.PARAGRAPH and heading_path:
        heading = heading_path[-1]
        if len(heading) > MAX_HEADING:
            heading = f"{heading[: MAX_HEADING - 1].rstrip()}\u2026"
        return f"section \u201c{heading}\u201d"
    if label_from == label_to:
        return f"{unit} {label_from}"
    return f"{unit}s {label_from}\u2013{label_to}"


MAX_HEADING = 80


class DocumentPart(StrEnum):
    """The part a passage plays in its book; only BODY is taught and asked about.

    Exercises and their answers are kept for staff.
    """

    BODY = "body"
    FRONT = "front"
    CONTENTS = "contents"
    INDEX = "index"
    BIBLIOGRAPHY = "bibliography"
    LICENCE = "licence"
    NOTES = "notes"
    EXERCISES = "exercises"
    ANSWERS = "answers"
    ADVERTISEMENT = "advertisement"


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A part of one section, some 80 to 250 words.

    `notes` are the footnotes that its text points to; a passage of footnotes follows its section.
    `places` says where its lines stand (`engine.reading.spots`).
    """

    position: int
    page_from: int
    page_to: int
    label_from: str
    label_to: str
    heading_path: tuple[str, ...]
    text: str
    kind: PassageKind = PassageKind.PROSE
    matter: DocumentPart = DocumentPart.BODY
    notes: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    unit: PlaceUnit = PlaceUnit.PAGE

    @property
    def place(self) -> str:
        return place_words(self.unit, self.label_from, self.label_to, self.heading_path)


@dataclass(frozen=True, slots=True)
class FigureDraft:
    """A picture or drawing, or a formula that could not be read for certain.

    `box` is in ten thousandths of the page, from its upper left corner. `alternative` is what the
    document itself says for those who cannot see it, `labels` are the words in it; `passages`
    are the positions of those that it belongs to. `kind` is "figure" or "formula", `tex` what a
    formula says if that is certain. `picture` is a WebP file.
    """

    position: int
    page: int
    box: tuple[int, int, int, int]
    number: str = ""
    caption: str = ""
    alternative: str = ""
    labels: tuple[str, ...] = ()
    passages: tuple[int, ...] = ()
    kind: str = "figure"
    tex: str = ""
    picture: bytes = b""
    width: int = 0
    height: int = 0


class Doubt(StrEnum):
    """What of a page may have been read otherwise than a person reads it."""

    ORDER = "order"
    TABLES = "tables"
    FORMULAS = "formulas"
    DRAWINGS = "drawings"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """What the text of a page was worth, and where the text that was used came from.

    `page` counts slides in a file of slides, and is a section's first paragraph where there are
    no pages.

    `known` is the share of words that a dictionary has; `by_ocr` says that the page's text was
    read from its picture; `left_out`, that neither text could be used. `doubts` name what people
    should compare with the page, whatever its words are worth.
    """

    page: int
    trust: Trust
    known: float = 1.0
    by_ocr: bool = False
    left_out: bool = False
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """A whole document as passages.

    `pages` counts its pages or slides and is 0 for a document without any, such as a web page.
    `warnings` are sentences for the person who uploaded the file. `scanned_pages` had no
    text layer and could not be read; `garbled_pages` were left out because their text is not
    what the page shows; `failed_pages` crashed or outlasted the reader, or
    came after the limits of one document. `headings_from` says how headings were found: "tags",
    "bookmarks", "looks" or "" if there are none; `read_pages` counts the pages that were read.
    """

    pages: int
    passages: tuple[PassageDraft, ...]
    language: str
    warnings: tuple[str, ...] = ()
    scanned_pages: tuple[int, ...] = ()
    failed_pages: tuple[int, ...] = ()
    garbled_pages: tuple[int, ...] = ()
    verdicts: tuple[PageVerdict, ...] = ()
    unit: PlaceUnit = PlaceUnit.PAGE
    figures: tuple[FigureDraft, ...] = ()
    headings_from: str = ""
    read_pages: int = 0


class DocumentRejectedError(Exception):
    """A file that cannot become part of a course; the message tells its owner what to do.

    `code` is stable and machine-readable, for example "unsupported_kind" or "encrypted".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
