"""Chroma through its real server."""

from __future__ import annotations

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from profai.ai import vectorstore
from profai.ai.embeddings import embedder
from profai.ai.errors import AIError
from tests.conftest import free_port

TEXTS = ["The cat sat on the mat.", "Dogs bark loudly.", "Rivers flow to the sea."]


def store(name: str, model: str = "a-model", group: str = "1") -> None:
    ids = [f"{group}-{number}" for number in range(len(TEXTS))]
    vectorstore.upsert(name, model=model, ids=ids, vectors=embedder().embed(TEXTS), group=group)


def nearest(name: str, text: str, model: str = "a-model") -> list[str]:
    vector = embedder().embed([text])[0]
    return [hit.id for hit in vectorstore.query(name, model=model, vector=vector, limit=10)]


def test_the_nearest_text_comes_first_with_its_similarity(chroma: int) -> None:
    store("nearest")
    vector = embedder().embed([TEXTS[2]])[0]
    hits = vectorstore.query("nearest", model="a-model", vector=vector, limit=2)
    assert hits[0].id == "1-2"
    assert hits[0].similarity == pytest.approx(1, abs=1e-5)
    assert len(hits) == 2


def test_storing_again_changes_nothing(chroma: int) -> None:
    store("again")
    store("again")
    assert sorted(nearest("again", "cat")) == ["1-0", "1-1", "1-2"]


def test_a_group_is_deleted_alone(chroma: int) -> None:
    store("groups", group="1")
    store("groups", group="2")
    vectorstore.delete_group("groups", "1")
    assert sorted(nearest("groups", "cat")) == ["2-0", "2-1", "2-2"]


def test_vectors_of_two_models_never_stand_together(chroma: int) -> None:
    store("mixed")
    with pytest.raises(AIError, match="a-model, not with other") as caught:
        store("mixed", model="other")
    assert caught.value.permanent
    with pytest.raises(AIError, match="built again"):
        nearest("mixed", "cat", model="other")


def test_a_missing_collection_says_how_to_build_it(chroma: int) -> None:
    with pytest.raises(AIError, match="reindex") as caught:
        nearest("nowhere", "cat")
    assert caught.value.permanent


def test_deleting_what_is_not_there_is_no_error(chroma: int) -> None:
    vectorstore.delete_group("nowhere", "1")
    vectorstore.delete_collection("nowhere")


def test_a_deleted_collection_is_gone(chroma: int) -> None:
    store("gone")
    vectorstore.delete_collection("gone")
    with pytest.raises(AIError, match="reindex"):
        nearest("gone", "cat")


def test_a_refused_call_names_the_server(chroma: int) -> None:
    store("refused")
    with pytest.raises(AIError, match="refused the call"):
        vectorstore.query("refused", model="a-model", vector=np.ones(3, dtype=np.float32), limit=1)


def test_a_server_that_is_away_can_be_tried_again(settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    with pytest.raises(AIError, match=f":{settings.CHROMA_PORT} does not answer") as caught:
        vectorstore.heartbeat()
    assert not caught.value.permanent


def test_a_server_that_is_there_has_a_heartbeat(chroma: int) -> None:
    vectorstore.heartbeat()
