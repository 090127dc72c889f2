"""A PDF's pages, read by limited child processes, some pages to a child.

PDFium must not run in threads and ends its process when memory does, so that no page is
ever read in the process of a worker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from courses.ingestion.document import DocumentRejectedError
from courses.ingestion.limits import PdfLimits
from courses.ingestion.pages import Bookmark, Page, page_from_json
from courses.ingestion.sandbox import Children

CHILD = "pdf_child.py"
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class PdfContent:
    """`labels` has one entry a page; `failed` are numbers of pages that could not be read,
    `unread` of those that nobody tried to read, because of `stopped`, in words."""

    count: int
    labels: list[str]
    bookmarks: list[Bookmark]
    pages: list[Page] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    stopped: str = ""


def read_pdf(path: Path, limits: PdfLimits, on_progress: Progress | None = None) -> PdfContent:
    """Read all pages. Raises DocumentRejectedError, or whatever `on_progress` raises."""
    reader = _Reader(path, limits, on_progress)
    try:
        return reader.read()
    finally:
        reader.children.close()


class _Reader:
    def __init__(self, path: Path, limits: PdfLimits, on_progress: Progress | None) -> None:
        self.children = Children()
        self._path, self._limits = path, limits
        self._on_progress = on_progress
        self._pages: dict[int, Page] = {}
        self._failed: set[int] = set()
        self._lines = 0
        self._characters = 0
        self._crashes = 0
        self._lock = threading.Lock()
        self._deadline = time.monotonic() + limits.total_wall

    def read(self) -> PdfContent:
        content = self._info()
        size = self._limits.child_pages
        ranges = [(at, min(at + size, content.count)) for at in range(0, content.count, size)]
        with ThreadPoolExecutor(self._limits.children) as pool:
            futures = [pool.submit(self._range, first, end) for first, end in ranges]
            try:
                for future in futures:
                    future.result()
                    self._report(content.count)
            except BaseException:
                self.children.close()
                pool.shutdown(cancel_futures=True)
                raise
        content.pages = [self._pages[index] for index in sorted(self._pages)]
        content.failed = [index + 1 for index in sorted(self._failed)]
        content.unread = [n + 1 for n in range(content.count) if not self._is_done(n)]
        content.stopped = self._stopped()
        return content

    def _report(self, count: int) -> None:
        if self._on_progress:
            self._on_progress(len(self._pages), count)

    def _request(self, **values: Any) -> dict[str, Any]:
        return values | {
            "path": str(self._path),
            "memory": self._limits.child_memory,
            "cpu": self._limits.child_cpu,
            "characters": self._limits.page_characters,
        }

    def _info(self) -> PdfContent:
        request = self._request(task="info")
        outcome = self.children.run(CHILD, request, wall=self._limits.child_wall)
        answer: dict[str, Any] = outcome.answers[0] if outcome.answers else {"error": "unreadable"}
        if "error" in answer:
            raise refusal(answer["error"])
        count = answer["pages"]
        if count > self._limits.max_pages:
            raise DocumentRejectedError(
                "too_many_pages",
                f"The document has {count} pages; the limit is {self._limits.max_pages}. "
                "Split it into several files.",
            )
        if count < 1:
            raise refusal("unreadable")
        bookmarks = [Bookmark(level, title, at + 1) for level, title, at in answer["bookmarks"]]
        return PdfContent(count, _labels(answer["labels"], count), bookmarks)

    def _range(self, first: int, end: int) -> None:
        """Read pages. After a crash a new child begins with the page at which it happened; if
        that is the end of this one too, the page is left out."""
        while first < end and not (self.children.closed or self._stopped()):
            request = self._request(task="text", first=first, last=end - 1)
            self.children.run(CHILD, request, wall=self._limits.child_wall, on_answer=self._keep)
            reached = next((n for n in range(first, end) if not self._is_done(n)), end)
            with self._lock:
                self._crashes += reached < end
                if reached == first:
                    self._failed.add(first)
            first = max(reached, first + 1)

    def _stopped(self) -> str:
        """Why no more pages are read, in words for the owner; empty while there is no reason."""
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
        if time.monotonic() >= self._deadline:
            return (
                f"reading took longer than {limits.total_wall / 60:.0f} minutes. Split the "
                "document into several files."
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


def _labels(labels: list[str], count: int) -> list[str]:
    numbered = [str(number) for number in range(1, count + 1)]
    return [label.strip()[:20] or numbered[i] for i, label in enumerate(labels)] + numbered[
        len(labels) :
    ]
