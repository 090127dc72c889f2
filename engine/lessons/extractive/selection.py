"""Selects the sentences and blocks of a topic's passages that are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.language.words import content_lemmas, letter_share, stop_words, tokens, word_count
from engine.lessons.extractive.cues import (
    defines,
    looks_like_code,
    needs_sentence_before,
    only_points,
    points_elsewhere,
)
from engine.lessons.extractive.reading import Block, Piece, Sentence
from engine.reading.document import PassageKind
from engine.search.embeddings import embedder

MAX_WORDS_SHOWN_WHOLE = 260  # a topic so short is shown whole
MIN_WORDS_SHOWN, MAX_WORDS_SHOWN = 260, 560
_SHARE_SHOWN = 0.45
_SAME_MEANING = 0.9
_OVER_BUDGET = 1.1  # for sentences that close a gap
_MAX_CHAIN = 3
_MAX_BLOCKS = 6
_PROSE_WORDS, _PROSE_SHARE = 8, 0.3
_MAX_BLOCK_LINES = 16
_MAX_LIST_WORDS = 160
_SENTENCE_WORDS = (4, 55)
_MIN_LETTER_SHARE = 0.7
_ENDS = re.compile(
    r"[.!?\u2026:\u3002\uff01\uff1f\u0964\u0965\u06d4\u061f][)\"'\u201d\u2019\u00bb\u201c\u300d\u300f]*$"
)
_OUTPUT = re.compile(r"[\[(]?\d[\d.,\])\s]*\s[A-Z\u201c\"]")  # "5.5 In this example ..."
_STARTS = re.compile(r"[(\u300c\u300e\"'\u201c\u201e\u00ab\u2018\u00bf\u00a1]*(?:[^\W\d_]|\d)")


@dataclass(slots=True)
class _State:
    """What is selected so far, by its order in the topic."""

    budget: int
    taken: dict[int, Piece] = field(default_factory=dict)
    words: int = 0


class Selection:
    """Selects greedily: the best sentences first, each with those it refers back to, none twice."""

    def __init__(self, pieces: Sequence[Piece], title: str, language: str) -> None:
        self._pieces = pieces
        self._language = language
        self._title = frozenset(content_lemmas(title, language))
        self._sentences = [piece for piece in pieces if isinstance(piece, Sentence)]
        self._rows = {sentence.order: row for row, sentence in enumerate(self._sentences)}
        self._vectors = embedder().embed([sentence.text for sentence in self._sentences])
        total = self._vectors.sum(axis=0)
        self._centre = total / np.float32(float(np.linalg.norm(total)) or 1.0)

    def choose(self) -> list[Piece]:
        total = sum(_words(sentence) for sentence in self._sentences)
        budget = min(MAX_WORDS_SHOWN, max(MIN_WORDS_SHOWN, round(total * _SHARE_SHOWN)))
        state = _State(
            budget
            if total > MAX_WORDS_SHOWN_WHOLE
            else MAX_WORDS_SHOWN_WHOLE + _MAX_LIST_WORDS * _MAX_BLOCKS
        )
        self._take_blocks(state)
        scores = {s.order: self._score(s) for s in self._sentences if self._usable(s)}
        state.budget += state.words // 2
        ranked = sorted(scores, key=lambda order: (-scores[order], order))
        # The best early sentence of each section comes first, so that none is left out.
        leads: dict[tuple[str, ...], int] = {}
        for order in ranked:
            leads.setdefault(self._pieces[order].passage.heading_path, order)
        for order in [*leads.values(), *ranked]:
            self._take(order, state)
        self._close_gaps(state)
        self._take_code(state)
        return [state.taken[order] for order in sorted(state.taken)]

    def _take(self, order: int, state: _State) -> None:
        chain = self._chain(order)
        fresh = [at for at in chain if at not in state.taken]
        words = sum(_words(self._pieces[at]) for at in fresh)
        if not fresh or state.words + words > state.budget or self._said(order, state):
            return
        for at in fresh:
            state.taken[at] = self._pieces[at]
        state.words += words

    def _chain(self, order: int) -> list[int]:
        """Returns the sentence after those it refers back to; nothing if these are missing."""
        chain = [order]
        while needs_sentence_before(self._pieces[chain[0]].text, self._language):
            before = chain[0] - 1
            if before < 0 or len(chain) == _MAX_CHAIN:
                return []
            if not self._usable(self._pieces[before]) or not self._share_heading(before):
                return []
            chain.insert(0, before)
        return chain

    def _share_heading(self, order: int) -> bool:
        """Whether a piece and the next have the same heading."""
        first, second = self._pieces[order], self._pieces[order + 1]
        return first.passage.heading_path == second.passage.heading_path

    def _said(self, order: int, state: _State) -> bool:
        rows = [self._rows[at] for at in state.taken if at in self._rows]
        if not rows:
            return False
        likeness: NDArray[np.float32] = self._vectors[rows] @ self._vectors[self._rows[order]]
        own = self._words_of(order)
        # The vectors of a language that the embeddings hardly know are all alike.
        return any(
            2 * len(own & self._words_of(self._sentences[row].order)) >= len(own)
            for row, alike in zip(rows, likeness, strict=True)
            if alike > _SAME_MEANING
        )

    def _words_of(self, order: int) -> frozenset[str]:
        return frozenset(word.casefold() for word in tokens(self._pieces[order].text))

    def _usable(self, piece: Piece) -> bool:
        if not isinstance(piece, Sentence) or not is_whole(piece.text):
            return False
        if only_points(piece.text):
            return False
        return not piece.text.endswith(":") or self._introduces(piece)

    def _introduces(self, sentence: Sentence) -> bool:
        """Whether the block that a final colon introduces follows and can be shown."""
        following = sentence.order + 1
        if following >= len(self._pieces):
            return False
        block = self._pieces[following]
        if not isinstance(block, Block):
            return False
        return self._is_code(block) if block.kind is PassageKind.CODE else shown(block) != ""

    def _take_blocks(self, state: _State) -> None:
        """Selects short lists and tables, with the sentence that introduces them."""
        blocks = [p for p in self._pieces if isinstance(p, Block) and shown(p)]
        shorter = [block for block in blocks if block.kind is not PassageKind.CODE]
        for block in shorter[:_MAX_BLOCKS]:
            state.taken[block.order] = block
            state.words += _words(block) if block.kind is PassageKind.LIST else 0
            before = block.order - 1
            if before >= 0 and self._usable(self._pieces[before]):
                self._take(before, state)

    def _take_code(self, state: _State) -> None:
        """Selects code whose introduction is selected; the first code if nothing else is."""
        blocks = [p for p in self._pieces if isinstance(p, Block) and self._is_code(p)]
        led = [p for p in blocks if p.order - 1 in state.taken and self._share_heading(p.order - 1)]
        for block in (led if state.taken else blocks)[:_MAX_BLOCKS]:
            state.taken[block.order] = block

    def _is_code(self, block: Block) -> bool:
        code = block.kind is PassageKind.CODE and shown(block) != ""
        return code and not reads_like_prose(block.text, self._language)

    def _close_gaps(self, state: _State) -> None:
        """Selects single sentences that are missing between two of the same passage."""
        for sentence in self._sentences:
            order = sentence.order
            near = [state.taken.get(order - 1), state.taken.get(order + 1)]
            together = all(p is not None and p.passage is sentence.passage for p in near)
            fits = state.words + _words(sentence) <= state.budget * _OVER_BUDGET
            if order not in state.taken and together and fits and self._usable(sentence):
                state.taken[order] = sentence
                state.words += _words(sentence)

    def _score(self, sentence: Sentence) -> float:
        text = sentence.text
        score = float(self._vectors[self._rows[sentence.order]] @ self._centre)
        score += 0.15 if sentence.opens else 0.0
        score += 0.3 if sentence.order == 0 else 0.0
        score += 0.2 if defines(text, self._language) else 0.0
        score += 0.1 * min(2, len(self._title & set(content_lemmas(text, self._language))))
        score -= 0.5 if points_elsewhere(text) else 0.0
        score -= 0.15 if needs_sentence_before(text, self._language) else 0.0
        score -= 0.1 if text.endswith("?") else 0.0
        score -= 0.4 if looks_like_code(text) else 0.0
        return round(score, 4)


def _words(piece: Piece) -> int:
    return word_count(piece.text)


def is_whole(text: str) -> bool:
    """Whether a text looks like one complete sentence of words."""
    least, most = _SENTENCE_WORDS
    return (
        least <= word_count(text) <= most
        and bool(_ENDS.search(text))
        and bool(_STARTS.match(text))
        and not text[0].islower()
        and not _OUTPUT.match(text)
        and not text.endswith(("e.g.", "i.e."))
        and letter_share(text) >= _MIN_LETTER_SHARE
        and "\u2022" not in text
        and text.count("(") == text.count(")")
        and text.count("\u201c") == text.count("\u201d")
    )


def shown(block: Block) -> str:
    """Returns what is shown of a block: all of a short one, the first items of a long list."""
    if block.kind is PassageKind.LIST:
        return block.passage.text[block.start : _list_end(block)].strip()
    lines = [line for line in block.text.splitlines() if line.strip()]
    return block.text if 0 < len(lines) <= _MAX_BLOCK_LINES else ""


def reads_like_prose(text: str, language: str) -> bool:
    """Whether supposed code is in fact an indented sentence."""
    words = [word.casefold() for word in tokens(text)]
    stops = sum(word in stop_words(language) for word in words)
    return len(words) >= _PROSE_WORDS and stops >= len(words) * _PROSE_SHARE


def _list_end(block: Block) -> int:
    words, end = 0, block.start
    # The items without a last one that is cut off at the end of the passage.
    ended = [bool(_ENDS.search(block.passage.text[a:b].strip())) for a, b in block.items]
    for start, stop in (
        block.items[:-1] if len(ended) > 1 and all(ended[:-1]) and not ended[-1] else block.items
    ):
        words += word_count(block.passage.text[start:stop])
        if words > _MAX_LIST_WORDS:
            break
        end = stop
    return end


def shown_items(block: Block) -> list[str]:
    last = _list_end(block)
    return [block.passage.text[start:stop] for start, stop in block.items if stop <= last]
