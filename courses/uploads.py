"""Uploaded files on their way into storage: checked, hashed and named by us."""

from __future__ import annotations

import errno
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile

from engine.reading.document import DocumentRejectedError
from engine.reading.formats.kinds import HEAD, Format
from engine.reading.limits import PdfLimits
from engine.reading.page_ranges import read_page_range
from engine.reading.upload import check_upload, safe_file_name
from telemetry.metrics import UPLOAD_BYTES, UPLOAD_REFUSALS, UPLOADS, count

logger = logging.getLogger(__name__)

FOLDER = "documents"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed the checks of its first bytes and size.

    One that is in the store already has no `file` but its name there. `pages` are those to use.
    """

    file: File[bytes] | None
    name: str
    sha256: str
    size: int
    form: Format
    stored_as: str = ""
    pages: str = ""


def limits() -> PdfLimits:
    return PdfLimits(max_bytes=settings.UPLOAD_MAX_BYTES, max_pages=settings.UPLOAD_MAX_PAGES)


def check_uploads(
    files: Iterable[File[bytes]], sent: Iterable[Upload] = (), pages: Sequence[str] = ()
) -> tuple[list[Upload], list[str]]:
    """Returns the distinct files, and the names of those that repeat another's bytes.

    `sent` have been checked where they lie; `pages` are ranges for the files in this order. Raises
    DocumentRejectedError, naming the file, at the first that cannot be read, and ValidationError
    for ranges that are none, for files without pages, or more than there are files.
    """
    kept: dict[str, Upload] = {}
    repeated: list[str] = []
    ranges = [_range(text) for text in pages]
    uploads = [*map(_check, files), *sent]
    if len(ranges) > len(uploads):
        raise ValidationError({"pages": "There are more ranges of pages than files."})
    ranges += [""] * (len(uploads) - len(ranges))
    for upload, wanted in zip(uploads, ranges, strict=True):
        if wanted and upload.form is not Format.PDF:
            said = f"{upload.name} is no PDF and is used whole: leave its line of pages empty."
            raise ValidationError({"pages": said})
        if upload.sha256 in kept:
            repeated.append(upload.name)
        else:
            kept[upload.sha256] = replace(upload, pages=wanted)
    return list(kept.values()), repeated


def _range(text: str) -> str:
    try:
        return str(read_page_range(text))
    except ValueError as error:
        raise ValidationError({"pages": str(error)}) from error


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
    head = file.read(HEAD)
    try:
        form = check_upload(head, size, limits(), name)
    except DocumentRejectedError as error:
        raise DocumentRejectedError(error.code, f"{name}: {error.message}") from error
    return Upload(file=file, name=name, sha256=digest_of(file), size=size, form=form)


def digest_of(file: File[bytes]) -> str:
    """Returns the SHA-256 of a file, and puts the file back to its start."""
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """`names` are the storage names by SHA-256; `ours` are those that were stored just now."""

    names: dict[str, str]
    ours: Sequence[str]

    def discard(self) -> None:
        # What a store that does not answer keeps goes with the daily clean-up.
        with suppress(*_unanswered()):
            for name in self.ours:
                default_storage.delete(name)


@contextmanager
def stored(uploads: Sequence[Upload]) -> Iterator[StoredFiles]:
    """Stores files under names of our own; takes them away again if the block raises.

    Raises DocumentRejectedError where there is no room.
    """
    names = {upload.sha256: upload.stored_as or new_name(upload.form) for upload in uploads}
    files = StoredFiles(names, [names[one.sha256] for one in uploads if not one.stored_as])
    try:
        for upload in uploads:
            if upload.file is not None:
                save_file(names[upload.sha256], upload.file)
        yield files
    except BaseException:
        files.discard()
        raise


def new_name(form: Format) -> str:
    return f"{FOLDER}/{uuid4()}.{form.value}"


def save_file(name: str, file: File[bytes]) -> None:
    """Saves a file. Raises DocumentRejectedError if there is no room or the store does
    not answer.
    """
    try:
        with store_answers():
            default_storage.save(name, file)
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        logger.exception("There is no room for an upload")
        raise DocumentRejectedError(
            "storage_full",
            "The server has no room for these files. Tell its administrator, and try again later.",
        ) from error


@contextmanager
def store_answers() -> Iterator[None]:
    """Raises DocumentRejectedError for a bucket that does not answer within its time limits."""
    try:
        yield
    except _unanswered() as error:
        logger.exception("The file store does not answer")
        raise DocumentRejectedError(
            "storage_away", "The file store does not answer. Try again in a minute."
        ) from error


@contextmanager
def local_copy(file: FieldFile, suffix: str) -> Iterator[Path]:
    """Returns the file on this machine's disk, whatever storage it is kept in.

    Raises DocumentRejectedError for one that is not where it was stored.
    """
    try:
        opened = file.open("rb")
    except FileNotFoundError as error:
        message = "The uploaded file is no longer stored here. Upload it again."
        raise DocumentRejectedError("file_missing", message) from error
    with opened as source, NamedTemporaryFile(suffix=suffix) as copy:
        for chunk in source.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def _unanswered() -> tuple[type[Exception], ...]:
    if not hasattr(default_storage, "bucket_name"):
        return ()
    from boto3.exceptions import S3UploadFailedError  # only with a bucket
    from botocore.exceptions import BotoCoreError

    return BotoCoreError, S3UploadFailedError
