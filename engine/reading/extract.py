"""Turns a document into passages: reads, cleans, structures and cuts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engine.reading.code_lines import mark_code
from engine.reading.conversion import converted
from engine.reading.detect import detect_language
from engine.reading.document import (
    DocumentRejectedError,
    Doubt,
    ExtractedDocument,
    FigureDraft,
    PageVerdict,
)
from engine.reading.doubts import page_doubts
from engine.reading.figures import (
    draw_figures,
    figure_drafts,
    find_figures,
    words_in_drawings,
)
from engine.reading.fonts import drop_garbled_fonts, name_lost_letters
from engine.reading.formats.kinds import (
    CONVERTED,
    HEAD,
    Format,
    format_by_name,
    recognised,
)
from engine.reading.formulas import find_formulas
from engine.reading.headers_footers import drop_headers_footers
from engine.reading.headings import headings_with_origin
from engine.reading.labels import printed_labels
from engine.reading.limits import PdfLimits
from engine.reading.marks import give_meaning
from engine.reading.notes import add_notes
from engine.reading.ocr import said_missing, tesseract
from engine.reading.other_formats import extract_other
from engine.reading.page_ranges import PageRange
from engine.reading.pages import Bookmark, Page, merge_overlays
from engine.reading.passages import make_passages
from engine.reading.pdf import (
    ALL_PAGES,
    PdfContent,
    Progress,
    read_pdf,
    repaired,
    without_hidden_layers,
)
from engine.reading.pictures import Settled, settle
from engine.reading.scripts import reread_joined
from engine.reading.structure import build_sections
from engine.reading.tables import add_tables
from engine.reading.text import clean, hyphenated_words, kept_hyphens
from engine.reading.titles import clean_title
from telemetry.metrics import PDF_FAILED, count, pages_read

MAX_LISTED_PAGES = 12
ALL_BOLD = 0.8  # of the letters of a document


def extract_document(
    path: Path,
    *,
    limits: PdfLimits | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    pages: PageRange = ALL_PAGES,
) -> ExtractedDocument:
    """Reads a document into passages. Raises DocumentRejectedError for a file without any text.

    Other pages of a PDF than these are not read; other documents are read whole.

    `on_progress(done, total)` is called with numbers of pages; an exception from it ends the
    reading and is raised again.
    """
    limits = limits or PdfLimits()
    form = _format_of(path)
    if form is Format.PDF:
        return _extract_pdf(path, limits, on_progress, pages)
    with pages_read("text", lambda: extracted.pages):
        if form in CONVERTED:
            with converted(path, form, limits) as made:
                extracted = extract_other(made, CONVERTED[form], limits)
        else:
            extracted = extract_other(path, form, limits)
    if on_progress:
        # Such a document is read in one go.
        on_progress(1, 1)
    return extracted


def _format_of(path: Path) -> Format:
    with path.open("rb") as file:
        head = file.read(HEAD)
    try:
        return recognised(head, path.name)
    except DocumentRejectedError:
        # PDFium says what is wrong with what should be a PDF.
        if format_by_name(path.name) is Format.PDF:
            return Format.PDF
        raise


def _extract_pdf(
    path: Path, limits: PdfLimits, on_progress: Progress | None, wanted: PageRange
) -> ExtractedDocument:
    with without_hidden_layers(path, limits) as (shown, uncertain):
        extracted = _extract_repaired(shown, limits, on_progress, wanted)
    if uncertain:
        said = "The document has hidden layers that could not be left out; check for their text."
        extracted = replace(extracted, warnings=(*extracted.warnings, said))
    return extracted


def _extract_repaired(
    path: Path, limits: PdfLimits, on_progress: Progress | None, wanted: PageRange
) -> ExtractedDocument:
    try:
        return _extract(path, limits, on_progress, wanted)
    except DocumentRejectedError as error:
        if error.code != "unreadable":
            raise
        with repaired(path, limits) as copy:
            if copy is None:
                raise
            return _extract(copy, limits, on_progress, wanted)


def _extract(
    path: Path, limits: PdfLimits, on_progress: Progress | None, wanted: PageRange
) -> ExtractedDocument:
    with pages_read("text", lambda: len(pages)):
        content = read_pdf(path, limits, on_progress, wanted)
        pages = content.pages
    count(PDF_FAILED, len(content.failed) + len(content.unread))
    give_meaning(pages)
    _clean_lines(pages)
    mark_code(pages)
    commented = add_notes(path, pages, limits)
    declared = content.language.split("-")[0].lower() or "en"
    language = detect_language((line.text for page in pages for line in page.lines), declared)
    name_lost_letters(pages, language)
    reread_joined(path, pages, language, limits)
    fonts = drop_garbled_fonts(pages, language)
    with pages_read("ocr", lambda: len(settled.read)):
        settled = settle(path, pages, language, limits)
    with pages_read("table", lambda: sum(bool(page.tables) for page in pages)):
        without_tables = add_tables(path, pages, limits, {*settled.read, *settled.garbled})
    labels = printed_labels(pages, content.labels)
    drop_headers_footers(pages, labels)
    merge_overlays(pages)
    _require_text(content, settled)
    drawn_words = words_in_drawings(drawings := find_figures(pages))
    figures = sorted([*drawings, *find_formulas(pages)], key=lambda found: found.page.number)
    verdicts = _with_doubts(settled.verdicts, pages, drawn_words)
    texts = [line.text for page in pages for line in page.lines]
    if settled.read or settled.garbled:
        language = detect_language(texts, declared)
    hyphenated = hyphenated_words(texts) | kept_hyphens(texts, language)
    bookmarks = [Bookmark(b.level, clean(b.title), b.page) for b in content.bookmarks]
    headings, origin = headings_with_origin(pages, [b for b in bookmarks if clean_title(b.title)])
    passages = make_passages(build_sections(pages, headings), labels, hyphenated, language)
    drawn = draw_figures(path, figure_drafts(figures, passages), limits)
    return ExtractedDocument(
        pages=content.count,
        passages=tuple(passages),
        language=language,
        warnings=(
            *_warnings(content, settled, without_tables, commented),
            *_font_warnings(fonts),
            *_doubts_said(verdicts),
            *_pictures_said(drawn),
        ),
        scanned_pages=tuple(settled.unread),
        failed_pages=tuple(sorted(content.failed + content.unread)),
        garbled_pages=tuple(settled.garbled),
        verdicts=tuple(verdicts),
        figures=tuple(drawn),
        headings_from=origin,
        read_pages=len(pages),
    )


def _clean_lines(pages: Sequence[Page]) -> None:
    """Cleans the texts of lines in place, and drops empty ones.

    Where nearly all lines are bold, none is taken for bold: then their fonts only say so.
    """
    letters = Counter[bool]()
    for page in pages:
        for line in page.lines:
            line.text = clean(line.text)
            letters[line.bold] += len(line.text)
        page.lines = [line for line in page.lines if line.text]
    if letters[True] > ALL_BOLD * letters.total():
        for page in pages:
            for line in page.lines:
                line.bold = False


def _with_doubts(
    verdicts: Sequence[PageVerdict], pages: Sequence[Page], drawn_words: Mapping[int, int]
) -> list[PageVerdict]:
    """Returns the verdicts with what is uncertain on pages that are kept."""
    return [
        verdict
        if verdict.left_out
        else replace(verdict, doubts=page_doubts(page, drawn_words[page.number]))
        for verdict, page in zip(verdicts, pages, strict=True)
    ]


def _require_text(content: PdfContent, settled: Settled) -> None:
    if any(page.has_letters() for page in content.pages):
        return
    if settled.garbled:
        raise DocumentRejectedError(
            "garbled",
            f"The text of {_numbers(settled.garbled).lower()} is garbled: its fonts do not say "
            f"which letters they show. {_what_helps(settled)}",
        )
    if settled.unread and (tesseract() is None or settled.ocr.missing):
        raise DocumentRejectedError(
            "no_text",
            f"All text is in pictures: {_numbers(settled.unread).lower()} are scans. "
            f"{_what_helps(settled)}",
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


def _what_helps(settled: Settled) -> str:
    if tesseract() is None:
        return (
            "Tesseract, which could read them, is not installed here. Run OCR on the PDF, or "
            "have Tesseract installed."
        )
    return said_missing(settled.ocr) or (
        "OCR could not read them: it needs clear print, and cannot read handwriting. Type what "
        "matters into a document and upload that."
    )


def _warnings(
    content: PdfContent,
    settled: Settled,
    without_tables: Sequence[int],
    commented: Sequence[int],
) -> list[str]:
    read = set(settled.read)
    mended = [number for number in settled.doubtful if number in read]
    kept = set(settled.doubtful).difference(read, settled.garbled)
    helps = _what_helps(settled)
    other = f" {said_missing(settled.ocr)}" if settled.ocr.missing else ""
    cut = [page.number for page in content.pages if page.cut]
    said = [
        (
            [number for number in settled.scans if number in read],
            f"were scans and were read by OCR; check their text.{other}",
        ),
        (mended, "hold garbled text and were read by OCR instead; check their text."),
        (
            settled.garbled,
            f"hold garbled text, not what the page shows, and were left out. {helps}",
        ),
        (sorted(kept), "hold many words of no dictionary; check their text."),
        (
            settled.unread,
            f"hold pictures but no text that could be read, and were left out. {helps}",
        ),
        (content.failed, "could not be read and were left out."),
        (content.unread, f"were not read: {content.stopped}"),
        (cut, "hold more than is read of one page; the rest of each was left out."),
        (list(commented), "hold comments that open on a click; these were left out."),
        (list(without_tables), "may hold tables that were read as running text."),
    ]
    return [f"{_numbers(numbers)} {words}" for numbers, words in said if numbers]


def _font_warnings(fonts: Mapping[str, Sequence[int]]) -> Iterator[str]:
    if fonts:
        numbers = sorted({number for pages in fonts.values() for number in pages})
        yield (
            f"{_numbers(numbers)} hold lines in fonts that do not say which letters they show "
            f"({', '.join(list(fonts)[:4])}); these lines were left out. Write them in a Unicode "
            "font, or run OCR on the PDF."
        )


_DOUBTS = {
    Doubt.ORDER: "may have been read in another order than a person reads them; check their text.",
    Doubt.TABLES: (
        "seem to hold tables or columns that were read line by line; compare them with the page."
    ),
    Doubt.FORMULAS: (
        "hold formulas in their text that could not be read for certain; compare them with the "
        "page."
    ),
    Doubt.DRAWINGS: (
        "hold drawings with words in them: these are kept with the pictures, not in the text; "
        "write down what a course should say of them."
    ),
    Doubt.PICTURES: (
        "have pictures within lines of text, such as buttons, signs or formulas; the text is read "
        "without them, so write down what they show."
    ),
}


def _doubts_said(verdicts: Sequence[PageVerdict]) -> Iterator[str]:
    for doubt, words in _DOUBTS.items():
        numbers = [verdict.page for verdict in verdicts if doubt in verdict.doubts]
        if numbers:
            yield f"{_numbers(numbers)} {words}"


def _pictures_said(figures: Sequence[FigureDraft]) -> Iterator[str]:
    """Yields where figures are of which no word was read: some are pictures of tables or code."""
    found = [one.page for one in figures if one.kind == "figure" and not one.labels]
    if found:
        one, many = ("1 picture is", "it"), (f"{len(found)} pictures are", "them")
        are, them = one if len(found) == 1 else many
        pages = _numbers(sorted(set(found))).lower()
        yield f"{are} shown in lessons; words in {them} are not read ({pages})."


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:MAX_LISTED_PAGES])
    more = f" and {len(numbers) - MAX_LISTED_PAGES} more" if len(numbers) > MAX_LISTED_PAGES else ""
    return f"Pages {shown}{more}"
