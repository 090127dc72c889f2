"""Chroma, through its server only: the embedded client is not safe across processes.

One collection a course. Embeddings are made by us and passed in; the name of what made
them is stored with the collection, and vectors of two models never stand in one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from opentelemetry.trace import SpanKind

from profai.ai.errors import AIError
from telemetry.metrics import CHROMA, CHROMA_ERRORS, count, timed
from telemetry.traces import span, without_requests

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

    from profai.ai.embeddings import Vectors

T = TypeVar("T")

BATCH = 1000
MODEL_KEY = "embedding_model"
SPAN = {"db.system.name": "chroma"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored id and its cosine similarity to the query, from -1 to 1."""

    id: str
    similarity: float


def upsert(name: str, *, model: str, ids: Sequence[str], vectors: Vectors, group: str) -> None:
    """Store vectors under their ids in the collection `name`, made if it is not there.

    `group` marks them for `delete_group`. Raises a permanent AIError if the collection
    holds vectors of another model.
    """

    def work(client: ClientAPI) -> None:
        collection = client.get_or_create_collection(
            name,
            metadata={MODEL_KEY: model},
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,
        )
        _check_model(collection, model)
        for start in range(0, len(ids), BATCH):
            part = list(ids[start : start + BATCH])
            collection.upsert(
                ids=part,
                embeddings=vectors[start : start + BATCH],
                metadatas=[{"group": group} for _ in part],
            )

    _call("upsert", work)


def query(name: str, *, model: str, vector: Vectors, limit: int) -> list[Hit]:
    """The nearest `limit` ids. A collection that is not there raises a permanent AIError."""

    def work(client: ClientAPI) -> list[Hit]:
        collection = client.get_collection(name, embedding_function=None)
        _check_model(collection, model)
        found: Any = collection.query(
            query_embeddings=vector.reshape(1, -1), n_results=limit, include=["distances"]
        )
        return [
            Hit(stored_id, 1 - distance)
            for stored_id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    return _call("query", work)


def delete_group(name: str, group: str) -> None:
    """Delete what was stored under `group`; a collection that is not there is no error."""

    def work(client: ClientAPI) -> None:
        if name in {collection.name for collection in client.list_collections()}:
            collection = client.get_collection(name, embedding_function=None)
            collection.delete(where={"group": group})

    _call("delete_group", work)


def delete_collection(name: str) -> None:
    """Delete a collection; one that is not there is no error."""

    def work(client: ClientAPI) -> None:
        if name in {collection.name for collection in client.list_collections()}:
            client.delete_collection(name)

    _call("delete_collection", work)


def collection_sizes() -> dict[str, int]:
    """How many vectors each collection holds."""

    def work(client: ClientAPI) -> dict[str, int]:
        return {collection.name: collection.count() for collection in client.list_collections()}

    return _call("collection_sizes", work)


def heartbeat(timeout: float = 5.0) -> str:
    """The server's version. Raises AIError if it does not answer, each time after `timeout`.

    Plain HTTP: chromadb's client takes seconds to import, and whoever asks may never need it.
    """
    import httpx

    scheme = "https" if settings.CHROMA_SSL else "http"
    address = f"{settings.CHROMA_HOST}:{settings.CHROMA_PORT}"
    key = str(settings.CHROMA_API_KEY)
    headers = {"x-chroma-token": key} if key else {}
    try:
        with httpx.Client(timeout=timeout, headers=headers) as client:
            client.get(f"{scheme}://{address}/api/v2/heartbeat").raise_for_status()
            version = client.get(f"{scheme}://{address}/api/v2/version").raise_for_status()
            return str(version.json())[:40]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise AIError(
            f"Chroma at {address} does not answer; see that it runs.", permanent=False
        ) from error


def _check_model(collection: Collection, model: str) -> None:
    stored = (collection.metadata or {}).get(MODEL_KEY)
    if stored != model:
        raise AIError(
            f"The index \u201c{collection.name}\u201d was made with {stored}, not with {model}; "
            "it has to be built again.",
            permanent=True,
        )


def _call(operation: str, work: Callable[[ClientAPI], T]) -> T:
    """Run `work` against the server; every failure of it becomes an AIError."""
    try:
        with (
            span(f"chroma {operation}", kind=SpanKind.CLIENT, attributes=SPAN),
            without_requests(),
        ):
            return _answered(operation, work)
    except AIError as error:
        reason = "refused" if error.permanent else "away"
        count(CHROMA_ERRORS, operation=operation, reason=reason)
        raise


def _answered(operation: str, work: Callable[[ClientAPI], T]) -> T:
    from chromadb.errors import ChromaError, NotFoundError
    from httpx import HTTPError

    address = f"{settings.CHROMA_HOST}:{settings.CHROMA_PORT}"
    try:
        client = _configured()
        with timed(CHROMA, operation=operation):
            return work(client)
    except NotFoundError as error:
        raise AIError(
            "The course has no search index; run `manage.py reindex` to build it.", permanent=True
        ) from error
    except ChromaError as error:
        raise AIError(
            f"Chroma at {address} refused the call: {error}", permanent=False, quoted=str(error)
        ) from error
    except (HTTPError, ValueError) as error:
        # chromadb reports a server that cannot be reached as a ValueError.
        raise AIError(
            f"Chroma at {address} does not answer; see that it runs.", permanent=False
        ) from error


def _configured() -> ClientAPI:
    return _client(
        settings.CHROMA_HOST,
        settings.CHROMA_PORT,
        ssl=settings.CHROMA_SSL,
        tenant=settings.CHROMA_TENANT,
        database=settings.CHROMA_DATABASE,
        # Read anew, where a mounted secret was rotated.
        key=str(settings.CHROMA_API_KEY),
    )


@lru_cache(maxsize=1)
def _client(host: str, port: int, *, ssl: bool, tenant: str, database: str, key: str) -> ClientAPI:
    """A key is what Chroma Cloud asks for; a server of our own has none."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.HttpClient(
        host=host,
        port=port,
        ssl=ssl,
        headers={"x-chroma-token": key} if key else None,
        tenant=tenant,
        database=database,
        settings=Settings(anonymized_telemetry=False),
    )
