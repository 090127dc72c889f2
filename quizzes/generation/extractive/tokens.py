"""Cutting English sentences into the words that spaCy is given."""

from __future__ import annotations

import re
from collections.abc import Iterator

# spaCy was trained to find clitics apart. Everything else between spaces stays one token, so
# that "debian/control" and "read.table()" are single nouns to the parser.
_CLITIC = re.compile(r"(?:n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m))$", re.IGNORECASE)
_OPENING = "([{\u201c\u2018\"'"
_CLOSING = ")]}\u201d\u2019\"',;:.!?"


def tokenise(sentence: str) -> tuple[list[str], list[bool]]:
    """Words and whether a space follows each; together they give the sentence back."""
    words: list[str] = []
    spaces: list[bool] = []
    for chunk in sentence.split():
        parts = list(_split_chunk(chunk))
        words += parts
        spaces += [False] * (len(parts) - 1) + [True]
    if spaces:
        spaces[-1] = False
    return words, spaces


def _split_chunk(chunk: str) -> Iterator[str]:
    start, end = 0, len(chunk)
    while start < end - 1 and chunk[start] in _OPENING:
        yield chunk[start]
        start += 1
    tail: list[str] = []
    while end - start > 1 and chunk[end - 1] in _CLOSING:
        if chunk[end - 1] in ")]}" and _opens_inside(chunk[start:end]):
            break
        end -= 1
        tail.append(chunk[end])
    yield from _split_clitic(chunk[start:end])
    yield from reversed(tail)


def _opens_inside(text: str) -> bool:
    return sum(map(text.count, "([{")) >= sum(map(text.count, ")]}"))


def _split_clitic(word: str) -> Iterator[str]:
    found = _CLITIC.search(word)
    if found and found.start() > 0:
        yield word[: found.start()]
        yield found.group()
    else:
        yield word
