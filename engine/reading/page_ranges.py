"""Which pages of a document are read, as a person writes it: "3-40, 52"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(r"(\d{1,6})?\s*(?:(-|\u2013|\u2014|to|bis)\s*(\d{1,6})?)?")
_WORDS = re.compile(r"^(?:pages?|pp?\.|seiten?)\s*", re.IGNORECASE)
MAX_PARTS = 50
WRONG = "Write the pages as 3-40, 52: numbers of the file's pages, counted from 1."


@dataclass(frozen=True, slots=True)
class PageRange:
    """Pages counted from 1. Without parts it holds all; a part without an end, all after it."""

    parts: tuple[tuple[int, int | None], ...] = ()

    def __contains__(self, page: int) -> bool:
        return not self.parts or any(
            first <= page and (last is None or page <= last) for first, last in self.parts
        )

    def __str__(self) -> str:
        return ", ".join(
            f"{first}" if first == last else f"{first}-{'' if last is None else last}"
            for first, last in self.parts
        )


def read_page_range(text: str) -> PageRange:
    """Raises ValueError, with words for the person, for what is no range of pages."""
    bare = _WORDS.sub("", text.strip())
    if not bare:
        return PageRange()
    written = [part.strip() for part in re.split("[,;]", bare)]
    if len(written) > MAX_PARTS:
        raise ValueError(WRONG)
    return PageRange(tuple(map(_part, written)))


def _part(written: str) -> tuple[int, int | None]:
    match = _PART.fullmatch(written)
    if match is None or not (match[1] or match[3]):
        raise ValueError(WRONG)
    first = int(match[1] or 1)
    last = (int(match[3]) if match[3] else None) if match[2] else first
    if first < 1 or (last is not None and last < first):
        raise ValueError(WRONG)
    return first, last
