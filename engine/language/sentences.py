"""Sentences of running text, cut where a reader would cut.

syntok finds most ends. What it cannot know is mended here: abbreviations of textbooks
("Fig. 2", "z. B."), the markers of list items, headings that stand on a line of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from engine.language.abbreviations import (
    BEFORE_NUMBERS,
    GERMAN_MONTHS,
    SOMETIMES_LAST,
    TITLES,
)
from engine.language.words import base_language

Span = tuple[int, int]

_BULLETS = "\u2022\u2023\u25aa\u25cf\u25e6\u2043\u2219\u00b7\u2013\u2014*-"
_MARKER = re.compile(rf"[ \t]*(?:[{_BULLETS}]|\(?(?:\d{{1,2}}|[a-zA-Z]|[ivx]{{1,4}})[.)])[ \t]+\S")
_BREAK = re.compile(r"\n[ \t]*\n\s*|\n")
_LAST_WORD = re.compile(r"([^\s()\[\]\"'\u201c\u201e\u2018\u00ab]+)\.$")
_LONE_MARKER = re.compile(r"(?:^|(\S+)[.!?:;]\s+)(\(?(?:\d{1,2}|[a-z])[.)])$")
_NUMBERLIKE = re.compile(r"[\d(]|[A-Z](?:[.\d\s)]|$)|[ivxlc]+\b")
_SENTENCE_END = (".", "!", "?", "\u2026", ".)", ".\u201d", '."', "?\u201d", "!\u201d")
# Full stops of Chinese, Japanese, the Indic scripts and Urdu, with closing quotes.
_CERTAIN_END = re.compile(
    "[\u3002\uff01\uff1f\u0964\u0965\u06d4]+[\u201d\u2019\u300d\u300f\uff09)]*"
)
_MAX_HEADING_WORDS = 9
# syntok's expressions slow down on a chunk without spaces; nothing this long is a sentence.
_MAX_CHUNK = 20_000
# Paragraphs whose sentences are kept: a module is read for its terms, objectives and questions, and
# for the wrong answers of its neighbours. Some 5 MB.
_REMEMBERED = 8192
# What syntok looks at: marks that end sentences, and opening brackets. A mark at the
# very end ends one sentence.
_INNER_MARK = re.compile(
    "[([{\uff5f\uff5b\uff3b\uff08\ufe5d\ufe5b\ufe59\ufd3e\u301a\u3018\u2985\u2983\u2329]"
    "|[.!?;\u203c\u203d\u2047\u2048\u2049\u3002\ufe52\ufe57\uff01\uff0e\uff1f\uff61\u0964\u0965\u06d4](?!\\s*\\Z)"
    "|\n\\s*\n"
)


def split_sentences(text: str, language: str) -> list[str]:
    """Cuts a text into sentences, list items and headings; each is an exact piece of it."""
    return [text[start:end] for start, end in sentence_spans(text, language)]


def sentence_spans(text: str, language: str) -> tuple[Span, ...]:
    """Returns the same as (start, end) offsets, without the space between sentences."""
    base = base_language(language)
    return tuple(
        (start + first, start + last)
        for start, end in _blocks(text)
        for first, last in _sentences_of(text[start:end], base)
    )


def _blocks(text: str) -> Iterator[Span]:
    """Yields paragraphs, list items and headings on lines of their own."""
    lines = list(_lines(text))
    start: int | None = None
    for number, (begin, end, blank_after) in enumerate(lines):
        if start is None:
            start = begin
        is_over = blank_after or number + 1 == len(lines)
        if not is_over:
            next_begin, next_end, _ = lines[number + 1]
            is_first = begin == start
            is_over = _MARKER.match(text, next_begin, next_end) is not None or (
                is_first and _is_heading(text[begin:end], text[next_begin:next_end])
            )
        if is_over:
            yield start, end
            start = None


def _lines(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yields start and end of each line with text, and whether a blank line follows."""
    position = 0
    for found in _BREAK.finditer(text):
        if text[position : found.start()].strip():
            yield position, found.start(), found.group().count("\n") > 1
        position = found.end()
    if text[position:].strip():
        yield position, len(text), False


def _is_heading(line: str, following: str) -> bool:
    """Whether a short line without an end mark precedes a longer one that starts a sentence."""
    line, following = line.strip(), following.lstrip()
    if line.endswith((*_SENTENCE_END, ",", ";", "-")) or not following[:1].isupper():
        return False
    words = line.split()
    return (
        len(words) <= _MAX_HEADING_WORDS and line[:1].isupper() and len(line) * 2 < len(following)
    )


@lru_cache(maxsize=_REMEMBERED)
def _sentences_of(text: str, language: str) -> tuple[Span, ...]:
    """Returns the sentences of one paragraph."""
    merged: list[Span] = []
    for begin, stop in _rough(text):
        if merged and _continues(text[slice(*merged[-1])], text[begin:stop], language):
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((begin, stop))
    return tuple(_markers_moved(text, merged))


def _rough(text: str) -> Iterator[Span]:
    """Yields syntok's sentences as spans that leave out nothing but the space between them."""
    if len(text) > _MAX_CHUNK or not _INNER_MARK.search(text):
        yield from _trimmed(text, 0, len(text))
        return
    begin = 0
    for found in _CERTAIN_END.finditer(text):
        # Marks that end a sentence without doubt, such as "\u3002".
        yield from _segmented(text, begin, found.end())
        begin = found.end()
    if text[begin:].strip():
        yield from _segmented(text, begin, len(text))


def _segmented(text: str, start: int, end: int) -> Iterator[Span]:
    from syntok import segmenter  # 40 ms of patterns to compile

    cuts = [
        start + sentence[0].offset
        for paragraph in segmenter.analyze(text[start:end])
        for sentence in paragraph
        if sentence
    ]
    edges = [start, *cuts[1:], end]
    for begin, stop in pairwise(edges):
        yield from _trimmed(text, begin, stop)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        begin = start + len(piece) - len(piece.lstrip())
        yield begin, begin + len(stripped)


def _continues(before: str, after: str, language: str) -> bool:
    """Whether the full stop between two pieces belongs to an abbreviation."""
    found = _LAST_WORD.search(before)
    if not found:
        return False
    word = found.group(1).casefold()
    known = word in TITLES or word in BEFORE_NUMBERS or word in SOMETIMES_LAST
    if after[:1].islower() and (known or "." in word or len(word) == 1):
        return not _lone_marker(before)
    if word in TITLES:
        return True
    if language == "de" and word.isdigit():
        return after.split(maxsplit=1)[0].casefold().strip(".,;") in GERMAN_MONTHS
    if word in BEFORE_NUMBERS and _NUMBERLIKE.match(after):
        return True
    return word in SOMETIMES_LAST and (after[:1] in "(,;" or after[:1].isdigit())


def _markers_moved(text: str, spans: list[Span]) -> Iterator[Span]:
    """Moves "2." from the end of a sentence to the list item that it belongs to."""
    carried: int | None = None
    for number, (begin, stop) in enumerate(spans):
        start = begin if carried is None else carried
        carried = None
        marker = _lone_marker(text[start:stop]) if number + 1 < len(spans) else ""
        if not marker:
            yield start, stop
            continue
        carried = stop - len(marker)
        yield from _trimmed(text, start, carried)


def _lone_marker(sentence: str) -> str:
    """Returns the "2." after the end of a sentence; not that of "No. 2." """
    found = _LONE_MARKER.search(sentence)
    if not found or (found.group(1) or "").casefold() in BEFORE_NUMBERS | TITLES:
        return ""
    return found.group(2)
