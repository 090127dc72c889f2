"""Reading PDFs: how fast, how completely, and in how much memory."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pdfplumber
import pikepdf
import psutil
import pypdfium2

from benchmarks.books import books
from benchmarks.report import Result, write_result
from engine.reading.extract import extract_document
from engine.search.embeddings import embedder

RUNS = 3
GOAL_SPEED, GOAL_WORDS, GOAL_MEMORY = 10.0, 0.99, 300.0
BOOK_PAGES = 500
_WORD = re.compile(r"[^\W\d_]{2,}")


def speed() -> None:
    """Upload file to embedded passages, against pdfplumber's text of every page."""
    embedder().embed(["Load the weights before the clock starts."])
    ratios, parts = [], {}
    for book in books():
        ours = median(_timed(_ingest, book) for _ in range(RUNS))
        floor = median(_timed(_pdfium, book) for _ in range(RUNS))
        plumber = _timed(_pdfplumber, book)
        pages = _pages(book)
        ratios.append(plumber / ours)
        parts[book.name] = (
            f"{pages} pages; ours {pages / ours:.0f} pages/s, bare pypdfium2 "
            f"{pages / floor:.0f}, pdfplumber {pages / plumber:.0f}; {plumber / ours:.1f} times"
        )
    value = round(median(ratios), 1)
    write_result(
        Result(
            id="ingest-speed",
            value=value,
            unit="times faster",
            goal=">= 10",
            holds=value >= GOAL_SPEED,
            yardstick="pdfplumber extract_text on every page, same file, same run; Chroma aside",
            runs=RUNS,
            parts=parts,
        )
    )


def words() -> None:
    """The share of a book's words that its passages hold, by count."""
    shares, parts = [], {}
    for book in books():
        wanted, held = _text_words(book), _passage_words(book)
        missing = wanted - held
        share = 1 - missing.total() / wanted.total()
        shares.append(share)
        parts[book.name] = f"{share:.4f} of {wanted.total()} words"
    value = round(median(shares), 4)
    write_result(
        Result(
            id="ingest-words",
            value=value,
            unit="share of words",
            goal=">= 0.99",
            holds=value >= GOAL_WORDS,
            yardstick="words of bare pypdfium2 text, lines that repeat at page edges aside",
            runs=1,
            parts=parts,
        )
    )


def memory() -> None:
    """The peak of the whole process tree, added up, while a book of 500 pages is read."""
    with TemporaryDirectory() as folder:
        book = _thick_book(Path(folder) / "thick.pdf")
        peaks = [_peak(book) for _ in range(RUNS)]
    value = round(median(peaks))
    write_result(
        Result(
            id="ingest-memory",
            value=value,
            unit="MB",
            goal="<= 300",
            holds=value <= GOAL_MEMORY,
            yardstick="unique memory (USS) of a fresh interpreter and its children, sampled",
            runs=RUNS,
            parts={"pages": BOOK_PAGES, "peaks": [round(peak) for peak in peaks]},
        )
    )


def _timed(work: Callable[[Path], object], book: Path) -> float:
    start = time.perf_counter()
    work(book)
    return time.perf_counter() - start


def _ingest(book: Path) -> object:
    extracted = extract_document(book)
    return embedder().embed([passage.text for passage in extracted.passages])


def _pdfium(book: Path) -> int:
    document = pypdfium2.PdfDocument(book)
    total = 0
    for page in document:
        text = page.get_textpage()
        total += len(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return total


def _pdfplumber(book: Path) -> int:
    with pdfplumber.open(book) as document:
        total = 0
        for page in document.pages:
            total += len(page.extract_text())
            page.close()
    return total


def _pages(book: Path) -> int:
    document = pypdfium2.PdfDocument(book)
    try:
        return len(document)
    finally:
        document.close()


def _text_words(book: Path) -> Counter[str]:
    """Words of all pages. A line that recurs on many pages with other numbers is a running head."""
    document = pypdfium2.PdfDocument(book)
    pages = []
    for page in document:
        text = page.get_textpage()
        pages.append(text.get_text_range().replace("\ufffe", "").replace("\x02", "").splitlines())
        text.close()
        page.close()
    document.close()
    masks = Counter(
        mask for lines in pages for mask in {_mask(line) for line in lines[:2] + lines[-2:]}
    )
    return Counter(
        word
        for lines in pages
        for line in lines
        if masks[_mask(line)] < 3
        for word in _WORD.findall(line.lower().replace("-", ""))
    )


def _mask(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip().lower())


def _passage_words(book: Path) -> Counter[str]:
    extracted = extract_document(book)
    texts = [passage.text for passage in extracted.passages]
    # Headings are held as paths: once for each section, not once for each passage.
    paths = dict.fromkeys(passage.heading_path for passage in extracted.passages)
    headings = {path[:n] for path in paths for n in range(1, len(path) + 1)}
    texts += [path[-1] for path in headings]
    return Counter(word for text in texts for word in _WORD.findall(text.lower().replace("-", "")))


def _thick_book(target: Path) -> Path:
    """A book of 500 different pages, from the books at hand one after the other."""
    with pikepdf.new() as thick:
        while len(thick.pages) < BOOK_PAGES:
            for book in books():
                with pikepdf.open(book) as part:
                    thick.add_pages_from(part)
        del thick.pages[BOOK_PAGES:]
        thick.save(target)
    return target


def _peak(book: Path) -> float:
    code = (
        "import sys; from pathlib import Path\n"
        "from engine.reading.extract import extract_document\n"
        "extract_document(Path(sys.argv[1]))"
    )
    process = psutil.Popen([sys.executable, "-c", code, str(book)], stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _unique(process))
        time.sleep(0.02)
    return peak / 1_000_000


def _unique(process: psutil.Popen) -> float:
    total = 0.0
    try:
        for member in (process, *process.children(recursive=True)):
            total += member.memory_full_info().uss
    except psutil.NoSuchProcess:
        return 0.0
    return total
