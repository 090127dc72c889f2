"""Repairs the text of PDFs: odd characters, ligatures, broken words and their hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from engine.language.words import zipf

_LIGATURES = str.maketrans(
    {
        0xFB00: "ff",
        0xFB01: "fi",
        0xFB02: "fl",
        0xFB03: "ffi",
        0xFB04: "ffl",
        0xFB05: "st",
        0xFB06: "st",
        0x00A0: " ",
        0x00AD: "",
        **dict.fromkeys(range(0xFE00, 0xFE10), ""),  # which form of a sign is drawn
        0x2010: "-",
        0x2011: "-",
        0xF0B7: "\u2022",
    }
)
_UNWANTED = re.compile(
    "[\x00-\x01\x03-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ufeff\ud800-\udfff]"
)
# PDFium writes one of these where a word was broken at the end of a line.
BREAK = "\x02"
_BREAKS = re.compile("[\x02\ufffe]\\s*")
# Within a line it stands for letters that the font does not name, mostly a ligature.
UNKNOWN = "\ufffd"
_LOST = re.compile("(?<=[^\\W\\d_])\ufffe(?=[^\\W\\d_])")
# It may begin at the start of a word only, or a word of n letters costs n * n steps.
_BROKEN = re.compile("(?<!\\w)(\\w+)\x02(\\w+)")
_HYPHENATED = re.compile(r"\b[^\W\d_]+(?:-[^\W\d_]+)+\b")
_ENDS_BROKEN = re.compile(r"[^\W\d_]-$")


def clean(text: str) -> str:
    """Removes control characters, lone surrogates and direction marks; resolves ligatures."""
    text = _LOST.sub(UNKNOWN, text.translate(_LIGATURES))
    text = _BREAKS.sub(BREAK, text)
    text = _UNWANTED.sub("", text).replace("\t", " ").replace("\r", " ").replace("\n", " ")
    return unicodedata.normalize("NFC", text).strip()


def hyphenated_words(texts: Iterable[str]) -> frozenset[str]:
    """Returns the words with a hyphen inside a line, in lower case."""
    return frozenset(
        word.lower() for text in texts for word in _HYPHENATED.findall(text.replace(BREAK, "\0"))
    )


def mend_breaks(text: str, hyphenated: frozenset[str]) -> str:
    """Joins words at marked breaks; keeps the hyphen if the document has it elsewhere."""

    def join(match: re.Match[str]) -> str:
        left, right = match.groups()
        if f"{left}-{right}".lower() in hyphenated:
            return f"{left}-{right}"
        return left + right

    return _BROKEN.sub(join, text).replace(BREAK, "-")


# Chinese, Japanese and their punctuation: a line's end is no space there.
_EAST_ASIAN = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


def join_lines(lines: Iterable[str], hyphenated: frozenset[str]) -> str:
    """Joins lines; a hyphen at the end of a line is a break if a small letter follows."""
    parts: list[str] = []
    for line in lines:
        last = parts[-1] if parts else ""
        if _ENDS_BROKEN.search(last[-2:]) and line[:1].islower():
            parts[-1] = last[:-1] + BREAK
        elif (
            parts
            and not last.endswith(BREAK)
            and not (_EAST_ASIAN.match(last[-1:]) and _EAST_ASIAN.match(line[:1]))
        ):
            parts.append(" ")
        parts.append(line)
    return mend_breaks("".join(parts), hyphenated)


_LAST = re.compile(f"([^\\W\\d_]+)(?:{BREAK}|-)$")
_FIRST = re.compile(r"[^\W\d_]+")
# Other languages break compounds between their parts, so that both halves are words.
_LANGUAGES = ("en",)
KNOWN, COMMON = 3.0, 3.0


def kept_hyphens(lines: Sequence[str], language: str) -> frozenset[str]:
    """Returns words like "self-esteem" that are broken at their hyphen, in lower case.

    Both halves are common words, and what they give without the hyphen is none.
    """
    if language not in _LANGUAGES:
        return frozenset()
    kept = set[str]()
    for line, after in pairwise(lines):
        last, first = _LAST.search(line), _FIRST.match(after)
        if last is None or first is None:
            continue
        left, right = last.group(1).lower(), first.group().lower()
        halves = min(zipf(left, language), zipf(right, language))
        if halves >= COMMON and zipf(left + right, language) < KNOWN:
            kept.add(f"{left}-{right}")
    return frozenset(kept)
