"""Which lines are headings, and of what level: by bookmarks, else by size and numbering."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from courses.ingestion.pages import Bookmark, Line, Page

LARGER, POINTS = 1.1, 0.3
NUMBERED_SIZE = 0.85
LONGEST = 150
TOO_OFTEN = 3
MOST_LINES = 4
_NUMBERED = re.compile(r"^(?:\d+(?:\.\d+)*\.?|[A-Z](?:\.\d+)+\.?)\s+\S")
_CHAPTER = re.compile(
    r"^(?:chapter|part|unit|lesson|module|appendix|kapitel|chapitre|cap[i\u00ed]tulo|capitolo)"
    r"\s+(?:\d+|[ivxlc]+|[a-z]|one|two|three|four|five|six|seven|eight|nine|ten)\b[\s.:]*",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+|[A-Z](?=\.\s))[.):]?\s+")
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` counts from 1; `at` is the line's place on its page, -1 above all lines."""

    page: int
    at: int
    level: int
    title: str
    lines: int = 1


def find_headings(pages: Sequence[Page], bookmarks: Sequence[Bookmark]) -> list[Heading]:
    """In reading order. Bookmarks win where there are enough to be a structure."""
    useful = [bookmark for bookmark in bookmarks if _key(bookmark.title)]
    if len(useful) >= 2 or (useful and len(pages) == 1):  # noqa: PLR2004 - one alone is a title
        return _by_bookmarks(pages, useful)
    return _by_looks(pages)


def body_size(pages: Sequence[Page]) -> float:
    """The size that most letters have, in points."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def clean_title(title: str) -> str:
    """A heading without its number: "3.2 Rivers" and "Chapter 3: Rivers" become "Rivers"."""
    bare = " ".join(title.split()).strip(" .\u2022")
    for pattern in (_CHAPTER, _LEADING_NUMBER):
        shorter = pattern.sub("", bare, count=1).strip(" .:\u2013\u2014-")
        bare = shorter or bare
    return bare


def _key(title: str) -> str:
    return " ".join(_WORDS.findall(clean_title(title).lower()))


def _by_bookmarks(pages: Sequence[Page], bookmarks: Sequence[Bookmark]) -> list[Heading]:
    on_page: dict[int, list[Bookmark]] = defaultdict(list)
    for bookmark in bookmarks:
        on_page[bookmark.page].append(bookmark)
    top = min(bookmark.level for bookmark in bookmarks)
    headings = []
    for page in pages:
        start = 0
        key_at = cache(partial(_key_at, page.lines))
        for bookmark in on_page.get(page.number, []):
            at, count = _find_title(page.lines, key_at, _key(bookmark.title), start)
            headings.append(
                Heading(page.number, at, bookmark.level - top + 1, bookmark.title.strip(), count)
            )
            start = max(start, at + count)
    return sorted(headings, key=lambda heading: (heading.page, heading.at))


def _key_at(lines: Sequence[Line], at: int, count: int) -> str:
    return _key(" ".join(line.text for line in lines[at : at + count]))


def _find_title(
    lines: Sequence[Line], key_at: Callable[[int, int], str], key: str, start: int
) -> tuple[int, int]:
    """Where a title stands among the lines and how many it fills; (-1, 0) if it does not."""
    for at in range(start, len(lines)):
        most = min(MOST_LINES, len(lines) - at)
        count = 1
        while count <= most and key.startswith(found := key_at(at, count)):
            if found == key:
                return _with_label(lines, at, count)
            count += 1
    return -1, 0


def _with_label(lines: Sequence[Line], at: int, count: int) -> tuple[int, int]:
    """Take in the lines above that say "CHAPTER" and "FOUR" only."""
    label = re.compile(r"^(?:chapter|appendix|part)?\s*(?:\w{1,9})?$", re.IGNORECASE)
    above = at
    while above and lines[above - 1].bold and label.match(lines[above - 1].text):
        above -= 1
    return above, count + at - above


def _by_looks(pages: Sequence[Page]) -> list[Heading]:
    body = body_size(pages)
    seen = Counter(_key(line.text) for page in pages for line in page.lines)
    found: list[tuple[int, int, list[Line]]] = []
    for page in pages:
        if is_contents(page, len(pages)):
            continue
        for at, line in enumerate(page.lines):
            if not _looks_like_heading(line, body) or seen[_key(line.text)] >= TOO_OFTEN:
                continue
            if found and _continues(found[-1], page.number, at, line):
                found[-1][2].append(line)
            else:
                found.append((page.number, at, [line]))
    levels = _levels([group[0] for _, _, group in found])
    return [
        Heading(number, at, level, " ".join(line.text for line in group), len(group))
        for (number, at, group), level in zip(found, levels, strict=True)
    ]


def _looks_like_heading(line: Line, body: float) -> bool:
    text = line.text
    if len(text) > LONGEST or not any(c.isalpha() for c in text) or line.fixed:
        return False
    if text.endswith((",", ";")) or _LEADERS.search(text):
        return False
    if line.size >= LARGER * body + POINTS:
        return True
    numbered = bool(_NUMBERED.match(text) or _CHAPTER.match(text))
    return line.bold and numbered and line.size >= NUMBERED_SIZE * body


def _continues(last: tuple[int, int, list[Line]], page: int, at: int, line: Line) -> bool:
    number, first, lines = last
    before = lines[-1]
    return (
        number == page
        and at == first + len(lines)
        and abs(before.size - line.size) < POINTS
        and not _NUMBERED.match(line.text)
        and before.y0 - line.y1 < line.size
    )


def _levels(lines: Sequence[Line]) -> list[int]:
    """By the depth of the number where there is one, else by the order of sizes."""
    sizes = sorted({round(line.size) for line in lines}, reverse=True)
    ranks = {size: rank for rank, size in enumerate(sizes, 1)}
    levels = []
    for line in lines:
        number = _LEADING_NUMBER.match(line.text)
        level = ranks[round(line.size)]
        if number and "." in number.group().strip(" ."):
            level = max(level, number.group().strip(" .").count(".") + 1)
        levels.append(min(level, 6))
    return levels


# They begin at a row's first dot only, or a line of n dots costs n * n steps.
_LEADERS = re.compile(r"(?<!\.)(?<!\.\s)(?:\.\s?){4,}\s*\w*$")
_ENTRY = re.compile(r"(?<!\.)(?<!\.\s)(?:\.\s?){3,}\s*[\divxlc]+$|\s\d{1,4}$", re.IGNORECASE)


def is_contents(page: Page, total: int) -> bool:
    """Lines of a printed table of contents end in leaders, or at the front in page numbers."""
    few = 4
    dotted = [line.text for line in page.lines if line.text.count(".") >= few]
    if sum(bool(_LEADERS.search(text)) for text in dotted) >= few:
        return True
    if page.number > max(total * 0.15, 4):
        return False
    numbered = sum(bool(_ENTRY.search(line.text)) for line in page.lines)
    return numbered >= max(few, 0.6 * len(page.lines))
