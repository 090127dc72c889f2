"""Limits for reading one document, so that a hostile file cannot exhaust the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

# Seconds of processor time, and pages.
LEAST_CPU, PAGE_CPU, MEGABYTE_CPU = 8, 0.5, 1.0
LEAST_CRASHES, PAGES_A_CRASH = 4, 20


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """Sizes in bytes, times in seconds; limits of a child are for `child_pages` pages.

    Which pages are read is decided by numbers of pages and by processor time, which do not depend
    on how busy the machine is; the times ending in `_wall` only end what does nothing.

    Other documents are read whole by one child, which unpacks `unpacked` bytes at most.

    After so many `crashes`, `lines` or `characters` the remaining pages are not read. What a
    small file may take is less than `child_cpu` and `crashes` allow: see `for_size`.
    """

    max_bytes: int = 200 * 1024 * 1024
    max_pages: int = 3000
    child_pages: int = 50
    child_memory: int = 1024 * 1024 * 1024
    child_cpu: int = 30
    child_wall: float = 40.0
    children: int = 2
    table_pages: int = 60
    table_wall: float = 120.0
    glyph_wall: float = 120.0
    figures: int = 400
    ocr_pages: int = 100
    ocr_wall: float = 150.0
    page_characters: int = 200_000
    lines: int = 500_000
    characters: int = 30_000_000
    crashes: int = 40
    unpacked: int = 400 * 1024 * 1024
    document_cpu: int = 120
    document_wall: float = 300.0
    convert_cpu: int = 120
    convert_wall: float = 240.0

    def for_size(self, size: int, pages: int) -> PdfLimits:
        """Returns the limits for a file of so many bytes, of which so many pages are read.

        Common pages take a hundredth of a second, heavy maps a few seconds.
        """
        cpu = LEAST_CPU + PAGE_CPU * min(pages, self.child_pages) + MEGABYTE_CPU * size / 2**20
        crashes = LEAST_CRASHES + pages // PAGES_A_CRASH
        return replace(
            self,
            child_cpu=min(self.child_cpu, round(cpu)),
            crashes=min(self.crashes, crashes),
        )
