"""Fuzzes uploaded zips, which are read without unpacking them to disk, up to a size."""

from __future__ import annotations

import io
import zipfile

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from exchange.old_json.files import READ_ERRORS, DataSetError, Entry, opened
from fuzz.inputs import edited
from fuzz.scratch import Scratch, file_of
from fuzz.targets import Target
from fuzz.targets.importing import MAX_BYTES, check_import

TOKENS = [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"\xff\xff\xff\xff", b"../"]
NAMES = st.sampled_from(
    ["courses/a.json", "../a.json", "/etc/a.json", "C:/a.json", "a\0.json", "..\\a.json", "A.JSON"]
) | st.text(min_size=1, max_size=12)


@st.composite
def packed(draw: DrawFn, contents: list[bytes]) -> bytes:
    """Returns a well-formed zip with names of all kinds; some entries are links or folders."""
    file = io.BytesIO()
    method = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]))
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in draw(st.lists(NAMES, max_size=4, unique=True)):
            entry = zipfile.ZipInfo(name.encode("utf-8", "replace").decode())
            entry.external_attr = draw(st.sampled_from([0, 0o120777 << 16, 0o040755 << 16]))
            archive.writestr(entry, draw(st.sampled_from(contents)), method)
    return file.getvalue()


def check(data: bytes) -> None:
    with file_of(data, ".zip") as scratch:
        _check_sizes(scratch)
        check_import(scratch)


def _check_sizes(scratch: Scratch) -> None:
    """Checks that no name leads out of the archive, and that no more is read than is allowed.

    An archive lists files that are read (`Entry`) beside names that are refused or ignored.
    """
    total = 0
    try:
        with opened(scratch.path, MAX_BYTES) as found:
            for entry in found.entries():
                assert entry.name.isprintable()
                if isinstance(entry, Entry):
                    assert ".." not in entry.name.replace("\\", "/").split("/")
                    total += _size(entry)
    except DataSetError:
        return
    assert total <= MAX_BYTES


def _size(entry: Entry) -> int:
    try:
        with entry.open() as file:
            return len(file.read(2 * MAX_BYTES))
    except READ_ERRORS:
        return 0


TARGET = Target(
    check=check,
    inputs=lambda seeds: packed([b"{}", b"[", *seeds[:2]]) | edited(seeds, TOKENS),
    needs_database=True,
)
