"""Sentences that read a table: the right row, the right column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.language.quantities import COUNT, Quantity, quantities
from engine.language.words import normalise
from engine.lessons.claims.reading import Row, Sentence, key_of, stem
from engine.lessons.claims.source import Comparison, Finding, Source, contradiction

_SYMBOLS = re.compile(r"[<>=\u2264\u2265]")
_OPEN_UP = re.compile(r"\b(?:over|above|more than|from|über|ab)\b|[>\u2265+]", re.I)
_OPEN_DOWN = re.compile(r"\b(?:under|below|less than|up to|unter|bis)\b|[<\u2264]", re.I)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_SHORT = 3


def row_read(claim: Sentence, source: Source) -> tuple[Sentence, tuple[Sentence, ...]] | None:
    """Returns the one row that a claim speaks of, and the others; None if it names several."""
    rows = [sentence for sentence in source.sentences if sentence.row is not None]
    text = f" {normalise(claim.text)} "
    ways = (
        # Rows of a range, such as "10 to 20".
        [
            s
            for s in rows
            if any(char.isdigit() for char in _row(s).name)
            and not _SYMBOLS.search(_row(s).name)
            and f" {normalise(_row(s).name)} " in text
        ],
        [s for s in rows if _is_named(claim, _row(s))],
        [s for s in rows if _holds_an_amount(claim, _row(s))],
    )
    named = next((way for way in ways if way), [])
    others = tuple(s for s in rows if s not in named)
    if len(named) != 1 or not others or any(_hinted(claim, s, rows) for s in others):
        return None
    return named[0], others


def _row(sentence: Sentence) -> Row:
    return sentence.row or Row("", ())


def _is_named(claim: Sentence, row: Row) -> bool:
    if _SYMBOLS.search(row.name):
        return "".join(row.name.split()) in "".join(claim.text.split())
    if any(char.isdigit() for char in row.name):
        return False
    stems = _stems(row.name, claim.language)
    return bool(stems) and stems <= {stem(word.key) for word in claim.words}


def _stems(text: str, language: str, *, longer_than: int = 0) -> set[str]:
    words = (word for word in _WORDS.findall(text) if len(word) > longer_than)
    return {stem(key_of(word, language)) for word in words}


def _hinted(claim: Sentence, row: Sentence, rows: Sequence[Sentence]) -> bool:
    """Whether a claim has a word that stands in the name of this row only."""
    language = claim.language
    others = {s for r in rows if r is not row for s in _stems(_row(r).name, language)}
    own = _stems(_row(row).name, language, longer_than=_SHORT) - others
    return bool(own & {stem(word.key) for word in claim.words})


def _holds_an_amount(claim: Sentence, row: Row) -> bool:
    """Whether an amount of the claim lies in the range that names the row."""
    ends = quantities(row.name, claim.language)
    if not ends or ends[-1].dimension == COUNT:
        return False
    unit = ends[-1]
    amounts = [one.amount if one.dimension != COUNT else one.value * unit.size for one in ends]
    low, high = min(amounts), max(amounts)
    if len(ends) == 1 and _OPEN_UP.search(row.name):
        high = float("inf")
    elif len(ends) == 1 and _OPEN_DOWN.search(row.name):
        low = 0.0
    return any(
        one.dimension == unit.dimension and low < one.amount < high for one in claim.quantities
    )


def table_findings(look: Comparison, row: Sentence) -> Iterator[Finding]:
    """Yields what a claim on a row takes from another row, or from another column."""
    if row.row is None:
        return
    heads = [q for name, _ in row.row.cells for q in quantities(name, look.claim.language)]
    prose = [q for s in look.source.sentences if s.row is None for q in s.quantities]
    known = [*row.quantities, *prose, *heads]
    elsewhere = [q for other in look.other_rows for q in other.quantities]
    for one in look.claim.quantities:
        if not _among(one, known) and _among(one, elsewhere):
            reason = (
                f"\u201c{one.text}\u201d stands in another row than \u201c{row.row.name}\u201d."
            )
            yield contradiction("row", 0.8, reason)
            return
    yield from _columns(look.claim, row.row)
    yield from _cells(look, row, row.row)


def _among(one: Quantity, others: Sequence[Quantity]) -> bool:
    return any(_equal(one, other) for other in others)


def _equal(one: Quantity, other: Quantity) -> bool:
    if COUNT in (one.dimension, other.dimension):
        return abs(one.value) == abs(other.value)
    same_kind = one.dimension == other.dimension
    return same_kind and abs(abs(one.amount) - abs(other.amount)) <= 1e-9 * abs(one.amount)


def _columns(claim: Sentence, row: Row) -> Iterator[Finding]:
    """Yields a number of the row under a heading that the claim does not speak of."""
    if len(claim.quantities) != 1:
        return
    one = claim.quantities[0]
    holding = [name for name, cell in row.cells if _among(one, quantities(cell, claim.language))]
    if len(holding) != 1:
        return
    heads = {name: _stems(name, claim.language, longer_than=2) for name, _ in row.cells}
    common = set.intersection(*heads.values())
    said = {stem(word.key) for word in claim.words}
    mine = heads.pop(holding[0]) - common
    for name, words in heads.items():
        own = words - common
        if own and own <= said and mine and not mine & said:
            reason = (
                f"\u201c{one.text}\u201d stands under \u201c{holding[0]}\u201d, "
                f"not under \u201c{name}\u201d."
            )
            yield contradiction("column", 0.65, reason)
            return


def _cells(look: Comparison, sentence: Sentence, row: Row) -> Iterator[Finding]:
    """Words that stand in the cells of another row only."""
    if any(char.isdigit() for _, cell in row.cells for char in cell):
        return
    own = {stem(word.key) for word in sentence.words}
    for other in look.other_rows:
        cells = " ".join(cell for _, cell in _row(other).cells)
        foreign = _stems(cells, look.claim.language, longer_than=2) - own
        said = [
            word.text
            for word in look.claim.words
            if stem(word.key) in foreign and word.pos not in ("DET", "ADP", "PRON")
        ]
        if len(said) > 1:
            reason = (
                f"\u201c{' '.join(said)}\u201d stands in another row than \u201c{row.name}\u201d."
            )
            yield contradiction("cells", 0.65, reason)
            return
