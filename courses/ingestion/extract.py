"""A PDF becomes passages: read, cleaned, structured and cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from courses.ingestion.detect import detect_language
from courses.ingestion.document import DocumentRejectedError, ExtractedDocument
from courses.ingestion.furniture import drop_furniture
from courses.ingestion.headings import clean_title, find_headings
from courses.ingestion.limits import PdfLimits
from courses.ingestion.ocr import is_scan, read_scans, tesseract
from courses.ingestion.pages import Bookmark, Page
from courses.ingestion.passages import make_passages
from courses.ingestion.pdf import PdfContent, read_pdf
from courses.ingestion.repair import repaired
from courses.ingestion.structure import build_sections
from courses.ingestion.tables import add_tables
from courses.ingestion.text import clean, hyphenated_words
from telemetry.metrics import PDF_FAILED, count, pages_read

MANY = 12


def extract_document(
    path: Path,
    *,
    limits: PdfLimits | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ExtractedDocument:
    """Read a PDF into passages.

    `on_progress(done, total)` counts pages; what it raises ends the reading and is passed
    on. Raises DocumentRejectedError for a file that gives no text at all.
    """
    limits = limits or PdfLimits()
    try:
        return _extract(path, limits, on_progress)
    except DocumentRejectedError as error:
        if error.code != "unreadable":
            raise
        with repaired(path, limits) as copy:
            if copy is None:
                raise
            return _extract(copy, limits, on_progress)


def _extract(
    path: Path, limits: PdfLimits, on_progress: Callable[[int, int], None] | None
) -> ExtractedDocument:
    with pages_read("text", lambda: len(pages)):
        content = read_pdf(path, limits, on_progress)
        pages = content.pages
    count(PDF_FAILED, len(content.failed) + len(content.unread))
    scans = {page.number for page in pages if is_scan(page)}
    unread: list[int] = []
    if scans:
        with pages_read("ocr", lambda: len(scans) - len(unread)):
            unread = read_scans(path, pages, limits)
    ruled = sum(page.ruled for page in pages)
    without_tables: list[int] = []
    if ruled:
        with pages_read("table", lambda: ruled - len(without_tables)):
            without_tables = add_tables(path, pages, limits)
    _clean(pages)
    drop_furniture(pages, content.labels)
    _require_text(content, unread)
    texts = [line.text for page in pages for line in page.lines]
    language = detect_language(texts)
    headings = find_headings(pages, _clean_bookmarks(content.bookmarks))
    passages = make_passages(
        build_sections(pages, headings), content.labels, hyphenated_words(texts), language
    )
    return ExtractedDocument(
        pages=content.count,
        passages=tuple(passages),
        language=language,
        warnings=tuple(_warnings(content, scans, unread, without_tables)),
        scanned_pages=tuple(unread),
        failed_pages=tuple(sorted(content.failed + content.unread)),
    )


def _clean(pages: Sequence[Page]) -> None:
    for page in pages:
        for line in page.lines:
            line.text = clean(line.text)
        page.lines = [line for line in page.lines if line.text]


def _clean_bookmarks(bookmarks: Sequence[Bookmark]) -> list[Bookmark]:
    cleaned = [Bookmark(b.level, clean(b.title), b.page) for b in bookmarks]
    return [bookmark for bookmark in cleaned if clean_title(bookmark.title)]


def _require_text(content: PdfContent, unread: Sequence[int]) -> None:
    if any(page.has_letters() for page in content.pages):
        return
    if unread and tesseract() is None:
        raise DocumentRejectedError(
            "no_text",
            f"All text is in pictures: {_numbers(unread)} are scans, and Tesseract, which could "
            "read them, is not installed here. Run OCR on the PDF, or have Tesseract installed.",
        )
    if not content.pages:
        raise DocumentRejectedError(
            "unreadable",
            "None of the pages could be read within the limits of time and memory. Print the "
            "document to a new PDF and upload that.",
        )
    raise DocumentRejectedError(
        "no_text", "The document holds no text that could be read. Upload one with text."
    )


def _warnings(
    content: PdfContent, scans: set[int], unread: Sequence[int], without_tables: Sequence[int]
) -> list[str]:
    read = sorted(scans.difference(unread))
    cut = [page.number for page in content.pages if page.cut]
    said = [
        (read, "were scans and were read by OCR; check their text."),
        (
            list(unread),
            "hold pictures but no text that could be read, and were left out. Run OCR on the PDF.",
        ),
        (content.failed, "could not be read and were left out."),
        (content.unread, f"were not read: {content.stopped}"),
        (cut, "hold more than is read of one page; the rest of each was left out."),
        (list(without_tables), "may hold tables that were read as running text."),
    ]
    return [f"{_numbers(numbers)} {words}" for numbers, words in said if numbers]


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:MANY])
    more = f" and {len(numbers) - MANY} more" if len(numbers) > MANY else ""
    return f"Pages {shown}{more}"
