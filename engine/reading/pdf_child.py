"""A separate program that reads some pages of a PDF under limits that it sets on itself.

The request is one JSON object on standard input, the answer JSON lines on standard output,
each flushed, so that finished pages survive a crash on a later one. Of ProfAI only the layout
of pages is imported here: the interpreter starts isolated, with an empty environment.
"""

from __future__ import annotations

import ctypes
import json
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.drawings import Drawings
from engine.reading.layout import page_lines
from engine.reading.placing import Place, placed, placing
from engine.reading.runs import Box, Run

MAX_OBJECTS = 3000
MAX_BOOKMARKS = 5000
MAX_TAGS = 20_000
MAX_TAG_DEPTH = 40
MAX_DRAWN = 200
MAX_ANNOTATIONS = 200
# No printed line or page has more; what follows may take time that grows with their square.
MAX_LINE = 1000
MAX_LINES = 3000
FIXED_PITCH = 1
THIN = 2.5
LONG = 40.0
TALL = 8.0
BOLD = 600
RULES = 2
PLAIN_HEIGHT = 1.5
MOSTLY_PICTURE = 0.5
RECTANGLE = (4, 5)  # segments of a path
MONOSPACED = ("mono", "courier", "cmtt", "typewriter", "consol", "cursor", "sftt", "ectt", "menlo")
BOLD_NAMES = ("bold", "cmbx", "sfbx", "ecbx", "black", "heavy")
TAGS = ("H", "H1", "H2", "H3", "H4", "H5", "H6", "Title")


def main() -> int:
    request = json.load(sys.stdin)
    _limit(request["memory"], request["cpu"])
    try:
        document = pdfium.PdfDocument(request["path"])
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        _say({"error": "encrypted" if code == raw.FPDF_ERR_PASSWORD else "unreadable"})
        return 2
    if request["task"] == "info":
        count = len(document)
        labels = [document.get_page_label(index) or "" for index in range(min(count, 5000))]
        bookmarks = list(_bookmarks(document))
        _say(
            {"pages": count, "labels": labels, "bookmarks": bookmarks, "language": _lang(document)}
        )
    else:
        tagged = bool(raw.FPDFCatalog_IsTagged(document.raw))
        for number in range(request["first"], request["last"] + 1):
            try:
                _say(_page(document, number, request["characters"], tagged=tagged))
            except pdfium.PdfiumError:
                _say({"failed": number})
    return 0


def _limit(memory: int, cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _bookmarks(document: pdfium.PdfDocument) -> Iterator[tuple[int, str, int]]:
    for number, bookmark in enumerate(document.get_toc(max_depth=8)):
        if number >= MAX_BOOKMARKS:
            return
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            yield bookmark.level, bookmark.get_title()[:300], index


def _lang(document: pdfium.PdfDocument) -> str:
    """Returns the language that the document declares, such as "de-AT", or ""."""
    buffer = (ctypes.c_ushort * 40)()
    count = raw.FPDFCatalog_GetLanguage(document.raw, buffer, ctypes.sizeof(buffer))
    return _utf16(buffer, min(count // 2, len(buffer))).strip("\0 ")


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
            runs = list(_runs(text, characters, place, tags))
            scanned = objects.images > MOSTLY_PICTURE and _is_invisible(text)
            cut = text.count_chars() > characters
        finally:
            text.close()
    finally:
        page.close()
    lines = page_lines(runs, objects.rules, objects.boxes, width, height, scanned=scanned)
    return {
        "page": number,
        "width": width,
        "height": height,
        "images": objects.images,
        "drawn": drawn,
        "ruled": objects.ruled,
        "lines": lines[:MAX_LINES],
        "drawings": objects.drawings.as_lists(),
        "cut": cut or len(lines) > MAX_LINES,
        "annotated": annotated,
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
    """Whether the page's first letter is not drawn: OCR lays its words under the picture."""
    first = raw.FPDFText_GetTextObject(text.raw, 0)
    mode = raw.FPDFTextObj_GetTextRenderMode(first) if first else 0
    return bool(mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE)


class _Objects:
    """What a page draws besides letters: `images` is the share that pictures cover, `ruled` says
    whether lines form a table, `rules` are those across as left end, height and right end.
    `alternatives` are descriptions of pictures by number of their content."""

    def __init__(
        self,
        page: pdfium.PdfPage,
        size: tuple[float, float],
        place: Place,
        alternatives: Mapping[int, str],
    ) -> None:
        self.drawings = Drawings(*size)
        self.boxes: list[Box] = []
        self.rules: list[tuple[float, float, float]] = []
        self._pictures = 0.0
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
            said = alternatives and alternatives.get(raw.FPDFPageObj_GetMarkedContentID(thing), "")
            self.drawings.add(box, picture=kind != raw.FPDF_PAGEOBJ_PATH, said=said or "")
            if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE):
                continue
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                self._pictures += (box.x1 - box.x0) * (box.y1 - box.y0)
            else:
                self._count(box)
            large = min(box.x1 - box.x0, box.y1 - box.y0) > TALL
            if large and len(self.boxes) < MAX_DRAWN:
                self.boxes.append(box)
        area = size[0] * size[1]
        self.images = min(self._pictures / area if area else 0.0, 1.0)
        ruled = min(_long(self._across, LONG), _long(self._down, 3 * TALL)) > RULES
        self.ruled = ruled or min(len(self._columns), len(self._rows)) > 1

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


def _as_number(function: Any, *arguments: Any) -> Callable[..., int | None]:
    """Returns a function of PDFium that takes and gives addresses as bare numbers.

    It is asked for every word of a book, and objects for each would cost as much as the answer.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    asked: Callable[..., int | None] = ctypes.CFUNCTYPE(ctypes.c_void_p, *arguments)(address)
    return asked


_object_at = _as_number(raw.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_int)
_font_of = _as_number(raw.FPDFTextObj_GetFont, ctypes.c_void_p)


def _runs(
    text: pdfium.PdfTextPage, characters: int, place: Place, tags: Mapping[int, str]
) -> Iterator[Run]:
    """Yields the runs of letters that one command of the page's program draws on one line."""
    count = min(text.count_chars(), characters)
    if count <= 0:
        return
    reader = _Letters(text.raw, place, tags)
    start, breaks = 0, True
    for line in _content(text, count).split("\r\n"):
        last = start + len(line)
        for at in range(start, last, MAX_LINE):
            for first, end, thing in reader.spans(at, min(at + MAX_LINE, last)):
                shown = line[first - start : end - start]
                if not shown.isspace():
                    space = first > start and line[first - start - 1].isspace()
                    yield reader.run(shown, first, thing, breaks=breaks, space=space)
                    breaks = False
        start, breaks = last + 2, True


def _content(text: pdfium.PdfTextPage, count: int) -> str:
    """Returns the text with one character for each that PDFium counts.

    Letters beyond the basic plane count as two halves; those that PDFium gives no text for
    would shift the places of all that follow.
    """
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(text.raw, 0, count, buffer) - 1
    if written == count:
        return "".join(map(chr, buffer[:count]))
    return "".join(chr(raw.FPDFText_GetUnicode(text.raw, at) or 1) for at in range(count))


class _Letters:
    """Asks PDFium for places and fonts, as seldom as possible."""

    def __init__(self, page: Any, place: Place, tags: Mapping[int, str]) -> None:
        self._page, self._place, self._tags = page, place, tags
        self._address = ctypes.cast(page, ctypes.c_void_p)
        self._fonts: dict[int, tuple[bool, bool, str]] = {}
        self._here = place(0, 0)
        self._look = (0, 0.0)
        self._matrix = raw.FS_MATRIX()
        self._numbers = [ctypes.c_double() for _ in range(4)]

    def spans(self, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yields where runs begin and end, and what draws them: the same command at both ends."""
        while first < end:
            thing = _object_at(self._address, first)
            # Spaces that PDFium adds belong to no command.
            low, step = first, end - 1 - first if thing else 0
            # From the far end back by halves: most lines are one run.
            while step > 0:
                if _object_at(self._address, low + step) == thing:
                    low += step
                    step = min(step, end - 1 - low)
                else:
                    step //= 2
            if thing:
                yield first, low + 1, thing
            first = low + 1

    def run(self, shown: str, first: int, thing: int, *, breaks: bool, space: bool) -> Run:
        page, place, matrix = self._page, self._place, self._matrix
        x, y, right, top = self._numbers
        first += len(shown) - len(shown.lstrip())
        last = first + len(shown.strip()) - 1
        raw.FPDFText_GetCharBox(page, last, x, right, y, top)
        _, _, x1, end = placed(place, (x.value, y.value, right.value, top.value))
        raw.FPDFText_GetCharOrigin(page, first, x, y)
        x0, y0 = place(x.value, y.value)
        height = raw.FPDFText_GetFontSize(page, first)
        look = (_font_of(thing) or 0, height)
        # On a line, the same letters of the same height have the same matrix, unless the matrix
        # alone gives them their height.
        if breaks or look != self._look or height < PLAIN_HEIGHT:
            raw.FPDFText_GetMatrix(page, first, matrix)
            self._look = look
        ahead, here = place(matrix.a, matrix.b), self._here
        scale = (matrix.c**2 + matrix.d**2) ** 0.5 or 1.0
        bold, fixed, font = self._font(look[0])
        return Run(
            text=shown,
            x0=x0,
            y=y0,
            x1=x1,
            size=height * scale,
            bold=bold,
            fixed=fixed,
            breaks=breaks,
            space=space,
            tag=self._tag(first) if self._tags else "",
            way=(ahead[0] - here[0], ahead[1] - here[1]),
            end=end,
            font=font,
        )

    def _tag(self, first: int) -> str:
        thing = raw.FPDFText_GetTextObject(self._page, first)
        return self._tags.get(raw.FPDFPageObj_GetMarkedContentID(thing), "")

    def _font(self, key: int) -> tuple[bool, bool, str]:
        """Returns whether a font is bold, whether it is monospaced, and its name."""
        if key not in self._fonts:
            font = ctypes.cast(key, raw.FPDF_FONT)
            buffer = ctypes.create_string_buffer(120)
            raw.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
            # Only some of its letters are in the file, says a prefix such as "ABCDEF+".
            shown = buffer.value.decode(errors="replace").rpartition("+")[2]
            name = shown.lower()
            heavy = raw.FPDFFont_GetWeight(font) >= BOLD
            bold = heavy or any(word in name for word in BOLD_NAMES)
            fixed = bool(raw.FPDFFont_GetFlags(font) & FIXED_PITCH)
            fixed = fixed or any(word in name for word in MONOSPACED)
            self._fonts[key] = (bold, fixed, shown[:60])
        return self._fonts[key]


if __name__ == "__main__":
    sys.exit(main())
