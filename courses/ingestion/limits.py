"""What reading one PDF may cost. A hostile file reaches a limit instead of the machine's end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """Sizes in bytes, times in seconds; those of a child hold for some 50 pages. After so many
    crashes, lines or characters the pages that are left are not read."""

    max_bytes: int = 200 * 1024 * 1024
    max_pages: int = 3000
    child_pages: int = 50
    child_memory: int = 1024 * 1024 * 1024
    child_cpu: int = 30
    child_wall: float = 40.0
    children: int = 2
    total_wall: float = 900.0
    table_pages: int = 60
    table_wall: float = 5.0
    ocr_pages: int = 100
    ocr_wall: float = 30.0
    page_characters: int = 200_000
    lines: int = 500_000
    characters: int = 30_000_000
    crashes: int = 40
