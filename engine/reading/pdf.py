"""Reads a PDF's pages in limited child processes, some pages to a child.

PDFium must not run in threads and ends its process when memory runs out, so no page is ever
read in a worker's own process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.reading.document import DocumentRejectedError
from engine.reading.limits import PdfLimits
from engine.reading.page_ranges import PageRange
from engine.reading.pages import Bookmark, Page, page_from_json
from engine.reading.sandbox import Children

TEXT_CHILD, REPAIR_CHILD, LAYERS_CHILD = "pdf_child.py", "repair_child.py", "layers_child.py"
ALL_PAGES = PageRange()
MOST = 200_000  # pages that are counted
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class PdfContent:
    """`labels` has one entry for each page. `failed` are numbers of pages that could not be read,
    `unread` of pages that were not tried, for the reason in `stopped`; `language` is what the
    document declares, such as "de-AT"."""

    count: int
    labels: list[str]
    bookmarks: list[Bookmark]
    pages: list[Page] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    stopped: str = ""
    language: str = ""


def read_pdf(
    path: Path,
    limits: PdfLimits,
    on_progress: Progress | None = None,
    pages: PageRange = ALL_PAGES,
) -> PdfContent:
    """Reads these pages. Raises DocumentRejectedError, or whatever `on_progress` raises."""
    reader = _Reader(path, limits, on_progress, pages)
    try:
        return reader.read()
    finally:
        reader.children.close()


class _Reader:
    def __init__(
        self, path: Path, limits: PdfLimits, on_progress: Progress | None, wanted: PageRange
    ) -> None:
        self._wanted = wanted
        self.children = Children()
        self._path, self._limits = path, limits
        self._on_progress = on_progress
        self._pages: dict[int, Page] = {}
        self._failed: set[int] = set()
        self._lines = 0
        self._characters = 0
        self._crashes = 0
        self._lock = threading.Lock()

    def read(self) -> PdfContent:
        content = self._info()
        wanted = [index for index in range(content.count) if index + 1 in self._wanted]
        ranges = list(_stretches(wanted, self._limits.child_pages))
        with ThreadPoolExecutor(self._limits.children) as pool:
            futures = [pool.submit(self._range, first, end) for first, end in ranges]
            try:
                for future in futures:
                    future.result()
                    if self._on_progress:
                        self._on_progress(len(self._pages), len(wanted))
            except BaseException:
                self.children.close()
                pool.shutdown(cancel_futures=True)
                raise
        content.pages = [self._pages[index] for index in sorted(self._pages)]
        content.failed = [index + 1 for index in sorted(self._failed)]
        content.unread = [n + 1 for n in wanted if not self._is_done(n)]
        content.stopped = self._stopped()
        return content

    def _request(self, **values: Any) -> dict[str, Any]:
        return values | {
            "path": str(self._path),
            "memory": self._limits.child_memory,
            "cpu": self._limits.child_cpu,
            "characters": self._limits.page_characters,
        }

    def _info(self) -> PdfContent:
        request = self._request(task="info")
        outcome = self.children.run(TEXT_CHILD, request, wall=self._limits.child_wall)
        answer: dict[str, Any] = outcome.answers[0] if outcome.answers else {"error": "unreadable"}
        if "error" in answer:
            raise refusal(answer["error"])
        count = answer["pages"]
        if count < 1:
            raise refusal("unreadable")
        self._limits = self._limits.for_size(self._path.stat().st_size, self._check_number(count))
        bookmarks = [Bookmark(level, title, at + 1) for level, title, at in answer["bookmarks"]]
        given = dict(enumerate(label.strip()[:20] for label in answer["labels"]))
        labels = [given.get(index) or str(index + 1) for index in range(count)]
        return PdfContent(count, labels, bookmarks, language=answer["language"])

    def _check_number(self, count: int) -> int:
        """Returns how many pages are read."""
        wanted = sum(number in self._wanted for number in range(1, min(count, MOST) + 1))
        if wanted > self._limits.max_pages or count > MOST:
            raise DocumentRejectedError(
                "too_many_pages",
                f"The document has {count} pages; the limit is {self._limits.max_pages}. "
                "Split it into several files, or say which pages to use.",
            )
        if not wanted:
            raise DocumentRejectedError(
                "no_such_pages",
                f"The document has {count} pages, and none of pages {self._wanted} is among them.",
            )
        return wanted

    def _range(self, first: int, end: int) -> None:
        """Reads pages. After a crash a new child starts at that page; if it crashes there, too, the
        page is left out."""
        while first < end and not (self.children.closed or self._stopped()):
            request = self._request(task="text", first=first, last=end - 1)
            self.children.run(
                TEXT_CHILD, request, wall=self._limits.child_wall, on_answer=self._keep
            )
            reached = next((n for n in range(first, end) if not self._is_done(n)), end)
            with self._lock:
                self._crashes += reached < end
                if reached == first:
                    self._failed.add(first)
            first = max(reached, first + 1)

    def _stopped(self) -> str:
        """Returns why no more pages are read, in words for the owner; "" if there is no reason."""
        limits = self._limits
        if self._crashes >= limits.crashes:
            return (
                f"reading failed {limits.crashes} times before. Print the document to a new PDF "
                "and upload that."
            )
        if self._characters >= limits.characters or self._lines >= limits.lines:
            return (
                f"a document may hold {limits.characters:,} characters and {limits.lines:,} "
                "lines, and this one holds more. Split it into several files."
            )
        return ""

    def _is_done(self, index: int) -> bool:
        return index in self._pages or index in self._failed

    def _keep(self, answer: dict[str, Any]) -> None:
        with self._lock:
            if "failed" in answer:
                self._failed.add(answer["failed"])
                return
            page = page_from_json(answer)
            self._lines += len(page.lines)
            self._characters += sum(len(line.text) for line in page.lines)
            self._pages[answer["page"]] = page


def _stretches(wanted: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Yields where runs of pages begin and end, none longer than `size`."""
    at = 0
    while at < len(wanted):
        end = at + 1
        while end < len(wanted) and end - at < size and wanted[end] == wanted[end - 1] + 1:
            end += 1
        yield wanted[at], wanted[end - 1] + 1
        at = end


def refusal(code: str) -> DocumentRejectedError:
    if code == "encrypted":
        return DocumentRejectedError(
            "encrypted",
            "The PDF asks for a password. Save a copy without one and upload that.",
        )
    return DocumentRejectedError(
        "unreadable",
        "The file is damaged and cannot be opened as a PDF. Open it in a PDF viewer, save or "
        "print it as a new PDF, and upload that.",
    )


@contextmanager
def repaired(path: Path, limits: PdfLimits) -> Iterator[Path | None]:
    """Yields a repaired copy that exists as long as the block, or None if it cannot be repaired."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "mended.pdf"
        request = {
            "path": str(path),
            "target": str(target),
            "memory": limits.child_memory,
            "cpu": limits.child_cpu,
            "bytes": 2 * limits.max_bytes,
        }
        outcome = Children().run(REPAIR_CHILD, request, wall=limits.child_wall)
        mended = outcome.finished and outcome.answers and outcome.answers[0]["pages"]
        yield target if mended else None


@contextmanager
def without_hidden_layers(path: Path, limits: PdfLimits) -> Iterator[tuple[Path, bool]]:
    """Yields the file to read, a copy within this block if need be, and whether it may still
    show what its hidden layers hold, such as an answer key."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "shown.pdf"
        request = {
            "path": str(path),
            "target": str(target),
            "memory": limits.child_memory,
            "cpu": limits.child_cpu,
            "bytes": 2 * limits.max_bytes,
        }
        outcome = Children().run(LAYERS_CHILD, request, wall=limits.child_wall)
        hidden = bool(outcome.answers) and outcome.answers[0]["hidden"]
        copied = hidden and outcome.finished and target.exists()
        yield (target if copied else path), hidden and not copied
