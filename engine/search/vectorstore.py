"""Where vectors are stored and searched, and the one that does it in a Chroma server.

The embedded client of Chroma is not safe across processes, so there is a server.
Each course has a collection. The caller makes the embeddings; the model's name is stored with the
collection, so that it never mixes vectors of two models.

The server keeps few indexes open (`engine.search.chroma_server`). When it opens one again, it reads
only what is in the index's files, not what was written after them. So an index is made to write its
files after every two records (`IN_FILES`), and no write ends with a single record.

All collections are in one database of the server. By default its name is unique to this
installation, so that the server of another installation does not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from opentelemetry.trace import SpanKind

from engine.llm.errors import AIError
from engine.llm.pasted import key_of
from telemetry.metrics import CHROMA, CHROMA_ERRORS, count, timed
from telemetry.traces import span, without_requests

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ServerAPI
    from chromadb.api.models.Collection import Collection

    from engine.search.embeddings import Vectors

T = TypeVar("T")

BATCH = 300  # as many records as Chroma Cloud takes in one write
NOT_FOUND = 404
MODEL_KEY = "embedding_model"
# Changed when the collections of earlier releases cannot be used any more.
FORMAT_KEY, FORMAT = "format", 2
# With twice the usual links, nearly all vectors are found that take the place of deleted ones.
IN_FILES = {"sync_threshold": 2, "batch_size": 2, "max_neighbors": 32}
SPAN = {"db.system.name": "chroma"}
# For one request of a worker or a command.
WORK_SECONDS = 60.0


class OutdatedIndexError(AIError):
    """The index was made by another embedding model, or by an earlier release."""

    @classmethod
    def of_model(cls, name: str, stored: object, model: str) -> OutdatedIndexError:
        return cls(
            f"The index \u201c{name}\u201d was made with {stored}, not with {model}; it has to be "
            "built again.",
            permanent=True,
        )


class NoIndexError(AIError):
    def __init__(self) -> None:
        super().__init__(
            "The course has no search index; run `manage.py reindex` to build it.", permanent=True
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored id and its cosine similarity to the query, from -1 to 1."""

    id: str
    similarity: float


class VectorStore(Protocol):
    """Collections of vectors, each found by its id; those of a collection are of one model."""

    def replace_group(
        self,
        name: str,
        *,
        model: str,
        group: str,
        groups: Sequence[str],
        ids: Sequence[str],
        vectors: Vectors,
    ) -> None:
        """Stores vectors under their ids in the collection `name`, which is created if missing.

        They replace all vectors of the same `group`. Vectors of groups not in `groups` are
        deleted: a course that had the same number before a restore may have left them.
        Raises OutdatedIndexError if the collection holds vectors of another model.
        """
        ...

    def query(
        self, name: str, *, model: str, vector: Vectors, limit: int, seconds: float | None = None
    ) -> list[Hit]:
        """Returns the nearest `limit` ids. Raises NoIndexError if the collection is missing."""
        ...

    def delete_collection(self, name: str, *, seconds: float | None = None) -> None:
        """Deletes a collection if it exists."""
        ...

    def collection_names(self) -> set[str]: ...

    def collection_sizes(self) -> dict[str, int]:
        """Returns how many vectors each collection holds. Asks once for each in Chroma."""
        ...

    def ensure_database(self) -> bool:
        """Creates the database if it is missing; returns whether it was.

        Call it only for a server of this installation.
        """
        ...

    def heartbeat(self, timeout: float = 5.0) -> str:
        """Returns the server's version. Raises AIError if it is not ours or does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class ChromaStore:
    """The collections in one database of a Chroma server."""

    host: str
    port: int
    ssl: bool
    tenant: str
    database: str
    key: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def replace_group(
        self,
        name: str,
        *,
        model: str,
        group: str,
        groups: Sequence[str],
        ids: Sequence[str],
        vectors: Vectors,
    ) -> None:
        # Chroma Cloud, which asks for a key, has another kind of index.
        index: Any = {"space": "cosine"} if self.key else {"space": "cosine", **IN_FILES}

        def made(server: ServerAPI) -> Collection:
            metadata = {MODEL_KEY: model, FORMAT_KEY: FORMAT}
            found = server.get_or_create_collection(
                name, metadata=metadata, configuration={"hnsw": index}, **self._place()
            )
            return _collection(server, found)

        def work(server: ServerAPI) -> None:
            collection = made(server)
            _check_model(collection, model)
            others = [other for other in groups if other != group]
            stale: Any = {"group": {"$nin": others or [""]}}
            if collection.get(where=stale, limit=1, include=[])["ids"]:
                # New vectors take the places of deleted ones, and some of them are then not found.
                if others:
                    collection.delete(where=stale)
                else:
                    server.delete_collection(name, **self._place())
                    collection = made(server)
            # In parts of equal length, because a last part of one record would not reach the files.
            count = -(-len(ids) // BATCH)
            for part in np.array_split(np.arange(len(ids)), count) if count else ():
                records: Any = {
                    "ids": [ids[number] for number in part],
                    "embeddings": vectors[part],
                    "metadatas": [{"group": group} for _ in part],
                }
                collection.upsert(**records)
                if len(part) == 1:
                    collection.upsert(**records)

        self._call("upsert", work)

    def query(
        self, name: str, *, model: str, vector: Vectors, limit: int, seconds: float | None = None
    ) -> list[Hit]:
        def work(server: ServerAPI) -> list[Hit]:
            collection = _collection(server, server.get_collection(name, **self._place()))
            _check_model(collection, model)
            found: Any = collection.query(
                query_embeddings=vector.reshape(1, -1), n_results=limit, include=["distances"]
            )
            return [
                Hit(stored_id, 1 - distance)
                for stored_id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
            ]

        return self._call("query", work, seconds)

    def delete_collection(self, name: str, *, seconds: float | None = None) -> None:
        from chromadb.errors import NotFoundError

        def work(server: ServerAPI) -> None:
            with suppress(NotFoundError):
                server.delete_collection(name, **self._place())

        self._call("delete_collection", work, seconds)

    def collection_names(self) -> set[str]:
        def work(server: ServerAPI) -> set[str]:
            return {model.name for model in server.list_collections(**self._place())}

        return self._call("collection_names", work)

    def collection_sizes(self) -> dict[str, int]:
        def work(server: ServerAPI) -> dict[str, int]:
            models = server.list_collections(**self._place())
            return {model.name: _collection(server, model).count() for model in models}

        return self._call("collection_sizes", work)

    def ensure_database(self) -> bool:
        with self._plain_client(WORK_SECONDS) as client:
            if client.get(self._database_path()).status_code != NOT_FOUND:
                return False
            databases, _, name = self._database_path().rpartition("/")
            client.post(databases, json={"name": name}).raise_for_status()
        return True

    def heartbeat(self, timeout: float = 5.0) -> str:
        with self._plain_client(timeout) as client:
            client.get("heartbeat").raise_for_status()
            version = client.get("version").raise_for_status()
            if client.get(self._database_path()).status_code == NOT_FOUND:
                raise self._not_ours()
            return str(version.json())[:40]

    @contextmanager
    def _plain_client(self, timeout: float) -> Iterator[httpx.Client]:
        """Yields a plain HTTP client, because chromadb's own takes seconds to import."""
        import httpx

        scheme = "https" if self.ssl else "http"
        key = key_of("CHROMA_API_KEY", self.key)
        headers = {"x-chroma-token": key} if key else {}
        try:
            with httpx.Client(
                base_url=f"{scheme}://{self.address}/api/v2", timeout=timeout, headers=headers
            ) as client:
                yield client
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise AIError(
                f"Chroma at {self.address} does not answer; see that it runs.", permanent=False
            ) from error

    def _database_path(self) -> str:
        return f"tenants/{self.tenant}/databases/{self.database}"

    def _place(self) -> dict[str, Any]:
        return {"tenant": self.tenant, "database": self.database}

    def _not_ours(self) -> AIError:
        return AIError(
            f"The Chroma server at {self.address} has no database {self.database}: it is not the "
            "server of this installation, and nothing was changed there. Start ProfAI with "
            "`make run`, or set CHROMA_HOST and CHROMA_DATABASE.",
            permanent=False,
        )

    def _call(
        self, operation: str, work: Callable[[ServerAPI], T], seconds: float | None = None
    ) -> T:
        """Runs `work` with our server; every failure becomes an AIError.

        Before each call, the server must prove to be ours by its database.
        """
        try:
            with (
                span(f"chroma {operation}", kind=SpanKind.CLIENT, attributes=SPAN),
                without_requests(),
            ):
                return self._answered(operation, work, seconds)
        except AIError as error:
            reason = "refused" if error.permanent else "away"
            count(CHROMA_ERRORS, operation=operation, reason=reason)
            raise

    def _answered(self, operation: str, work: Callable[[ServerAPI], T], seconds: float | None) -> T:
        from chromadb.errors import ChromaError, NotFoundError
        from httpx import HTTPError

        try:
            server = _server(self, seconds or WORK_SECONDS)
            try:
                server.get_database(self.database, self.tenant)
            except NotFoundError as error:
                raise self._not_ours() from error
            with timed(CHROMA, operation=operation):
                return work(server)
        except NotFoundError as error:
            raise NoIndexError from error
        except ChromaError as error:
            raise AIError(
                f"Chroma at {self.address} refused the call: {error}",
                permanent=False,
                quoted=str(error),
            ) from error
        except (HTTPError, ValueError) as error:
            # A ValueError where something else than Chroma answers.
            raise AIError(
                f"Chroma at {self.address} does not answer; see that it runs.", permanent=False
            ) from error


def _check_model(collection: Collection, model: str) -> None:
    metadata = collection.metadata or {}
    stored = metadata.get(MODEL_KEY)
    if stored == model and metadata.get(FORMAT_KEY) == FORMAT:
        return
    if stored != model:
        raise OutdatedIndexError.of_model(collection.name, stored, model)
    raise OutdatedIndexError(
        f"The index \u201c{collection.name}\u201d was made by an earlier release; it has to be "
        "built again.",
        permanent=True,
    )


@cache  # a client that is dropped would leave its connections open
def _server(store: ChromaStore, seconds: float) -> ServerAPI:
    """Returns a client with a time limit.

    chromadb's usual client makes several calls before a time limit can be set.
    """
    from chromadb.api import ServerAPI
    from chromadb.config import Settings, System

    key = key_of("CHROMA_API_KEY", store.key)
    configured = Settings(
        anonymized_telemetry=False,
        chroma_api_impl="chromadb.api.fastapi.FastAPI",
        chroma_server_host=store.host,
        chroma_server_http_port=store.port,
        chroma_server_ssl_enabled=store.ssl,
        chroma_server_headers={"x-chroma-token": key} if key else {},
    )
    server: Any = System(configured).instance(ServerAPI)  # type: ignore[type-abstract] # the one that is set up
    server._session.timeout = seconds
    made: ServerAPI = server
    return made


def _collection(server: ServerAPI, model: Any) -> Collection:
    from chromadb.api.models.Collection import Collection

    return Collection(client=server, model=model, embedding_function=None)
