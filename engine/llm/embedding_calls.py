"""Calls OpenAI-compatible `/embeddings` endpoints."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.llm.errors import AIError
from engine.llm.proxies import proxy_for
from telemetry.secret_values import remember_secret

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

BATCH = 100  # texts in one request
TRIES = 4


@dataclass(frozen=True, slots=True)
class EmbeddingEndpoint:
    """`seconds`: the time limit of one request. `retry`: whether a call that fails is repeated."""

    model: str
    base_url: str
    key: str = field(repr=False)
    seconds: float
    retry: bool = True

    def __post_init__(self) -> None:
        remember_secret(self.key)

    def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a vector for each text. Raises AIError, permanent if the call is refused."""
        import openai  # only with an endpoint

        try:
            # An empty text is an error to most endpoints.
            return _client(self).embed_documents([text or " " for text in texts])
        except openai.APIStatusError as error:
            permanent = error.status_code < 500 and error.status_code not in {408, 409, 429}  # noqa: PLR2004
            message = (
                f"The embeddings endpoint at {self.base_url} refused the call "
                f"({error.status_code}); check EMBEDDING_MODEL, EMBEDDING_BASE_URL and the key."
            )
            raise AIError(message, permanent=permanent) from None
        except openai.OpenAIError:
            message = f"The embeddings endpoint at {self.base_url} does not answer."
            raise AIError(message, permanent=False) from None


@lru_cache(maxsize=2)
def _client(endpoint: EmbeddingEndpoint) -> OpenAIEmbeddings:
    import httpx
    from langchain_openai import OpenAIEmbeddings
    from pydantic import SecretStr

    # Its own client would send calls to this machine through a proxy, too.
    client = httpx.Client(
        proxy=proxy_for(endpoint.base_url) or None,
        trust_env=False,
        verify=httpx.create_ssl_context(),
    )
    embeddings = OpenAIEmbeddings(
        model=endpoint.model,
        base_url=endpoint.base_url,
        api_key=SecretStr(endpoint.key or "none"),
        max_retries=TRIES if endpoint.retry else 0,
        chunk_size=BATCH,
        timeout=endpoint.seconds,
        http_client=client,
        # Counting tokens would fetch a tokeniser; our passages are short.
        check_embedding_ctx_length=False,
    )
    # One that the cache drops takes its connections along.
    weakref.finalize(embeddings, client.close)
    return embeddings
