"""Of which kind the cells of a table are, and which way round its things and properties stand.

Only cells of one kind can be mixed up. In a table of properties ("Duration | 6 weeks", "Price |
40 euros") the label alone tells which cell belongs to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from engine.language.words import base_language, word_set, zipf
from engine.questions.extractive.numbers import read_quantity, read_range

Rows = tuple[tuple[str, ...], ...]

_MAX_MEASURE = 8  # words
_LIKE = 0.7  # of the cells are of one kind in a column that is asked about
_TIME = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|quarters?|years?|decades?"
    r"|centur(?:y|ies)|daily|weekly|monthly|yearly)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|several|half|once"
    r"|twice|every)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"[$\u20ac\u00a3\u00a5]|\b(?:dollars?|euros?|pounds?|cents?|free)\b", re.I)
_DATE = re.compile(
    r"\d{1,2}(?:st|nd|rd|th) century|(?:(?:\d{1,2} )?[A-Z][a-z]+ )?(?:1\d|20)\d\ds?"
    r"(?: ?[\u2013-] ?(?:(?:1\d|20)?\d\ds?|present))?"
)
_TRUTH = re.compile(r"(?:yes|no|true|false|always|never|sometimes|partly|none|some)\b", re.I)
# What a row or its table is called if its rows are no things, but what is said of things.
_ASPECT = re.compile(
    r"\b(?:aspects?|features?|characteristics?|criteri(?:on|a)|attributes?|propert(?:y|ies)|items?"
    r"|dimensions?|basis|considerations?|factors?|areas?|issues?|concerns?)$",
    re.IGNORECASE,
)
_PROPERTIES = word_set(
    """
accuracy advantages advantage age appearance area availability benefits cause causes color colour
complexity control cost costs definition density depth description direction disadvantages
disadvantage distance distribution drawbacks duration efficiency examples example fees focus
frequency function goal goals growth height intensity length lifespan limitations location mass
mentorship method methods objective origin output ownership participants payment period
place population pressure price purpose quality rate relationship requirements risk role scope
selection shape size space speed stage strength strengths structure style symptoms target
temperature time timing treatment type use uses value velocity volume weakness weaknesses
weight width
"""
)
_CLEARER = 0.2  # so much more are cells alike along the rows
_EVERYDAY = 5.5  # of the scale of word frequencies: pronouns and the like


def kind_of(cell: str, language: str) -> str:
    """Returns what a cell is: a measure with its sort of unit, a date, yes or no, or words."""
    text = cell.strip()
    if not text or _TRUTH.match(text):
        return "truth" if text else "nothing"
    if _DATE.fullmatch(text):
        return "date"
    if _AMOUNT.search(text) and len(text.split()) <= _MAX_MEASURE:
        if _TIME.search(text):
            return "time"
        if _MONEY.search(text):
            return "money"
        if found := read_quantity(text, language) or read_range(text, language):
            return f"number {found.unit}"
    return "words"


def of_one_kind(cells: Sequence[str], language: str) -> list[int]:
    """Returns the cells of the kind that nearly all have; none if they are of several kinds."""
    found = [kind_of(cell, language) for cell in cells]
    if not found:
        return []
    kind, count = Counter(found).most_common(1)[0]
    if count < _LIKE * len(found):
        return []
    return [at for at, one in enumerate(found) if one == kind]


def lists_properties(rows: Rows, language: str) -> bool:
    """Whether the rows say different things of the things in the header.

    Their labels name properties, or the cells are alike along the rows and not down the columns.
    """
    header, *body = rows
    labels = [row[0].casefold() for row in body]
    last = [re.findall(r"[^\W\d_]+", label)[-1:] for label in labels]
    named = sum(bool(word) and word[0] in _PROPERTIES for word in last)
    if base_language(language) == "en" and named * 2 > len(body):
        return True
    if _ASPECT.search(header[0]) and base_language(language) == "en":
        return True
    width = len(header)
    found = [[kind_of(cell, language) for cell in row[1:]] for row in body]
    along = [_alike(row) for row in found] if width > 2 else []  # noqa: PLR2004
    down = [_alike([row[at] for row in found]) for at in range(width - 1)]
    return bool(along) and sum(along) / len(along) > sum(down) / len(down) + _CLEARER


def _alike(found: Sequence[str]) -> float:
    """Returns the share of the commonest kind of those cells that are not empty."""
    counts = Counter(kind for kind in found if kind != "nothing")
    return counts.most_common(1)[0][1] / counts.total() if counts else 1.0


def is_everyday(cells: Sequence[str], language: str) -> bool:
    """Whether half of the cells are words that every speaker of the language has: "they"."""
    plain = [
        cell for cell in cells
        if not re.search(r"\d", cell)
        and (words := re.findall(r"[^\W\d_]+", cell.casefold()))
        and all(zipf(word, language) >= _EVERYDAY for word in words)
    ]  # fmt: skip
    return len(plain) * 2 >= len(cells)
