"""Cutting a run of passages where its subject changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.language.words import word_count
from engine.lessons.schemas import SourcePassage
from engine.search.embeddings import embedder

# Cohesion is the length of the sum of a segment's vectors, each as long as its passage has
# words; a unit is a usual passage. Each segment costs _COST, and _LENGTH_COST times the square of
# the units by which it is longer or shorter than wished.
_UNIT_WORDS = 120
_COST = 0.35
_LENGTH_COST = 0.02


def segments(
    passages: Sequence[SourcePassage], *, wished: int, longest: int
) -> list[list[SourcePassage]]:
    """Returns contiguous groups of at most `longest` words, each as coherent as possible.

    `wished` is the usual number of words; a passage that is too long is a group by itself.
    """
    words = np.array([word_count(passage.text) for passage in passages], dtype=float)
    vectors = embedder().embed([passage.text for passage in passages])
    weighted = vectors * (words / _UNIT_WORDS)[:, None]
    sums = np.vstack([np.zeros((1, vectors.shape[1])), np.cumsum(weighted, axis=0, dtype=float)])
    ends = np.concatenate([[0.0], np.cumsum(words)])
    best: list[float] = [0.0]
    cut: list[int] = [0]
    for end in range(1, len(passages) + 1):
        start, options = end - 1, []
        while start >= 0 and (start == end - 1 or ends[end] - ends[start] <= longest):
            size = (ends[end] - ends[start] - wished) / _UNIT_WORDS
            cohesion = float(np.linalg.norm(sums[end] - sums[start]))
            options.append((best[start] + cohesion - _COST - _LENGTH_COST * size**2, start))
            start -= 1
        # Rounded, so that the last bit of a sum on another machine cannot move a cut.
        gain, start = max(options, key=lambda option: (round(option[0], 6), option[1]))
        best.append(gain)
        cut.append(start)
    return _groups(passages, cut)


def _groups(passages: Sequence[SourcePassage], cut: Sequence[int]) -> list[list[SourcePassage]]:
    groups = []
    end = len(passages)
    while end > 0:
        groups.append(list(passages[cut[end] : end]))
        end = cut[end]
    return groups[::-1]
