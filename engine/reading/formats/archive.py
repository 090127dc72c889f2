"""Opens packed documents: no more is unpacked than is allowed, and nothing outside is fetched."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

from engine.reading.formats.elements import UnreadableError

MAX_PARTS = 20_000
PART_SHARE = 4  # one part may take a fourth of what the whole may
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)
MAX_NUMBER = 10**9
MOST_CROPPED = 0.98
PROLOG = 64 * 1024  # bytes before the first element


class Archive:
    """The parts of a packed document, by name; "/" in front of a name does not count."""

    def __init__(self, path: Path, unpacked: int) -> None:
        self._left, self._part = unpacked, unpacked // PART_SHARE
        with _damage():
            self._zip = zipfile.ZipFile(path)
        entries = self._zip.infolist()
        if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > 4 * unpacked:
            raise UnreadableError("bomb")
        self._entries = {entry.filename.lstrip("/"): entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def names(self) -> Iterator[str]:
        yield from self._entries

    def read(self, name: str) -> bytes:
        """Returns a part; b"" if there is none. Raises UnreadableError."""
        entry = self._entries.get(name)
        if entry is None:
            return b""
        if entry.flag_bits & 1:
            raise UnreadableError("encrypted")
        most = min(self._left, self._part)
        with _damage(), self._zip.open(entry) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise UnreadableError("bomb")
        self._left -= len(data)
        return data

    def xml(self, name: str) -> etree._Element | None:
        """Returns the root of a part; None if there is no such part. Raises UnreadableError."""
        data = self.read(name)
        return parsed(data) if data else None


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # how zipfile asks for a password
        raise UnreadableError("encrypted") from error
    except DAMAGED as error:
        raise UnreadableError("damaged") from error


def parsed(data: bytes, *, recover: bool = False) -> etree._Element:
    """Returns the root of XML that names nothing outside itself. Raises UnreadableError."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    if b"<!ENTITY" in data[:PROLOG].replace(b"\0", b""):
        raise UnreadableError("entities")
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("damaged") from error
    if root is None:
        raise UnreadableError("damaged")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise UnreadableError("entities")
    return root


def local(element: Any) -> str:
    """Returns a tag without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element | None, name: str, default: str = "") -> str:
    """Returns an attribute by its name without a namespace: strict and loose files differ."""
    if element is None:
        return default
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return default


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Returns the first descendant along a path of tags without namespaces."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    if element is not None:
        yield from (one for one in element if local(one) == name)


def descendants(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    if element is not None:
        yield from (one for one in element.iter() if local(one) in names)


def number(text: str, default: int = 0) -> int:
    """Returns a whole number of a file, within bounds that nothing real exceeds."""
    try:
        return min(max(int(float(text)), -MAX_NUMBER), MAX_NUMBER)
    except (ValueError, OverflowError):
        return default


def cropped(drawing: etree._Element | None) -> list[float]:
    """Returns what an Office file cuts off a picture at its left, top, right and bottom, in shares
    of it; nothing where it is shown whole."""
    told = next(descendants(drawing, "srcRect"), None)
    ends = [number(attribute(told, name)) / 100_000 for name in ("l", "t", "r", "b")]
    ends = [min(max(end, 0.0), 1.0) for end in ends]
    shown = ends[0] + ends[2] < MOST_CROPPED and ends[1] + ends[3] < MOST_CROPPED
    return ends if any(ends) and shown else []


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str, bool]]:
    """Returns the relations of a part of an Office file: type, target, whether it is outside."""
    folder, name = posixpath.split(part)
    return _relations_in(archive, posixpath.join(folder, "_rels", f"{name}.rels"), folder)


def _relations_in(archive: Archive, name: str, folder: str) -> dict[str, tuple[str, str, bool]]:
    root = archive.xml(name)
    found = {}
    for one in children(root, "Relationship"):
        outside = one.get("TargetMode") == "External"
        target = str(one.get("Target", ""))
        if not outside:
            target = joined(folder, target)
        kind = str(one.get("Type", "")).rpartition("/")[2]
        found[str(one.get("Id", ""))] = (kind, target, outside)
    return found


def joined(folder: str, target: str) -> str:
    """Returns the name of a part that another one in `folder` points to."""
    return posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")


def names_outside(archive: Archive) -> bool:
    """Whether any part of an Office file needs something outside, which a program that opens the
    file might fetch."""
    return any(
        outside and kind != "hyperlink"
        for name in [*archive.names()]
        if name.endswith(".rels")
        for kind, _, outside in _relations_in(archive, name, "").values()
    )
