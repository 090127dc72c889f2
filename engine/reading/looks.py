"""Finds headings by what a reader sees: size, weight, capitals, numbers and white space."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from engine.language.part_titles import of_a_chapter
from engine.reading.blocks import ORDERED
from engine.reading.pages import Line, Page
from engine.reading.runs import grouped
from engine.reading.text import BREAK, join_lines
from engine.reading.titles import (
    CHAPTER,
    LEADERS,
    LEADING_NUMBER,
    Heading,
    body_size,
    clean_title,
    is_contents,
    title_key,
)

LARGER, POINTS = 1.1, 0.3
SMALLEST = 0.85
SAME_SIZE = 0.94
MAX_LENGTH, MAX_WORDS, MAX_LINES = 150, 14, 4
MAX_SENTENCE = 6  # words; more of them with a full stop are no title
TOO_OFTEN, TOO_MANY_PAGES = 3, 0.2
MAX_SHARE = 0.35  # of the lines: where so many are bold, bold is the text
SPACE = 1.25
INDENT = 6.0
COVERS, FULL_PAGE, FULL_LINE = 2, 12, 75
FEW = 4
MAX_LEVEL = 6
MIN_LISTED = 3
# The letter after the number is no small one: "2.5 m", "1935. Its name" and "230 metres" are text.
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,3})*\.?|[A-Z](?:\.\d{1,3})+\.?)\s+([^\W\d_])")
_BULLET = re.compile("^[\u2022\u25aa\u25cf\u25e6\u2013\u2043\u2219*\u00b7\u25ba\u27a2\u2713-]\\s")
_CODE = re.compile(r"\w_\w|\w::\w|\w\(\)|[{}<>=]")
_ENDS = (".", "!", "?", ":", ".)", ".\u201d", '."', ";")


@dataclass(frozen=True, slots=True)
class Look:
    """How a line stands out: its size if that is larger than the text's, else 0."""

    size: int
    bold: bool
    capitals: bool


@dataclass(slots=True)
class Group:
    """Lines of one look that follow each other closely; `after` begins the next page."""

    page: Page
    after: Line | None
    at: int
    look: Look
    lines: list[Line]

    @property
    def text(self) -> str:
        return join_lines((line.text for line in self.lines), frozenset())


def headings_by_looks(pages: Sequence[Page]) -> list[Heading]:
    """Returns the headings in reading order; larger or bolder ones have higher levels."""
    body = body_size(pages)
    # Where most of the text is bold, being bold means nothing.
    letters = Counter[bool]()
    for line in (line for page in pages for line in page.lines):
        letters[line.bold] += len(line.text)
    bold = letters[True] > letters[False]
    groups = [
        group
        for page, after in zip(pages, [*pages[1:], None], strict=True)
        if not is_contents(page, len(pages))
        for group in _groups(page, after.lines[0] if after and after.lines else None, body, bold)
        if _is_heading(group, body)
    ]
    groups = _without_lists(groups)
    groups = _without_mass(groups, sum(len(page.lines) for page in pages))
    # Slide after slide under one title is one section.
    before = {
        (group.page.number + 1, title_key(group.text))
        for group in groups
        if group.page.width > group.page.height
    }
    keys = [(group.page.number, title_key(group.text)) for group in groups]
    seen = Counter(key for number, key in keys if (number, key) not in before)
    often = max(TOO_OFTEN, TOO_MANY_PAGES * len(pages))
    groups = [g for g in groups if seen[title_key(g.text)] < often or _names_a_part(g)]
    levels = _levels(groups, _covers(pages))
    return _with_labels(
        [
            Heading(group.page.number, group.at, level, group.text, len(group.lines))
            for group, level in zip(groups, levels, strict=True)
        ]
    )


def _without_lists(groups: list[Group]) -> list[Group]:
    """Returns the groups without those of a list: numbered titles right below each other, as in the
    margin of a chapter's first page. Their lines become labels, which are no running text."""

    def follows(run: list[Group], group: Group) -> bool:
        before = run[-1]
        return (
            before.page is group.page
            and group.at == before.at + len(before.lines)
            and before.look == group.look
            and is_numbered(before.text)
            and is_numbered(group.text)
        )

    kept = []
    for run in grouped(groups, follows):
        if len(run) < MIN_LISTED:
            kept += run
            continue
        for line in (line for group in run for line in group.lines):
            line.label = True
    return kept


def _groups(page: Page, after: Line | None, body: float, bold_text: bool) -> Iterator[Group]:  # noqa: FBT001 - a fact of the document
    group: Group | None = None
    for at, line in enumerate(page.lines):
        look = _look(line, body, bold=line.bold and not bold_text)
        if group:
            before = group.lines[-1]
            gap = (1.0 if group.look.size else 0.8) * line.size
            near = -0.5 * line.size < before.y0 - line.y1 < gap
            alike = look == group.look and abs(before.size - line.size) < POINTS
            if before.text.endswith(BREAK) or (near and alike and not is_numbered(line.text)):
                group.lines.append(line)
                continue
            yield group
        group = Group(page, after, at, look, [line]) if look else None
    if group:
        yield group


def _look(line: Line, body: float, *, bold: bool) -> Look | None:
    """Returns None for a line that looks like the text."""
    letters = [c for c in line.text if c.isalpha()]
    if not letters or line.fixed or line.box or line.label or line.cells > 1:
        return None
    large = line.size >= LARGER * body + POINTS
    capitals = len(letters) > FEW and all(c.isupper() for c in letters)
    if not (large or bold or capitals) or line.size < SMALLEST * body:
        return None
    return Look(round(line.size) if large else 0, bold, capitals)


def is_numbered(text: str) -> bool:
    """Whether a text begins as a numbered title does: "2.1 Rivers", "Chapter 3"."""
    number = _NUMBERED.match(text)
    return bool(number and not number.group(1).islower()) or bool(CHAPTER.match(text))


def _is_heading(group: Group, body: float) -> bool:
    text, words = group.text, len(group.text.split())
    if len(text) > MAX_LENGTH or len(group.lines) > MAX_LINES or _BULLET.match(text):
        return False
    if text.endswith((",", ";")) or LEADERS.search(text):
        return False
    if _names_a_part(group):
        return True
    if group.look.size:
        return not (text.endswith(".") and words > MAX_WORDS)
    if is_numbered(text):
        return not (text.endswith(".") and words > MAX_SENTENCE) and not _continued(group)
    short = words <= MAX_WORDS and not text.endswith(_ENDS) and not text[0].islower()
    title = short and not _CODE.search(text)
    return title and group.lines[0].size >= SAME_SIZE * body and _stands_alone(group)


def _names_a_part(group: Group) -> bool:
    """Whether it says "Exercises", "References" or the like, as may stand in each chapter."""
    return of_a_chapter(clean_title(group.text))


def _continued(group: Group) -> bool:
    """Whether the next line goes on with the sentence."""
    at = group.at + len(group.lines)
    after = group.page.lines[at] if at < len(group.page.lines) else group.after
    return after is not None and after.text[:1].islower()


def _stands_alone(group: Group) -> bool:
    """Whether a line of the text's size is parted from what is before it, and text follows."""
    lines = group.page.lines
    after = group.at + len(group.lines)
    below = lines[after : after + 2]
    if _continued(group) or not (below or group.after):
        return False
    # A term of a list of definitions, whose text is indented.
    indented = bool(below) and all(line.x0 > group.lines[0].x0 + INDENT for line in below)
    if indented and not (_BULLET.match(below[0].text) or ORDERED.match(below[0].text)):
        return False
    if group.at == 0:
        return True
    before, first = lines[group.at - 1], group.lines[0]
    gap = before.y0 - first.y1 + 0.75 * first.size
    steps = [a.y0 - b.y0 for a, b in pairwise(lines) if abs(a.size - b.size) < POINTS]
    usual = [step for step in steps if 0 < step < 3 * lines[0].size]
    leading = median(usual) if usual else 1.2 * lines[0].size
    if gap < 0 or gap > SPACE * leading:
        return True
    if not below:
        return False
    return before.text.rstrip().endswith(_ENDS) or before.size > first.size + POINTS


def _without_mass(groups: list[Group], lines: int) -> list[Group]:
    """Returns the groups without looks of the text's size that much of the text has."""
    mass = Counter[Look]()
    for group in groups:
        mass[group.look] += len(group.lines)
    return [g for g in groups if g.look.size or mass[g.look] <= max(MAX_SHARE * lines, 1)]


def _levels(groups: Sequence[Group], covers: Sequence[int]) -> list[int]:
    """Returns the level of each heading by the depth of its number, else by its look.

    What stands on a cover, by number of its page, is larger than all chapters but not above them.
    """
    looks = sorted({_rank(g) for g in groups if g.page.number not in covers}, reverse=True)
    ranks = {look: rank for rank, look in enumerate(looks, 1)}
    looked = [1 if group.page.number in covers else ranks[_rank(group)] for group in groups]
    levels = levels_by_number([group.text for group in groups], looked)
    ranked = sorted(set(levels))
    return [min(ranked.index(level) + 1, MAX_LEVEL) for level in levels]


def levels_by_number(titles: Sequence[str], levels: Sequence[int]) -> list[int]:
    """Returns the levels with those of one depth of numbers made equal, and 2.1.1 below 2.1,
    however either looks."""
    numbers = [LEADING_NUMBER.match(title) for title in titles]
    depths = [number.group().strip(" .").count(".") if number else 0 for number in numbers]
    whole = Counter(
        level
        for number, depth, level in zip(numbers, depths, levels, strict=True)
        if number and not depth
    )
    found = [
        max(level, depth + 1) if depth else level
        for level, depth in zip(levels, depths, strict=True)
    ]
    above = whole.most_common(1)[0][0] if whole else 0
    for depth in sorted(set(depths) - {0}):
        own = Counter(level for level, d in zip(found, depths, strict=True) if d == depth)
        above = max(own.most_common(1)[0][0], above + 1)
        found = [above if d == depth else level for level, d in zip(found, depths, strict=True)]
    return found


def _covers(pages: Sequence[Page]) -> list[int]:
    """Returns the numbers of the first pages that hold a title and no text, in a book of text."""
    counts = [len(page.lines) for page in pages]
    if len(pages) <= COVERS or median(counts) < FULL_PAGE:
        return []
    return [
        page.number
        for page in pages[:COVERS]
        if len(page.lines) < FULL_PAGE and all(len(x.text) < FULL_LINE for x in page.lines)
    ]


def _rank(group: Group) -> tuple[int, bool, bool]:
    look = group.look
    # Weight and capitals tell levels apart only among lines of the text's size.
    return (look.size, False, False) if look.size else (0, look.capitals, look.bold)


def _with_labels(headings: Sequence[Heading]) -> list[Heading]:
    """Joins "Chapter 3" with the title on the next line."""
    joined: list[Heading] = []
    for heading in headings:
        last = joined[-1] if joined else None
        if (
            last
            and last.page == heading.page
            and heading.at == last.at + last.lines
            and CHAPTER.fullmatch(last.title)
        ):
            level = min(last.level, heading.level)
            title = f"{last.title.rstrip(' .:')}: {heading.title}"
            joined[-1] = Heading(last.page, last.at, level, title, last.lines + heading.lines)
        else:
            joined.append(heading)
    return joined
