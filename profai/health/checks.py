"""Checks of the parts. docs/health.md says which are critical, and why."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

import httpx
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from courses import engines
from courses.engines import vector_store
from engine.llm.local_server import memory_of_server, speed
from jobs.queries import live_clusters, lost_after
from profai.health.parts import Part, PartMissingError

CONTENT = b"ProfAI was here"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def _migrations() -> str:
    missing = _needed() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        named = ", ".join(sorted(f"{app}.{name}" for app, name in missing)[:5])
        raise PartMissingError(f"{len(missing)} are not applied: {named}. Run manage.py migrate.")
    return f"{len(_needed())} are applied."


@cache
def _needed() -> frozenset[tuple[str, str]]:
    """Returns the migrations of this release; a newer database may have more."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


def _chroma() -> str:
    return f"Chroma {vector_store().heartbeat(2)}"


def _storage() -> str:
    """Writes, reads and deletes a file. In S3, where writes cost, only looks for the bucket."""
    storage: Any = default_storage
    if bucket := getattr(storage, "bucket_name", ""):
        # Not an object: a missing object gives the same error as a missing bucket.
        storage.connection.meta.client.head_bucket(Bucket=bucket)
        return "The bucket answers."
    name = default_storage.save(f"health/{uuid.uuid4().hex}", ContentFile(CONTENT))
    try:
        with default_storage.open(name) as file:
            if file.read() != CONTENT:
                raise PartMissingError("The file that was read is not the one that was written.")
    finally:
        default_storage.delete(name)
    return "A file was written, read and deleted."


def _workers() -> str:
    found = list(live_clusters())
    workers = sum(len(one.workers) for one in found)
    if not workers:
        seconds = lost_after().total_seconds()
        raise PartMissingError(
            f"No worker has reported for {seconds:.0f} s. Start manage.py qcluster."
        )
    return f"Alive: {workers}, machines: {len({one.host for one in found})}."


def _model() -> str:
    """Says how fast the server of LOCAL_MODEL writes and how much memory it has."""
    address, name = settings.LLM_BASE_URL.removesuffix("/v1"), settings.LLM_MODEL
    headers = {"authorization": f"Bearer {settings.LLM_API_KEY}"}
    try:
        # Addresses of this machine never go through a proxy.
        with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=2) as client:
            metrics = client.get("/metrics").raise_for_status().text
    except httpx.HTTPError as error:
        raise PartMissingError(
            f"{name} does not answer at {address}. It is started with ProfAI; {settings.VAR_DIR}"
            "/log/model.log, in Compose the log of the service `model`, says why it ended."
        ) from error
    # That of another container is not seen from here.
    megabytes = memory_of_server(settings.LOCAL_MODEL_PORT) // 1024**2
    memory = f", {megabytes} MB of memory" if megabytes else ""
    return f"{name}: {speed(metrics)}{memory}."


DATABASE = Part("database", _database, 2, critical=True)
MIGRATIONS = Part("migrations", _migrations, 2, critical=True)
CHROMA = Part("chroma", _chroma, 3)
STORAGE = Part("storage", _storage, 3)
WORKERS = Part("workers", _workers, 2)

MODEL = Part("model on this machine", _model, 3)

NEEDED_FOR_PAGES = (DATABASE, MIGRATIONS)


def all_parts() -> tuple[Part, ...]:
    """Returns the parts that this installation has."""
    local = (MODEL,) if settings.LOCAL_MODEL else ()
    vectors = (CHROMA,) if settings.VECTOR_STORE == engines.CHROMA else ()
    return (*NEEDED_FOR_PAGES, *vectors, STORAGE, WORKERS, *local)
