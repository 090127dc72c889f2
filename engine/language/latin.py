"""Noun phrases of any language whose words are parted by spaces, with no tagger.

Phrases are runs of content words, in the Romance languages also two such words joined by
"de", "di" and the like. What follows an article somewhere in the text counts as a noun; in
German every capitalised word inside a sentence does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.language.words import MAX_TERM_WORDS, Candidate, base_language, is_content, zipf

_ARTICLES = {
    "fr": "le la les un une des du cette ce ces chaque",
    "es": "el la los las un una unos unas del al cada este esta",
    "pt": "o a os as um uma do da dos das no na cada este esta",
    "it": "il lo la i gli le un uno una del della dei degli delle ogni",
    "ca": "el la els les un una del dels",
    "nl": "de het een elke deze dit",
    "sv": "en ett den det de",
    "da": "en et den det de",
    "nb": "en et ei den det de",
    "no": "en et ei den det de",
    "ro": "un o unei unui",
}
_JOINING = {
    "fr": "de du des d' à en",
    "es": "de del",
    "pt": "de do da dos das",
    "it": "di del della dei delle dello",
    "ca": "de del dels d'",
    "ro": "de",
}
_PIECE = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*(?:['\u2019](?=\s|$))?|['\u2019]|[^\w\s]")
_ELISION = re.compile(r"\b([cdjlmnst]|qu|dell|nell|sull|dall|all|un)['\u2019](?=\w)", re.IGNORECASE)
_MAX_COMMONNESS = 5.2
_COMMON_ADJECTIVE = 4.3
_MIN_LETTERS = 3
_PAIR = 3  # the words of "division de cellules"

Run = tuple[str, ...]


def latin_candidates(sentences: Sequence[str], language: str) -> Iterator[list[Candidate]]:
    base = base_language(language)
    # Words and punctuation marks; "l'eau" gives "l'" and "eau".
    split = [_PIECE.findall(_ELISION.sub("\\1' ", sentence)) for sentence in sentences]
    nouns = _nouns(split, base)
    joining = frozenset(_JOINING.get(base, "").split())
    runs = [list(_runs(pieces, base, joining)) for pieces in split]
    # The beginnings of runs that come back: what stands behind them is often a verb.
    beginnings = Counter(
        _folded(run[:n]) for group in runs for run in group for n in range(2, len(run) + 1)
    )
    known = frozenset(run for run, count in beginnings.items() if count > 1)
    for group in runs:
        named = (_named(run, known, joining, base) for run in group)
        yield [
            Candidate(_joined(run, nouns, base), run) for run in named if _is_term(run, nouns, base)
        ]


def _folded(run: Run) -> Run:
    return tuple(word.casefold() for word in run)


def _named(run: Run, known: frozenset[Run], joining: frozenset[str], language: str) -> Run:
    """Returns the part of a run that is a name: its longest repeated beginning, else its noun."""
    if len(run) == _PAIR and run[1].casefold() in joining:
        return run
    if language == "de":
        return _german_name(run)
    longest = next((n for n in range(len(run), 1, -1) if _folded(run[:n]) in known), 1)
    return run[:longest]


def _german_name(run: Run) -> Run:
    """Returns the nouns, with the adjectives before them unless these are everyday words."""
    while len(run) > 1 and run[-1].islower():
        run = run[:-1]
    while len(run) > 1 and run[0].islower() and zipf(run[0], "de") > _COMMON_ADJECTIVE:
        run = run[1:]
    return run


def _nouns(split: Sequence[Sequence[str]], language: str) -> frozenset[str] | None:
    """Returns the words that are used as nouns; None if the language does not show them."""
    if language == "de":
        return frozenset(
            word for pieces in split for word in pieces[1:] if word[:1].isupper()
        ) | frozenset(pieces[0] for pieces in split if pieces and len(pieces) == 1)
    articles = frozenset(_ARTICLES.get(language, "").split()) | {"l'", "un'", "dell'", "d'"}
    if language not in _ARTICLES:
        return None
    return frozenset(
        word.casefold()
        for pieces in split
        for before, word in pairwise(pieces)
        if before.casefold() in articles
    )


def _runs(pieces: Sequence[str], language: str, joining: frozenset[str]) -> Iterator[Run]:
    """Yields neighbouring content words, and pairs joined by "de"."""
    run: list[str] = []
    for position, piece in enumerate(pieces):
        if _fits(piece, language):
            run.append(piece)
            continue
        if run:
            yield tuple(run)
        around = tuple(pieces[max(position - 1, 0) : position + 2])
        if len(around) < _PAIR or around[1].casefold() not in joining:
            joined = None
        else:
            joined = around if _fits(around[0], language) and _fits(around[2], language) else None
        if joined:
            yield joined
        run = []
    if run:
        yield tuple(run)


def _fits(piece: str, language: str) -> bool:
    return len(piece) >= _MIN_LETTERS and piece[0].isalpha() and is_content(piece, language)


def _is_term(run: Run, nouns: frozenset[str] | None, language: str) -> bool:
    if len(run) > MAX_TERM_WORDS:
        return False
    if len(run) == 1 and zipf(run[0], language) > _MAX_COMMONNESS:
        return False
    if nouns is None:
        return True
    if language == "de":
        return run[-1] in nouns and run[-1][:1].isupper()
    return run[0].casefold() in nouns


def _joined(run: Run, nouns: frozenset[str] | None, language: str) -> str:
    text = " ".join(run).replace("' ", "'")
    keeps = language == "de" or not run[0][1:].islower() or nouns is None
    return text if keeps else text[:1].lower() + text[1:]
