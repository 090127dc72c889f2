"""Gives raised and lowered letters, bullets and large first letters their meaning.

Of formats that say what is raised, `scripted` makes characters: "10" with a raised 4 becomes 10⁴.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from engine.reading.pages import Page
from engine.reading.runs import DROP_CAP, LEVEL, LOWERED, RAISED

RAISED_LETTERS = dict(
    zip(
        "0123456789+-\u2212\u2013=()nabcdefghijklmoprstuvwxyz",
        "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b\u207b\u207c"
        "\u207d\u207e\u207f\u1d43\u1d47\u1d9c\u1d48\u1d49\u1da0\u1d4d\u02b0\u2071\u02b2\u1d4f\u02e1"
        "\u1d50\u1d52\u1d56\u02b3\u02e2\u1d57\u1d58\u1d5b\u02b7\u02e3\u02b8\u1dbb",
        strict=True,
    )
)
LOWERED_LETTERS = dict(
    zip(
        "0123456789+-\u2212=()aehijklmnoprstuvx",
        "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089\u208a\u208b\u208b\u208c\u208d"
        "\u208e\u2090\u2091\u2095\u1d62\u2c7c\u2096\u2097\u2098\u2099\u2092\u209a\u1d63\u209b\u209c"
        "\u1d64\u1d65\u2093",
        strict=True,
    )
)
_MARKERS = re.compile(f"[{RAISED}{LOWERED}{LEVEL}]")
_SCRIPT = re.compile(f"([{RAISED}{LOWERED}])([^{LEVEL}]*){LEVEL}")
# Programs may draw each sign of an exponent by itself.
_PARTED = re.compile(f"([{RAISED}{LOWERED}])([^{LEVEL}]*){LEVEL}(?:\\1([^{LEVEL}]*){LEVEL})+")
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th|er|re|e|o|a|\u00ba|\u00aa)$")
_MARK = re.compile(r"^(?:\d{1,3}|[*\u2020\u2021\u00a7]{1,3}|[a-z])(?:\s?,\s?\d{1,3})*[.)]?$")
_WORD = re.compile(r"[^\W\d_]+$")
_BRACKETED = re.compile(r"\(([^()]*)\)$")
_LONG_WORD = re.compile(r"[^\W\d_]{4}")
_ELEMENT = re.compile(r"[A-Z][a-z]?(?![^\W\d_])")
_POWERS = ("2", "3")
_FUNCTIONS = frozenset(("sin", "cos", "tan", "cot", "log", "exp", "sinh", "cosh", "tanh"))
_SYMBOL = re.compile("^[\uf000-\uf0ff](?=\\s|[^\\W\\d_])")
_OF_ONE_LETTER = frozenset("AIOEY\u00c0\u00c9\u00d3\u00da")
_WORDS = re.compile(r"[^\W\d_]+")
SHORTEST_WORD = 3


def give_meaning(pages: Sequence[Page]) -> None:
    """Changes the lines in place; the marks of footnotes leave the text for `Line.marks`."""
    words: frozenset[str] | None = None
    # Whether a German text's sharp s was read as the letter at its place in fonts of TeX. No
    # language but French in a few names has that letter, and German has no capital one.
    text = "".join(line.text for page in pages for line in page.lines if "\u00ff" in line.text)
    sharp = bool(re.search("[\u00e4\u00f6\u00fc]\\w*\u00ff|\u00ff(?:e|er|en|t)\\b", text))
    for page in pages:
        notes: frozenset[str] | None = None
        for line in page.lines:
            if DROP_CAP in line.text:
                words = words or frozenset(_all_words(pages))
                line.text = _with_first_letter(line.text, words)
            if LEVEL in line.text:
                if notes is None:
                    # Lines of footnotes begin with their numbers.
                    texts = (_MARKERS.sub(" ", other.text).split() for other in page.lines)
                    notes = frozenset(parts[0].rstrip(".)") for parts in texts if parts)
                line.text, line.marks = resolved(line.text, notes)
            if sharp and "\u00ff" in line.text:
                line.text = line.text.replace("\u00ff", "\u00df")
            line.text = _SYMBOL.sub("\u2022 ", line.text, count=1)


def _all_words(pages: Iterable[Page]) -> Iterable[str]:
    for page in pages:
        for line in page.lines:
            if DROP_CAP not in line.text:
                yield from (word.lower() for word in _WORDS.findall(line.text))


def _with_first_letter(text: str, words: frozenset[str]) -> str:
    """Joins "T" and "he", but not "A" and "valve": the document's other words tell."""
    letter, _, rest = text.partition(DROP_CAP)
    start = _WORDS.match(rest)
    if letter in _OF_ONE_LETTER and start:
        joined, alone = (letter + start.group()).lower(), start.group().lower()
        if joined not in words and alone in words:
            return f"{letter} {rest}"
    return letter + rest


def _as_one(match: re.Match[str]) -> str:
    sign = match.group(1)
    return sign + re.sub(f"[{sign}{LEVEL}]", "", match.group()) + LEVEL


def resolved(text: str, notes: Collection[str] | None) -> tuple[str, tuple[str, ...]]:
    """Returns a text with its exponents and indices, without the marks of footnotes, and these.

    `notes` are the numbers that lines of the page begin with; where it is None, as in the cells of
    tables, marks are exponents, too.
    """
    marks: list[str] = []
    whole = _PARTED.sub(_as_one, text)

    def resolve(match: re.Match[str]) -> str:
        kind, text = match.group(1), match.group(2).strip()
        before, after = whole[: match.start()], whole[match.end() :]
        # The number of an isotope stands right before its letter.
        isotope = text.isdecimal() and _ELEMENT.match(after) and not before[-1:].isalpha()
        mark = notes is not None and not isotope and _is_mark(text, before, notes)
        if kind == RAISED and mark:
            marks.extend(re.findall(r"\d+|\D", text.replace(",", "").rstrip(".)")))
            return "" if before else f"{text} "
        if kind == RAISED and _ORDINAL.search(before[-1:] + text):
            return text
        table = RAISED_LETTERS if kind == RAISED else LOWERED_LETTERS
        if all(letter in table for letter in text):
            return "".join(table[letter] for letter in text)
        sign = "^" if kind == RAISED else "_"
        return sign + (text if len(text) == 1 else f"{{{text}}}")

    written = _SCRIPT.sub(resolve, whole)
    return re.sub(f"[{RAISED}{LOWERED}{LEVEL}]", "", written), tuple(marks)


def _is_mark(text: str, before: str, notes: Collection[str]) -> bool:
    """Whether raised letters point to a footnote: after a sentence or a word, or at the start."""
    if not _MARK.match(text):
        return False
    plain = before.rstrip()
    if not plain:
        return not text.isalpha()
    if plain[-1] in ".,;:!?\"'\u201d\u2019)\u00bb":
        # After brackets with words; others hold what a power is taken of.
        bracketed = _BRACKETED.search(plain)
        has_words = bool(bracketed and _LONG_WORD.search(bracketed.group(1)))
        return plain[-1] != ")" or (text.isdecimal() and has_words)
    if not text[0].isdecimal() and not text.isalpha():
        return plain[-1].isalpha()
    word = _WORD.search(plain)
    # "2" may be the square of a side or of a metre.
    power = text in _POWERS and text not in notes
    if text.isalpha() or word is None or power:
        return False
    known = word.group()
    return len(known) > SHORTEST_WORD and known.lower() not in _FUNCTIONS


_ORDINALS = frozenset(("st", "nd", "rd", "th", "er", "re", "e", "o", "a"))


def scripted(text: str, *, raised: bool, before: str = "") -> str:
    """Returns letters that stand above or below the line; `before` is the text in front."""
    bare = text.strip()
    if not bare:
        return text
    if raised and bare in _ORDINALS and before[-1:].isdecimal():
        return text
    table = RAISED_LETTERS if raised else LOWERED_LETTERS
    if all(letter in table for letter in bare):
        return text.replace(bare, "".join(table[letter] for letter in bare))
    sign = "^" if raised else "_"
    return text.replace(bare, sign + (bare if len(bare) == 1 else f"{{{bare}}}"))
