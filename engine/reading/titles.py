"""What titles, tables of contents and the usual size of letters look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.reading.pages import Page

CHAPTER = re.compile(
    r"^(?:chapter|part|unit|lesson|module|appendix|kapitel|chapitre|cap[i\u00ed]tulo|capitolo)"
    r"\s+(?:\d+|[ivxlc]+|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten)\b[\s.:]*",
    re.IGNORECASE,
)
LEADING_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+|[A-Z](?=\.\s))[.):]?\s+")
_WORDS = re.compile(r"\w+")
# They begin at a row's first dot only, or a line of n dots costs n * n steps.
LEADERS = re.compile(r"(?<!\.)(?<!\.\s)(?:\.\s?){4,}\s*\w*$")
_LEADERS_TO_PAGE = re.compile(r"(?<!\.)(?<!\.\s)(?:\.\s?){3,}\s*[\divxlc]+$", re.IGNORECASE)
_ENDS_IN_PAGE = re.compile(r"\s\d{1,4}$")
FEW = 4
MAX_BACK = 0.2  # of the numbers of a list of contents: columns and lists of figures begin anew


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` counts from 1; `at` is the line's place on its page, -1 above all lines."""

    page: int
    at: int
    level: int
    title: str
    lines: int = 1


def body_size(pages: Sequence[Page]) -> float:
    """Returns the size that most letters have, in points."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def clean_title(title: str) -> str:
    """Removes a heading's number: "3.2 Rivers" and "Chapter 3: Rivers" become "Rivers"."""
    bare = " ".join(title.split()).strip(" .\u2022")
    for pattern in (CHAPTER, LEADING_NUMBER):
        shorter = pattern.sub("", bare, count=1).strip(" .:\u2013\u2014-")
        bare = shorter or bare
    return bare


def title_key(title: str) -> str:
    """Returns the words of a title alone, in lower case, to compare it by."""
    return " ".join(_WORDS.findall(clean_title(title).lower()))


def is_contents(page: Page, total: int) -> bool:
    """Whether a page is a table of contents: lines end in page numbers, most after dots.

    Dots without a number are there to be written on.
    """
    dotted = [line.text for line in page.lines if line.text.count(".") >= FEW]
    leading = sum(bool(LEADERS.search(text)) for text in dotted)
    if leading >= FEW:
        return 2 * sum(bool(_LEADERS_TO_PAGE.search(text)) for text in dotted) >= leading
    if page.number > max(total * 0.15, 4):
        return False
    ends = [
        _ENDS_IN_PAGE.search(line.text) or _LEADERS_TO_PAGE.search(line.text) for line in page.lines
    ]
    if sum(map(bool, ends)) < max(FEW, 0.6 * len(page.lines)):
        return False
    # Pages come in their order; the numbers of a table do not.
    found = [end.group().strip(" .") for end in ends if end]
    numbers = [int(number) for number in found if number.isdecimal()]
    back = sum(after < before for before, after in pairwise(numbers))
    return back <= MAX_BACK * len(numbers)
