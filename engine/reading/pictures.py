"""Decides which pages are read from their pictures, and which of two readings is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.reading.document import PageVerdict
from engine.reading.limits import PdfLimits
from engine.reading.ocr import OcrResult, read_pictures
from engine.reading.pages import Line, Page
from engine.reading.trust import Reading, Trust, judge_page, judge_text

FEW_LETTERS = 40
MOSTLY_PICTURE = 0.5
PART_PICTURE = 0.15  # of a page without any letter
MUCH_DRAWN = 100
MARGIN = 0.09  # of the page's height
STAMPED = 0.5  # of the pages that are pictures
SAME_WORDS = 0.7
WELL_READ = 0.8  # share of known words in the text that OCR laid under a picture
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Settled:
    """Numbers of pages. `scans` had no text of their own, `doubtful` text that looked garbled;
    `read` were read by OCR, `unread` are scans without text, `garbled` were left out."""

    scans: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    garbled: list[int] = field(default_factory=list)
    verdicts: list[PageVerdict] = field(default_factory=list)
    ocr: OcrResult = field(default_factory=OcrResult)


def settle(path: Path, pages: Sequence[Page], language: str, limits: PdfLimits) -> Settled:
    """Judges each page, reads scans and doubtful pages by OCR, and keeps the better text, in
    place. Text that stays garbled is removed."""
    stamps = _stamps(pages)
    settled = Settled()
    readings = {page.number: judge_page(page, language) for page in pages}
    for page in pages:
        reading = readings[page.number]
        # Programs of former times read scans badly, and their mistakes look like names.
        is_poor = page.layer and reading.known < WELL_READ
        if is_scan(page, stamps):
            settled.scans.append(page.number)
        elif is_poor or reading.trust in (Trust.SUSPICIOUS, Trust.GARBLED):
            settled.doubtful.append(page.number)
    chosen = {*settled.scans, *settled.doubtful}
    wanted = [page for page in pages if page.number in chosen]
    good = [
        page for page in pages if page.number not in chosen and page.has_letters(10 * FEW_LETTERS)
    ]
    if wanted:
        settled.ocr = read_pictures(path, wanted, language if good else "", limits)
    for page in pages:
        reading = readings[page.number]
        if page.number in chosen:
            reading = _settle(page, reading, settled, stamps)
        settled.verdicts.append(
            PageVerdict(
                page.number,
                reading.trust,
                reading.known,
                by_ocr=page.number in settled.read,
                left_out=page.number in (*settled.garbled, *settled.unread),
            )
        )
    return settled


def _settle(page: Page, reading: Reading, settled: Settled, stamps: Collection[str]) -> Reading:
    lines = settled.ocr.lines.get(page.number, [])
    seen = judge_text("\n".join(line.text for line in lines), settled.ocr.language)
    if page.number in settled.scans:
        usable = lines and seen.trust is not Trust.GARBLED
        (settled.read if usable else settled.unread).append(page.number)
        own = [line for line in page.lines if not _is_stamp(line, page, stamps)]
        page.lines = _without_stamps(lines, page, stamps) if usable else own
        return seen if usable else Reading(Trust.NONE, 0.0, 0.0)
    better = seen.known > reading.known or reading.trust is Trust.GARBLED
    if lines and seen.trust is Trust.GOOD and better:
        settled.read.append(page.number)
        page.lines = lines
        return seen
    if reading.trust is Trust.GARBLED:
        settled.garbled.append(page.number)
        page.lines = []
    return reading


def is_scan(page: Page, stamps: Collection[str] = ()) -> bool:
    """Whether a page is a picture, or drawn letter by letter, with hardly any text of its own.

    A stamp ("downloaded from ...") is not its own: it stands in the margin, or on other pages.
    """
    pictured = page.images > MOSTLY_PICTURE or page.drawn > MUCH_DRAWN
    if not pictured or not page.has_letters(FEW_LETTERS):
        return pictured or (page.images > PART_PICTURE and not page.has_letters())
    own = [line for line in page.lines if not _is_stamp(line, page, stamps)]
    return (
        page.images > MOSTLY_PICTURE
        and sum(char.isalpha() for line in own for char in line.text) < FEW_LETTERS
    )


def _is_stamp(line: Line, page: Page, stamps: Collection[str]) -> bool:
    in_margin = line.y0 < page.height * MARGIN or line.y1 > page.height * (1 - MARGIN)
    return in_margin or _mask(line.text) in stamps


def _stamps(pages: Sequence[Page]) -> frozenset[str]:
    """Returns the lines, digits masked, that stand on most of the pages that are pictures."""
    pictures = [page for page in pages if page.images > MOSTLY_PICTURE]
    seen = Counter(mask for page in pictures for mask in {_mask(line.text) for line in page.lines})
    least = max(2, STAMPED * len(pictures))
    return frozenset(mask for mask, count in seen.items() if count >= least)


def _mask(text: str) -> str:
    return _DIGITS.sub("#", text.lower())


def _without_stamps(lines: Sequence[Line], page: Page, stamps: Collection[str]) -> list[Line]:
    """Returns OCR's lines without those that only repeat the text that was stamped on."""
    stamped = {
        word
        for line in page.lines
        if _is_stamp(line, page, stamps)
        for word in _mask(line.text).split()
    }
    kept = []
    for line in lines:
        words = _mask(line.text).split()
        if not stamped or sum(word in stamped for word in words) < SAME_WORDS * len(words):
            kept.append(line)
    return kept
