"""Reads PowerPoint files: each slide's title, its texts in the order of reading, its notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import PurePosixPath

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
from engine.reading.formats.charts import add_chart, diagram_points
from engine.reading.formats.docx import MAX_DEPTH
from engine.reading.formats.drawn import LABEL_WORDS, Drawing, Role, Thing, find_drawing, is_label
from engine.reading.formats.elements import Cell, ElementKind, Reading, UnreadableError, grid
from engine.reading.formats.formulas import formula
from engine.reading.formats.symbols import of_symbol_font
from engine.reading.marks import scripted

MAX_SLIDES = 3000
_LEFT_OUT = ("dt", "ftr", "sldNum", "hdr", "sldImg")
_TITLES = ("title", "ctrTitle")
_GRAPHICS = ("pic", "graphicFrame")
_DRAWN = ("sp", "cxnSp")
_MEDIA = ("videoFile", "audioFile", "wavAudioFile", "quickTimeFile", "audioCd")
_ARROW = re.compile(r"arrow|brace|bracket|callout|chevron", re.IGNORECASE)
VECTORS = (".emf", ".wmf", ".emz", ".wmz", ".svg", ".pict", ".pct", ".eps")
MAX_TITLE = 10  # words
UNITS = 12_700  # of the file in a point
USUAL_WIDTH, USUAL_HEIGHT = 720, 540  # points
MIN_SHARE = 0.02  # of the slide that a drawing covers
SLACK = 6  # points that shapes may overlap and still stand one below the other


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape with its place on the slide, in points from the upper left corner. What is in a
    group is ordered by the group's place and has an `own` one."""

    element: etree._Element
    kind: str
    x0: int
    y0: int
    x1: int
    y1: int
    own: tuple[int, int, int, int] | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.own or (self.x0, self.y0, self.x1, self.y1)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How the places in a group become places on the slide."""

    x: float = 1.0
    y: float = 1.0
    right: float = 0.0
    down: float = 0.0

    def placed(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        x0, y0, x1, y1 = box
        left, right = (round(x * self.x + self.right) for x in (x0, x1))
        top, bottom = (round(y * self.y + self.down) for y in (y0, y1))
        return left, top, right, bottom

    def within(self, told: etree._Element | None) -> _Scale:
        """Returns the scale of the parts of a group with this place."""
        outer, inner = _frame(told), _frame(told, "chOff", "chExt")
        if outer is None or inner is None:
            return self
        wide, high = inner[2] - inner[0], inner[3] - inner[1]
        x = (outer[2] - outer[0]) / wide if wide else 1.0
        y = (outer[3] - outer[1]) / high if high else 1.0
        right, down = outer[0] - inner[0] * x, outer[1] - inner[1] * y
        return _Scale(
            self.x * x, self.y * y, self.right + right * self.x, self.down + down * self.y
        )


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
    found: list[tuple[str, str]] = []
    for one in children(child(root, "sldIdLst"), "sldId"):
        # The id of its relation is the attribute "id" with a namespace, beside one without.
        relation = next((str(value) for key, value in one.attrib.items() if "}id" in str(key)), "")
        found.append((attribute(one, "id"), targets.get(relation, ("", "", True))[1]))
    if len(found) > min(most, MAX_SLIDES):
        raise UnreadableError("too_many")
    size = child(root, "sldSz")
    width = number(attribute(size, "cx")) // UNITS or USUAL_WIDTH
    height = number(attribute(size, "cy")) // UNITS or USUAL_HEIGHT
    return _Deck(archive, _section_starts(root), width, height).read(found)


def _section_starts(root: etree._Element) -> dict[str, str]:
    """Returns the names of the deck's sections by the number of their first slides."""
    starts = {}
    for section in descendants(root, "section"):
        first = next(descendants(section, "sldId"), None)
        if first is not None and section.get("name"):
            starts[attribute(first, "id")] = str(section.get("name"))
    return starts if len(starts) > 1 else {}


class _Deck:
    def __init__(self, archive: Archive, sections: dict[str, str], width: int, height: int) -> None:
        self._archive = archive
        self._width, self._height = width, height
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
        if root is None or root.get("show") in ("0", "false"):
            self._reading.note("missing" if root is None else "hidden", place)
            return
        targets = relations(self._archive, part)
        if any(outside and kind != "hyperlink" for kind, _, outside in targets.values()):
            self._reading.note("outside", place)
        shapes = self._shapes(child(root, "cSld", "spTree"), self._layout(targets), _Scale(), 0)
        things = [one for shape in shapes if (one := self._thing(shape, targets))]
        drawing = find_drawing(things, self._width, self._height)
        title = next((shape for shape in shapes if shape.kind in _TITLES), None)
        others = in_order([one for one in shapes if one is not title and not _is_empty(one)])
        words = " ".join(self._paragraphs(title.element)) if title else ""
        first = others[0] if not words and len(others) > 1 else None
        if (
            first
            and is_title(said := self._paragraphs(first.element))
            and not self._is_drawn(first, drawing)
        ):
            words, others = said[0], others[1:]
        # A slide without a title goes on with what the one before it began.
        if words:
            self._reading.add(ElementKind.HEADING, words, level=level, place=place)
        for shape in others:
            self._shape(shape, targets, place, drawn=drawing is not None)
        if drawing is not None:
            self._add_drawing(drawing, shapes, place)
        self._notes(targets, place)

    def _shapes(
        self,
        tree: etree._Element | None,
        layout: etree._Element | None,
        scale: _Scale,
        depth: int,
    ) -> list[Shape]:
        found: list[Shape] = []
        for one in tree if tree is not None and depth < MAX_DEPTH else ():
            if local(one) == "AlternateContent":
                # Of handwriting only its picture can be read.
                ink = next(descendants(child(one, "Choice"), "contentPart"), None) is not None
                chosen = child(one, "Fallback" if ink else "Choice")
                found += self._shapes(chosen, layout, scale, depth + 1)
            elif local(one) == "grpSp":
                told = child(one, "grpSpPr", "xfrm")
                inner = in_order(self._shapes(one, layout, scale.within(told), depth + 1))
                # A group is one thing on the slide; its parts are in order already.
                if group := _frame(told):
                    x0, y0, x1, y1 = scale.placed(group)
                    inner = [replace(i, x0=x0, y0=y0, x1=x1, y1=y1, own=i.box) for i in inner]
                found += inner
            elif local(one) in (*_DRAWN, *_GRAPHICS):
                place = _placeholder(one)
                kind = attribute(place, "type", "body" if place is not None else "")
                hidden = attribute(next(descendants(one, "cNvPr"), None), "hidden")
                if kind not in _LEFT_OUT and hidden not in ("1", "true"):
                    found.append(Shape(one, kind, *scale.placed(_box_of(one, layout))))
        return found

    def _shape(
        self, shape: Shape, targets: dict[str, tuple[str, str, bool]], place: int, *, drawn: bool
    ) -> None:
        element = shape.element
        if local(element) == "pic":
            if next(descendants(element, *_MEDIA), None) is not None:
                self._reading.note("media", place)
            self._picture(shape, targets, place)
        elif local(element) == "graphicFrame":
            self._graphic(element, targets, place)
            if _is_object(element):
                self._picture(shape, targets, place)
        else:
            listed = shape.kind in ("body", "obj", "")
            self._texts(element, listed=listed, place=place, labels=drawn and not shape.kind)

    def _picture(self, shape: Shape, targets: dict[str, tuple[str, str, bool]], place: int) -> None:
        source = self._source(shape.element, targets)
        # What cannot be drawn here belongs to the drawing of its slide.
        if not source or is_vector(source):
            return
        told = next(descendants(shape.element, "cNvPr"), None)
        self._reading.add(
            ElementKind.PICTURE,
            attribute(told, "descr"),
            caption=attribute(told, "title"),
            source=source,
            place=place,
            share=self._share(shape),
            crop=cropped(shape.element),
            box=self._shares(shape),
        )

    def _source(self, element: etree._Element, targets: dict[str, tuple[str, str, bool]]) -> str:
        """Returns the part with the picture of a shape; "" if it has none in the file."""
        blip = next(descendants(element, "blip"), None)
        _kind, target, outside = targets.get(attribute(blip, "embed"), ("", "", True))
        return "" if outside else target

    def _share(self, shape: Shape) -> float:
        x0, y0, x1, y1 = shape.box
        return (x1 - x0) * (y1 - y0) / (self._width * self._height)

    def _shares(self, shape: Shape) -> list[float]:
        sizes = (self._width, self._height, self._width, self._height)
        return [round(end / size, 4) for end, size in zip(shape.box, sizes, strict=True)]

    def _thing(self, shape: Shape, targets: dict[str, tuple[str, str, bool]]) -> Thing | None:
        """Returns what a shape is for a drawing; None for what is not seen."""
        kind = local(shape.element)
        if kind in _GRAPHICS:
            source = self._source(shape.element, targets)
            diagram = next(descendants(shape.element, "relIds"), None) is not None
            lost = is_vector(source) or (_is_object(shape.element) and not source)
            if (diagram or lost) and self._share(shape) >= MIN_SHARE:
                return Thing(Role.WHOLE, *shape.box)
            return Thing(Role.PICTURE, *shape.box)
        words = len(" ".join(self._paragraphs(shape.element)).split())
        if shape.kind:
            # Titles and texts in their places are no labels, however short they are.
            return Thing(Role.TEXT, *shape.box, max(words, LABEL_WORDS + 1)) if words else None
        return Thing(_role(shape.element), *shape.box, words)

    def _is_drawn(self, shape: Shape, drawing: Drawing | None) -> bool:
        """Whether the middle of a shape lies in the drawing."""
        if drawing is None:
            return False
        x0, y0, x1, y1 = self._shares(shape)
        left, top, right, bottom = drawing.box
        return left <= (x0 + x1) / 2 <= right and top <= (y0 + y1) / 2 <= bottom

    def _add_drawing(self, drawing: Drawing, shapes: Sequence[Shape], place: int) -> None:
        """Adds a slide's drawing, and what its arrows lead from and to."""
        texts = {
            attribute(next(descendants(one.element, "cNvPr"), None), "id"): " ".join(
                self._paragraphs(one.element)
            )
            for one in shapes
        }
        for line in (one.element for one in shapes if local(one.element) == "cxnSp"):
            ends = [
                texts.get(attribute(next(descendants(line, name), None), "id"), "")
                for name in ("stCxn", "endCxn")
            ]
            sign = _arrow_of(line)
            if sign and all(0 < len(end.split()) <= LABEL_WORDS for end in ends):
                if sign == "\u2190":
                    sign, ends = "\u2192", ends[::-1]
                self._reading.add(ElementKind.ITEM, f"- {f' {sign} '.join(ends)}", place=place)
        self._reading.add(ElementKind.DRAWING, place=place, box=drawing.box, shapes=drawing.shapes)

    def _texts(
        self, element: etree._Element, *, listed: bool, place: int, labels: bool = False
    ) -> None:
        """Adds the paragraphs of a shape; `labels` says that it belongs to a drawing."""
        body = child(element, "txBody")
        texts = [(p, words) for p in children(body, "p") if (words := self._words(p).strip())]
        placed = _placeholder(element) is not None
        numbers: dict[int, Iterator[int]] = {}
        for paragraph, words in texts:
            told = child(paragraph, "pPr")
            plain = child(told, "buNone") is not None
            marked, numbered = child(told, "buChar") is not None, child(told, "buAutoNum")
            level = number(attribute(told, "lvl"))
            numbers = {depth: run for depth, run in numbers.items() if depth <= level}
            label = labels and is_label(words)
            if listed and numbered is not None:
                start = number(attribute(numbered, "startAt"), 1)
                at = next(numbers.setdefault(level, count(start)))
                self._reading.add(ElementKind.ITEM, f"{at}. {words}", place=place)
                continue
            numbers.pop(level, None)
            if plain and words[:1].islower() and self._goes_on(place):
                self._reading.elements[-1].text += f" {words}"
                continue
            # Layouts give the texts of their bodies bullets; a single text is a paragraph.
            if label or (listed and (marked or (placed and not plain and len(texts) > 1))):
                self._reading.add(ElementKind.ITEM, f"- {words}", place=place)
            else:
                self._reading.add(ElementKind.PARAGRAPH, words, place=place)

    def _goes_on(self, place: int) -> bool:
        """Whether the last text is an item without an end, whose next line was typed apart."""
        last = self._reading.elements[-1]
        ended = last.text.endswith((".", ":", ";", "!", "?"))
        return last.kind is ElementKind.ITEM and last.place == place and not ended

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
                text = of_symbol_font(text, attribute(child(told, "sym"), "typeface"))
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
                add_chart(self._reading, root, place)
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

    def _diagram(self, root: etree._Element | None, place: int) -> None:
        for point in diagram_points(root):
            words = [self._words(one).strip() for one in children(child(point, "t"), "p")]
            if said := " ".join(filter(None, words)):
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
    drawn = next(descendants(shape.element, "oMath"), None) is not None
    return local(shape.element) in _DRAWN and not drawn and not any(t and t.strip() for t in texts)


def _is_object(element: etree._Element) -> bool:
    """Whether a frame holds what another program made."""
    data = next(descendants(element, "graphicData"), None)
    return attribute(data, "uri").endswith("/ole")


def is_vector(source: str) -> bool:
    """Whether a picture is of a kind that is drawn by Office programs only."""
    return PurePosixPath(source.lower()).suffix in VECTORS


def _role(element: etree._Element) -> Role:
    """Returns the role of a shape or a line that is no placeholder."""
    told = child(element, "spPr")
    if local(element) == "cxnSp":
        tied = next(descendants(element, "stCxn", "endCxn"), None) is not None
        return Role.ARROW if tied or _arrow_of(element) else Role.SHAPE
    preset = attribute(child(told, "prstGeom"), "prst")
    if _ARROW.search(preset):
        return Role.ARROW
    filled = any(child(told, *path) is not None for path in _FILLS)
    text = next(descendants(element, "cNvSpPr"), None)
    if preset in ("", "rect") and child(told, "custGeom") is None and not filled:
        styled = child(element, "style") is not None and attribute(text, "txBox") != "1"
        bare = child(told, "noFill") is not None
        return Role.SHAPE if styled and not bare else Role.TEXT
    return Role.SHAPE


_FILLS = (("solidFill",), ("gradFill",), ("blipFill",), ("pattFill",), ("ln", "solidFill"))


def _arrow_of(line: etree._Element) -> str:
    """Returns the direction of a line from its start to its end; "" if it has no head."""
    told = child(line, "spPr", "ln")
    start, end = (
        attribute(child(told, name), "type", "none") != "none" for name in ("headEnd", "tailEnd")
    )
    return {(True, True): "\u2194", (False, True): "\u2192", (True, False): "\u2190"}.get(
        (start, end), ""
    )


def _frame(
    told: etree._Element | None, place: str = "off", size: str = "ext"
) -> tuple[int, int, int, int] | None:
    offset, extent = child(told, place), child(told, size)
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
