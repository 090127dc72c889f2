"""The exercises and review questions that a document itself gives, as lines of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.lessons.extractive.markdown import escape
from engine.lessons.extractive.reading import Piece, Sentence, read, without_bullet
from engine.lessons.schemas import SourcePassage
from engine.reading.document import PassageKind

MAX_EXERCISES = 12


def practice_items(
    passages: Sequence[SourcePassage], language: str
) -> Iterator[tuple[SourcePassage, list[str]]]:
    """Yields each passage of exercises with its items, MAX_EXERCISES in all."""
    left = MAX_EXERCISES
    for passage in passages:
        items = [one for piece in read([passage], language) for one in _items(piece)][:left]
        left -= len(items)
        if items:
            yield passage, items


def _items(piece: Piece) -> Iterable[str]:
    if isinstance(piece, Sentence):
        return [escape(without_bullet(piece.text) or piece.text)]
    if piece.kind is not PassageKind.LIST:
        return []
    items = (without_bullet(piece.passage.text[start:end]) for start, end in piece.items)
    return [escape(item) for item in items if item]
