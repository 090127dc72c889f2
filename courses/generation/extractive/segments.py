"""Cutting a run of passages where its subject changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courses.generation.schemas import SourcePassage
from profai.ai.embeddings import embedder

# What one more segment costs, and what being a passage longer or shorter than wished costs,
# in units of cohesion (the length of the sum of a segment's unit vectors).
_SEGMENT_COST = 0.35
_LENGTH_COST = 0.02


def segments(
    passages: Sequence[SourcePassage], *, wished: int, longest: int
) -> list[list[SourcePassage]]:
    """Contiguous groups of at most `longest` passages, each as much about one thing as can be."""
    if not passages:
        return []
    vectors = embedder().embed([passage.text for passage in passages])
    # Rounded, so that the last bit of a sum on another machine cannot move a cut.
    sums = np.vstack([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=float)])
    best: list[float] = [0.0]
    cut: list[int] = [0]
    for end in range(1, len(passages) + 1):
        options = [
            (best[start] + _gain(sums[end] - sums[start], end - start, wished), start)
            for start in range(max(0, end - longest), end)
        ]
        gain, start = max(options, key=lambda option: (round(option[0], 6), option[1]))
        best.append(gain)
        cut.append(start)
    return _groups(passages, cut)


def _gain(
    total: np.ndarray[tuple[int, ...], np.dtype[np.float64]], size: int, wished: int
) -> float:
    cohesion = float(np.linalg.norm(total))
    return cohesion - _SEGMENT_COST - _LENGTH_COST * (size - wished) ** 2


def _groups(passages: Sequence[SourcePassage], cut: Sequence[int]) -> list[list[SourcePassage]]:
    groups = []
    end = len(passages)
    while end > 0:
        groups.append(list(passages[cut[end] : end]))
        end = cut[end]
    return groups[::-1]
