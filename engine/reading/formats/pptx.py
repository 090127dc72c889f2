"""Reads PowerPoint files: each slide's title, its texts in the order of reading, its notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lxml import etree

from engine.reading.formats.archive import (
    Archive,
    attribute,
    child,
    children,
    cropped,
    descendants,
    local,
    number,
    relations,
)
from engine.reading.formats.docx import MAX_DEPTH
from engine.reading.formats.elements import Cell, ElementKind, Reading, UnreadableError, grid
from engine.reading.formats.formulas import formula
from engine.reading.marks import scripted

MAX_SLIDES = 3000
_LEFT_OUT = ("dt", "ftr", "sldNum", "hdr", "sldImg")
_TITLES = ("title", "ctrTitle")
_GRAPHICS = ("pic", "graphicFrame")
MAX_TITLE = 10  # words
MAX_POINTS = 500  # of a chart
UNITS = 12_700  # of the file in a point
USUAL_AREA = 720 * 540  # square points
SLACK = 6  # points that shapes may overlap and still stand one below the other


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape with its place on the slide, in points from the upper left corner."""

    element: etree._Element
    kind: str
    x0: int
    y0: int
    x1: int
    y1: int


def read_pptx(archive: Archive, most: int) -> Reading:
    """Raises UnreadableError, also (too_many) for more than `most` slides."""
    main = next(
        (target for kind, target, _ in relations(archive, "").values() if kind == "officeDocument"),
        "ppt/presentation.xml",
    )
    root = archive.xml(main)
    if root is None:
        raise UnreadableError("damaged")
    targets = relations(archive, main)
    found = [
        (attribute(one, "id"), targets.get(_relation_id(one), ("", "", True))[1])
        for one in children(child(root, "sldIdLst"), "sldId")
    ]
    if len(found) > min(most, MAX_SLIDES):
        raise UnreadableError("too_many")
    size = child(root, "sldSz")
    area = number(attribute(size, "cx")) // UNITS * (number(attribute(size, "cy")) // UNITS)
    return _Deck(archive, _section_starts(root), area or USUAL_AREA).read(found)


def _relation_id(element: etree._Element) -> str:
    return next((str(value) for key, value in element.attrib.items() if "}id" in str(key)), "")


def _section_starts(root: etree._Element) -> dict[str, str]:
    """Returns the names of the deck's sections by the number of their first slides."""
    starts = {}
    for section in descendants(root, "section"):
        first = next(descendants(section, "sldId"), None)
        if first is not None and section.get("name"):
            starts[attribute(first, "id")] = str(section.get("name"))
    return starts if len(starts) > 1 else {}


class _Deck:
    def __init__(self, archive: Archive, sections: dict[str, str], area: int) -> None:
        self._archive = archive
        self._area = area
        self._sections = sections
        self._reading = Reading(unit="slide")
        self._languages = Counter[str]()
        self._layouts: dict[str, etree._Element | None] = {}

    def read(self, slides: list[tuple[str, str]]) -> Reading:
        layouts = {part: self._layout(relations(self._archive, part)) for _, part in slides}
        kinds = {
            part: str(layout.get("type", "")) if layout is not None else ""
            for part, layout in layouts.items()
        }
        parted = not self._sections and sum(k == "secHead" for k in kinds.values()) > 1
        level = 2 if self._sections or parted else 1
        for at, (name, part) in enumerate(slides, start=1):
            self._reading.labels.append(str(at))
            if name in self._sections:
                self._reading.add(ElementKind.HEADING, self._sections[name], level=1, place=at)
            opens = parted and kinds[part] in ("secHead", "title")
            self._slide(part, at, 1 if opens else level)
        if self._languages:
            self._reading.language = self._languages.most_common(1)[0][0]
        return self._reading

    def _layout(self, targets: dict[str, tuple[str, str, bool]]) -> etree._Element | None:
        name = next((t for kind, t, outside in targets.values() if kind == "slideLayout"), "")
        if name not in self._layouts:
            self._layouts[name] = self._archive.xml(name) if name else None
        return self._layouts[name]

    def _slide(self, part: str, place: int, level: int) -> None:
        root = self._archive.xml(part)
        if root is None:
            self._reading.note("missing")
            return
        if root.get("show") == "0":
            self._reading.note("hidden")
            return
        targets = relations(self._archive, part)
        for kind, _target, outside in targets.values():
            if outside and kind != "hyperlink":
                self._reading.note("outside")
        shapes = self._shapes(child(root, "cSld", "spTree"), self._layout(targets), 0)
        title = next((shape for shape in shapes if shape.kind in _TITLES), None)
        others = in_order([one for one in shapes if one is not title and not _is_empty(one)])
        words = " ".join(self._paragraphs(title.element)) if title else ""
        if not words and len(others) > 1 and is_title(said := self._paragraphs(others[0].element)):
            words, others = said[0], others[1:]
        # A slide without a title goes on with what the one before it began.
        if words:
            self._reading.add(ElementKind.HEADING, words, level=level, place=place)
        for shape in others:
            self._shape(shape, targets, place)
        self._notes(targets, place)

    def _shapes(
        self, tree: etree._Element | None, layout: etree._Element | None, depth: int
    ) -> list[Shape]:
        found: list[Shape] = []
        for one in tree if tree is not None and depth < MAX_DEPTH else ():
            if local(one) == "AlternateContent":
                found += self._shapes(child(one, "Choice"), layout, depth + 1)
            elif local(one) == "grpSp":
                inner = in_order(self._shapes(one, layout, depth + 1))
                box = _frame(child(one, "grpSpPr", "xfrm"))
                # A group is one thing on the slide; its parts are in order already.
                found += [Shape(i.element, i.kind, *box) if box else i for i in inner]
            elif local(one) in ("sp", *_GRAPHICS):
                place = _placeholder(one)
                kind = attribute(place, "type", "body" if place is not None else "")
                hidden = attribute(next(descendants(one, "cNvPr"), None), "hidden")
                if kind not in _LEFT_OUT and hidden not in ("1", "true"):
                    box = _box_of(one, layout)
                    found.append(Shape(one, kind, *box))
        return found

    def _shape(self, shape: Shape, targets: dict[str, tuple[str, str, bool]], place: int) -> None:
        element = shape.element
        if local(element) == "pic":
            said = attribute(next(descendants(element, "cNvPr"), None), "descr")
            blip = next(descendants(element, "blip"), None)
            source = targets.get(attribute(blip, "embed"), ("", "", True))
            if not source[2]:
                self._reading.add(
                    ElementKind.PICTURE,
                    said,
                    source=source[1],
                    place=place,
                    share=(shape.x1 - shape.x0) * (shape.y1 - shape.y0) / self._area,
                    crop=cropped(element),
                )
        elif local(element) == "graphicFrame":
            self._graphic(element, targets, place)
        else:
            self._texts(element, listed=shape.kind in ("body", "obj", ""), place=place)

    def _texts(self, element: etree._Element, *, listed: bool, place: int) -> None:
        body = child(element, "txBody")
        texts = [(p, words) for p in children(body, "p") if (words := self._words(p).strip())]
        placed = _placeholder(element) is not None
        for at, (paragraph, words) in enumerate(texts, start=1):
            told = child(paragraph, "pPr")
            plain = child(told, "buNone") is not None
            marked = child(told, "buChar") is not None or child(told, "buAutoNum") is not None
            # Layouts give the texts of their bodies bullets; a single text is a paragraph.
            if listed and (marked or (placed and not plain and len(texts) > 1)):
                numbered = child(told, "buAutoNum") is not None
                marker = f"{at}." if numbered else "-"
                self._reading.add(ElementKind.ITEM, f"{marker} {words}", place=place)
            else:
                self._reading.add(ElementKind.PARAGRAPH, words, place=place)

    def _paragraphs(self, element: etree._Element) -> list[str]:
        texts = (self._words(one).strip() for one in children(child(element, "txBody"), "p"))
        return [text for text in texts if text]

    def _words(self, paragraph: etree._Element) -> str:
        words = ""
        for one in paragraph:
            kind = local(one)
            if kind in ("r", "fld"):
                told = child(one, "rPr")
                text = "".join(t.text or "" for t in children(one, "t"))
                if base := number(attribute(told, "baseline")):
                    text = scripted(text, raised=base > 0, before=words)
                words += text
                if language := attribute(told, "lang"):
                    self._languages[language] += sum(map(str.isalpha, text))
            elif kind == "br":
                words += " "
            elif kind not in ("pPr", "endParaRPr"):
                words += "".join(f" {formula(m)} " for m in _formulas(one))
        return words

    def _graphic(
        self, element: etree._Element, targets: dict[str, tuple[str, str, bool]], place: int
    ) -> None:
        table = next(descendants(element, "tbl"), None)
        if table is not None:
            rows = [self._row(row) for row in children(table, "tr")]
            self._reading.add(ElementKind.TABLE, rows=grid(rows), place=place)
        chart = next(descendants(element, "chart"), None)
        if chart is not None:
            part = targets.get(attribute(chart, "id"), ("", "", True))
            root = None if part[2] else self._archive.xml(part[1])
            if root is not None:
                self._chart(root, place)
        diagram = next(descendants(element, "relIds"), None)
        if diagram is not None:
            part = targets.get(attribute(diagram, "dm"), ("", "", True))
            self._diagram(None if part[2] else self._archive.xml(part[1]), place)

    def _row(self, row: etree._Element) -> list[Cell]:
        cells = []
        for cell in children(row, "tc"):
            if attribute(cell, "hMerge") in ("1", "true") or attribute(cell, "vMerge") in (
                "1",
                "true",
            ):
                continue  # covered by the cell that it belongs to
            text = " ".join(self._paragraphs(cell))
            across, down = (number(attribute(cell, n), 1) for n in ("gridSpan", "rowSpan"))
            cells.append(Cell(text, across, down))
        return cells

    def _chart(self, root: etree._Element, place: int) -> None:
        """Adds a chart as a table: a row for each category, a column for each series."""
        title = next(descendants(root, "title"), None)
        name = " ".join(t.text or "" for t in descendants(title, "t")).strip()
        series = list(descendants(root, "ser"))[:20]
        if not series:
            return
        categories = _points(child(series[0], "cat"))
        if not categories:
            categories = _points(child(series[0], "xVal"))
        heads = [next(iter(_points(child(one, "tx")).values()), "") for one in series]
        columns = [_points(child(one, "val")) or _points(child(one, "yVal")) for one in series]
        places = sorted({at for points in (categories, *columns) for at in points})[:MAX_POINTS]
        rows = [[name, *heads]] + [
            [categories.get(at, str(at + 1)), *(column.get(at, "") for column in columns)]
            for at in places
        ]
        self._reading.add(ElementKind.TABLE, name, rows=rows, place=place)

    def _diagram(self, root: etree._Element | None, place: int) -> None:
        for point in descendants(root, "pt"):
            body = child(point, "t")
            words = [self._words(one).strip() for one in children(body, "p")]
            said = " ".join(filter(None, words))
            if said and attribute(point, "type", "node") == "node":
                self._reading.add(ElementKind.ITEM, f"- {said}", place=place)

    def _notes(self, targets: dict[str, tuple[str, str, bool]], place: int) -> None:
        part = next(
            (t for kind, t, out in targets.values() if kind == "notesSlide" and not out), ""
        )
        root = self._archive.xml(part) if part else None
        for shape in descendants(root, "sp"):
            if attribute(_placeholder(shape), "type") == "body":
                for words in self._paragraphs(shape):
                    self._reading.add(ElementKind.PARAGRAPH, words, place=place)


def _formulas(element: etree._Element) -> list[etree._Element]:
    """Returns the outermost formulas, of the first of several ways to draw them."""
    if local(element) == "oMath":
        return [element]
    if local(element) == "Fallback":
        return []
    return [found for one in element for found in _formulas(one)]


def _placeholder(shape: etree._Element) -> etree._Element | None:
    return next(descendants(shape, "ph"), None)


def _is_empty(shape: Shape) -> bool:
    """Whether a shape only decorates the slide."""
    texts = (t.text for t in descendants(shape.element, "t"))
    drawn = any(descendants(shape.element, "oMath"))
    return local(shape.element) == "sp" and not drawn and not any(t and t.strip() for t in texts)


def _frame(told: etree._Element | None) -> tuple[int, int, int, int] | None:
    offset, extent = child(told, "off"), child(told, "ext")
    if offset is None or extent is None:
        return None
    places = ((offset, "x"), (offset, "y"), (extent, "cx"), (extent, "cy"))
    x, y, width, height = (number(attribute(one, name)) // UNITS for one, name in places)
    return x, y, x + width, y + height


def _box_of(shape: etree._Element, layout: etree._Element | None) -> tuple[int, int, int, int]:
    told = child(shape, "spPr", "xfrm")
    if told is None:
        told = child(shape, "xfrm")
    found = _frame(told)
    if found is None and layout is not None:
        mine = _placeholder(shape)
        wanted = (attribute(mine, "type", "body"), attribute(mine, "idx"))
        for one in descendants(layout, "sp"):
            other = _placeholder(one)
            if other is not None and mine is not None:
                has = (attribute(other, "type", "body"), attribute(other, "idx"))
                if has == wanted or (wanted[1] and has[1] == wanted[1]):
                    found = _frame(child(one, "spPr", "xfrm")) or found
    return found or (0, 0, 0, 0)


def _points(element: etree._Element | None) -> dict[int, str]:
    """Returns the values of a chart's series by their places."""
    found: dict[int, str] = {}
    for point in descendants(element, "pt"):
        value = "".join(v.text or "" for v in descendants(point, "v", "t")).strip()
        found.setdefault(number(attribute(point, "idx")), value)
    if not found and element is not None:
        alone = "".join(v.text or "" for v in descendants(element, "v")).strip()
        return {0: alone} if alone else {}
    return found


def is_title(texts: list[str]) -> bool:
    """Whether the first texts of a slide are what a person takes for its title."""
    return len(texts) == 1 and len(texts[0].split()) <= MAX_TITLE and not texts[0].endswith(".")


def in_order(shapes: list[Shape]) -> list[Shape]:
    """Returns shapes as a person reads them: from above, columns side by side one after another."""
    if len(shapes) < 2:  # noqa: PLR2004 - nothing to order
        return shapes
    for low, high in (("x0", "x1"), ("y0", "y1")):
        bands = _bands(shapes, low, high)
        if len(bands) > 1:
            return [one for band in bands for one in in_order(band)]
    return shapes


def _bands(shapes: list[Shape], low: str, high: str) -> list[list[Shape]]:
    """Returns the shapes divided where a straight cut goes through none of them."""
    bands: list[list[Shape]] = []
    end = 0
    for shape in sorted(shapes, key=lambda one: getattr(one, low)):
        if bands and getattr(shape, low) < end - SLACK:
            bands[-1].append(shape)
            end = max(end, getattr(shape, high))
        else:
            bands.append([shape])
            end = getattr(shape, high)
    # Within a band the file's own order stands until it is divided further.
    places = {id(shape): at for at, shape in enumerate(shapes)}
    return [sorted(band, key=lambda one: places[id(one)]) for band in bands]
