"""Text embeddings, of wordllama without network access or of an endpoint."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.llm.embedding_calls import EmbeddingEndpoint
from telemetry.metrics import EMBEDDED, EMBEDDING, count, observe
from telemetry.threads import made_once

if TYPE_CHECKING:
    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` is stored beside every index made with it."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns an array of shape (texts, dimensions); zeros for a text without known words."""
        ...


class WordLlamaEmbedder:
    """256 dimensions, some 2,000 passages a second on one core."""

    name = "wordllama-l2-256"

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 256), dtype=np.float32)
        return _unit_vectors(load_weights().embed(list(texts), norm=False))


@dataclass(frozen=True, slots=True)
class EndpointEmbedder:
    """The model behind an OpenAI-compatible `/embeddings`; it decides the dimensions."""

    endpoint: EmbeddingEndpoint

    @property
    def name(self) -> str:
        return self.endpoint.model

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns unit vectors. Raises AIError, permanent if the endpoint refuses the call."""
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        return _unit_vectors(self.endpoint.vectors(texts))


@dataclass(frozen=True, slots=True)
class Measured:
    """An embedder whose calls are counted."""

    inner: Embedder

    @property
    def name(self) -> str:
        return self.inner.name

    def embed(self, texts: Sequence[str]) -> Vectors:
        started, outcome = time.perf_counter(), "failed"
        try:
            vectors = self.inner.embed(texts)
            outcome = "ok"
        finally:
            observe(EMBEDDING, time.perf_counter() - started, model=self.name, outcome=outcome)
        count(EMBEDDED, len(texts), model=self.name)
        return vectors


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    return WordLlamaEmbedder()


@made_once
def load_weights() -> Any:
    """Returns wordllama with its weights."""
    import wordllama  # 0.3 s and 65 MB, for those who embed only

    # Without this folder wordllama looks beside its weights in vain and asks the network.
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _unit_vectors(given: Any) -> Vectors:
    vectors = np.asarray(given, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = np.zeros_like(vectors)
    np.divide(vectors, lengths, out=unit, where=lengths > 0)
    return unit
