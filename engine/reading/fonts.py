"""Finds fonts whose letters are not what a reader sees, on pages whose other text is right.

Fonts of old word processors draw Indic letters for Latin ones: "foKku" is seen as a word of Hindi.
In papers with two languages every second line is such text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from engine.language.words import known_words
from engine.reading.detect import detect_language
from engine.reading.pages import Line, Page
from engine.reading.text import UNKNOWN
from engine.reading.trust import Trust, judge_text

# Of a page's letters: where more are in such fonts, the page as a whole is judged, and read by OCR.
MAX_SHARE = 0.7
MIN_WORDS, MIN_LETTERS = 25, 60
LIGATURES = ("fi", "fl", "ff", "ffi", "ffl", "ti", "tt")
_LOST = re.compile(f"[^\\W\\d_]*{UNKNOWN}[^\\W\\d_]*")


def drop_garbled_fonts(pages: Sequence[Page], language: str) -> dict[str, list[int]]:
    """Removes lines in garbled fonts from pages that hold enough other text, in place.

    Returns the numbers of these pages by font. A font is judged on each page alone if it has
    enough words there: programs call the fonts of all pages F1 and F2.
    """
    everywhere: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        for font, lines in _by_font(page).items():
            everywhere[font] += [line.text for line in lines]
    whole = {font: _is_garbled(texts, language) for font, texts in everywhere.items()}
    found: dict[str, list[int]] = defaultdict(list)
    for page in pages:
        bad: list[Line] = []
        for font, lines in _by_font(page).items():
            texts = [line.text for line in lines]
            enough = len(" ".join(texts).split()) >= MIN_WORDS
            if _is_garbled(texts, language) if enough else whole[font]:
                bad += lines
        if not bad or _letters(bad) > MAX_SHARE * _letters(page.lines):
            continue
        gone = {id(line) for line in bad}
        page.lines = [line for line in page.lines if id(line) not in gone]
        for font in sorted({line.font for line in bad}):
            found[font].append(page.number)
    return dict(found)


def name_lost_letters(pages: Sequence[Page], language: str) -> None:
    """Puts the ligatures that a font draws without naming them into words, in place, where only
    one makes a word of the language."""
    known = known_words(language)

    def named(match: re.Match[str]) -> str:
        words = [match.group().replace(UNKNOWN, letters) for letters in LIGATURES]
        found = [word for word in words if word.lower() in known]
        return found[0] if len(found) == 1 else match.group()

    for page in pages:
        for line in page.lines:
            if UNKNOWN in line.text:
                line.text = _LOST.sub(named, line.text)


def _by_font(page: Page) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in page.lines:
        if line.font and not line.fixed:
            lines[line.font].append(line)
    return lines


def _is_garbled(lines: Sequence[str], language: str) -> bool:
    text = "\n".join(lines)
    # Fonts of symbols have hardly a letter, and are no text.
    if sum(map(str.isalpha, text)) < MIN_LETTERS:
        return False
    if judge_text(text, language).trust is not Trust.GARBLED:
        return False
    # A second language of the document has a font of its own.
    other = detect_language(lines, language)
    return other == language or judge_text(text, other).trust is Trust.GARBLED


def _letters(lines: Sequence[Line]) -> int:
    return sum(char.isalpha() for line in lines for char in line.text)
