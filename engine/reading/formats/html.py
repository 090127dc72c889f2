"""Reads the elements of web pages; books (EPUB) and Markdown come through here too."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from lxml import etree

from engine.reading.formats.archive import attribute, child, descendants, local, number
from engine.reading.formats.elements import Cell, ElementKind, Reading, UnreadableError, grid
from engine.reading.formats.formulas import formula, from_tex
from engine.reading.marks import scripted

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LEFT_OUT = frozenset(
    (
        *("script", "style", "template", "noscript", "head", "nav", "form", "button", "select"),
        *("input", "textarea", "iframe", "svg", "canvas", "object", "embed", "video", "audio"),
        *("dialog", "rt", "rp", "map", "link", "meta", "title", "colgroup"),
    )
)
_BLOCKS = frozenset(
    (
        *("p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote"),
        *("ul", "ol", "dl", "li", "dt", "dd", "table", "figure", "figcaption", "pre", "hr", "menu"),
        *("address", "details", "summary", "center", "body", "html", "fieldset", "caption"),
        *("tbody", "thead", "tfoot", "tr", "td", "th", "search", "hgroup", *HEADINGS),
    )
)
_BOLD = ("b", "strong")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|box|igation)?|menu|breadcrumbs?|sidebar|cookie\w*|share|sharing"
    r"|social|comments?|related|newsletter|advert\w*|promo|toc|editsection|noprint|skip|pagination"
    r"|catlinks|printfooter|jump-link|metadata|hatnote)(?:$|[\s_-])",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?:^|\s)(?:reference|cite|citation)(?:$|\s)")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_PARAGRAPH = "\x1e"  # two line breaks, with which old pages end paragraphs
MOSTLY = 0.9
MIN_LETTERS = 20
LETTERS = 26  # of the alphabet, for lists that count with them
MIN_LINKS, MAX_LINK_LETTERS = 3, 60
LINKED, MIN_WORDS = 0.3, 5  # of a box beside the text
LARGE = 100  # pixels: smaller drawings are icons
_TEX = re.compile(r"\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]|\$\$(.{1,2000}?)\$\$", re.DOTALL)
_MEDIA = ("video", "audio", "iframe", "embed", "object")
_LISTS = ("ul", "ol", "dl", "table", "pre", "menu")


def decoded(data: bytes, told: str = "") -> str:
    """Returns a text by its byte order mark, as UTF-8, by what it says of itself, or as Windows
    writes in the West."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace").lstrip("\ufeff")
    declared = _CHARSET.search(data[:4096])
    for name in ("utf-8", told, declared.group(1).decode("ascii", "ignore") if declared else ""):
        try:
            return data.decode(name) if name else data.decode("ascii")
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "replace")


def parsed_html(text: str) -> etree._Element:
    """Raises UnreadableError where nothing is in it."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("empty") from error
    return root


def read_html(data: bytes) -> Reading:
    """Reads a saved page: its main text, without menus and what else stands around it."""
    root = parsed_html(decoded(data))
    reading = Reading(language=root.get("lang", ""))
    main = main_part(root)
    walker = Walker(reading, root)
    if not any(local(one) == "h1" for one in main.iter()):
        for heading in [one for one in root.iter() if local(one) == "h1"][:1]:
            walker.heading(heading, 1)
    walker.walk(main)
    return reading


def main_part(root: etree._Element) -> etree._Element:
    """Returns the smallest element that holds nearly all of the page's main text."""
    import trafilatura  # takes a second

    body = child(root, "body")
    if body is None:
        return root
    found = trafilatura.bare_extraction(
        lxml.html.tostring(root, encoding="unicode"),
        include_comments=False,
        include_tables=True,
        favor_recall=True,
        with_metadata=False,
    )
    text = getattr(found, "text", "") or ""
    lines = [line for one in text.split("\n") if len(line := _letters(one)) >= MIN_LETTERS]
    if not lines:
        return next((one for one in body.iter() if local(one) in ("main", "article")), body)
    main = body
    while (inner := next((one for one in main if _holds(one, lines)), None)) is not None:
        main = inner
    return main


def _holds(element: etree._Element, lines: Sequence[str]) -> bool:
    if not isinstance(element.tag, str) or local(element) not in _BLOCKS or len(element) == 0:
        return False
    if local(element) in ("p", "ul", "ol", "table"):
        return False
    letters = _letters(" ".join(element.itertext()))
    total = sum(map(len, lines))
    return sum(len(line) for line in lines if line in letters) >= MOSTLY * total


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@dataclass(slots=True)
class _Line:
    """Text between two blocks while it is read."""

    parts: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    letters: int = 0
    bold: int = 0
    linked: int = 0

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def end(self) -> str:
        """The last character so far."""
        return next((part[-1] for part in reversed(self.parts) if part), "")


@dataclass(slots=True)
class _Look:
    bold: bool = False
    linked: bool = False
    keeps: bool = False  # line breaks and spaces


class Walker:
    """Adds what is in a tree of HTML to a reading.

    `whole` says that all of it was written by the author, as in a book. `anchors` are the numbers
    of the elements at which ids stand.
    """

    def __init__(self, reading: Reading, root: etree._Element, *, whole: bool = False) -> None:
        self._reading, self._whole = reading, whole
        self._by_id = {one.get("id"): one for one in root.iter() if one.get("id")}
        self._notes: set[etree._Element] = set()
        self.anchors: dict[str, int] = {}
        self.part = ""
        self.place = 0

    def walk(self, root: etree._Element) -> None:
        # The elements that notes are read from are marked, so that they are read once only.
        targets = (self._note_of(link) for link in descendants(root, "a"))
        self._notes.update(target for target in targets if target is not None)
        self._block(root)

    def heading(self, element: etree._Element, level: int) -> None:
        line = self._line(element)
        self._add(ElementKind.HEADING, line, level=level)

    def _note_of(self, link: etree._Element) -> etree._Element | None:
        """Returns the footnote that a link in a text leads to."""
        kind = f"{attribute(link, 'type')} {link.get('role', '')}"
        said = "".join(link.itertext()).strip("[]() \n")
        parent = link.getparent()
        raised = parent is not None and local(parent) == "sup"
        raised = raised or any(local(one) == "sup" for one in link)
        if "noteref" not in kind and not (raised and said.isalnum() and len(said) < 4):  # noqa: PLR2004 - a mark
            return None
        if _REFERENCE.search(parent.get("class", "") if parent is not None else ""):
            return None
        name = link.get("href", "")
        return self._by_id.get(name.rpartition("#")[2]) if "#" in name else None

    # --- blocks

    def _block(self, element: etree._Element) -> None:
        self._note_id(element)
        name = local(element)
        if name in _LEFT_OUT or self._is_around(element) or element in self._notes:
            self._note_left_out(element)
            return
        write = self._writers().get(name)
        part = self.part
        self.part = part_of(element) or part
        if name in HEADINGS:
            self.heading(element, HEADINGS[name])
        elif write is not None:
            write(element)
        else:
            self._flow(element)
        self.part = part

    def _writers(self) -> dict[str, Callable[[etree._Element], None]]:
        return {
            "ul": self._list,
            "ol": self._list,
            "menu": self._list,
            "dl": self._terms,
            "table": self._table,
            "pre": self._code,
            "figcaption": lambda one: self._add(ElementKind.CAPTION, self._line(one)),
            "img": self._picture,
            "aside": self._aside,
            "hr": self._nothing,
        }

    def _note_left_out(self, element: etree._Element) -> None:
        """Notes films and drawings in the text; the pictures in drawings are read."""
        name = local(element)
        if name in _MEDIA:
            self._reading.note("media", self.place)
        elif name in ("svg", "canvas"):
            pictures = [one for one in descendants(element, "image") if attribute(one, "href")]
            for picture in pictures:
                self._picture(picture)
            if not pictures and _is_large(element):
                self._reading.note("drawings", self.place)

    def _nothing(self, element: etree._Element) -> None:
        """Leaves an element out."""

    def _is_around(self, element: etree._Element) -> bool:
        """Whether something is not shown, or stands around the text of a web page."""
        if element.get("hidden") is not None or element.get("aria-hidden") == "true":
            return True
        if _HIDDEN.search(element.get("style", "")):
            return True
        if self._whole or local(element) in ("body", "html", "main", "article"):
            return False
        if local(element) == "footer" or element.get("role") in ("navigation", "search", "banner"):
            return True
        return bool(_AROUND.search(f"{element.get('class', '')} {element.get('id', '')}"))

    def _flow(self, element: etree._Element) -> None:
        """Adds the texts between an element's blocks as paragraphs, and its blocks."""
        line = _Line()
        self._take(line, element.text, _Look())
        for one in element:
            if self._is_block(one):
                self._end(line)
                line = _Line()
                self._block(one)
            else:
                self._inline(one, line, _Look())
            self._take(line, one.tail, _Look())
        self._end(line)

    def _is_block(self, element: etree._Element) -> bool:
        name = local(element)
        if name in _BLOCKS or name == "img":
            return True
        return name not in ("math", "sup", "sub") and any(
            local(one) in _BLOCKS for one in element.iter() if one is not element
        )

    def _end(self, line: _Line) -> None:
        for text in line.text.split(_PARAGRAPH):
            if text.strip():
                self._reading.add(
                    ElementKind.PARAGRAPH,
                    with_formulas(text.strip()),
                    marks=line.marks,
                    part=self.part,
                    place=self.place,
                    bold=line.bold == line.letters > 0,
                )

    def _add(self, kind: ElementKind, line: _Line, **values: Any) -> None:
        text = line.text.replace(_PARAGRAPH, " ").strip()
        if text:
            self._reading.add(
                kind,
                with_formulas(text),
                marks=line.marks,
                part=self.part,
                place=self.place,
                **values,
            )

    def _list(self, element: etree._Element) -> None:
        items = [one for one in element if local(one) == "li"]
        if not self._whole and self._are_links(items):
            return
        at = number(element.get("start", "1"), 1)
        style = _LIST_STYLE.search(element.get("style", ""))
        first_letter = _LETTERED.get(style[1] if style else element.get("type", ""), "")
        for item in items:
            self._note_id(item)
            if item in self._notes:
                continue
            line = self._line(item, without=_LISTS)
            marker = "-"
            if local(element) == "ol":
                lettered = first_letter and 0 < at <= LETTERS
                marker = f"{chr(ord(first_letter) + at - 1) if lettered else at}."
            if line.text.strip():
                line.parts.insert(0, f"{marker} ")
                self._add(ElementKind.ITEM, line)
                at += 1
            for inner in _outermost(item, _LISTS):
                self._block(inner)

    def _are_links(self, items: Sequence[etree._Element]) -> bool:
        """Whether a list is a menu: short links and nothing else."""
        lines = [self._line(item) for item in items]
        short = [one for one in lines if one.letters and one.linked == one.letters]
        return len(short) == len(lines) >= MIN_LINKS and all(
            len(one.text) < MAX_LINK_LETTERS for one in short
        )

    def _terms(self, element: etree._Element) -> None:
        """Adds a list of terms: "term: what it means" each."""
        terms: list[str] = []
        for one in _outermost(element, ("dt", "dd")):
            if local(one) == "dt":
                terms.append(self._line(one).text.strip())
                continue
            line = self._line(one, without=_LISTS)
            if terms:
                line.parts.insert(0, f"{', '.join(terms)}: ")
                terms = []
            self._add(ElementKind.PARAGRAPH, line)
            for inner in _outermost(one, _LISTS):
                self._block(inner)
        if terms:
            self._add(ElementKind.PARAGRAPH, _Line([", ".join(terms)]))

    def _table(self, element: etree._Element) -> None:
        """Adds a table; one that only places things side by side is read cell by cell."""
        rows = [
            row
            for row in descendants(element, "tr")
            if next((one for one in row.iterancestors() if local(one) == "table"), None) is element
        ]
        cells = [[one for one in row if local(one) in ("td", "th")] for row in rows]
        placing = element.get("role") == "presentation" or any(
            local(one) in ("table", *HEADINGS) for one in element.iter() if one is not element
        )
        if placing or max(map(len, cells), default=0) < 2 or len(rows) < 2:  # noqa: PLR2004 - none
            for cell in (cell for row in cells for cell in row):
                self._flow(cell)
            return
        caption = child(element, "caption")
        if caption is not None:
            self._add(ElementKind.CAPTION, self._line(caption))
        made = [[self._cell(one) for one in row] for row in cells]
        self._reading.add(ElementKind.TABLE, rows=grid(made), part=self.part, place=self.place)

    def _cell(self, element: etree._Element) -> Cell:
        text = self._line(element).text.replace(_PARAGRAPH, " ").strip()
        return Cell(
            with_formulas(text),
            number(element.get("colspan", "1"), 1),
            number(element.get("rowspan", "1"), 1),
        )

    def _code(self, element: etree._Element) -> None:
        line = _Line()
        self._inside(element, line, _Look(keeps=True))
        if line.text.strip():
            self._reading.add(
                ElementKind.CODE, line.text.strip("\n"), part=self.part, place=self.place
            )

    def _picture(self, element: etree._Element) -> None:
        self._reading.add(
            ElementKind.PICTURE,
            element.get("alt", ""),
            caption=element.get("title", ""),
            source=(element.get("src") or attribute(element, "href"))[:500],
            place=self.place,
        )

    def _aside(self, element: etree._Element) -> None:
        """Adds what stands beside the text of a page or book, but not lists of links."""
        line = self._line(element)
        links = line.linked > LINKED * line.letters or len(line.text.split()) < MIN_WORDS
        if links and not self._whole:
            return
        is_note = "note" in attribute(element, "type") or "footnote" in element.get("role", "")
        self._add(ElementKind.FOOTNOTE if is_note else ElementKind.BOX, line)

    # --- letters

    def _line(self, element: etree._Element, without: Sequence[str] = ()) -> _Line:
        line = _Line()
        self._inside(element, line, _Look(), without)
        return line

    def _inside(
        self, element: etree._Element, line: _Line, look: _Look, without: Sequence[str] = ()
    ) -> None:
        self._take(line, element.text, look)
        for one in element:
            if local(one) not in without:
                self._inline(one, line, look, without)
            self._take(line, one.tail, look)

    def _inline(
        self, element: etree._Element, line: _Line, look: _Look, without: Sequence[str] = ()
    ) -> None:
        name = local(element)
        if not name:
            # An entity that XML does not know, such as a hard space.
            said = getattr(element, "text", "") or ""
            self._take(line, html.unescape(said) if said.startswith("&") else "", look)
            return
        self._note_id(element)
        if name == "br":
            self._break(line, look)
        elif name == "img":
            self._picture(element)
        elif name in ("math", "script") or name in _LEFT_OUT or self._is_around(element):
            line.parts += _formulas(element)
            self._note_left_out(element)
        elif name == "a" and self._leads_back(element):
            return
        elif name == "a" and (note := self._note_of(element)) is not None:
            self._note(note, line)
        elif name in ("sup", "sub"):
            self._script(element, line, look)
        else:
            self._span(element, line, look, without)

    def _span(
        self, element: etree._Element, line: _Line, look: _Look, without: Sequence[str]
    ) -> None:
        name = local(element)
        if name in _BLOCKS and line.end.strip():
            line.parts.append(" ")
        bold = look.bold or name in _BOLD or "bold" in element.get("style", "")
        inner = _Look(bold, look.linked or name == "a", look.keeps)
        self._inside(element, line, inner, without)
        if name in _BLOCKS:
            line.parts.append(" ")

    def _script(self, element: etree._Element, line: _Line, look: _Look) -> None:
        if _REFERENCE.search(element.get("class", "")):
            return
        for link in descendants(element, "a"):
            if (note := self._note_of(link)) is not None:
                self._note(note, line)
                return
        inner = _Line()
        self._inside(element, inner, look)
        text = scripted(inner.text, raised=local(element) == "sup", before=line.text)
        self._take(line, text, look)

    def _break(self, line: _Line, look: _Look) -> None:
        if look.keeps:
            line.parts.append("\n")
            return
        again = "".join(line.parts[-2:]).rstrip(" ").endswith("\n")
        line.parts.append(_PARAGRAPH if again else "\n")

    def _leads_back(self, link: etree._Element) -> bool:
        """Whether a link in a footnote leads to where the text points to it."""
        name = link.get("href", "").partition("#")[2]
        mark = self._by_id.get(name) if name else None
        note = next((one for one in link.iterancestors() if one in self._notes), None)
        if note is None or mark is None:
            return False
        marks = [*descendants(mark, "a"), *mark.iterancestors("a", "{*}a")]
        return any(self._note_of(one) is note for one in marks)

    def _note(self, note: etree._Element, line: _Line) -> None:
        said = self._line(note).text.strip()
        said = re.sub(r"^\W*\d{1,3}\W+|[\s\u21a9\u2191\ufe0e^]+$", "", said).strip()
        if said:
            mark = str(len(self._reading.elements) + 1)
            line.marks.append(mark)
            self._reading.add(ElementKind.FOOTNOTE, said, marks=[mark], place=self.place)

    def _take(self, line: _Line, text: str | None, look: _Look) -> None:
        if not text:
            return
        shown = text if look.keeps else _BLANKS.sub(" ", text)
        if not look.keeps and line.end in ("", " ", "\n", _PARAGRAPH):
            shown = shown.lstrip(" ")
        line.parts.append(shown)
        letters = sum(map(str.isalpha, shown))
        line.letters += letters
        line.bold += letters * look.bold
        line.linked += letters * look.linked

    def _note_id(self, element: etree._Element) -> None:
        if name := element.get("id"):
            self.anchors.setdefault(name, len(self._reading.elements))
        kinds = f"{attribute(element, 'type')} {element.get('role', '')}"
        if "pagebreak" in kinds and self._whole:
            label = element.get("title") or element.get("aria-label") or "".join(element.itertext())
            label = re.sub(r"^(?:page|seite)\s+|[\s.]+$", "", label.strip(), flags=re.IGNORECASE)
            if label:
                self._reading.labels.append(label[:20])
                self.place = len(self._reading.labels)


# How a page says that a list has letters, to which "b" in an answer key refers.
_LETTERED = {
    **dict.fromkeys(("a", "lower-alpha", "lower-latin"), "a"),
    **dict.fromkeys(("A", "upper-alpha", "upper-latin"), "A"),
}
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)")


_PARTS = {
    "toc": "contents", "landmarks": "contents", "loi": "contents", "lot": "contents",
    "index": "index", "bibliography": "bibliography", "copyright-page": "licence",
    "titlepage": "front", "halftitlepage": "front", "dedication": "front", "preface": "front",
    "foreword": "front", "acknowledgments": "front", "colophon": "front", "frontmatter": "front",
    "footnotes": "notes", "endnotes": "notes", "rearnotes": "notes", "answers": "answers",
    "assessments": "exercises", "assessment": "exercises",
}  # fmt: skip


def part_of(element: etree._Element) -> str:
    """Returns the part of a book that an element says it is; "" if it says nothing."""
    if "pg-boilerplate" in element.get("class", ""):
        return "licence"  # how Project Gutenberg marks its own words
    said = f"{attribute(element, 'type')} {element.get('role', '').replace('doc-', '')}"
    return next((_PARTS[word] for word in said.split() if word in _PARTS), "")


def with_formulas(text: str) -> str:
    """Returns a text in which the formulas that a script would draw are written as ours."""
    return _TEX.sub(lambda found: from_tex(next(filter(None, found.groups()), "")), text)


def _is_large(drawing: etree._Element) -> bool:
    """Whether a drawing is larger than an icon, as far as it says how large it is."""
    sizes = re.findall(r"\d+", drawing.get("viewBox", "") or drawing.get("viewbox", ""))[-2:]
    said = [drawing.get("width", ""), drawing.get("height", ""), *sizes]
    if any("em" in one for one in said[:2]):
        return False
    return any(number(re.sub(r"(?:px|pt)$", "", one)) >= LARGE for one in said)


def _formulas(element: etree._Element) -> list[str]:
    """Returns the formulas in an element of which nothing else is shown."""
    if local(element) == "script":
        tex = "math/tex" in element.get("type", "")
        return [f" {from_tex(element.text or '')} "] if tex else []
    return [f" {formula(one)} " for one in descendants(element, "math")]


def _outermost(element: etree._Element, names: Sequence[str]) -> Iterator[etree._Element]:
    for one in element:
        if local(one) in names:
            yield one
        elif isinstance(one.tag, str):
            yield from _outermost(one, names)
