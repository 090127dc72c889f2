"""Finds the JSON files of a data set: in a folder, or in a zip, which is not unpacked.

Nothing outside the data set is ever opened: links, absolute names and names that climb out of
it are refused with words.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Protocol, cast

SUFFIX = ".json"
# Uploaded PDFs and the old search index: neither is imported.
NOT_OURS = frozenset({"documents", "vectorstore", "__MACOSX"})
NAME_LENGTH = 500
# What reading from a file or from a zip may raise.
READ_ERRORS = (
    OSError,
    EOFError,
    RuntimeError,  # NotImplementedError is one, for a method of packing that Python lacks
    UnicodeDecodeError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)

MAX_ENTRIES = 500_000
# Bytes of a zip's directory, which is read whole: names of some eighty letters for so many files.
MAX_DIRECTORY = 64 * 1024 * 1024
ENTRY = b"PK\x01\x02"  # with this each file's entry in the directory begins
MAX_RATIO = 200  # JSON of real courses packs to a tenth
SMALL = 10 * 1024 * 1024  # below this, even a file of one letter packs well and does no harm


class DataSetError(Exception):
    """The data set as a whole cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to read. `modified` is the file's own time."""

    name: str
    size: int
    modified: datetime
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Refused:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that is counted but not read, because it is not JSON of the data set."""

    name: str


class DataSet(Protocol):
    """Entries come in the order of their names, and again the same at every call."""

    def entries(self) -> Iterator[Entry | Refused | Ignored]: ...


def shown(name: str) -> str:
    """Returns a file's name as the database and a terminal can hold it."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:NAME_LENGTH]


def is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = path.name.startswith("._")
    return path.suffix.lower() == SUFFIX and not hidden and NOT_OURS.isdisjoint(path.parts[:-1])


class Folder:
    def __init__(self, path: Path) -> None:
        try:
            self._path = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise DataSetError(f"There is no folder or file {path}.") from error
        if not self._path.is_dir():
            raise DataSetError(f"{path} is not a folder. Name the folder that holds courses/.")

    def entries(self) -> Iterator[Entry | Refused | Ignored]:
        return self._walk(self._path, "")

    def _walk(self, folder: Path, prefix: str) -> Iterator[Entry | Refused | Ignored]:
        try:
            with os.scandir(folder) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            yield Refused(shown(prefix or "."), f"The folder cannot be read: {error.strerror}.")
            return
        for child in children:
            name = shown(prefix + child.name)
            if child.is_symlink():
                yield Refused(
                    name, "This is a link, and links are not followed. Put the file here."
                )
            elif child.is_dir(follow_symlinks=False):
                if child.name not in NOT_OURS:
                    yield from self._walk(Path(child.path), f"{name}/")
            elif not is_ours(name):
                yield Ignored(name)
            elif not child.is_file(follow_symlinks=False):
                yield Refused(name, "This is not a regular file.")
            else:
                yield self._entry(child, name)

    def _entry(self, child: os.DirEntry[str], name: str) -> Entry | Refused:
        try:
            found = child.stat(follow_symlinks=False)
        except OSError as error:
            return Refused(name, f"The file cannot be read: {error.strerror}.")
        return _plain_entry(child.path, name, found)


def _plain_entry(path: str, name: str, found: os.stat_result) -> Entry:
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    return Entry(name, found.st_size, modified, lambda: _open_plain(path))


def _open_plain(path: str) -> BinaryIO:
    """Opens a regular file; fails for a link or pipe that has taken its place meanwhile."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is not a regular file")
    return os.fdopen(descriptor, "rb")


class _Counted:
    """A zip's file while its directory is read: zipfile makes an object of every entry, and goes
    by what it has read, not by the number that the zip says of itself. So do we."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.opening = True

    def read(self, size: int = -1) -> bytes:
        if self.opening and size > MAX_DIRECTORY:
            raise DataSetError("The zip's directory is too long. Use shorter names, or split it.")
        data = self._file.read(size)
        if self.opening and data.count(ENTRY) > MAX_ENTRIES:
            raise DataSetError(f"The zip holds more than {MAX_ENTRIES} files. Split it.")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Archive:
    """A zip file. Raises DataSetError for one that is damaged or would unpack to too much."""

    def __init__(self, file: IO[bytes], max_bytes: int) -> None:
        counted = _Counted(file)
        try:
            self._zip = zipfile.ZipFile(cast("IO[bytes]", counted))
        except READ_ERRORS as error:
            raise DataSetError("This is not a zip file, or it is damaged. Pack it anew.") from error
        counted.opening = False
        total = sum(member.file_size for member in self._zip.infolist())
        if total > max_bytes:
            raise DataSetError(
                f"The zip would unpack to {total // 1024**2} MB; at most {max_bytes // 1024**2} MB "
                "are read. Leave documents/ and vectorstore/ out, or split it."
            )

    def entries(self) -> Iterator[Entry | Refused | Ignored]:
        seen: set[str] = set()
        for member in sorted(self._zip.infolist(), key=lambda member: member.filename):
            # Not `is_dir`, which fails on a name of no letters.
            if member.filename.endswith("/"):
                continue
            name = shown(member.filename)
            if member.filename in seen:
                yield Refused(name, "The zip holds this name twice; the first is read.")
            else:
                seen.add(member.filename)
                yield self._entry(member, name)

    def _entry(self, member: zipfile.ZipInfo, name: str) -> Entry | Refused | Ignored:
        reason = _refusal(member)
        if reason:
            return Refused(name, reason)
        if not is_ours(name):
            return Ignored(name)
        return Entry(
            name, member.file_size, _time(member), lambda: cast("BinaryIO", self._zip.open(member))
        )


def _refusal(member: zipfile.ZipInfo) -> str:
    if reason := _bad_name(member.orig_filename.replace("\\", "/")):
        return reason
    if stat.S_ISLNK(member.external_attr >> 16):
        return "This is a link, and links are not followed. Pack the file itself."
    if member.flag_bits & 1:
        return "It is encrypted. Pack it without a password."
    if member.file_size > SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        return "It unpacks to far more than JSON does; it looks like a zip bomb."
    return ""


def _bad_name(name: str) -> str:
    parts = PurePosixPath(name).parts
    if not parts:
        return "It has no name. Pack it anew."
    if name.startswith("/") or parts[0].endswith(":"):
        return "Its name begins at the root of a disk. Names must stay inside the zip."
    if ".." in parts:
        return "Its name leads out of the zip (\u201c..\u201d)."
    return ""


def _time(member: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)


class OneFile:
    """A single JSON file, such as an exported course."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path.resolve(), name

    def entries(self) -> Iterator[Entry | Refused | Ignored]:
        yield _plain_entry(str(self._path), shown(self._name), self._path.stat())


@contextmanager
def opened(path: Path, max_bytes: int, name: str = "") -> Iterator[DataSet]:
    """Returns the data set at `path`: a folder, a zip, or one JSON file, shown as `name`.

    Raises DataSetError. `max_bytes` is for a zip, unpacked.
    """
    if not path.is_file():
        yield Folder(path)
    elif zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield Archive(file, max_bytes)
    elif PurePosixPath(name or path.name).suffix.lower() == SUFFIX:
        yield OneFile(path, name or path.name)
    else:
        raise DataSetError(f"{name or path.name} is neither a folder, a zip nor a .json file.")
