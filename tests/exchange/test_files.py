"""Which files of a folder or a zip are opened, and which are refused."""

from __future__ import annotations

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from exchange.old_json.files import (
    MAX_DIRECTORY,
    MAX_ENTRIES,
    Archive,
    DataSet,
    DataSetError,
    Entry,
    Folder,
    Ignored,
    Refused,
)

MB = 1024 * 1024


def listed(data: DataSet) -> tuple[list[str], dict[str, str], list[str]]:
    found = list(data.entries())
    return (
        [one.name for one in found if isinstance(one, Entry)],
        {one.name: one.reason for one in found if isinstance(one, Refused)},
        [one.name for one in found if isinstance(one, Ignored)],
    )


def test_json_files_of_all_folders_are_found_in_order(tmp_path: Path) -> None:
    for name in ("quizzes/b.json", "quizzes/a.JSON", "courses/c.json", "x.json", "courses/n.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    names, refused, ignored = listed(Folder(tmp_path))
    assert names == ["courses/c.json", "quizzes/a.JSON", "quizzes/b.json", "x.json"]
    assert (refused, ignored) == ({}, ["courses/n.txt"])


def test_documents_and_the_old_index_are_left_alone(tmp_path: Path) -> None:
    for name in ("documents", "vectorstore"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.json").write_text("{}")
    assert listed(Folder(tmp_path)) == ([], {}, [])


def test_links_are_refused_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.json").write_text("{}")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "file.json").symlink_to(outside / "secret.json")
    (folder / "courses").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    names, refused, _ = listed(Folder(folder))
    assert names == []
    assert set(refused) == {"courses", "file.json", "loop"}
    assert "links are not followed" in refused["file.json"]


def test_a_link_that_takes_a_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    path = tmp_path / "a.json"
    path.write_text("{}")
    [entry] = [one for one in Folder(tmp_path).entries() if isinstance(one, Entry)]
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        entry.open()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        entry.open()


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    assert listed(Folder(tmp_path))[1] == {"a.json": "This is not a regular file."}


def test_a_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff\n.json")).write_text("{}")
    [name] = listed(Folder(tmp_path))[0]
    assert name.encode().decode() == name
    assert name.isprintable()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="There is no folder or file"):
        Folder(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(DataSetError, match="is not a folder"):
        Folder(tmp_path / "file")


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file


def member(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_a_zip_is_read_without_unpacking_it() -> None:
    data = Archive(zipped(("old/courses/a.json", b"[1]"), ("old/courses/", b"")), MB)
    [entry] = [one for one in data.entries() if isinstance(one, Entry)]
    assert (entry.name, entry.size) == ("old/courses/a.json", 3)
    with entry.open() as file:
        assert file.read() == b"[1]"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../a.json", "leads out of the zip"),
        ("courses/../../a.json", "leads out of the zip"),
        ("..\\a.json", "leads out of the zip"),
        ("/etc/a.json", "root of a disk"),
        ("C:\\a.json", "root of a disk"),
        (member("", 0), "has no name"),
        (".", "has no name"),
        (member("link.json", stat.S_IFLNK | 0o777), "links are not followed"),
    ],
)
def test_path_tricks_in_a_zip_are_refused(name: str | zipfile.ZipInfo, words: str) -> None:
    names, refused, _ = listed(Archive(zipped((name, b"{}"), ("good.json", b"{}")), MB))
    assert names == ["good.json"]
    assert words in next(iter(refused.values()))


def test_a_name_that_is_there_twice_is_refused_once() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = Archive(zipped(("a.json", b"1"), ("a.json", b"2")), MB)
    names, refused, _ = listed(data)
    assert (names, list(refused)) == (["a.json"], ["a.json"])


def test_a_zip_bomb_is_refused() -> None:
    file = zipped(("bomb.json", b" " * (11 * MB)), ("good.json", b"{}"))
    with pytest.raises(DataSetError, match="would unpack to 11 MB; at most 5 MB"):
        Archive(file, 5 * MB)
    names, refused, _ = listed(Archive(file, 100 * MB))
    assert names == ["good.json"]
    assert "zip bomb" in refused["bomb.json"]


def directory(entries: int, name: bytes = b"", said: int = 1, *, zip64: bool = False) -> io.BytesIO:
    """A zip of nothing but a directory, whose end says that it holds `said` files."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, *[0] * 8, len(name), *[0] * 6)
    data = (entry + name) * entries
    size, offset = len(data), 0
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, said, said, size, offset, 0)
    if zip64:
        size, offset = 2**32 - 1, 2**32 - 1
        where = len(data)
        data += struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, said, said, where, 0)
        data += struct.pack("<4sLQL", b"PK\x06\x07", 0, where, 1)
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, said, said, size, offset, 0)
    return io.BytesIO(data + end)


@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize(
    ("entries", "name", "words"),
    [
        (2_000_000, b"", "directory is too long"),
        (1100, b"n" * 65_000, "directory is too long"),
        (MAX_ENTRIES + 1, b"", "more than 500000 files"),
    ],
)
def test_a_directory_is_counted_before_it_is_taken_in(
    entries: int, name: bytes, words: str, *, zip64: bool
) -> None:
    """An object for each of its entries took 718 MB, whatever the zip said of their number."""
    file = directory(entries, name, zip64=zip64)
    tracemalloc.start()
    try:
        with pytest.raises(DataSetError, match=words):
            Archive(file, MB)
        assert tracemalloc.get_traced_memory()[1] < 1.1 * MAX_DIRECTORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("zip64", [False, True])
def test_a_directory_of_many_entries_is_read(*, zip64: bool) -> None:
    assert len(list(Archive(directory(1000, b"a.json", zip64=zip64), MB).entries())) == 1000


def test_a_zip_within_the_zip_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its directory is what a file holds: read when that is, in pieces of any length."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.json", b"PK\x01\x02" * 5000)
    monkeypatch.setattr("exchange.old_json.files.MAX_ENTRIES", 1000)
    monkeypatch.setattr("exchange.old_json.files.MAX_DIRECTORY", 1000)
    data = Archive(file, MB)
    [entry] = [one for one in data.entries() if isinstance(one, Entry)]
    with entry.open() as opened:
        assert len(opened.read()) == 20_000


def test_an_encrypted_file_is_refused() -> None:
    data = bytearray(zipped(("a.json", b"{}")).getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in listed(Archive(io.BytesIO(bytes(data)), MB))[1]["a.json"]


def test_what_is_no_zip_is_said() -> None:
    with pytest.raises(DataSetError, match="not a zip file"):
        Archive(io.BytesIO(b"hello"), MB)
