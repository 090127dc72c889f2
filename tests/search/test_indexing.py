"""Embeddings of an endpoint, by the real client over HTTP."""

from __future__ import annotations

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from courses.engines import index_embedder
from engine.llm import embedding_calls
from engine.llm.errors import AIError
from engine.search.embeddings import EndpointEmbedder, Measured, embedder
from tests.llm_server import LLMServer


@pytest.fixture
def endpoint(llm: LLMServer, settings: Settings) -> LLMServer:
    settings.EMBEDDING_MODEL = "words"
    settings.EMBEDDING_BASE_URL = llm.base_url
    settings.EMBEDDING_API_KEY = "sk-test-c0ffee"
    return llm


def test_without_a_name_the_offline_model_is_used() -> None:
    assert index_embedder() == Measured(embedder())


@pytest.mark.usefixtures("endpoint")
def test_an_endpoint_gives_unit_vectors() -> None:
    model = index_embedder()
    assert isinstance(model, Measured)
    assert (type(model.inner), model.name) == (EndpointEmbedder, "words")
    vectors = model.embed(["a river flows", "the river flows", "cats sleep", ""])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors[:3], axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert model.embed([]).shape[0] == 0


@pytest.mark.usefixtures("endpoint")
def test_more_texts_than_one_call_takes_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_calls, "BATCH", 3)
    embedding_calls._client.cache_clear()
    texts = [f"word{number}" for number in range(10)]
    vectors = index_embedder().embed(texts)
    alone = np.vstack([index_embedder().embed([text]) for text in texts])
    assert np.allclose(vectors, alone, atol=1e-6)
    embedding_calls._client.cache_clear()


def test_a_refused_key_is_a_lasting_error_with_words(endpoint: LLMServer) -> None:
    endpoint.configure(key="another")
    with pytest.raises(AIError, match="check EMBEDDING_MODEL") as caught:
        index_embedder().embed(["a river"])
    assert caught.value.permanent
    assert "c0ffee" not in str(caught.value)


def test_an_endpoint_that_is_away_may_come_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_calls, "TRIES", 0)
    settings.EMBEDDING_MODEL, settings.EMBEDDING_BASE_URL = "away", "http://127.0.0.1:9/v1"
    with pytest.raises(AIError, match="does not answer") as caught:
        index_embedder().embed(["a river"])
    assert not caught.value.permanent


def test_an_endpoint_on_this_machine_is_asked_without_the_school_s_proxy(
    endpoint: LLMServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    settings.EMBEDDING_MODEL = "beside the proxy"
    assert len(index_embedder().embed(["Rain falls."])) == 1
