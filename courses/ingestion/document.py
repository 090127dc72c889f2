"""What reading a PDF gives: the types that pass between reading, structure and passages.

Pages are counted from 1, as a person counts them. A page's *label* is what is printed on
it or what the PDF declares ("iv", "12", "A-3"); citations show the label.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PassageKind(StrEnum):
    """The form of a passage's text; tables and code are kept verbatim as Markdown."""

    PROSE = "prose"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


class Matter(StrEnum):
    """The part a passage plays in its book; only BODY is taught and asked about."""

    BODY = "body"
    FRONT = "front"
    CONTENTS = "contents"
    INDEX = "index"
    BIBLIOGRAPHY = "bibliography"
    LICENCE = "licence"


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A stretch of one section, some 80 to 250 words, that never crosses a heading."""

    position: int
    page_from: int
    page_to: int
    label_from: str
    label_to: str
    heading_path: tuple[str, ...]
    text: str
    kind: PassageKind = PassageKind.PROSE
    matter: Matter = Matter.BODY


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """A whole document, read.

    `warnings` are sentences for the person who uploaded the file. `scanned_pages` had no
    text layer and could not be read; `failed_pages` crashed or outlasted the reader, or
    came after the limits of one document.
    """

    pages: int
    passages: tuple[PassageDraft, ...]
    language: str
    warnings: tuple[str, ...] = ()
    scanned_pages: tuple[int, ...] = ()
    failed_pages: tuple[int, ...] = ()


class DocumentRejectedError(Exception):
    """A file that cannot become part of a course; the message tells its owner what to do.

    `code` is stable and machine-readable, for example "not_a_pdf" or "encrypted".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
