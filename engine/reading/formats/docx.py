"""Reads Word files: headings, lists, tables, notes, formulas and text boxes in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

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
from engine.reading.formats.elements import Cell, ElementKind, Reading, UnreadableError, grid
from engine.reading.formats.formulas import formula
from engine.reading.formats.numbering import CLAUSE, Numbering
from engine.reading.formats.symbols import PRIVATE, of_symbol_font
from engine.reading.marks import scripted

MAX_DEPTH = 60
MAX_LEVEL = 9
MAX_CELL_WORDS = 20  # on average, in a table with tables in its cells
MAX_BOX = 3  # paragraphs; a text box with more is text of its own
_OLD_SHAPES = ("line", "oval", "arc", "curve", "polyline", "roundrect")
_PLAIN = ("rect", "roundRect", "line", "straightConnector1")
UNITS = 12_700  # of the file in a point
LINE_HEIGHT = 500_000  # units, some 1.4 cm: a higher picture does not stand in a line
PAGE_AREA = 595 * 842  # square points
_OFF = ("0", "false", "off", "none")
_MONOSPACED = re.compile(r"mono|courier|consol|menlo|lucida console|typewriter", re.IGNORECASE)
_CODE = re.compile(r"code|preformatted|verbatim|listing|source", re.IGNORECASE)
_HEADING = re.compile(r"heading (\d)$")
_CONTENTS = re.compile(r"toc( heading| ?\d)|table of (figures|authorities)|index ?\d")
_DELETED = ("del", "moveFrom", "delText", "instrText", "pPr", "rPr", "rubyPr", "rt", "proofErr")


@dataclass(slots=True)
class _Style:
    """What a style says; None where it says nothing and the one below it counts."""

    name: str = ""
    base: str = ""
    level: int | None = None
    bold: bool | None = None
    capitals: bool | None = None
    size: float | None = None
    fixed: bool | None = None
    numbering: str | None = None
    depth: int | None = None


@dataclass(slots=True)
class _Text:
    """A paragraph's text while it is read, with how its letters look and what hangs on it:
    `graphics` are charts and diagrams."""

    parts: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    sizes: Counter[float] = field(default_factory=Counter)
    letters: int = 0
    bold: int = 0
    capitals: int = 0
    fixed: int = 0
    boxes: list[etree._Element] = field(default_factory=list)
    graphics: list[etree._Element] = field(default_factory=list)
    pictures: list[tuple[str, str, str, float, list[float]]] = field(default_factory=list)
    in_line: bool = False  # one of the pictures is hardly higher than the line

    @property
    def text(self) -> str:
        return "".join(self.parts)


def read_docx(archive: Archive) -> Reading:
    """Raises UnreadableError."""
    main = next(
        (target for kind, target, _ in relations(archive, "").values() if kind == "officeDocument"),
        "word/document.xml",
    )
    root = archive.xml(main)
    if root is None:
        raise UnreadableError("damaged")
    return _Document(archive, main).read(root)


class _Document:
    def __init__(self, archive: Archive, main: str) -> None:
        self._reading = Reading()
        self._relations = relations(archive, main)
        by_kind = {
            kind: target for kind, target, outside in self._relations.values() if not outside
        }
        styles = archive.xml(by_kind.get("styles", "word/styles.xml"))
        self._defaults = _Style()
        self._styles = self._read_styles(styles)
        self._archive = archive
        linked = {name: one.numbering or "" for name, one in self._styles.items()}
        self._numbering = Numbering(archive.xml(by_kind.get("numbering", "")), linked)
        self._notes = {
            kind: archive.xml(by_kind.get(kind, "")) for kind in ("footnotes", "endnotes")
        }
        self._note_number = 0
        self._languages = Counter[str]()
        for kind, _target, outside in self._relations.values():
            if outside and kind != "hyperlink":
                self._reading.note("outside")
            if kind in ("aFChunk", "subDocument"):
                self._reading.note("embedded")

    def read(self, root: etree._Element) -> Reading:
        self._blocks(child(root, "body"), 0)
        declared = self._reading.language
        self._reading.language = (
            self._languages.most_common(1)[0][0] if self._languages else declared
        )
        return self._reading

    def _read_styles(self, root: etree._Element | None) -> dict[str, _Style]:
        told = child(root, "docDefaults", "rPrDefault", "rPr")
        self._reading.language = attribute(child(told, "lang"), "val")
        self._defaults.size = number(attribute(child(told, "sz"), "val"), 20) / 2
        found = {}
        for style in children(root, "style"):
            known = found[attribute(style, "styleId")] = _Style(
                name=attribute(child(style, "name"), "val").lower(),
                base=attribute(child(style, "basedOn"), "val"),
            )
            _paragraph_values(known, child(style, "pPr"))
            _letter_values(known, child(style, "rPr"))
        return found

    def _style(self, name: str) -> _Style:
        """Returns a style with what it takes over from those below it."""
        whole = _Style()
        seen = set[str]()
        while name in self._styles and name not in seen:
            seen.add(name)
            style = self._styles[name]
            whole.name = whole.name or style.name
            heading = _HEADING.match(style.name)
            if heading and whole.level is None:
                whole.level = int(heading.group(1)) - 1
            for one in ("level", "bold", "capitals", "size", "fixed", "numbering", "depth"):
                if getattr(whole, one) is None:
                    setattr(whole, one, getattr(style, one))
            name = style.base
        return whole

    # --- blocks

    def _blocks(self, parent: etree._Element | None, depth: int, part: str = "") -> None:
        for one in parent if parent is not None and depth < MAX_DEPTH else ():
            kind = local(one)
            if kind == "p":
                self._paragraph(one, depth, part)
            elif kind == "tbl":
                self._table(one, depth, part)
            elif kind == "sdt":
                gallery = attribute(child(one, "sdtPr", "docPartObj", "docPartGallery"), "val")
                inner = "contents" if gallery == "Table of Contents" else part
                self._blocks(child(one, "sdtContent"), depth + 1, inner)
            elif kind == "AlternateContent":
                self._blocks(_chosen(one), depth + 1, part)
            elif kind not in ("del", "moveFrom", "sectPr", "altChunk"):
                self._blocks(one, depth + 1, part)

    def _paragraph(self, element: etree._Element, depth: int, part: str) -> None:
        told = child(element, "pPr")
        style = self._style(
            attribute(child(told, "pStyle"), "val")
            or ("Normal" if "Normal" in self._styles else "")
        )
        own = _Style()
        _paragraph_values(own, told)
        text = _Text()
        self._inline(element, text, style, 0)
        self._add_pictures(text)
        self._say(text, style, own, part)
        self._add_rest(text, depth)

    def _add_pictures(self, text: _Text) -> None:
        if text.in_line and any(map(str.isalpha, text.text)):
            self._reading.note("in_line")
        for source, words, title, share, crop in text.pictures:
            self._reading.add(
                ElementKind.PICTURE, words, caption=title, source=source, share=share, crop=crop
            )

    def _add_rest(self, text: _Text, depth: int) -> None:
        """Adds the text boxes, charts and diagrams that hang on a paragraph or a table."""
        for box in text.boxes:
            self._box(box, depth)
        for graphic in text.graphics:
            name = attribute(graphic, "id") or attribute(graphic, "dm")
            _kind, target, outside = self._relations.get(name, ("", "", True))
            root = None if outside else self._archive.xml(target)
            if local(graphic) == "chart":
                add_chart(self._reading, root)
                continue
            for point in diagram_points(root):
                said = self._joined(children(child(point, "t"), "p"), _Text())
                self._reading.add(ElementKind.ITEM, f"- {said}") if said else None
            self._reading.note("drawings")

    def _say(self, text: _Text, style: _Style, own: _Style, part: str) -> None:
        said = text.text
        level = style.level if own.level is None else own.level
        numbering = style.numbering if own.numbering is None else own.numbering
        indent = style.depth if own.depth is None else own.depth
        # What is numbered counts, even where its paragraph is empty.
        marker = self._numbering.marker(numbering, indent or 0) if numbering else ""
        if not said.strip():
            return
        values = {"marks": text.marks, "part": part}
        if _CONTENTS.match(style.name):
            self._reading.add(ElementKind.PARAGRAPH, said, part="contents")
        elif style.name == "title":
            self._reading.add(ElementKind.HEADING, said, level=1, **values)
        elif level is not None and level < MAX_LEVEL:
            self._reading.add(ElementKind.HEADING, said, level=level + 1, **values)
        elif style.name == "caption":
            self._reading.add(ElementKind.CAPTION, said, **values)
        elif _CODE.search(style.name) or (text.letters and text.fixed == text.letters):
            self._reading.add(ElementKind.CODE, said, **values)
        elif marker and not CLAUSE.match(marker):
            look = {"size": _most(text.sizes), "bold": text.bold == text.letters > 0}
            self._reading.add(ElementKind.ITEM, f"{marker} {said}".strip(), **values, **look)
        else:
            self._reading.add(
                ElementKind.PARAGRAPH,
                f"{marker} {said}".strip(),
                size=_most(text.sizes),
                bold=text.bold == text.letters > 0,
                capitals=text.capitals == text.letters > 0,
                **values,
            )

    def _box(self, box: etree._Element, depth: int) -> None:
        """Adds a text box as one; one with a table, a picture or many paragraphs as text of its
        own."""
        paragraphs = [one for one in outermost(box, "p", "tbl") if _has_text(one)]
        inner = next(descendants(box, "tbl", "blip", "imagedata"), None)
        if inner is not None or len(paragraphs) > MAX_BOX:
            self._blocks(box, depth + 1)
            return
        aside = _Text()
        said = self._joined(outermost(box, "p", "tbl"), aside)
        self._add_pictures(aside)
        self._reading.add(ElementKind.BOX, said, marks=aside.marks)
        if depth < MAX_DEPTH:
            self._add_rest(aside, depth + 1)

    def _table(self, table: etree._Element, depth: int, part: str) -> None:
        """Adds a table; one that only places text side by side is read cell by cell."""
        cells = [[*_within(row, "tc")] for row in _within(table, "tr")]
        widest = max((len(row) for row in cells), default=0)
        if widest < 2 or len(cells) < 2 or _only_places(table, cells):  # noqa: PLR2004 - no table
            for cell in (cell for row in cells for cell in row):
                self._blocks(cell, depth + 1, part)
            return
        aside = _Text()
        rows = [[self._cell(cell, aside) for cell in row] for row in cells]
        self._add_pictures(aside)
        self._reading.add(ElementKind.TABLE, rows=_merged_down(rows), part=part, marks=aside.marks)
        self._add_rest(aside, depth)
        inner_cells = (cell for row in cells for cell in row) if depth < MAX_DEPTH else ()
        for inner in (one for cell in inner_cells for one in outermost(cell, "tbl")):
            self._table(inner, depth + 1, part)

    def _cell(self, cell: etree._Element, aside: _Text) -> tuple[Cell, str]:
        told = child(cell, "tcPr")
        down = child(told, "vMerge")
        merged = "" if down is None else attribute(down, "val") or "continue"
        across = number(attribute(child(told, "gridSpan"), "val"), 1)
        return Cell(self._joined(outermost(cell, "p", "tbl"), aside), across), merged

    def _joined(self, paragraphs: Iterable[etree._Element], aside: _Text) -> str:
        """Returns paragraphs as one, items of lists apart and without tables; what hangs on them
        is added to `aside`."""
        found, listed = "", False
        for paragraph in (one for one in paragraphs if local(one) == "p"):
            text = _Text()
            self._inline(paragraph, text, _Style(), 0)
            item = self._is_item(paragraph)
            if words := text.text.strip():
                found += ("; " if item and listed else " " if found else "") + words
                listed = item
            for name in ("marks", "boxes", "graphics", "pictures"):
                getattr(aside, name).extend(getattr(text, name))
        return found

    def _is_item(self, paragraph: etree._Element) -> bool:
        told = child(paragraph, "pPr")
        own = _Style()
        _paragraph_values(own, told)
        listed = own.numbering or self._style(attribute(child(told, "pStyle"), "val")).numbering
        return listed not in (None, "", "0")

    # --- letters

    def _inline(self, parent: etree._Element, text: _Text, style: _Style, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        for one in parent:
            kind = local(one)
            if kind == "r":
                self._run(one, text, style)
            elif kind in ("oMath", "oMathPara"):
                text.parts.append(f" {formula(one)} ")
            elif kind == "AlternateContent":
                self._inline(_chosen(one), text, style, depth + 1)
            elif kind == "ruby":
                self._inline(child(one, "rubyBase") or one, text, style, depth + 1)
            elif kind not in _DELETED:
                self._inline(one, text, style, depth + 1)

    def _run(self, run: etree._Element, text: _Text, style: _Style) -> None:
        told = child(run, "rPr")
        look = _Style()
        _letter_values(look, told)
        hidden = _is_on(child(told, "vanish"))
        if hidden or _is_on(child(told, "webHidden")):
            if hidden and _has_text(run):
                self._reading.note("hidden_words")
            return
        character = self._style(attribute(child(told, "rStyle"), "val"))
        height = attribute(child(told, "vertAlign"), "val")
        for one in run:
            words = self._words(one, text)
            if not words:
                continue
            words = of_symbol_font(words, attribute(child(told, "rFonts"), "ascii"))
            if height in ("superscript", "subscript"):
                words = scripted(words, raised=height == "superscript", before=text.text)
            text.parts.append(words)
            letters = sum(map(str.isalpha, words))
            text.letters += letters
            text.bold += letters * _said(look.bold, character.bold, style.bold)
            capitals = _said(look.capitals, character.capitals, style.capitals)
            text.capitals += letters if capitals else sum(map(str.isupper, words))
            text.fixed += letters * _said(look.fixed, character.fixed, style.fixed)
            size = look.size or character.size or style.size or self._defaults.size or 0.0
            text.sizes[size] += letters
            if letters and (language := attribute(child(told, "lang"), "val")):
                self._languages[language] += letters

    def _words(self, one: etree._Element, text: _Text) -> str:
        kind = local(one)
        fixed = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
        if kind == "t":
            return one.text or ""
        if kind in fixed:
            return fixed[kind]
        if kind == "sym":
            return _symbol(one)
        if kind in ("footnoteReference", "endnoteReference"):
            self._note(kind.removesuffix("Reference") + "s", attribute(one, "id"), text)
        elif kind == "AlternateContent":
            for inner in _chosen(one):
                self._words(inner, text)
        elif kind in ("drawing", "pict", "object"):
            self._drawing(one, text)
        return ""

    def _drawing(self, drawing: etree._Element, text: _Text) -> None:
        program = attribute(next(descendants(drawing, "OLEObject"), None), "ProgID")
        if program.startswith("Equation"):
            self._reading.note("old_formulas")
            return
        if program:
            self._reading.note("embedded")
        boxes = [*outermost(drawing, "txbxContent")]
        graphics = [*descendants(drawing, "chart", "relIds")]
        text.boxes += boxes
        text.graphics += graphics
        pictures = [*self._pictures(drawing, boxes)]
        text.pictures += pictures
        line = next(descendants(drawing, "inline"), None)
        height = number(attribute(child(line, "extent"), "cy"))
        text.in_line |= bool(pictures) and 0 < height < LINE_HEIGHT
        if not pictures and not graphics and _is_drawn(drawing):
            self._reading.note("drawings")

    def _pictures(
        self, drawing: etree._Element, boxes: Sequence[etree._Element]
    ) -> Iterator[tuple[str, str, str, float, list[float]]]:
        """Yields source, description, title, size and crop of the pictures outside its boxes."""
        for picture in descendants(drawing, "blip", "imagedata"):
            if any(box in boxes for box in picture.iterancestors()):
                continue
            _kind, target, outside = self._relations.get(
                attribute(picture, "embed") or attribute(picture, "id"), ("", "", True)
            )
            said = next(descendants(drawing, "docPr"), None)
            size = next(descendants(drawing, "extent"), None)
            area = number(attribute(size, "cx")) // UNITS * (number(attribute(size, "cy")) // UNITS)
            if not outside:
                words, title = attribute(said, "descr"), attribute(said, "title")
                yield target, words, title, area / PAGE_AREA, cropped(drawing)

    def _note(self, kind: str, wanted: str, text: _Text) -> None:
        notes = self._notes[kind]
        found = (
            (one for one in notes if attribute(one, "id") == wanted) if notes is not None else ()
        )
        note = next(iter(found), None)
        if note is None:
            return
        self._note_number += 1
        mark = str(self._note_number)
        text.marks.append(mark)
        lines = []
        for one in children(note, "p"):
            line = _Text()
            self._inline(one, line, _Style(), 0)
            lines.append(line.text.strip())
        said = " ".join(filter(None, lines))
        self._reading.add(ElementKind.FOOTNOTE, said, marks=[mark])


def _paragraph_values(style: _Style, told: etree._Element | None) -> None:
    outline = child(told, "outlineLvl")
    if outline is not None:
        style.level = number(attribute(outline, "val"), MAX_LEVEL)
    numbers = child(told, "numPr")
    if (one := child(numbers, "numId")) is not None:
        style.numbering = attribute(one, "val")
    if (one := child(numbers, "ilvl")) is not None:
        style.depth = number(attribute(one, "val"))


def _letter_values(style: _Style, told: etree._Element | None) -> None:
    if (one := child(told, "b")) is not None:
        style.bold = _is_on(one)
    if (one := child(told, "caps")) is not None:
        style.capitals = _is_on(one)
    if (one := child(told, "sz")) is not None:
        style.size = number(attribute(one, "val"), 20) / 2
    if font := attribute(child(told, "rFonts"), "ascii"):
        style.fixed = bool(_MONOSPACED.search(font))


def _said(*values: bool | None) -> bool:
    return next((value for value in values if value is not None), False)


def _is_on(element: etree._Element | None) -> bool:
    return element is not None and attribute(element, "val", "1") not in _OFF


def _most(sizes: Counter[float]) -> float:
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _chosen(alternatives: etree._Element) -> etree._Element:
    """Returns the first of several ways to draw the same thing."""
    for name in ("Choice", "Fallback"):
        one = child(alternatives, name)
        if one is not None:
            return one
    return alternatives


def _symbol(element: etree._Element) -> str:
    try:
        code = int(attribute(element, "char", "0"), 16) & 0xFF
    except ValueError:
        return ""
    sign = of_symbol_font(chr(PRIVATE + code), attribute(element, "font"))
    return "" if ord(sign) >= PRIVATE else sign


def _within(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yields the rows of a table or the cells of a row, also those in fields of a form."""
    for one in parent:
        if local(one) == name:
            yield one
        elif local(one) in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _within(one, name)


def outermost(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yields the outermost elements with these names, of the first of several ways to draw them."""
    for one in element:
        if local(one) in names:
            yield one
        elif local(one) == "AlternateContent":
            yield from outermost(_chosen(one), *names)
        else:
            yield from outermost(one, *names)


def _only_places(table: etree._Element, cells: Sequence[Sequence[etree._Element]]) -> bool:
    """Whether a table with others in it only places these and much text side by side."""
    if not any(one is not table for one in descendants(table, "tbl")):
        return False
    words = sum(
        len("".join(t.text or "" for t in descendants(one, "t")).split())
        for row in cells
        for cell in row
        for one in outermost(cell, "p", "tbl")
        if local(one) == "p"
    )
    return words > MAX_CELL_WORDS * sum(map(len, cells))


def _has_text(element: etree._Element) -> bool:
    return any((one.text or "").strip() for one in descendants(element, "t"))


def _is_drawn(drawing: etree._Element) -> bool:
    """Whether shapes show something: more than a frame, a line or a box of text."""
    shapes = [*descendants(drawing, "wsp", "cxnSp", *_OLD_SHAPES)]
    if len(shapes) > 1:
        return True
    preset = attribute(next(descendants(drawing, "prstGeom"), None), "prst", _PLAIN[0])
    free = next(descendants(drawing, "custGeom"), None) is not None
    return bool(shapes) and (free or preset not in _PLAIN) and not _has_text(drawing)


def _merged_down(rows: list[list[tuple[Cell, str]]]) -> list[list[str]]:
    """Returns the table's rows, in which a cell that goes on below has its text each time."""
    above: dict[int, str] = {}
    made = []
    for row in rows:
        x, line = 0, []
        for cell, merged in row:
            text = above.get(x, "") if merged == "continue" else cell.text
            above[x] = text if merged else ""
            line.append(Cell(text, cell.across))
            x += max(cell.across, 1)
        made.append(line)
    return grid(made)
