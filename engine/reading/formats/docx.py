"""Reads Word files: headings, lists, tables, notes, formulas and text boxes in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
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
from engine.reading.formats.elements import Cell, ElementKind, Reading, UnreadableError, grid
from engine.reading.formats.formulas import formula
from engine.reading.marks import scripted

MAX_DEPTH = 60
MAX_LEVEL = 9
UNITS = 12_700  # of the file in a point
PAGE_AREA = 595 * 842  # square points
_OFF = ("0", "false", "off", "none")
_MONOSPACED = re.compile(r"mono|courier|consol|menlo|lucida console|typewriter", re.IGNORECASE)
_CODE = re.compile(r"code|preformatted|verbatim|listing|source", re.IGNORECASE)
_HEADING = re.compile(r"heading (\d)$")
_CONTENTS = re.compile(r"toc( heading| ?\d)|table of (figures|authorities)|index ?\d")
_DELETED = ("del", "moveFrom", "delText", "instrText", "pPr", "rPr", "rubyPr", "rt", "proofErr")
# Letters of the font Symbol, which files of old versions have as private characters.
_SYMBOL_FONT = dict(
    zip(
        "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW",
        "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03b9\u03ba\u03bb\u03bc\u03bd\u03be\u03bf"
        "\u03c0\u03c1\u03c3\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9\u0391\u0392\u0393\u0394\u0395\u0396"
        "\u0397\u0398\u0399\u039a\u039b\u039c\u039d\u039e\u039f\u03a0\u03a1\u03a3\u03a4\u03a5\u03a6"
        "\u03a7\u03a8\u03a9",
        strict=True,
    )
) | {"\xa3": "\u2264", "\xb3": "\u2265", "\xb4": "\u00d7", "\xb1": "\u00b1", "\xae": "\u2192"}


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
    """A paragraph's text while it is read, with how its letters look."""

    parts: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    sizes: Counter[float] = field(default_factory=Counter)
    letters: int = 0
    bold: int = 0
    capitals: int = 0
    fixed: int = 0
    boxes: list[etree._Element] = field(default_factory=list)
    pictures: list[tuple[str, str, float, list[float]]] = field(default_factory=list)

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
        self._numbering = _Numbering(archive.xml(by_kind.get("numbering", "")))
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
        for source, words, share, crop in text.pictures:
            self._reading.add(ElementKind.PICTURE, words, source=source, share=share, crop=crop)
        self._say(text, style, own, part)
        for box in text.boxes:
            self._box(box, depth)

    def _say(self, text: _Text, style: _Style, own: _Style, part: str) -> None:
        said = text.text
        if not said.strip():
            # What is numbered counts, even where its paragraph is empty.
            return
        level = style.level if own.level is None else own.level
        numbering = style.numbering if own.numbering is None else own.numbering
        indent = style.depth if own.depth is None else own.depth
        marker = self._numbering.marker(numbering, indent or 0) if numbering else ""
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
        elif marker:
            look = {"size": _most(text.sizes), "bold": text.bold == text.letters > 0}
            self._reading.add(ElementKind.ITEM, f"{marker} {said}".strip(), **values, **look)
        else:
            self._reading.add(
                ElementKind.PARAGRAPH,
                said,
                size=_most(text.sizes),
                bold=text.bold == text.letters > 0,
                capitals=text.capitals == text.letters > 0,
                **values,
            )

    def _box(self, box: etree._Element, depth: int) -> None:
        """Adds the paragraphs of a text box, as one."""
        words = []
        for paragraph in descendants(box, "p"):
            text = _Text()
            self._inline(paragraph, text, _Style(), depth)
            words.append(text.text.strip())
        self._reading.add(ElementKind.BOX, " ".join(filter(None, words)))

    def _table(self, table: etree._Element, depth: int, part: str) -> None:
        """Adds a table; one that only places text side by side is read cell by cell."""
        rows = [self._row(row) for row in _rows(table)]
        widest = max((len(row) for row in rows), default=0)
        nested = any(local(one) == "tbl" for one in descendants(table, "tbl") if one is not table)
        if widest < 2 or len(rows) < 2 or nested:  # noqa: PLR2004 - no table
            for cell in (cell for row in _rows(table) for cell in children(row, "tc")):
                self._blocks(cell, depth + 1, part)
            return
        self._reading.add(ElementKind.TABLE, rows=_merged_down(rows), part=part)

    def _row(self, row: etree._Element) -> list[tuple[Cell, str]]:
        cells = []
        for cell in children(row, "tc"):
            told = child(cell, "tcPr")
            down = child(told, "vMerge")
            merged = "" if down is None else attribute(down, "val") or "continue"
            across = number(attribute(child(told, "gridSpan"), "val"), 1)
            cells.append((Cell(self._cell_text(cell), across), merged))
        return cells

    def _cell_text(self, cell: etree._Element) -> str:
        words = []
        for paragraph in descendants(cell, "p"):
            text = _Text()
            self._inline(paragraph, text, _Style(), 0)
            words.append(text.text.strip())
        return " ".join(filter(None, words))

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
        if _is_on(child(told, "vanish")) or _is_on(child(told, "webHidden")):
            return
        character = self._style(attribute(child(told, "rStyle"), "val"))
        height = attribute(child(told, "vertAlign"), "val")
        for one in run:
            words = self._words(one, text)
            if not words:
                continue
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
        boxes = list(descendants(drawing, "txbxContent"))
        text.boxes += boxes
        for picture in descendants(drawing, "blip", "imagedata"):
            _kind, target, outside = self._relations.get(
                attribute(picture, "embed") or attribute(picture, "id"), ("", "", True)
            )
            said = next(descendants(drawing, "docPr"), None)
            size = next(descendants(drawing, "extent"), None)
            area = number(attribute(size, "cx")) // UNITS * (number(attribute(size, "cy")) // UNITS)
            if not outside:
                words, crop = attribute(said, "descr"), cropped(drawing)
                text.pictures.append((target, words, area / PAGE_AREA, crop))

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


class _Numbering:
    """Knows the marker of each numbered paragraph, and counts them."""

    def __init__(self, root: etree._Element | None) -> None:
        lists = {attribute(one, "abstractNumId"): one for one in children(root, "abstractNum")}
        self._levels: dict[str, dict[int, tuple[str, int]]] = {}
        for one in children(root, "num"):
            name = attribute(child(one, "abstractNumId"), "val")
            self._levels[attribute(one, "numId")] = _list_levels(lists.get(name))
        self._counts: dict[str, dict[int, int]] = {}

    def marker(self, numbering: str, depth: int) -> str:
        """Returns "-", "3." or "b."; "" where the paragraph is in no list."""
        if numbering == "0" or numbering not in self._levels:
            return ""
        kind, start = self._levels[numbering].get(depth, ("bullet", 1))
        if kind == "none":
            return ""
        if kind == "bullet":
            return "-"
        counts = self._counts.setdefault(numbering, {})
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        counts[depth] = counts.get(depth, start - 1) + 1
        value = counts[depth]
        lettered = kind in ("lowerLetter", "upperLetter") and 0 < value <= len(_ALPHABET)
        return f"{_ALPHABET[value - 1]}." if lettered else f"{value}."


_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def _list_levels(root: etree._Element | None) -> dict[int, tuple[str, int]]:
    return {
        number(attribute(level, "ilvl")): (
            attribute(child(level, "numFmt"), "val", "decimal"),
            number(attribute(child(level, "start"), "val"), 1),
        )
        for level in children(root, "lvl")
    }


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
    if attribute(element, "font").lower() == "symbol":
        return _SYMBOL_FONT.get(chr(code), "")
    arrows = {0xE0: "\u2192", 0xE8: "\u2192", 0xFC: "\u2713", 0x6C: "\u2022", 0xA7: "\u2022"}
    return arrows.get(code, "") if "wingdings" in attribute(element, "font").lower() else ""


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for one in table:
        if local(one) == "tr":
            yield one
        elif local(one) in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _rows(one)


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
