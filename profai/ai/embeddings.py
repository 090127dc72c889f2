"""Text embeddings that work with no network: wordllama's weights come inside its wheel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` is stored beside every index made with it."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape (texts, dimensions); a text with no known word is all zeros."""
        ...


class WordLlamaEmbedder:
    """256 dimensions, some 2,000 passages a second on one core."""

    name = "wordllama-l2-256"

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 256), dtype=np.float32)
        vectors = np.asarray(_wordllama().embed(list(texts), norm=False), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.zeros_like(vectors)
        np.divide(vectors, lengths, out=unit, where=lengths > 0)
        return unit


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    return WordLlamaEmbedder()


@lru_cache(maxsize=1)
def _wordllama() -> Any:
    import wordllama  # 0.3 s and 160 MB, for those who embed only

    # Without this folder wordllama looks beside its weights in vain and asks the network.
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
