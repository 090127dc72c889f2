"""Joins accents with the letters that they are drawn over.

Older fonts of TeX have no letter with an accent: "\u00fc" is drawn as "\u00a8" and "u", one
over the other, and PDFium gives two characters, that above a capital even some words later.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any
from unicodedata import normalize

from pypdfium2 import raw

USED = "\x13"  # stands in the place of an accent that was joined, so that all others keep theirs
_COMBINING = {
    "\u00a8": "\u0308", "\u00b4": "\u0301", "`": "\u0300", "\u02c6": "\u0302", "^": "\u0302",
    "\u02dc": "\u0303", "~": "\u0303", "\u00b8": "\u0327", "\u02c7": "\u030c", "\u02d8": "\u0306",
    "\u02d9": "\u0307", "\u02da": "\u030a", "\u00af": "\u0304", "\u02dd": "\u030b",
}  # fmt: skip
_ACCENT = re.compile(f"[{re.escape(''.join(_COMBINING))}]")
_BELOW = "\u00b8"
_DOTLESS = {"\u0131": "i", "\u0237": "j"}
_NEAR = 100  # characters: an accent stands within its line
_WORD_GAP = 0.12  # of the size
_BESIDE = re.compile(rf"[ {USED}]*{USED}[ {USED}]*")
Box = tuple[float, float, float, float]


def with_accents(page: Any, content: str) -> str:
    """Returns the page's characters with letters and accents joined, each at its place.

    USED stands where accents stood, and where PDFium took them for words and set spaces.
    """
    letters = list(content)
    boxes = _Boxes(page)
    joined = False
    for found in _ACCENT.finditer(content):
        at, accent = found.start(), found[0]
        place = boxes[at]
        # From the nearest place on: most accents stand right before their letter.
        near = (n for step in range(1, _NEAR) for n in (at + step, at - step))
        letters_near = (n for n in near if 0 <= n < len(content) and content[n].isalpha())
        over = next(
            (
                n
                for n in letters_near
                if content[n] not in _COMBINING and _fits(accent, place, boxes[n])
            ),
            None,
        )
        if over is not None:
            base = _DOTLESS.get(letters[over], letters[over])
            letter = normalize("NFC", base + _COMBINING[accent])
            if len(letter) == 1:
                letters[over], letters[at] = letter, USED
                joined = True
    if not joined:
        return content
    text = "".join(letters)
    return _BESIDE.sub(lambda gap: _filled(boxes, text, gap.start(), gap.end()), text)


class _Boxes:
    def __init__(self, page: Any) -> None:
        self._page = page
        self._numbers = [ctypes.c_double() for _ in range(4)]

    def __getitem__(self, at: int) -> Box:
        """Returns left, right, bottom and top of a character."""
        raw.FPDFText_GetCharBox(self._page, at, *self._numbers)
        left, right, bottom, top = (number.value for number in self._numbers)
        return left, right, bottom, top

    def size(self, at: int) -> float:
        return float(raw.FPDFText_GetFontSize(self._page, at))


def _fits(accent: str, place: Box, letter: Box) -> bool:
    """Whether an accent is drawn over a letter, or under it."""
    left, right, bottom, top = place
    from_left, to_right, low, high = letter
    if not from_left <= (left + right) / 2 <= to_right:
        return False
    middle = (low + high) / 2
    if accent == _BELOW:
        return low - (high - low) < bottom < middle
    return middle < (bottom + top) / 2 < high + (high - low)


def _filled(boxes: _Boxes, text: str, start: int, end: int) -> str:
    """Returns what stands for accents and the spaces around them: a space only between words."""
    gap = USED * (end - start)
    inside = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
    if " " not in text[start:end] or (
        inside and boxes[end][0] - boxes[start - 1][1] < _WORD_GAP * boxes.size(end)
    ):
        return gap
    return " " + gap[1:]
