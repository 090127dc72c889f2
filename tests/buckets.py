"""An emulated S3 over HTTP, and a bucket in it that ProfAI keeps its files in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.files.storage import default_storage
from pytest_django.fixtures import Settings

from tests.ports import free_port
from tests.waiting import LONG

BUCKET = "files"


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # takes a second to load

    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3(s3_address: str, settings: Settings) -> Any:
    """A bucket, and the settings that lead to it."""
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": s3_address,
        "access_key": "test",
        "secret_key": "test",  # a password of nothing
        "region_name": "eu-central-1",
        "signature_version": "s3v4",
        "location": "dev",
        "default_acl": None,
        "file_overwrite": False,
        "object_parameters": {"ServerSideEncryption": "AES256"},
        "max_memory_size": 1024 * 1024,
    }
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    httpx.post(f"{s3_address}/moto-api/reset", timeout=LONG)
    resource = default_storage.connection  # type: ignore[attr-defined] # of S3Storage
    place = {"LocationConstraint": "eu-central-1"}
    resource.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return resource.Bucket(BUCKET)
