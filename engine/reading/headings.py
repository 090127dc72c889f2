"""Finds headings and their levels: by tags, by bookmarks that are printed, else by looks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

from engine.reading.looks import headings_by_looks, levels_by_number
from engine.reading.pages import Bookmark, Line, Page
from engine.reading.titles import Heading, title_key

DECLARED = 2
FEW = 4
MAX_LINES = 4
MAX_LENGTH = 150
MAX_SHARE = 0.6  # of the letters: tags on more of them are no headings
# Titles that programs give to pages, and that nobody reads on them.
_NAMED_BY_PROGRAM = re.compile(
    r"^(?:slide|folie|diapositiv[ae]|page|seite|p[a\u00e1]gina|(?:front |back |inside )?cover"
    r"|blank(?: page)?|untitled|section|abschnitt|bookmark|scan|img)"
    r"[\s_-]*(?:number|nr\.?|no\.?)?[\s_-]*\d*$",
    re.IGNORECASE,
)
# A line above a title that belongs to it: "CHAPTER" or "FOUR" only.
_LABEL = re.compile(r"^(?:chapter|appendix|part)?\s*(?:\w{1,9})?$", re.IGNORECASE)


def find_headings(pages: Sequence[Page], bookmarks: Sequence[Bookmark]) -> list[Heading]:
    return headings_with_origin(pages, bookmarks)[0]


def headings_with_origin(
    pages: Sequence[Page], bookmarks: Sequence[Bookmark]
) -> tuple[list[Heading], str]:
    """Returns the headings in reading order, and how they were found.

    Bookmarks count if most of them are printed on their pages; a few of them do not outweigh
    many printed headings.
    """
    tagged = _by_tags(pages)
    if len(tagged) >= DECLARED:
        return _without_repeats(tagged), "tags"
    marked = _by_bookmarks(
        pages,
        [
            bookmark
            for bookmark in bookmarks
            if title_key(bookmark.title) and not _NAMED_BY_PROGRAM.match(bookmark.title.strip())
        ],
    )
    enough = len(marked) >= DECLARED or (bool(marked) and len(pages) == 1)
    printed = sum(heading.at >= 0 for heading in marked)
    agreed = enough and 2 * printed >= len(marked)
    is_deck = all(page.width > page.height for page in pages)
    if agreed and printed >= FEW and not is_deck:
        return marked, "bookmarks"
    seen = _without_repeats(headings_by_looks(pages))
    if agreed and is_deck:
        return _with_titles(marked, seen, pages), "bookmarks"
    if agreed:
        top = min((heading.level for heading in seen), default=1)
        better = sum(h.level == top for h in seen) > 2 * printed
    else:
        better = len(seen) >= DECLARED or not enough
    return (seen, "looks" if seen else "") if better else (marked, "bookmarks")


def _with_titles(
    marked: Sequence[Heading], seen: Sequence[Heading], pages: Sequence[Page]
) -> list[Heading]:
    """Returns the bookmarks of a deck, and below them the titles of slides that have none."""
    has_mark = {heading.page for heading in marked}
    titles = {}
    for heading in seen:
        lines = pages[heading.page - 1].lines
        top = max(line.y1 for line in lines)
        if lines[heading.at].y1 == top and heading.page not in has_mark:
            titles[heading.page] = heading
    found = [*marked, *titles.values()]
    level, title = 0, ""
    joined: list[Heading] = []
    for heading in sorted(found, key=lambda heading: (heading.page, heading.at)):
        if heading.page in titles:
            same = title_key(heading.title) == title
            joined.append(replace(heading, level=level + (not same)))
        else:
            level, title = heading.level, title_key(heading.title)
            joined.append(heading)
    return joined


def _by_tags(pages: Sequence[Page]) -> list[Heading]:
    """Returns the headings of a tagged document; none if its tags are on much of the text."""
    found: list[Heading] = []
    for page in pages:
        before = ""
        for at, line in enumerate(page.lines):
            last = found[-1] if found else None
            if not line.tag:
                before = ""
                continue
            close = line.tag == before and page.lines[at - 1].y0 - line.y1 < line.size
            if last and close and last.lines < MAX_LINES:
                title = f"{last.title} {line.text}"
                found[-1] = Heading(last.page, last.at, last.level, title, last.lines + 1)
            elif any(c.isalpha() for c in line.text):
                level = int(line.tag[1:]) if line.tag[1:].isdecimal() else 1
                found.append(Heading(page.number, at, level, line.text))
            before = line.tag
    letters = sum(len(line.text) for page in pages for line in page.lines)
    too_much = sum(len(heading.title) for heading in found) > MAX_SHARE * letters
    kept = [] if too_much else [h for h in found if len(h.title) <= MAX_LENGTH]
    levels = levels_by_number([h.title for h in kept], [h.level for h in kept])
    return [replace(h, level=level) for h, level in zip(kept, levels, strict=True)]


def _without_repeats(headings: Sequence[Heading]) -> list[Heading]:
    """Returns the headings without those that a slide repeats from the one before."""
    kept: list[Heading] = []
    before: Heading | None = None
    for heading in headings:
        key = (title_key(heading.title), heading.level)
        same = before is not None and (title_key(before.title), before.level) == key
        if not (same and before is not None and heading.page - before.page == 1):
            kept.append(heading)
        before = heading
    return kept


def _by_bookmarks(pages: Sequence[Page], bookmarks: Sequence[Bookmark]) -> list[Heading]:
    on_page: dict[int, list[Bookmark]] = defaultdict(list)
    for bookmark in bookmarks:
        on_page[bookmark.page].append(bookmark)
    top = min((bookmark.level for bookmark in bookmarks), default=0)
    headings = []
    for page in pages:
        start = 0
        key_at = cache(partial(_key_at, page.lines))
        for bookmark in on_page.get(page.number, []):
            at, count = _find_title(page.lines, key_at, title_key(bookmark.title), start)
            headings.append(
                Heading(page.number, at, bookmark.level - top + 1, bookmark.title.strip(), count)
            )
            start = max(start, at + count)
    return sorted(headings, key=lambda heading: (heading.page, heading.at))


def _key_at(lines: Sequence[Line], at: int, count: int) -> str:
    return title_key(" ".join(line.text for line in lines[at : at + count]))


def _find_title(
    lines: Sequence[Line], key_at: Callable[[int, int], str], key: str, start: int
) -> tuple[int, int]:
    """Returns a title's first line, with its label, and number of lines; (-1, 0) if not there."""
    for at in range(start, len(lines)):
        most = min(MAX_LINES, len(lines) - at)
        count = 1
        while count <= most and key.startswith(found := key_at(at, count)):
            if found == key:
                above = at
                while above and lines[above - 1].bold and _LABEL.match(lines[above - 1].text):
                    above -= 1
                return above, count + at - above
            count += 1
    return -1, 0
