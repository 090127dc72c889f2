"""Merges the pages of slides that appear bit by bit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from engine.reading.pages import Line, Page

MOST_LINES = 40
NEAR = 3.0


def merge_overlays(pages: Sequence[Page]) -> None:
    """Empties each slide that the next one repeats with more on it; the last one stays."""
    for page, after in pairwise(pages):
        wide = page.width > page.height and (page.width, page.height) == (after.width, after.height)
        if not wide or not page.lines or len(page.lines) > MOST_LINES:
            continue
        texts: dict[str, list[Line]] = {}
        for line in after.lines:
            texts.setdefault(line.text, []).append(line)
        if all(
            any(
                abs(line.x0 - other.x0) < NEAR and abs(line.y0 - other.y0) < NEAR
                for other in texts.get(line.text, [])
            )
            for line in page.lines
        ):
            page.lines = []
