"""Vectors in PostgreSQL, for installations that want no other database than that.

A search reads all vectors of its course, some hundred, and compares each: with so few, an index
would find the same later. Half precision moves no similarity by more than a thousandth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection, transaction
from django.db.models import Sum

from courses.models import StoredVectors
from engine.llm.errors import AIError
from engine.search.vectorstore import Hit, NoIndexError, OutdatedIndexError

if TYPE_CHECKING:
    from engine.search.embeddings import Vectors

STORED = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """The table of vectors; `engine.search.vectorstore.VectorStore` says what each method does."""

    @transaction.atomic
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
        rows = StoredVectors.objects.filter(collection=name)
        others = rows.exclude(model=model).values_list("model", flat=True)
        if other := others.first():
            raise OutdatedIndexError.of_model(name, other, model)
        rows.exclude(group__in=groups).delete()
        values = {
            "model": model,
            "ids": list(ids),
            "count": len(ids),
            "vectors": vectors.astype(STORED).tobytes(),
        }
        rows.update_or_create(collection=name, group=group, defaults=values)

    def query(
        self,
        name: str,
        *,
        model: str,
        vector: Vectors,
        limit: int,
        seconds: float | None = None,  # noqa: ARG002 - for a store elsewhere
    ) -> list[Hit]:
        rows = list(StoredVectors.objects.filter(collection=name))
        if not rows:
            raise NoIndexError
        for row in rows:
            if row.model != model:
                raise OutdatedIndexError.of_model(name, row.model, model)
        ids = [stored_id for row in rows for stored_id in row.ids]
        stored = np.frombuffer(b"".join(bytes(row.vectors) for row in rows), dtype=STORED)
        if len(stored) != len(ids) * len(vector):
            raise AIError(
                f"The index \u201c{name}\u201d has no vectors of {len(vector)} dimensions.",
                permanent=False,
            )
        rows_of = stored.astype(np.float32).reshape(len(ids), len(vector))
        lengths = np.linalg.norm(rows_of, axis=1, keepdims=True)
        unit = np.divide(rows_of, lengths, out=np.zeros_like(rows_of), where=lengths > 0)
        similarities = unit @ vector
        best = np.argsort(-similarities, kind="stable")[:limit]
        return [Hit(ids[place], float(similarities[place])) for place in best]

    def delete_collection(
        self,
        name: str,
        *,
        seconds: float | None = None,  # noqa: ARG002 - for a store elsewhere
    ) -> None:
        StoredVectors.objects.filter(collection=name).delete()

    def collection_names(self) -> set[str]:
        return set(StoredVectors.objects.values_list("collection", flat=True))

    def collection_sizes(self) -> dict[str, int]:
        rows = StoredVectors.objects.values("collection").annotate(size=Sum("count"))
        return dict(rows.values_list("collection", "size"))

    def ensure_database(self) -> bool:
        return False

    def heartbeat(self, timeout: float = 5.0) -> str:  # noqa: ARG002 - for a store elsewhere
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            row: tuple[str] = cursor.fetchone()
        return row[0]
