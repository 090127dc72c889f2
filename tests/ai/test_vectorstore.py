"""Chroma through its real server."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from courses.engines import vector_store
from engine.llm.errors import AIError
from engine.search.embeddings import embedder
from tests.conftest import free_port

TEXTS = ["The cat sat on the mat.", "Dogs bark loudly.", "Rivers flow to the sea."]


def store(name: str, model: str = "a-model", group: str = "1") -> None:
    ids = [f"{group}-{number}" for number in range(len(TEXTS))]
    vector_store().replace_group(
        name,
        model=model,
        group=group,
        groups=["1", "2"],
        ids=ids,
        vectors=embedder().embed(TEXTS),
    )


def nearest(name: str, text: str, model: str = "a-model") -> list[str]:
    vector = embedder().embed([text])[0]
    return [hit.id for hit in vector_store().query(name, model=model, vector=vector, limit=10)]


def test_the_nearest_text_comes_first_with_its_similarity(chroma: int) -> None:
    store("nearest")
    vector = embedder().embed([TEXTS[2]])[0]
    hits = vector_store().query("nearest", model="a-model", vector=vector, limit=2)
    assert hits[0].id == "1-2"
    assert hits[0].similarity == pytest.approx(1, abs=1e-5)
    assert len(hits) == 2


def test_storing_again_changes_nothing(chroma: int) -> None:
    store("again")
    store("again")
    assert sorted(nearest("again", "cat")) == ["1-0", "1-1", "1-2"]


def test_many_vectors_are_written_a_few_hundred_at_once(
    chroma: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chroma Cloud takes 300 records of a write."""
    from chromadb.api.models.Collection import Collection

    sizes: list[int] = []
    upsert = Collection.upsert

    def counted(self: Collection, *, ids: list[str], **others: Any) -> None:
        sizes.append(len(ids))
        upsert(self, ids=ids, **others)

    monkeypatch.setattr(Collection, "upsert", counted)
    vectors = np.repeat(embedder().embed(TEXTS[:1]), 650, axis=0)
    ids = [str(number) for number in range(650)]
    vector_store().replace_group(
        "many", model="a-model", group="1", groups=["1"], ids=ids, vectors=vectors
    )
    assert sizes == [300, 300, 50]
    assert vector_store().collection_sizes()["many"] == 650


def test_a_group_is_replaced_alone(chroma: int) -> None:
    store("groups", group="1")
    store("groups", group="2")
    vector_store().replace_group(
        "groups",
        model="a-model",
        group="1",
        groups=["1", "2"],
        ids=["1-new"],
        vectors=embedder().embed(TEXTS[:1]),
    )
    assert sorted(nearest("groups", "cat")) == ["1-new", "2-0", "2-1", "2-2"]


def test_what_belongs_to_no_group_of_the_course_goes(chroma: int) -> None:
    """A course that had the number before a restore left three vectors."""
    store("left", group="9")
    store("left", group="1")
    assert sorted(nearest("left", "cat")) == ["1-0", "1-1", "1-2"]


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
    vector_store().delete_collection("nowhere")


def test_a_deleted_collection_is_gone(chroma: int) -> None:
    store("gone")
    vector_store().delete_collection("gone")
    with pytest.raises(AIError, match="reindex"):
        nearest("gone", "cat")


def test_a_refused_call_names_the_server(chroma: int) -> None:
    store("refused")
    with pytest.raises(AIError, match="refused the call"):
        vector_store().query(
            "refused", model="a-model", vector=np.ones(3, dtype=np.float32), limit=1
        )


def test_a_server_that_is_away_can_be_tried_again(settings: Settings) -> None:
    settings.CHROMA_PORT = free_port()
    with pytest.raises(AIError, match=f":{settings.CHROMA_PORT} does not answer") as caught:
        vector_store().heartbeat()
    assert not caught.value.permanent


def test_a_server_that_is_there_has_a_heartbeat(chroma: int) -> None:
    vector_store().heartbeat()
