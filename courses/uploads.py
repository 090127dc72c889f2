"""Uploaded files on their way into storage: checked, hashed and named by us."""

from __future__ import annotations

import errno
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from courses.ingestion.document import DocumentRejectedError
from courses.ingestion.limits import PdfLimits
from courses.ingestion.upload import check_upload, safe_file_name
from telemetry.metrics import UPLOAD_BYTES, UPLOAD_REFUSALS, UPLOADS, count

logger = logging.getLogger(__name__)

FOLDER = "documents"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed the checks of its first bytes and size.

    One that is in the store already has no `file` but its name there.
    """

    file: File[bytes] | None
    name: str
    sha256: str
    size: int
    stored_as: str = ""


def limits() -> PdfLimits:
    return PdfLimits(max_bytes=settings.UPLOAD_MAX_BYTES, max_pages=settings.UPLOAD_MAX_PAGES)


def check_uploads(
    files: Iterable[File[bytes]], sent: Iterable[Upload] = ()
) -> tuple[list[Upload], list[str]]:
    """Return the distinct files, and the names of those that repeat another's bytes.

    `sent` have been checked where they lie. Raises DocumentRejectedError, naming the file, at
    the first that cannot be a PDF.
    """
    kept: dict[str, Upload] = {}
    repeated: list[str] = []
    for upload in chain(map(_check, files), sent):
        if upload.sha256 in kept:
            repeated.append(upload.name)
        else:
            kept[upload.sha256] = upload
    if not kept:
        raise DocumentRejectedError("no_files", "Choose at least one PDF file.")
    return list(kept.values()), repeated


@contextmanager
def refusals_counted() -> Iterator[None]:
    try:
        yield
    except DocumentRejectedError as error:
        count(UPLOAD_REFUSALS, reason=error.code)
        raise


def count_taken_in(uploads: Sequence[Upload]) -> None:
    count(UPLOADS, len(uploads))
    count(UPLOAD_BYTES, sum(upload.size for upload in uploads))


def _check(file: File[bytes]) -> Upload:
    name = safe_file_name(file.name or "")
    size = file.size
    file.seek(0)
    head = file.read(1024)
    try:
        check_upload(head, size, limits())
    except DocumentRejectedError as error:
        raise DocumentRejectedError(error.code, f"{name}: {error.message}") from error
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return Upload(file=file, name=name, sha256=digest.hexdigest(), size=size)


@contextmanager
def stored(uploads: Sequence[Upload]) -> Iterator[dict[str, str]]:
    """Store files under names of our own; take them away again if the block raises.

    Gives the storage name by SHA-256. Raises DocumentRejectedError where there is no room.
    """
    there = {upload.sha256: upload.stored_as for upload in uploads if upload.stored_as}
    ours = {upload.sha256: f"{FOLDER}/{uuid4()}.pdf" for upload in uploads if not upload.stored_as}
    try:
        for upload in uploads:
            if upload.file is not None:
                save_file(ours[upload.sha256], upload.file)
        yield ours | there
    except BaseException:
        for name in ours.values():
            default_storage.delete(name)
        raise


def save_file(name: str, file: File[bytes]) -> None:
    """Raises DocumentRejectedError where there is no room."""
    try:
        default_storage.save(name, file)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        logger.exception("There is no room for an upload")
        raise DocumentRejectedError(
            "storage_full",
            "The server has no room for these files. Tell its administrator, and try again later.",
        ) from error
