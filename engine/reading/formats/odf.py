"""Reads OpenDocument texts and slides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
    number,
)
from engine.reading.formats.docx import MAX_DEPTH, PAGE_AREA, outermost
from engine.reading.formats.drawn import LABEL_WORDS, Drawing, Role, Thing, find_drawing, is_label
from engine.reading.formats.elements import Cell, ElementKind, Reading, UnreadableError, grid
from engine.reading.formats.formulas import formula
from engine.reading.formats.numbering import CLAUSE, numeral
from engine.reading.formats.pptx import (
    USUAL_HEIGHT,
    USUAL_WIDTH,
    Shape,
    in_order,
    is_title,
    is_vector,
)
from engine.reading.marks import scripted

_CONTENTS = (
    "table-of-content", "illustration-index", "table-index", "object-index", "user-index",
    "alphabetical-index",
)  # fmt: skip
_LEFT_OUT = (
    "tracked-changes",
    "annotation",
    "forms",
    "sequence-decls",
    "variable-decls",
    "hidden-text",
)
_MONOSPACED = re.compile(r"mono|courier|consol|menlo", re.IGNORECASE)
_UNITS = {"cm": 28.35, "mm": 2.835, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_LENGTH = re.compile(r"^(-?\d{1,6}(?:\.\d+)?)(cm|mm|in|pt|pc|px)$")
_BLANKS = {"s": " ", "tab": " ", "line-break": "\n"}
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_PAGE_PARTS = ("date-time", "footer", "page-number", "header")
BOLD = ("bold", "600", "700", "800", "900")
MAX_REPEATED = 60
_LINES = ("line", "connector", "measure", "polyline")
_NOT_READ = {"plugin": "media", "object-ole": "embedded"}
_SHAPES = (
    *("custom-shape", "rect", "ellipse", "circle", "caption", "path", "polygon", "regular-polygon"),
    *("control", "scene"),
)


@dataclass(slots=True)
class _Style:
    parent: str = ""
    name: str = ""
    level: int = 0
    size: float = 0.0
    bold: bool | None = None
    capitals: bool | None = None
    fixed: bool | None = None
    raised: int = 0
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    """How a level of a list is numbered: `form` is "" for bullets, `levels` counts the numbers
    that are shown, with those of the levels above."""

    form: str = ""
    before: str = ""
    after: str = ""
    levels: int = 1
    start: int = 1


@dataclass(slots=True)
class _Text:
    words: str = ""
    letters: int = 0
    bold: int = 0
    capitals: int = 0
    fixed: int = 0


def read_odf(archive: Archive, most: int) -> Reading:
    """Raises UnreadableError, also (too_many) for more than `most` slides."""
    if next(descendants(archive.xml("META-INF/manifest.xml"), "encryption-data"), None) is not None:
        raise UnreadableError("encrypted")
    content = archive.xml("content.xml")
    body = child(content, "body")
    if content is None or body is None:
        raise UnreadableError("damaged")
    document = _Document(archive, content)
    slides = child(body, "presentation")
    if slides is None:
        document.blocks(child(body, "text"), 0)
    else:
        document.slides(slides, most)
    return document.reading


class _Document:
    def __init__(self, archive: Archive, content: etree._Element) -> None:
        self.reading = Reading()
        self._archive = archive
        self._styles: dict[str, _Style] = {}
        self._lists: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._marks: list[str] = []
        self._part, self._place = "", 0
        self._labels = False
        self._hidden: set[str] = set()
        self._heads: set[str] = set()
        self._width, self._height = USUAL_WIDTH, USUAL_HEIGHT
        for root in (archive.xml("styles.xml"), content):
            self._read_size(root)
            self._read_styles(root)

    def _read_size(self, root: etree._Element | None) -> None:
        for layout in descendants(root, "page-layout-properties"):
            sizes = [round(_length(attribute(layout, f"page-{n}"))) for n in ("width", "height")]
            if all(sizes):
                self._width, self._height = sizes

    def _read_styles(self, root: etree._Element | None) -> None:
        for style in descendants(root, "style", "default-style"):
            told = child(style, "text-properties")
            if local(style) == "default-style":
                if attribute(style, "family") == "paragraph":
                    language = attribute(told, "language")
                    self.reading.language = language if language != "none" else ""
                continue
            name = attribute(style, "name")
            known = self._styles[name] = _Style(
                parent=attribute(style, "parent-style-name"),
                name=attribute(style, "display-name") or name,
                level=number(attribute(style, "default-outline-level")),
                size=_length(attribute(told, "font-size")),
                numbered=bool(attribute(style, "list-style-name")),
            )
            weight, font = attribute(told, "font-weight"), attribute(told, "font-name")
            known.bold = weight in BOLD if weight else None
            known.capitals = attribute(told, "text-transform") == "uppercase" or None
            known.fixed = bool(_MONOSPACED.search(font)) if font else None
            position = attribute(told, "text-position")
            known.raised = 1 if position.startswith("super") else -position.startswith("sub")
            graphic = child(style, "graphic-properties")
            if attribute(graphic, "marker-end") or attribute(graphic, "marker-start"):
                self._heads.add(name)
            drawn = child(style, "drawing-page-properties")
            if attribute(drawn, "visibility") == "hidden":
                self._hidden.add(name)
        for one in descendants(root, "list-style"):
            self._lists[attribute(one, "name")] = {
                number(attribute(level, "level"), 1): _level(level)
                for level in one
                if isinstance(level.tag, str)
            }

    def _style(self, name: str) -> _Style:
        whole = _Style(name=self._styles[name].name if name in self._styles else name)
        seen = set[str]()
        while name in self._styles and name not in seen:
            seen.add(name)
            style = self._styles[name]
            whole.level = whole.level or style.level
            whole.size = whole.size or style.size
            whole.raised = whole.raised or style.raised
            for one in ("bold", "capitals", "fixed"):
                if getattr(whole, one) is None:
                    setattr(whole, one, getattr(style, one))
            # Automatic styles have names that say nothing.
            whole.name = style.name if re.match(r"[A-Z]{1,2}\d+$", whole.name) else whole.name
            name = style.parent
        return whole

    # --- blocks

    def blocks(self, parent: etree._Element | None, depth: int) -> None:
        writers: dict[str, Callable[[etree._Element, int], None]] = {
            "h": lambda one, _: self._heading(one),
            "p": self._paragraph,
            "list": lambda one, at: self._list(one, at, attribute(one, "style-name"), 1),
            "table": self._table,
            "frame": self._frame,
            **dict.fromkeys(() if self._place else (*_SHAPES, *_LINES, "g"), self._drawn),
            **dict.fromkeys(_CONTENTS, self._contents),
            **dict.fromkeys(_LEFT_OUT, lambda *_: None),
        }
        for one in parent if parent is not None and depth < MAX_DEPTH else ():
            write = writers.get(local(one))
            if write:
                write(one, depth)
            else:
                self.blocks(one, depth + 1)

    def _contents(self, element: etree._Element, depth: int) -> None:
        self._part = "index" if local(element) == "alphabetical-index" else "contents"
        self.blocks(child(element, "index-body"), depth + 1)
        self._part = ""

    def _add(self, kind: ElementKind, words: str, **values: object) -> None:
        if words.strip():
            marks, self._marks = self._marks, []
            self.reading.add(
                kind, words.strip(), marks=marks, part=self._part, place=self._place, **values
            )

    def _heading(self, element: etree._Element) -> None:
        level = number(attribute(element, "outline-level"), 1)
        self._add(ElementKind.HEADING, self._text(element).words, level=max(level, 1))

    def _paragraph(self, element: etree._Element, depth: int) -> None:
        style = self._style(attribute(element, "style-name"))
        text = self._text(element)
        whole = text.letters > 0
        if style.name == "Title":
            self._add(ElementKind.HEADING, text.words, level=1)
        elif style.level:
            self._add(ElementKind.HEADING, text.words, level=style.level)
        elif style.name in ("Caption", "Illustration", "Table", "Figure"):
            self._add(ElementKind.CAPTION, text.words)
        elif style.name.startswith("Preformatted") or (whole and text.fixed == text.letters):
            self._add(ElementKind.CODE, text.words)
        elif self._labels and is_label(text.words):
            self._add(ElementKind.ITEM, f"- {text.words.strip()}")
        else:
            self._add(
                ElementKind.PARAGRAPH,
                text.words,
                size=style.size,
                bold=whole and text.bold == text.letters,
                capitals=whole and text.capitals == text.letters,
            )
        self._hanging(element, depth)

    def _list(self, element: etree._Element, depth: int, style: str, level: int) -> None:
        if depth > MAX_DEPTH:
            return
        told = self._lists.get(style, {}).get(level)
        goes_on = attribute(element, "continue-numbering") == "true"
        counts = self._counts.setdefault(style, {})
        if not goes_on or level not in counts:
            counts[level] = (told.start if told else 1) - 1
        for item in (one for one in element if local(one) in ("list-item", "list-header")):
            for heading in children(item, "h"):
                # Numbered headings stand in lists.
                self._heading(heading)
            words = (self._text(one).words.strip() for one in children(item, "p"))
            if said := " ".join(filter(None, words)):
                counts[level] = number(attribute(item, "start-value"), counts[level] + 1)
                marker = self._marker(style, level) if told and told.form else "-"
                clause = CLAUSE.match(marker)
                kind = ElementKind.PARAGRAPH if clause else ElementKind.ITEM
                self._add(kind, f"{marker} {said}")
            for one in children(item, "p"):
                self._hanging(one, depth)
            for inner in children(item, "list"):
                name = attribute(inner, "style-name") or style
                self._list(inner, depth + 1, name, level + 1)

    def _marker(self, style: str, level: int) -> str:
        """Returns the number of the current item, with those of the levels above it if the list
        shows them."""
        levels, counts = self._lists[style], self._counts[style]
        own = levels[level]
        shown = range(max(level - own.levels + 1, 1), level + 1)
        forms = ((levels[at].form if at in levels else "", counts.get(at, 1)) for at in shown)
        written = ".".join(numeral(value, _FORMS.get(form, "decimal")) for form, value in forms)
        return f"{own.before}{written}{own.after or '.' * (own.levels == 1)}".strip()

    def _table(self, element: etree._Element, depth: int) -> None:
        """Adds a table, and after it the tables and pictures in its cells."""
        cells = [
            [one for one in row if local(one) == "table-cell"]
            for row in descendants(element, "table-row")
            if next(row.iterancestors("{*}table"), None) is element
        ]
        rows = [
            [
                Cell(
                    self._cell_text(cell),
                    number(attribute(cell, "number-columns-spanned"), 1),
                    number(attribute(cell, "number-rows-spanned"), 1),
                )
                for cell in row
                for _ in range(
                    min(number(attribute(cell, "number-columns-repeated"), 1), MAX_REPEATED)
                )
            ]
            for row in cells
        ]
        if max(map(len, rows), default=0) < 2 or len(rows) < 2:  # noqa: PLR2004 - no table
            for cell in (cell for row in cells for cell in row):
                self.blocks(cell, depth + 1)
            return
        self.reading.add(ElementKind.TABLE, rows=grid(rows), part=self._part, place=self._place)
        for cell in (cell for row in cells for cell in row):
            self._hanging(cell, depth)
            for inner in descendants(cell, "table"):
                if next(inner.iterancestors("{*}table"), None) is element:
                    self._table(inner, depth + 1)

    def _cell_text(self, cell: etree._Element) -> str:
        """Returns the text of a cell without the tables in it, items of lists apart."""
        found, listed = "", False
        for paragraph in _texts(cell):
            inner = next(paragraph.iterancestors("{*}table-cell"), None)
            words = self._text(paragraph).words.strip()
            if inner is not cell or not words:
                continue
            item = next(paragraph.iterancestors("{*}list-item", "{*}table-cell"), cell) is not cell
            found += ("; " if item and listed else " " if found else "") + words
            listed = item
        return found

    def _hanging(self, element: etree._Element, depth: int) -> None:
        """Adds pictures, text boxes and drawings that hang on a paragraph or stand in a cell."""
        for one in outermost(element, "frame", "g", *_SHAPES, *_LINES, "table"):
            if local(one) == "frame":
                self._frame(one, depth + 1)
                for inner in descendants(one, "frame"):
                    if inner is not one:
                        self._frame(inner, depth + 1)
            elif local(one) != "table":
                self._drawn(one, depth)

    def _drawn(self, shape: etree._Element, depth: int) -> None:
        """Adds the text of a shape in a text as a box; notes shapes that show something."""
        shapes = [*descendants(shape, *_SHAPES)]
        lines = [*descendants(shape, *_LINES)]
        self._add(ElementKind.BOX, " ".join(self._said(shape)))
        for frame in descendants(shape, "frame"):
            self._frame(frame, depth + 1)
        if len(shapes) + len(lines) > 1 or (shapes and not self._said(shape)):
            self.reading.note("drawings")

    def _frame(self, frame: etree._Element, depth: int) -> None:
        for one in frame if depth < MAX_DEPTH else ():
            kind = local(one)
            if kind == "text-box":
                self._box(one, depth)
            elif kind == "table":
                self._table(one, depth + 1)
            elif kind == "object":
                # Charts keep their values in a table.
                for table in descendants(self._object(one), "table"):
                    self._table(table, depth + 1)
            elif kind in _NOT_READ:
                self.reading.note(_NOT_READ[kind], self._place)
            elif kind == "image" and not self._is_read(frame):
                self._image(frame, attribute(one, "href"))

    def _box(self, box: etree._Element, depth: int) -> None:
        if self._place:
            self.blocks(box, depth + 1)
            return
        words = [self._text(p).words.strip() for p in _texts(box)]
        self._add(ElementKind.BOX, " ".join(filter(None, words)))

    def _image(self, frame: etree._Element, source: str) -> None:
        if self._place and is_vector(source):
            return  # a part of the drawing of its slide
        if "://" in source:
            self.reading.note("outside", self._place)
            return
        told = (child(frame, name) for name in ("desc", "title"))
        said, title = ((one.text or "") if one is not None else "" for one in told)
        width, height = (_length(attribute(frame, name)) for name in ("width", "height"))
        sizes = (self._width, self._height, self._width, self._height)
        ends = zip(_place(frame), sizes, strict=True) if self._place else ()
        self.reading.add(
            ElementKind.PICTURE,
            said,
            source=joined("", source),
            place=self._place,
            share=width * height / (self._width * self._height if self._place else PAGE_AREA),
            caption=title.strip(),
            box=[round(end / size, 4) for end, size in ends],
        )

    def _object(self, element: etree._Element) -> etree._Element | None:
        name = attribute(element, "href")
        if "://" in name or not name:
            return child(element, "math")
        return self._archive.xml(joined(joined("", name), "content.xml"))

    # --- letters

    def _text(self, element: etree._Element) -> _Text:
        text = _Text()
        self._inline(element, text, self._style(attribute(element, "style-name")), 0)
        return text

    def _inline(self, element: etree._Element, text: _Text, style: _Style, depth: int) -> None:
        _take(text, element.text, style)
        for one in element if depth < MAX_DEPTH else ():
            kind = local(one)
            if kind in _BLANKS:
                text.words += _BLANKS[kind] * min(number(attribute(one, "c"), 1), MAX_REPEATED)
            elif kind == "note":
                self._note(one)
            elif kind in ("frame", "object"):
                self._formula(one, text)
            elif kind not in (*_LEFT_OUT, *_SHAPES, *_LINES, "g", "ruby-text", "text-box"):
                inner = self._within(style, one) if kind == "span" else style
                self._inline(one, text, inner, depth + 1)
            _take(text, one.tail, style)

    def _within(self, style: _Style, span: etree._Element) -> _Style:
        own = self._style(attribute(span, "style-name"))
        return _Style(
            bold=own.bold if own.bold is not None else style.bold,
            capitals=own.capitals or style.capitals,
            fixed=own.fixed if own.fixed is not None else style.fixed,
            raised=own.raised or style.raised,
        )

    def _formula(self, element: etree._Element, text: _Text) -> None:
        for one in descendants(element, "object"):
            root = self._object(one)
            if root is not None and local(root) == "math":
                text.words += f" {formula(root)} "

    def _note(self, note: etree._Element) -> None:
        citation = child(note, "note-citation")
        mark = "".join(citation.itertext()).strip() if citation is not None else ""
        words = (self._text(p).words.strip() for p in _texts(child(note, "note-body")))
        if said := " ".join(filter(None, words)):
            mark = mark or str(len(self.reading.elements) + 1)
            self._marks.append(mark)
            self.reading.add(ElementKind.FOOTNOTE, said, marks=[mark], place=self._place)

    # --- slides

    def slides(self, root: etree._Element, most: int) -> None:
        pages = list(children(root, "page"))
        if len(pages) > most:
            raise UnreadableError("too_many")
        self.reading.unit = "slide"
        for at, page in enumerate(pages, start=1):
            self.reading.labels.append(str(at))
            self._place = at
            if attribute(page, "style-name") in self._hidden:
                self.reading.note("hidden", at)
                continue
            self._slide(page)

    def _slide(self, page: etree._Element) -> None:
        shapes = [
            Shape(one, attribute(one, "class"), *_place(one))
            for one in page
            if local(one) in ("frame", "g", "text-box", *_SHAPES, *_LINES)
            and attribute(one, "class") not in _PAGE_PARTS
        ]
        drawing = find_drawing([*self._things(page, 0)], self._width, self._height)
        title = next((shape for shape in shapes if shape.kind == "title"), None)
        others = in_order([one for one in shapes if one is not title])
        said = self._said(title)
        first = others[0] if not said and len(others) > 1 and drawing is None else None
        if first and is_title(self._said(first)):
            said, others = self._said(first), others[1:]
        self._add(ElementKind.HEADING, " ".join(said), level=1)
        for shape in others:
            self._labels = drawing is not None and not shape.kind
            if local(shape.element) == "frame":
                self._frame(shape.element, 0)
            else:
                self.blocks(shape.element, 0)
        self._labels = False
        if drawing is not None:
            self._add_drawing(drawing, page)
        for notes in children(page, "notes"):
            for frame in children(notes, "frame"):
                if attribute(frame, "class") == "notes":
                    self._frame(frame, 0)

    def _things(self, parent: etree._Element, depth: int) -> Iterator[Thing]:
        """Yields what is on a slide, or in a group on it, as parts of a drawing."""
        for one in parent if depth < MAX_DEPTH else ():
            kind = local(one)
            words = sum(len(text.split()) for text in self._said(one))
            if kind == "g":
                yield from self._things(one, depth + 1)
            elif kind in _LINES:
                tied = attribute(one, "start-shape") or attribute(one, "end-shape")
                arrow = tied or self._has_head(attribute(one, "style-name"))
                yield Thing(Role.ARROW if arrow else Role.SHAPE, *_place(one), words)
            elif kind in _SHAPES:
                geometry = child(one, "enhanced-geometry")
                arrow = "arrow" in attribute(geometry, "type")
                yield Thing(Role.ARROW if arrow else Role.SHAPE, *_place(one), words)
            elif kind == "frame" and attribute(one, "class") not in _PAGE_PARTS:
                yield from self._framed(one, words)

    def _framed(self, frame: etree._Element, words: int) -> Iterator[Thing]:
        place = _place(frame)
        image = next((one for one in frame if local(one) == "image"), None)
        if image is not None and is_vector(attribute(image, "href")) and not self._is_read(frame):
            yield Thing(Role.WHOLE, *place)
        elif child(frame, "text-box") is None:
            yield Thing(Role.PICTURE, *place)
        elif words:
            placed = bool(attribute(frame, "class"))
            yield Thing(Role.TEXT, *place, max(words, LABEL_WORDS + 1) if placed else words)

    def _is_read(self, frame: etree._Element) -> bool:
        """Whether a picture only stands for a table, chart or formula, which is read."""
        return child(frame, "table") is not None or child(frame, "object") is not None

    def _has_head(self, style: str) -> bool:
        return style in self._heads

    def _add_drawing(self, drawing: Drawing, page: etree._Element) -> None:
        """Adds a slide's drawing, and what its connectors lead from and to."""
        texts = {
            name: " ".join(self._said(one))
            for one in page.iter()
            if isinstance(one.tag, str) and (name := attribute(one, "id"))
        }
        for line in descendants(page, "connector"):
            ends = [texts.get(attribute(line, f"{end}-shape"), "") for end in ("start", "end")]
            if all(0 < len(end.split()) <= LABEL_WORDS for end in ends):
                sign = " \u2192 " if self._has_head(attribute(line, "style-name")) else " \u2013 "
                self._add(ElementKind.ITEM, f"- {sign.join(ends)}")
        self.reading.add(
            ElementKind.DRAWING, place=self._place, box=drawing.box, shapes=drawing.shapes
        )

    def _said(self, shape: Shape | etree._Element | None) -> list[str]:
        texts = _texts(shape.element if isinstance(shape, Shape) else shape)
        return [words for p in texts if (words := self._text(p).words.strip())]


def _level(told: etree._Element) -> _Level:
    if local(told) != "list-level-style-number":
        return _Level()
    return _Level(
        attribute(told, "num-format", "1"),
        attribute(told, "num-prefix"),
        attribute(told, "num-suffix"),
        max(number(attribute(told, "display-levels"), 1), 1),
        number(attribute(told, "start-value"), 1),
    )


def _texts(element: etree._Element | None) -> list[etree._Element]:
    """Returns the paragraphs in an element, but not those of notes in them."""
    found: list[etree._Element] = []
    for one in element if element is not None else ():
        if local(one) in ("p", "h"):
            found.append(one)
        elif local(one) not in _LEFT_OUT:
            found += _texts(one)
    return found


def _take(text: _Text, words: str | None, style: _Style) -> None:
    if not words:
        return
    words = re.sub(r"\s+", " ", words)
    if style.raised:
        words = scripted(words, raised=style.raised > 0, before=text.words)
    text.words += words
    letters = sum(map(str.isalpha, words))
    text.letters += letters
    text.bold += letters * bool(style.bold)
    text.capitals += letters if style.capitals else sum(map(str.isupper, words))
    text.fixed += letters * bool(style.fixed)


def _length(text: str) -> float:
    """Returns a length in points; 0 if it is none."""
    found = _LENGTH.match(text)
    return float(found.group(1)) * _UNITS[found.group(2)] if found else 0.0


def _place(element: etree._Element) -> tuple[int, int, int, int]:
    """Returns the place of a shape in points; of a group, that of all its parts."""
    if local(element) == "g":
        boxes = [_place(one) for one in element if isinstance(one.tag, str)]
        boxes = [box for box in boxes if any(box)] or [(0, 0, 0, 0)]
        x0, y0 = (min(box[at] for box in boxes) for at in (0, 1))
        x1, y1 = (max(box[at] for box in boxes) for at in (2, 3))
        return x0, y0, x1, y1
    if attribute(element, "x1"):
        ends = [round(_length(attribute(element, name))) for name in ("x1", "y1", "x2", "y2")]
        return min(ends[::2]), min(ends[1::2]), max(ends[::2]), max(ends[1::2])
    x, y, width, height = (
        round(_length(attribute(element, name))) for name in ("x", "y", "width", "height")
    )
    return x, y, x + width, y + height
