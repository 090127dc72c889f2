"""Where the words of a passage stand on their pages.

A passage keeps one spot for each of its lines, six small numbers. Where a word stands within
its line is worked out from the widths that letters usually have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.reading.pages import Line, Page, Table

SCALE = 10_000  # of a page's width or height
ABOVE, BELOW = 0.1, 0.24  # of the size: what tall and low letters need beyond the line's box
Box = tuple[int, float, float, float, float]

_OTHERS = re.compile(r"[\W_]+")
_CUTS = re.compile(r"\[?(?:\u2026|\.{3,})\]?|\n+")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_NARROW = frozenset("iljtfrI1.,:;'!|()[] ")
_WIDE = frozenset("mwMW@%\u2014")


@dataclass(frozen=True, slots=True)
class Spot:
    """A line, or a part of one, on a page. `letters` counts its letters and digits; the box is in
    ten thousandths of the page as it is shown, from its upper left corner."""

    page: int
    letters: int
    x0: int
    y0: int
    x1: int
    y1: int


def letter_count(text: str) -> int:
    return len(_OTHERS.sub("", text))


def line_spot(page: Page, line: Line, text: str) -> Spot:
    """Returns where a line stands; `text` is what is kept of it."""
    x0, y0, x1, y1 = line.shown or (
        line.x0,
        line.y0 - BELOW * line.size,
        line.x1,
        line.y1 + ABOVE * line.size,
    )
    return _spot(page, letter_count(text), (x0, y0, x1, y1))


def table_spot(page: Page, table: Table) -> Spot:
    box = (table.x0, table.y0, table.x1, table.y1)
    return _spot(page, letter_count(table.markdown), box)


def _spot(page: Page, letters: int, box: tuple[float, float, float, float]) -> Spot:
    x0, y0, x1, y1 = box
    across, down = SCALE / (page.width or 1.0), SCALE / (page.height or 1.0)
    left, right = round(x0 * across), round(x1 * across)
    top, bottom = SCALE - round(y1 * down), SCALE - round(y0 * down)
    # For each line of a book: most are whole on their page.
    if left < 0 or top < 0 or right > SCALE or bottom > SCALE:
        left, top, right, bottom = (min(max(end, 0), SCALE) for end in (left, top, right, bottom))
    return Spot(page.number, letters, left, top, right, bottom)


def take(spots: list[Spot], letters: int) -> list[Spot]:
    """Takes the first letters away from a list of spots, in place, and returns where they stand."""
    taken: list[Spot] = []
    while spots and letters > 0:
        first = spots.pop(0)
        if first.letters > letters:
            cut = first.x0 + round((first.x1 - first.x0) * letters / first.letters)
            spots.insert(0, replace(first, letters=first.letters - letters, x0=cut))
            first = replace(first, letters=letters, x1=cut)
        letters -= first.letters
        taken.append(first)
    return taken


def pack(spots: Iterable[Spot]) -> list[int]:
    return [n for s in spots for n in (s.page, s.letters, s.x0, s.y0, s.x1, s.y1)]


def unpack(numbers: Sequence[int]) -> list[Spot]:
    return [Spot(*numbers[at : at + 6]) for at in range(0, len(numbers) - 5, 6)]


def quote_boxes(places: Sequence[int], text: str, quote: str, *, table: bool = False) -> list[Box]:
    """Returns the boxes of a quote as (page, left, top, right, bottom), in shares of the page.

    `text` is that of the passage with these places. The boxes are those of the whole passage for a
    quote that is empty or not in it, and for one from a `table`.
    """
    spots = unpack(places)
    if table:
        quote = ""
    stretches = list(_stretches(text, quote)) if quote.strip() else []
    found = [box for stretch in stretches for box in _boxes(spots, text, *stretch)]
    return found or list(_boxes(spots, text, 0, letter_count(text)))


def _stretches(text: str, quote: str) -> Iterator[tuple[int, int]]:
    """Yields from and to which letter of the text each uncut part of the quote stands."""
    letters = _OTHERS.sub("", text)
    wanted = [_OTHERS.sub("", quote)]
    if wanted[0] not in letters:
        wanted = [_OTHERS.sub("", part) for part in _CUTS.split(quote)]
    for part in filter(None, wanted):
        at = letters.find(part)
        if at >= 0:
            yield at, at + len(part)


def _boxes(spots: Sequence[Spot], text: str, first: int, end: int) -> Iterator[Box]:
    places = [at for at, char in enumerate(text) if char.isalnum()]
    start = 0
    for spot in spots:
        low, high = max(first, start), min(end, start + spot.letters)
        if low < high:
            line = range(start, min(start + spot.letters, len(places)))
            left, right = _shares(text, places, line, low, high)
            wide = spot.x1 - spot.x0
            x0, x1 = spot.x0 + left * wide, spot.x0 + right * wide
            yield spot.page, x0 / SCALE, spot.y0 / SCALE, x1 / SCALE, spot.y1 / SCALE
        start += spot.letters


def _shares(
    text: str, places: Sequence[int], line: range, low: int, high: int
) -> tuple[float, float]:
    """Returns which part of a line's width its letters from `low` to `high` take."""
    if (low, high) == (line.start, line.stop) or high > line.stop:
        return 0.0, 1.0
    shown = text[places[line.start] : places[line.stop - 1] + 1]
    begin = places[line.start]
    before = _width(shown[: places[low] - begin])
    through = _width(shown[: places[high - 1] + 1 - begin])
    whole = _width(shown) or 1.0
    left, right = before / whole, through / whole
    return (1 - right, 1 - left) if _RIGHT_TO_LEFT.search(shown) else (left, right)


def _width(text: str) -> float:
    return sum(
        0.55 if char in _NARROW else 1.5 if char in _WIDE else 1.25 if char.isupper() else 1.0
        for char in text
    )
