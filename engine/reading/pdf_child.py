"""A separate program that reads some pages of a PDF under limits that it sets on itself.

The request is one JSON object on standard input, the answer JSON lines on standard output,
each flushed, so that finished pages survive a crash on a later one. Of ProfAI only the layout
of pages is imported here: the interpreter starts isolated, with an empty environment.
"""

from __future__ import annotations

import ctypes
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.child import read_request, write_answer
from engine.reading.drawings import Drawings
from engine.reading.layout import Shapes, page_lines
from engine.reading.letters import Letters, mark_overlined, page_runs, parted_at_roots
from engine.reading.placing import Place, placed, placing
from engine.reading.regions import is_dot
from engine.reading.runs import Box
from engine.reading.stacked import Rule

MAX_OBJECTS = 3000
MAX_BOOKMARKS = 5000
MAX_TAGS = 20_000
MAX_TAG_DEPTH = 40
MAX_DRAWN = 200
MAX_ANNOTATIONS = 200
SAMPLES = 20  # letters that tell whether a page's text is drawn
# No printed line or page has more; what follows may take time that grows with their square.
MAX_LINE = 1000
MAX_LINES = 3000
THIN = 2.5
LONG = 40.0
TALL = 8.0
RULES = 2
MOSTLY_PICTURE = 0.5
RECTANGLE = (4, 5)  # segments of a path
WHOLE = 0.85  # of the page: such a rectangle is its paper
MAX_PARTS = 50  # of a form
IN_LINE = (250.0, 45.0)  # points: larger pictures stand in no line of text
_Colour = tuple[int, int, int]
_Colours = tuple[_Colour | None, ...]
WHITE: _Colour = (255, 255, 255)
TAGS = ("H", "H1", "H2", "H3", "H4", "H5", "H6", "Title")


def main() -> int:
    request = read_request(open_files=64)
    try:
        document = pdfium.PdfDocument(request["path"])
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        write_answer({"error": "encrypted" if code == raw.FPDF_ERR_PASSWORD else "unreadable"})
        return 2
    if request["task"] == "info":
        count = len(document)
        labels = [document.get_page_label(index) or "" for index in range(min(count, 5000))]
        bookmarks = list(_bookmarks(document))
        # The language that the document declares, such as "de-AT", or "".
        buffer = (ctypes.c_ushort * 40)()
        length = raw.FPDFCatalog_GetLanguage(document.raw, buffer, ctypes.sizeof(buffer)) // 2
        language = _utf16(buffer, min(length, len(buffer))).strip("\0 ")
        write_answer(
            {"pages": count, "labels": labels, "bookmarks": bookmarks, "language": language}
        )
    else:
        tagged = bool(raw.FPDFCatalog_IsTagged(document.raw))
        for number in range(request["first"], request["last"] + 1):
            try:
                write_answer(_page(document, number, request["characters"], tagged=tagged))
            except pdfium.PdfiumError:
                write_answer({"failed": number})
    return 0


def _bookmarks(document: pdfium.PdfDocument) -> Iterator[tuple[int, str, int]]:
    for number, bookmark in enumerate(document.get_toc(max_depth=8)):
        if number >= MAX_BOOKMARKS:
            return
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            yield bookmark.level, bookmark.get_title()[:300], index


def _utf16(buffer: Any, count: int) -> str:
    return bytes(buffer)[: 2 * count].decode("utf-16-le", "ignore")


def _page(
    document: pdfium.PdfDocument, number: int, characters: int, *, tagged: bool
) -> dict[str, Any]:
    page = document[number]
    try:
        width, height = page.get_size()
        place = placing(page.get_bbox(), page.get_rotation())
        tags, alternatives = _tags(page) if tagged else ({}, {})
        objects = _Objects(page, (width, height), place, alternatives)
        drawn = raw.FPDFPage_CountObjects(page.raw)
        annotated = _is_annotated(page)
        text = page.get_textpage()
        try:
            reader = Letters(text.raw, place, tags)
            read = list(page_runs(text, characters, reader))
            runs = parted_at_roots(read, objects.rules, reader)
            rules = mark_overlined(runs, objects.rules, reader) if objects.rules else []
            scanned = objects.images > MOSTLY_PICTURE and _is_invisible(text)
            cut = text.count_chars() > characters
        finally:
            text.close()
    finally:
        page.close()
    shapes = Shapes(rules, objects.boxes, objects.dots)
    lines, uncertain = page_lines(runs, shapes, width, height, scanned=scanned)
    return {
        "page": number,
        "width": width,
        "height": height,
        "images": objects.images,
        "drawn": drawn,
        "ruled": objects.ruled,
        "lines": lines[:MAX_LINES],
        "drawings": objects.drawings.as_lists(),
        "pictures": objects.pictures,
        "cut": cut or len(lines) > MAX_LINES,
        "annotated": annotated,
        "layer": scanned,
        "uncertain": uncertain[:MAX_DRAWN],
    }


def _is_annotated(page: pdfium.PdfPage) -> bool:
    """Whether something was added to the page besides links."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            return True
    return False


def _is_invisible(text: pdfium.PdfTextPage) -> bool:
    """Whether most letters are not drawn: OCR lays its words under the picture of the page."""
    count = text.count_chars()
    hidden = shown = 0
    for part in range(SAMPLES):
        thing = raw.FPDFText_GetTextObject(text.raw, count * part // SAMPLES)
        mode = raw.FPDFTextObj_GetTextRenderMode(thing) if thing else None
        hidden += mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE
        shown += mode not in (None, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    return hidden > shown


class _Objects:
    """What a page draws besides letters: `images` is the share that pictures cover, `ruled` says
    whether lines form a table, `rules` are those across as left end, height and right end, `dots`
    may be bullets, `pictures` the corners of those that may stand in a line. `alternatives` are
    descriptions of pictures by number of their content."""

    def __init__(
        self,
        page: pdfium.PdfPage,
        size: tuple[float, float],
        place: Place,
        alternatives: Mapping[int, str],
    ) -> None:
        self.drawings = Drawings(*size)
        self.boxes: list[Box] = []
        self.rules: list[Rule] = []
        self.dots: list[Box] = []
        self.pictures: list[tuple[float, ...]] = []
        self._pictures = 0.0
        self._paper: _Colour = WHITE
        self._across, self._down = defaultdict[int, float](float), defaultdict[int, float](float)
        self._columns, self._rows = set[int](), set[int]()
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        for index in range(min(raw.FPDFPage_CountObjects(page.raw), MAX_OBJECTS)):
            thing = raw.FPDFPage_GetObject(page.raw, index)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                continue
            if not raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
                continue
            box = Box(*placed(place, (left.value, bottom.value, right.value, top.value)))
            if kind == raw.FPDF_PAGEOBJ_PATH:
                box.frame = raw.FPDFPath_CountSegments(thing) in RECTANGLE
                self._add_path(thing, box, size, alternatives)
            elif not (kind == raw.FPDF_PAGEOBJ_FORM and _is_text(thing)):
                self.drawings.add(box, picture=True, said=_said_of(thing, alternatives))
                wide, high = box.x1 - box.x0, box.y1 - box.y0
                small = TALL < wide < IN_LINE[0] and TALL < high < IN_LINE[1]
                if small and len(self.pictures) < MAX_DRAWN:
                    self.pictures.append((box.x0, box.y0, box.x1, box.y1))
                if kind == raw.FPDF_PAGEOBJ_IMAGE:
                    self._pictures += (box.x1 - box.x0) * (box.y1 - box.y0)
                    self._keep(box)
        area = size[0] * size[1]
        self.images = min(self._pictures / area if area else 0.0, 1.0)
        ruled = min(_long(self._across, LONG), _long(self._down, 3 * TALL)) > RULES
        self.ruled = ruled or min(len(self._columns), len(self._rows)) > 1

    def _add_path(
        self, path: Any, box: Box, size: tuple[float, float], alternatives: Mapping[int, str]
    ) -> None:
        """Adds a path; of rectangles only those that are seen. What has the colour of the paper,
        such as the ground of a line, may be a cell of a table, but is no drawing."""
        colours = _colours(path) if box.frame else (None,)
        if not colours:
            return
        if (box.x1 - box.x0) * (box.y1 - box.y0) > WHOLE * size[0] * size[1] and colours[0]:
            self._paper = colours[0]
        self._count(box)
        if any(colour != self._paper for colour in colours):
            self.drawings.add(box, picture=False, said=_said_of(path, alternatives))
            self._keep(box)

    def _keep(self, box: Box) -> None:
        if is_dot(box) and len(self.dots) < MAX_DRAWN:
            self.dots.append(box)
        large = min(box.x1 - box.x0, box.y1 - box.y0) > TALL
        if large and len(self.boxes) < MAX_DRAWN:
            self.boxes.append(box)

    def _count(self, box: Box) -> None:
        width, height = box.x1 - box.x0, box.y1 - box.y0
        if height < THIN < width and len(self.rules) < MAX_DRAWN:
            self.rules.append((box.x0, (box.y0 + box.y1) / 2, box.x1))
        # By place, so that the frames of programs, two rules each way, are no table; and by
        # length, so that the ticks of a plot are none either.
        if height < THIN and width > LONG:
            self._across[round(box.y0)] += width
        elif width < THIN and height > TALL:
            self._down[round(box.x0)] += height
        elif width > LONG and TALL < height < 10 * TALL:
            self._columns.add(round(box.x0))
            self._rows.add(round(box.y1))


def _said_of(thing: Any, alternatives: Mapping[int, str]) -> str:
    if not alternatives:
        return ""
    return alternatives.get(raw.FPDFPageObj_GetMarkedContentID(thing), "")


def _colours(path: Any) -> _Colours:
    """Returns the colours in which a path is filled and stroked: none if it is not seen.

    Programs that make slides draw the frames of their text boxes without any colour.
    """
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    found: list[_Colour] = []
    for used, ask in (
        (fill.value, raw.FPDFPageObj_GetFillColor),
        (stroke.value, raw.FPDFPageObj_GetStrokeColor),
    ):
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if used and not (ask(path, red, green, blue, alpha) and alpha.value == 0):
            found.append((red.value, green.value, blue.value))
    return tuple(found)


def _is_text(form: Any) -> bool:
    """Whether a form, such as letters that are half transparent, holds nothing but letters."""
    count = raw.FPDFFormObj_CountObjects(form)
    return 0 < count <= MAX_PARTS and all(
        raw.FPDFPageObj_GetType(raw.FPDFFormObj_GetObject(form, at)) == raw.FPDF_PAGEOBJ_TEXT
        for at in range(count)
    )


def _long(rules: Mapping[int, float], least: float) -> int:
    return sum(length >= least for length in rules.values())


def _tags(page: pdfium.PdfPage) -> tuple[dict[int, str], dict[int, str]]:
    """Returns the tags of headings, and the descriptions of figures, by number of their content."""
    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    tags: dict[int, str] = {}
    alternatives: dict[int, str] = {}
    if not tree:
        return tags, alternatives
    try:
        for content, tag, said in _tagged(tree):
            if tag:
                tags[content] = tag
            if said:
                alternatives[content] = said
    finally:
        raw.FPDF_StructTree_Close(tree)
    return tags, alternatives


def _tagged(tree: Any) -> Iterator[tuple[int, str, str]]:
    """Yields the numbers of contents with their heading and the description of their figure."""
    count = min(raw.FPDF_StructTree_CountChildren(tree), MAX_TAGS)
    todo = [(raw.FPDF_StructTree_GetChildAtIndex(tree, at), "", "", 0) for at in range(count)]
    seen = 0
    while todo and seen < MAX_TAGS:
        element, inherited, said, depth = todo.pop()
        seen += 1
        if not element or depth > MAX_TAG_DEPTH:
            continue
        kind = _said(raw.FPDF_StructElement_GetType, element)
        tag = kind if kind in TAGS else inherited
        if kind == "Figure":
            said = _said(raw.FPDF_StructElement_GetAltText, element)
        for at in range(min(raw.FPDF_StructElement_CountChildren(element), MAX_TAGS)):
            child = raw.FPDF_StructElement_GetChildAtIndex(element, at)
            if child:
                todo.append((child, tag, said, depth + 1))
            elif (content := raw.FPDF_StructElement_GetChildMarkedContentID(element, at)) >= 0:
                yield content, tag, said


def _said(ask: Callable[..., int], element: Any) -> str:
    buffer = (ctypes.c_ushort * 300)()
    count = ask(element, buffer, ctypes.sizeof(buffer))
    return _utf16(buffer, min(count // 2, len(buffer))).strip("\0 ")


if __name__ == "__main__":
    sys.exit(main())
