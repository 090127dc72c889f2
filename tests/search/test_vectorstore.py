"""The stores of vectors: Chroma through its real server, and the table in PostgreSQL."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest
from pytest_django.fixtures import Settings

from courses.engines import CHROMA, POSTGRESQL, VECTOR_STORES, vector_store
from courses.vectors import PostgresStore
from engine.llm.errors import AIError
from engine.search.embeddings import embedder
from tests.conftest import free_port

pytestmark = pytest.mark.django_db
TEXTS = ["The cat sat on the mat.", "Dogs bark loudly.", "Rivers flow to the sea."]


@pytest.fixture(params=VECTOR_STORES)
def kind(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Each kind of store in turn."""
    settings.VECTOR_STORE = request.param
    if request.param == CHROMA:
        settings.CHROMA_PORT = request.getfixturevalue("chroma_port")
    return str(request.param)


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


def test_the_nearest_text_comes_first_with_its_similarity(kind: str) -> None:
    store("nearest")
    vector = embedder().embed([TEXTS[2]])[0]
    hits = vector_store().query("nearest", model="a-model", vector=vector, limit=2)
    assert hits[0].id == "1-2"
    assert hits[0].similarity == pytest.approx(1, abs=1e-5)
    assert len(hits) == 2


def test_storing_again_changes_nothing(kind: str) -> None:
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
    assert sizes == [217, 217, 216]
    assert vector_store().collection_sizes()["many"] == 650


def test_a_group_is_replaced_alone(kind: str) -> None:
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


def test_what_belongs_to_no_group_of_the_course_goes(kind: str) -> None:
    """A course that had the number before a restore left three vectors."""
    store("left", group="9")
    store("left", group="1")
    assert sorted(nearest("left", "cat")) == ["1-0", "1-1", "1-2"]


def test_vectors_of_two_models_never_stand_together(kind: str) -> None:
    store("mixed")
    with pytest.raises(AIError, match="a-model, not with other") as caught:
        store("mixed", model="other")
    assert caught.value.permanent
    with pytest.raises(AIError, match="built again"):
        nearest("mixed", "cat", model="other")


def test_a_missing_collection_says_how_to_build_it(kind: str) -> None:
    with pytest.raises(AIError, match="reindex") as caught:
        nearest("nowhere", "cat")
    assert caught.value.permanent


def test_deleting_what_is_not_there_is_no_error(kind: str) -> None:
    vector_store().delete_collection("nowhere")


def test_a_deleted_collection_is_gone(kind: str) -> None:
    store("gone")
    vector_store().delete_collection("gone")
    with pytest.raises(AIError, match="reindex"):
        nearest("gone", "cat")


def test_an_empty_course_has_an_index_and_no_hits(kind: str) -> None:
    none = np.zeros((0, 256), dtype=np.float32)
    vector_store().replace_group(
        "empty", model="a-model", group="1", groups=["1"], ids=[], vectors=none
    )
    assert nearest("empty", "cat") == []
    assert vector_store().collection_sizes()["empty"] == 0
    assert "empty" in vector_store().collection_names()


def test_indexes_that_were_closed_are_read_whole_again(chroma: int) -> None:
    """The server of the tests keeps two open. After each write it opens others."""
    rng = np.random.default_rng(1)
    sizes = {f"size-{size}": size for size in (1, 2, 299, 300, 301, 601)}
    stored = {
        name: rng.standard_normal((size, 256)).astype(np.float32) for name, size in sizes.items()
    }
    for _ in range(2):  # the second time, each is replaced
        for name, vectors in stored.items():
            vectors[:] = rng.standard_normal(vectors.shape)
            ids = [str(number) for number in range(len(vectors))]
            vector_store().replace_group(
                name, model="m", group="1", groups=["1"], ids=ids, vectors=vectors
            )
        for name, vectors in [*stored.items()] * 2:
            last = vectors[-1]
            hits = vector_store().query(name, model="m", vector=last, limit=50)
            assert hits[0].id == str(len(vectors) - 1)
            assert hits[0].similarity == pytest.approx(1, abs=1e-4)
            assert len(hits) == min(len(vectors), 50)


def test_replaced_vectors_are_all_found(chroma: int) -> None:
    """Of vectors that take the places of deleted ones, some could not be reached any more."""
    rng = np.random.default_rng(2)
    for _ in range(3):
        vectors = rng.standard_normal((300, 256)).astype(np.float32)
        ids = [str(number) for number in range(300)]
        vector_store().replace_group(
            "replaced", model="m", group="1", groups=["1"], ids=ids, vectors=vectors
        )
        first = [
            vector_store().query("replaced", model="m", vector=vector, limit=1)[0].id
            for vector in vectors
        ]
        assert first == ids


def test_an_index_of_an_earlier_release_has_to_be_built_again(chroma: int) -> None:
    """It may be partly in the server's log only, which is not read again."""
    base = f"http://127.0.0.1:{chroma}/api/v2/tenants/default_tenant/databases/default_database"
    old = {"name": "old", "metadata": {"embedding_model": "a-model"}}
    httpx.post(f"{base}/collections", json=old, timeout=60).raise_for_status()
    with pytest.raises(AIError, match="earlier release") as caught:
        nearest("old", "cat")
    assert caught.value.permanent
    with pytest.raises(AIError, match="earlier release"):
        store("old")


def test_other_dimensions_in_postgresql_are_refused(db: None, settings: Settings) -> None:
    settings.VECTOR_STORE = POSTGRESQL
    store("wide")
    assert isinstance(vector_store(), PostgresStore)
    with pytest.raises(AIError, match="no vectors of 3 dimensions"):
        vector_store().query("wide", model="a-model", vector=np.ones(3, dtype=np.float32), limit=1)


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


def test_a_server_that_is_there_has_a_heartbeat(kind: str) -> None:
    vector_store().heartbeat()
