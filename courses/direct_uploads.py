"""Files that go to the object store past the web server, by an address signed for one file.

The address holds for one name, one size and one SHA-256, which the store checks: what lies there
afterwards is the file that was announced, or nothing.
"""

from __future__ import annotations

import posixpath
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from common.idempotency import once
from common.outside_calls import outside_call
from courses.models import DirectUpload, SourceDocument
from courses.uploads import Upload, limits, new_name, store_answers
from engine.reading.conversion import check_converter
from engine.reading.document import DocumentRejectedError
from engine.reading.formats.kinds import HEAD, KINDS, Format, format_by_name
from engine.reading.upload import check_size, check_upload, safe_file_name

if TYPE_CHECKING:
    from storages.backends.s3 import S3Storage

S3 = "storages.backends.s3.S3Storage"
NOT_FOUND = 404
# What the store is told besides the file, and the header that says so.
EXTRA_HEADERS = {
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}


class NoDirectUploadError(Exception):
    """This installation keeps its files on its own disk, so files cannot be sent directly to a
    store.
    """

    def __init__(self) -> None:
        super().__init__(
            "This installation takes no files past itself; send the file to POST /api/courses/."
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """Where and how to PUT the file. `headers` must be sent as they are."""

    upload: DirectUpload
    url: str
    headers: dict[str, str]
    expires_at: datetime


def offer_upload(*, owner: Any, name: str, size: int, sha256: str, key: str = "") -> Offer:
    """Signs an address for one file; the same request with the same key gets the same file's.

    `sha256` is in hexadecimal. Raises NoDirectUploadError, DocumentRejectedError,
    ValidationError or KeyReusedError.
    """
    storage = _store()
    check_size(size, limits())
    form = format_by_name(name) or Format.PDF
    check_converter(form)
    values: dict[str, Any] = {
        "name": safe_file_name(name),
        "bytes": size,
        "sha256": sha256.lower(),
    }
    made = once(
        user=owner,
        key=key,
        request=["announce file", values],
        rows=DirectUpload.objects.all(),
        make=lambda: DirectUpload.objects.create(owner=owner, file=new_name(form), **values),
    )
    upload = made.row
    expires_at = timezone.now() + timedelta(seconds=settings.DIRECT_UPLOAD_SECONDS)
    return Offer(upload, _sign(storage, upload), _headers(storage, upload), expires_at)


def is_available() -> bool:
    """Returns whether this installation keeps its files in S3."""
    # By name: where files lie on a disk, no process loads the libraries for S3.
    backend: str = settings.STORAGES["default"]["BACKEND"]
    return backend == S3


def _store() -> S3Storage:
    if not is_available():
        raise NoDirectUploadError
    return cast("S3Storage", default_storage)


def _sign(storage: S3Storage, upload: DirectUpload) -> str:
    url: str = storage.connection.meta.client.generate_presigned_url(
        "put_object",
        Params={
            **_place(storage, upload),
            "ContentType": _content_type(upload),
            "ContentLength": upload.bytes,
            "ChecksumAlgorithm": "SHA256",
            "ChecksumSHA256": _checksum(upload),
            **storage.object_parameters,
        },
        ExpiresIn=settings.DIRECT_UPLOAD_SECONDS,
    )
    return url


def _headers(storage: S3Storage, upload: DirectUpload) -> dict[str, str]:
    extra = storage.object_parameters
    return {
        "Content-Type": _content_type(upload),
        "Content-Length": str(upload.bytes),
        "x-amz-sdk-checksum-algorithm": "SHA256",
        "x-amz-checksum-sha256": _checksum(upload),
    } | {header: str(extra[name]) for name, header in EXTRA_HEADERS.items() if name in extra}


def _content_type(upload: DirectUpload) -> str:
    return KINDS[format_by_name(upload.file) or Format.PDF].media_type


def _checksum(upload: DirectUpload) -> str:
    return b64encode(bytes.fromhex(upload.sha256)).decode()


def _place(storage: S3Storage, upload: DirectUpload) -> dict[str, str]:
    return {
        "Bucket": storage.bucket_name,
        "Key": posixpath.join(storage.location, upload.file),
    }


def check_sent(owner: Any, ids: Collection[UUID]) -> list[Upload]:
    """Returns the files of these ids, each looked at in the store.

    Raises DocumentRejectedError for one that is unknown, somebody else's, not there yet, or cannot
    be read, and OutsideBusyError.
    """
    if not ids:
        return []
    storage = _store()
    found = DirectUpload.objects.filter(owner=owner).in_bulk(list(ids))
    for id_ in ids:
        if id_ not in found:
            raise DocumentRejectedError("upload_unknown", f"You have no upload {id_}.")
    with outside_call(), store_answers():
        return [_sent(storage, found[id_]) for id_ in ids]


def _sent(storage: S3Storage, upload: DirectUpload) -> Upload:
    client, place = storage.connection.meta.client, _place(storage, upload)
    try:
        told = client.head_object(**place, ChecksumMode="ENABLED")
    except client.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != NOT_FOUND:
            raise
        raise DocumentRejectedError(
            "upload_missing", f"{upload.name}: nothing was sent to its address yet."
        ) from error
    digest = b64decode(told.get("ChecksumSHA256", "")).hex()
    if told["ContentLength"] != upload.bytes or digest != upload.sha256:
        raise DocumentRejectedError(
            "upload_differs", f"{upload.name}: what was sent is not the file that was announced."
        )
    with client.get_object(**place, Range=f"bytes=0-{HEAD - 1}")["Body"] as body:
        head = body.read()
    try:
        form = check_upload(head, upload.bytes, limits(), upload.name)
    except DocumentRejectedError as error:
        raise DocumentRejectedError(error.code, f"{upload.name}: {error.message}") from error
    return Upload(None, upload.name, upload.sha256, upload.bytes, form, stored_as=upload.file)


def use_up(uploads: Collection[Upload]) -> None:
    """Marks the uploads as used, in the transaction that makes their course. Raises
    DocumentRejectedError if one is used already.
    """
    names = [upload.stored_as for upload in uploads if upload.stored_as]
    if not names:
        return
    list(DirectUpload.objects.select_for_update().filter(file__in=names).order_by("pk"))
    if SourceDocument.objects.filter(file__in=names).exists():
        raise DocumentRejectedError(
            "upload_used", "A course has this upload already; announce and send the file again."
        )
