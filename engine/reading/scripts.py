"""Text of scripts that join their letters: from right to left, and Indic syllables.

PDFium gives such text letter by letter, in the order of drawing and with spaces inside words. Its
pages are read a second time, glyph by glyph, and put together here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page
from engine.reading.sandbox import Children
from engine.reading.text import clean
from engine.reading.trust import known_letters

CHILD = "glyph_child.py"
PAGES_AT_ONCE, MAX_CRASHES = 10, 3
FEW_LETTERS, MANY = 20, 0.3
NEARLY_ALL = 0.8
GAP = 0.3  # of the size, between glyphs: more is a space that was not drawn
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_JOINING = re.compile("[\u0590-\u0dff\u0f00-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Runs that keep their order from left to right: words in Latin letters, and numbers.
_LEFT_TO_RIGHT = re.compile(
    r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f\d]*(?:[ '\u2019.&/_-]+[A-Za-z\u00c0-\u024f\d]+)*"
    r"|\d+(?:[.,:/\u066b\u066c-]\d+)*"
)
_BRACKETS = str.maketrans("()[]{}\u00ab\u00bb", ")(][}{\u00bb\u00ab")


def reread_joined(path: Path, pages: Sequence[Page], language: str, limits: PdfLimits) -> None:
    """Replaces the lines of pages in such scripts, in place, where the second text is better."""
    wanted = []
    for page in pages:
        text = " ".join(line.text for line in page.lines)
        joined = len(_JOINING.findall(text))
        if joined > FEW_LETTERS and joined > MANY * len(text):
            wanted.append(page)
    children = Children()
    crashes = 0
    try:
        for start in range(0, len(wanted), PAGES_AT_ONCE):
            some = {page.number - 1: page for page in wanted[start : start + PAGES_AT_ONCE]}
            request = {
                "path": str(path),
                "pages": list(some),
                "memory": limits.child_memory,
                "cpu": limits.child_cpu,
            }
            outcome = children.run(CHILD, request, wall=limits.glyph_wall)
            for answer in outcome.answers:
                _replace(some[answer["page"]], answer["rows"], language)
            crashes += not outcome.finished
            if crashes == MAX_CRASHES:
                break
    finally:
        children.close()


def _replace(page: Page, rows: Sequence[dict[str, Any]], language: str) -> None:
    lines = [line for row in rows if (line := _line(row)).text]
    before = "\n".join(line.text for line in page.lines)
    after = "\n".join(line.text for line in lines)
    if len(_JOINING.findall(after)) < NEARLY_ALL * len(_JOINING.findall(before)):
        return
    # By letters: in a text of parted letters there is no word that could be unknown.
    if known_letters(after, language) >= known_letters(before, language):
        page.lines = lines


def _line(row: dict[str, Any]) -> Line:
    glyphs, size, y = row["glyphs"], row["size"], row["baseline"]
    text = clean(row_text([(t, x0, x1) for t, x0, x1 in glyphs], size))
    left, right = min(g[1] for g in glyphs), max(g[2] for g in glyphs)
    top = round(y + 0.75 * size, 1)
    return Line(text, size, row["bold"], False, left, y, right, top, font=row["font"])  # noqa: FBT003 - not monospaced


def row_text(glyphs: Sequence[tuple[str, float, float]], size: float) -> str:
    """Returns the text of one row in reading order.

    A glyph is its text with its left and right edge in points; they come in the order of drawing.
    """
    written = "".join(text for text, _, _ in glyphs)
    backwards = len(_RIGHT_TO_LEFT.findall(written)) * 3 > sum(c.isalpha() for c in written)
    parts: list[str] = []
    if not backwards:
        edge = glyphs[0][1] if glyphs else 0.0
        for text, left, right in glyphs:
            parts += [" "] * (left - edge > GAP * size) + [text]
            edge = right
        return " ".join("".join(parts).split())
    ordered = sorted(glyphs, key=lambda glyph: -(glyph[1] + glyph[2]))
    edge = ordered[0][2]
    for text, left, right in ordered:
        # A glyph with several Latin letters or figures would come out backwards.
        whole = text if _RIGHT_TO_LEFT.search(text) else text[::-1]
        parts += [" "] * (edge - right > GAP * size) + [whole]
        edge = left
    joined = " ".join("".join(parts).split())
    joined = _LEFT_TO_RIGHT.sub(lambda run: run.group()[::-1], joined)
    opening = re.search(r"[()\[\]{}\u00ab\u00bb]", joined)
    if opening and opening.group() in ")]}\u00bb":
        joined = joined.translate(_BRACKETS)
    return joined
