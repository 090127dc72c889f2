"""The sentences of a topic and the citations that each of them names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.language.sentences import split_sentences

_MARKERS = r"(?:[ \t]*\[\^\d{1,4}\])+"
_MARKER = re.compile(r"(?<![ \t])[ \t]*\[\^(\d{1,4})\]")
# A marker while sentences are looked for: a letter to any splitter, and to no text.
_STANDIN = 0xF0000
_STANDINS = re.compile(f"[{chr(_STANDIN)}-{chr(_STANDIN + 9999)}]")
# "Ice floats. [^2] It melts." means the same as "Ice floats [^2]. It melts."
_STOPS = ".!?\u2026\u0964\u06d4\u3002"
# From the first of several stops only: each of them would cost a look at all that follow.
_AFTER_STOP = re.compile(rf"(?<![{_STOPS}])([{_STOPS}]+[\"'\u201d\u2019)*_]*)({_MARKERS})")
_FENCED = re.compile(r"^(`{3,}+|~{3,}+).*?(?:^\1[ \t]*$|\Z)", re.M | re.S)
_SKIPPED = re.compile(r"^\s*(?:#|\||-{3,}$|={3,}$)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+|^\s*>\s?")
_OTHER_STOPS = re.compile(r"(?<=[\u0964\u0965\u06d4\u3002])\s*")
_EMPHASIS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}|\\(?=[^\w\s])")
_MIN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence without its markup; `citations` are the numbers of its markers."""

    text: str
    citations: tuple[int, ...]


def statements(content: str, language: str) -> list[Statement]:
    """Returns the sentences of paragraphs and list items, not of headings, tables and code.

    A sentence without a marker takes those of the next sentence in its block.
    """
    return [one for block in _blocks(content) for one in _of_block(block, language)]


def _blocks(content: str) -> Iterator[str]:
    """Yields paragraphs and list items; not lists without a marker, such as the objectives."""
    for block in re.split(r"\n[ \t]*\n", _FENCED.sub("", content)):
        lines = [line for line in block.splitlines() if not _SKIPPED.match(line)]
        items: list[str] = []
        for line in lines:
            if _ITEM.match(line) or not items:
                items.append(_ITEM.sub("", line))
            else:
                items[-1] += f" {line.strip()}"
        if lines and _ITEM.match(lines[0]) and not _MARKER.search(block):
            continue
        yield from (item for item in items if item.strip())


def _of_block(block: str, language: str) -> list[Statement]:
    moved = _AFTER_STOP.sub(r"\2\1", block)
    moved = _MARKER.sub(lambda match: chr(_STANDIN + int(match[1])), moved)
    found: list[Statement] = []
    following: tuple[int, ...] = ()
    for sentence in reversed(_sentences(moved, language)):
        numbers = tuple(dict.fromkeys(ord(m) - _STANDIN for m in _STANDINS.findall(sentence)))
        following = numbers or following
        text = " ".join(_EMPHASIS.sub("", _STANDINS.sub("", sentence)).split())
        text = re.sub(r"\s+([.,;:!?\u0964\u3002])", r"\1", text)
        if len(text.split()) >= _MIN_WORDS:
            found.append(Statement(text, following))
    last = next((one.citations for one in found if one.citations), ())
    return [Statement(one.text, one.citations or last) for one in reversed(found)]


def _sentences(text: str, language: str) -> list[str]:
    return [
        part
        for sentence in split_sentences(text, language)
        for part in _OTHER_STOPS.split(sentence)
        if part.strip()
    ]
