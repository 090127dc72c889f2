"""How many headings reading finds, and how many of those that it finds are headings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import pikepdf
import pypdfium2

from benchmarks.books import books
from benchmarks.report import Result, write_result
from engine.reading.document import ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.titles import title_key
from tests.reading.test_page_cases import CASES, FOLDER, titles

GOAL = 0.9
Headings = Counter[tuple[str, int]]


def structure() -> None:
    """The F1 of headings over the cases by title, and over books without their bookmarks by title
    and level."""
    scores, parts = [_cases()], {}
    parts["cases"] = f"{scores[0]:.3f}"
    for book in books():
        wanted, found = _bookmarks(book), _found(book)
        score = f1(wanted, found)
        alone = f1(_without_levels(wanted), _without_levels(found))
        scores.append(score)
        parts[book.name] = f"{score:.3f}; without levels {alone:.3f} of {wanted.total()} headings"
    value = round(mean(scores), 3)
    write_result(
        Result(
            id="structure",
            value=value,
            unit="F1 of headings",
            goal=">= 0.9",
            holds=value >= GOAL,
            yardstick="headings as written down for the cases; bookmarks of the books, hidden",
            runs=1,
            parts=parts,
        )
    )


def f1(wanted: Headings, found: Headings) -> float:
    """Returns the harmonic mean of precision and recall."""
    right = (wanted & found).total()
    return 2 * right / max(wanted.total() + found.total(), 1)


def _without_levels(headings: Headings) -> Headings:
    alone: Headings = Counter()
    for (title, _level), count in headings.items():
        alone[title, 0] += count
    return alone


def _cases() -> float:
    wanted: Headings = Counter()
    found: Headings = Counter()
    for name, right in CASES.items():
        if right.headings is not None:
            wanted.update((f"{name} {title_key(title)}", 0) for title in right.headings)
            seen = titles(extract_document(FOLDER / f"{name}.pdf"))
            found.update((f"{name} {title_key(title)}", 0) for title in seen)
    return f1(wanted, found)


def _bookmarks(book: Path) -> Headings:
    document = pypdfium2.PdfDocument(book)
    try:
        return Counter((title_key(b.get_title()), b.level + 1) for b in document.get_toc(8))
    finally:
        document.close()


def _found(book: Path) -> Headings:
    with TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.pdf"
        with pikepdf.open(book) as document:
            del document.Root.Outlines
            document.save(bare)
        extracted = extract_document(bare)
    return Counter(_paths(extracted))


def _paths(extracted: ExtractedDocument) -> list[tuple[str, int]]:
    """Returns each heading once with its depth; those above others hold no text themselves."""
    paths = dict.fromkeys(passage.heading_path for passage in extracted.passages)
    headings = dict.fromkeys(path[:n] for path in paths for n in range(1, len(path) + 1))
    return [(title_key(path[-1]), len(path)) for path in headings]
