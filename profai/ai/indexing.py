"""Which embeddings a search index is made of: the offline ones, or those of an endpoint."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from profai.ai.embeddings import Embedder, embedder
from profai.ai.errors import AIError
from telemetry.metrics import EMBEDDED, EMBEDDING, count, observe

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

    from profai.ai.embeddings import Vectors

BATCH = 100
TRIES = 4


class EndpointEmbedder:
    """Unit vectors from an OpenAI-compatible `/embeddings`; the model decides their size."""

    def __init__(self, *, model: str, base_url: str, key: str) -> None:
        self.name = model
        self._base_url, self._key = base_url, key

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises AIError; one that is permanent where the endpoint refuses the call."""
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        client = _endpoint(self.name, self._base_url, self._key)
        vectors = np.asarray(self._ask(client, texts), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.zeros_like(vectors)
        np.divide(vectors, lengths, out=unit, where=lengths > 0)
        return unit

    def _ask(self, client: OpenAIEmbeddings, texts: Sequence[str]) -> list[list[float]]:
        import openai  # only with an endpoint

        try:
            # An empty text is an error to most endpoints.
            return client.embed_documents([text or " " for text in texts])
        except openai.APIStatusError as error:
            permanent = error.status_code < 500 and error.status_code not in {408, 409, 429}  # noqa: PLR2004
            message = (
                f"The embeddings endpoint at {self._base_url} refused the call "
                f"({error.status_code}); check EMBEDDING_MODEL, EMBEDDING_BASE_URL and the key."
            )
            raise AIError(message, permanent=permanent) from None
        except openai.OpenAIError:
            message = f"The embeddings endpoint at {self._base_url} does not answer."
            raise AIError(message, permanent=False) from None


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


def index_embedder() -> Embedder:
    """EMBEDDING_MODEL names an endpoint's model; without it, the offline one is used."""
    return Measured(_configured())


def _configured() -> Embedder:
    if not settings.EMBEDDING_MODEL:
        return embedder()
    return EndpointEmbedder(
        model=settings.EMBEDDING_MODEL,
        base_url=settings.EMBEDDING_BASE_URL,
        key=str(settings.EMBEDDING_API_KEY),
    )


@lru_cache(maxsize=2)
def _endpoint(model: str, base_url: str, key: str) -> Any:
    from langchain_openai import OpenAIEmbeddings
    from pydantic import SecretStr

    return OpenAIEmbeddings(
        model=model,
        base_url=base_url,
        api_key=SecretStr(key or "none"),
        max_retries=TRIES,
        chunk_size=BATCH,
        timeout=settings.LLM_TIMEOUT,
        # Counting tokens would fetch a tokeniser; our passages are short.
        check_embedding_ctx_length=False,
    )
