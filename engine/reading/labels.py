"""Finds the numbers that are printed on pages, for citations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from engine.reading.pages import Page

EDGE = 0.1  # of the page's height
LEAST = 3
MAX_DIGITS = 4
MAX_WORDS = 12
MAX_UNNUMBERED = 3  # pages before the first number, such as the opening of a chapter


def printed_labels(pages: Sequence[Page], labels: Sequence[str]) -> list[str]:
    """Returns the labels, with the printed numbers where most pages carry one.

    A sheet with two printed pages has both: "12-13". What a PDF declares, such as "Sec2A:5",
    counts where nothing is printed.
    """
    found = list(labels)
    numbers = {page.number: _numbers(page) for page in pages}
    sheets = {
        n: first
        for n, seen in numbers.items()
        if (first := next((a for a, b in pairwise(seen) if b == a + 1), 0))
    }
    if len(sheets) >= LEAST and 2 * len(sheets) > len([n for n in numbers.values() if n]):
        for number, first in sheets.items():
            found[number - 1] = f"{first}-{first + 1}"
        return found
    shifts = Counter(value - number for number, seen in numbers.items() for value in set(seen))
    if not shifts:
        return found
    shift, count = shifts.most_common(1)[0]
    fitting = [number for number, seen in numbers.items() if number + shift in seen]
    if count < LEAST or 2 * count < len([seen for seen in numbers.values() if seen]):
        return found
    # Pages before the first one with a number count too, unless the PDF has labels of its own or
    # the count would go below 1.
    first = min(fitting)
    has_own = any(label != str(at) for at, label in enumerate(labels, start=1))
    if not has_own and first - 1 <= MAX_UNNUMBERED:
        first = max(1, 1 - shift)
    for number in range(first, max(fitting) + 1):
        found[number - 1] = str(number + shift)
    return found


def _numbers(page: Page) -> list[int]:
    """Returns the numbers in the margins, left to right: alone, or at an end of a running head."""
    seen: list[int] = []
    for line in sorted(page.lines, key=lambda line: line.x0):
        words = line.text.split()
        outer = line.y0 < EDGE * page.height or line.y1 > (1 - EDGE) * page.height
        if outer and len(words) <= MAX_WORDS and not line.text.endswith((".", ",", ";")):
            ends = [words[0], words[-1]] if len(words) > 1 else words
            seen += [int(word) for word in ends if word.isdecimal() and len(word) <= MAX_DIGITS]
    return seen
