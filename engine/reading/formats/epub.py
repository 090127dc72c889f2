"""Reads EPUB books: files in the order of the spine, headings as the contents name them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from lxml import etree

from engine.reading.formats.archive import (
    Archive,
    attribute,
    child,
    children,
    descendants,
    joined,
    local,
    parsed,
)
from engine.reading.formats.elements import Element, ElementKind, Reading, UnreadableError
from engine.reading.formats.html import HEADINGS, Walker, decoded, parsed_html

MAX_FILES = 3000
MIN_WORDS = 40  # of a file that is more than a list of contents
_FONTS = ("obfuscation", "font", "idpf.org/2008/embedding", "ns.adobe.com/pdf/enc#rc")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the contents: which file and id it leads to."""

    title: str
    file: str
    anchor: str
    level: int


def read_epub(archive: Archive) -> Reading:
    """Raises UnreadableError, also (encrypted) for a book under digital rights management."""
    _check_rights(archive)
    container = archive.xml("META-INF/container.xml")
    name = attribute(next(descendants(container, "rootfile"), None), "full-path")
    package = archive.xml(name)
    if package is None:
        raise UnreadableError("damaged")
    return _Book(archive, posixpath.dirname(name), package).read()


def _check_rights(archive: Archive) -> None:
    for data in descendants(archive.xml("META-INF/encryption.xml"), "EncryptedData"):
        algorithm = attribute(next(descendants(data, "EncryptionMethod"), None), "Algorithm")
        if not any(word in algorithm.lower() for word in _FONTS):
            raise UnreadableError("encrypted")


class _Book:
    def __init__(self, archive: Archive, folder: str, package: etree._Element) -> None:
        self._archive = archive
        self._reading = Reading()
        metadata = child(package, "metadata")
        language = child(metadata, "language")
        self._reading.language = (language.text or "").strip() if language is not None else ""
        self._items = {
            attribute(item, "id"): item for item in children(child(package, "manifest"), "item")
        }
        self._folder = folder
        spine = child(package, "spine")
        self._files = [
            self._file(self._items[attribute(one, "idref")])
            for one in children(spine, "itemref")
            if attribute(one, "idref") in self._items and attribute(one, "linear") != "no"
        ][:MAX_FILES]
        self._asides = [
            self._file(self._items[attribute(one, "idref")])
            for one in children(spine, "itemref")
            if attribute(one, "idref") in self._items and attribute(one, "linear") == "no"
        ][:MAX_FILES]
        self._cover = self._cover_of(metadata)
        self._entries = self._contents(attribute(spine, "toc"))
        self._place = 0

    def read(self) -> Reading:
        for name in self._files:
            self._read_file(name)
        if any(self._is_text(name) for name in self._asides):
            self._reading.note("aside")
        if self._reading.labels:
            self._reading.unit = "page"
            for element in self._reading.elements:
                element.place = element.place or 1
        return self._reading

    def _file(self, item: etree._Element) -> str:
        return joined(self._folder, attribute(item, "href"))

    def _is_text(self, name: str) -> bool:
        """Whether a file holds more than a cover or a list of contents."""
        root = self._page(name)
        body = next(descendants(root, "body"), None)
        words = len("".join(body.itertext()).split()) if body is not None else 0
        return body is not None and words >= MIN_WORDS and not _is_contents(body)

    def _cover_of(self, metadata: etree._Element | None) -> str:
        """Returns the name of the picture on the book's cover; "" if the book does not say."""
        named = {
            attribute(one, "content")
            for one in children(metadata, "meta")
            if attribute(one, "name") == "cover"
        }
        for name, item in self._items.items():
            if name in named or "cover-image" in attribute(item, "properties").split():
                return self._file(item)
        return ""

    def _contents(self, toc: str) -> list[_Entry]:
        """Returns the entries of the navigation document, or of the older kind of contents."""
        for item in self._items.values():
            if "nav" in attribute(item, "properties").split():
                name = self._file(item)
                root = self._page(name)
                for nav in descendants(root, "nav"):
                    if "toc" in attribute(nav, "type").split():
                        folder = posixpath.dirname(name)
                        return _nav_entries(nav, folder, 0)
        if toc in self._items:
            name = self._file(self._items[toc])
            root = self._archive.xml(name)
            points = child(root, "navMap")
            return _points(points, posixpath.dirname(name), 1) if points is not None else []
        return []

    def _page(self, name: str) -> etree._Element | None:
        """Returns a file of the book as a tree: as XML, or as loose HTML where it is none."""
        data = self._archive.read(name)
        if not data:
            return None
        try:
            return parsed(data)
        except UnreadableError as error:
            if error.code != "damaged":
                raise
            return parsed_html(decoded(data))

    def _read_file(self, name: str) -> None:
        root = self._page(name)
        if root is None:
            self._reading.note("missing")
            return
        body = next((one for one in root.iter() if local(one) == "body"), root)
        start = len(self._reading.elements)
        walker = Walker(self._reading, root, whole=True)
        walker.place = self._place
        walker.walk(body)
        self._place = walker.place
        for element in self._reading.elements[start:]:
            if element.kind is ElementKind.PICTURE and ":" not in element.source:
                element.source = joined(posixpath.dirname(name), element.source)
        if self._cover:
            self._reading.elements[start:] = [
                one for one in self._reading.elements[start:] if one.source != self._cover
            ]
        if _is_contents(body):
            for element in self._reading.elements[start:]:
                element.part = element.part or "contents"
        entries = [entry for entry in self._entries if entry.file == name]
        if entries:
            self._set_levels(start, entries, walker.anchors)

    def _set_levels(self, start: int, entries: list[_Entry], anchors: dict[str, int]) -> None:
        """Gives headings their levels in the contents; adds those that the file only has there."""
        elements = self._reading.elements
        places = [(max(anchors.get(entry.anchor, start), start), entry) for entry in entries]
        found: dict[int, int] = {}
        missing: list[tuple[int, _Entry]] = []
        for at, entry in places:
            heading = _heading_near(elements, at, entry.title)
            if heading is None or heading in found:
                missing.append((at, entry))
            else:
                found[heading] = entry.level
        own, level = 0, places[0][1].level
        for at in range(start, len(elements)):
            element = elements[at]
            if element.kind is not ElementKind.HEADING:
                continue
            if at in found:
                own, element.level = element.level, found[at]
                level = element.level
            else:
                # Below the heading of the contents that it stands under, by as much as its tag.
                element.level = level + max(1, element.level - own) if own else element.level
        for at, entry in sorted(missing, key=lambda one: -one[0]):
            place = elements[at].place if at < len(elements) else self._place
            kind, title = ElementKind.HEADING, entry.title
            elements.insert(at, Element(kind, title, level=entry.level, place=place))


def _heading_near(elements: list[Element], at: int, title: str) -> int | None:
    """Returns the number of a heading with this title within the next few elements."""
    wanted = _key(title)
    near = range(at, min(at + 4, len(elements)))
    headings = [n for n in near if elements[n].kind is ElementKind.HEADING]
    for n in headings:
        own = _key(elements[n].text)
        if own and (own in wanted or wanted in own):
            return n
    return headings[0] if headings and headings[0] == at else None


def _is_contents(body: etree._Element) -> bool:
    """Whether a file is a list of contents; chapters may have links to their parts as well."""
    lists = [one for one in body.iter() if local(one) == "nav"]
    listed = sum(len("".join(one.itertext()).split()) for one in lists)
    words = len("".join(body.itertext()).split())
    return bool(lists) and words - listed < max(MIN_WORDS, listed)


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _nav_entries(element: etree._Element, folder: str, level: int) -> list[_Entry]:
    found: list[_Entry] = []
    for one in element:
        if local(one) == "a" and level:
            title = " ".join("".join(one.itertext()).split())
            found += _entry(title, attribute(one, "href"), folder, level)
        elif local(one) not in HEADINGS:
            found += _nav_entries(one, folder, level + (local(one) == "ol"))
    return found


def _points(element: etree._Element, folder: str, level: int) -> list[_Entry]:
    found: list[_Entry] = []
    for point in children(element, "navPoint"):
        label = child(point, "navLabel", "text")
        title = " ".join((label.text or "").split()) if label is not None else ""
        found += _entry(title, attribute(child(point, "content"), "src"), folder, level)
        found += _points(point, folder, level + 1)
    return found


def _entry(title: str, target: str, folder: str, level: int) -> list[_Entry]:
    file, _, anchor = target.partition("#")
    return [_Entry(title, joined(folder, file), anchor, level)] if title and file else []
