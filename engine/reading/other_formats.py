"""Turns documents that are no PDFs into passages: office files, books, web pages, text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from engine.reading.blocks import Block, BlockKind
from engine.reading.declared import with_headings
from engine.reading.detect import detect_language
from engine.reading.document import (
    DocumentPart,
    DocumentRejectedError,
    ExtractedDocument,
    PageVerdict,
    PlaceUnit,
)
from engine.reading.drawing import Picture
from engine.reading.embedded import (
    GRAPHICS,
    Embedded,
    Read,
    Shown,
    caption_of,
    draw_embedded,
    draw_slides,
    read_embedded,
)
from engine.reading.formats.elements import Element, ElementKind, from_json
from engine.reading.formats.kinds import KINDS, PACKED, Format
from engine.reading.left_out import places, said_left_out, said_undrawn
from engine.reading.limits import PdfLimits
from engine.reading.ocr import said_missing
from engine.reading.passages import make_passages
from engine.reading.sandbox import Children
from engine.reading.structure import Section, part_of_path
from engine.reading.tables import table_markdown
from engine.reading.text import clean
from engine.reading.titles import title_key
from engine.reading.trust import Trust, judge_text

CHILD = "document_child.py"
MAX_HEADING = 300
MAX_CELL = 1200  # letters; a table with longer ones only places text on the page
MIN_ROWS = 2
TYPE_IT = "type what they say"
_SAME = {
    ElementKind.PARAGRAPH: BlockKind.PARAGRAPH,
    ElementKind.CODE: BlockKind.CODE,
    ElementKind.CAPTION: BlockKind.CAPTION,
    ElementKind.FOOTNOTE: BlockKind.FOOTNOTE,
    ElementKind.BOX: BlockKind.BOX,
}
_REFUSALS = {
    "encrypted": (
        "encrypted",
        (
            "The file asks for a password or is protected against copying. Save a copy without "
            "protection and upload that."
        ),
    ),
    "bomb": (
        "unpacks_too_large",
        (
            "The file unpacks to more than is allowed ({megabytes} MB in all, a fourth of it in "
            "one part). Make its contents smaller or split it, and upload it again."
        ),
    ),
    "entities": (
        "forbidden_contents",
        (
            "The file declares entities of XML, which no ordinary program writes and which may be "
            "an attack. Open it, save it as a new {suffix} file, and upload that."
        ),
    ),
    "too_many": (
        "too_many_pages",
        "The document has more than {slides} slides. Split it into several files.",
    ),
    "too_heavy": (
        "too_heavy",
        (
            "Reading the file takes more memory or time than is allowed. Split it into several "
            "files, or save it as PDF and upload that."
        ),
    ),
    "spreadsheet": (
        "unsupported_kind",
        "This is a spreadsheet. Copy its tables into a document and upload that.",
    ),
    "other_zip": (
        "unsupported_kind",
        (
            "The file is called {suffix} but holds no such document. Save it again from the "
            "program that it was made with, and upload that."
        ),
    ),
    "empty": ("no_text", "The document holds no text that could be read. Upload one with text."),
    "damaged": (
        "unreadable",
        "The file is damaged or was cut off, and cannot be opened as {kind}. {again}",
    ),
}


@dataclass(frozen=True, slots=True)
class _Content:
    """What the child said. `labels` are those of pages or slides."""

    elements: list[Element]
    language: str
    unit: PlaceUnit
    labels: list[str]
    seen: dict[str, list[int | str]]


def extract_other(path: Path, form: Format, limits: PdfLimits) -> ExtractedDocument:
    """Reads a document that is no PDF. Raises DocumentRejectedError."""
    content = _read(path, form, limits)
    elements = [_cleaned(element) for element in content.elements]
    declared = content.language.replace("_", "-").split("-")[0].lower()[:3] or "en"
    language = detect_language(_texts(elements), declared)
    read = read_embedded(path, elements, content.unit, language, limits)
    # LibreOffice might fetch what a deck names on other computers.
    drawings = [] if "outside" in content.seen else elements
    drawn = draw_slides(
        path,
        form,
        [one for one in drawings if one.kind is ElementKind.DRAWING],
        [n for n in range(1, len(content.labels) + 1) if n not in content.seen.get("hidden", [])],
        limits,
    )
    elements = list(_once(elements, read, drawn))
    elements, headings_from = _with_headings(elements, content.unit)
    if read.elements:
        language = detect_language(_texts(elements), declared)
    ocr = {id(element) for found in read.elements.values() for element in found}
    divided = _divided(elements, content.unit, ocr)
    labels = content.labels or [str(at) for at in range(1, divided.places + 1)]
    sections, verdicts = _judged(divided.sections, language, divided.by_ocr)
    where = _Where(content.unit, labels, divided.sections)
    passages = make_passages(sections, labels, frozenset(), language)
    if not any(char.isalpha() for passage in passages for char in passage.text):
        raise _without_text(verdicts, divided.pictures, read)
    for one in divided.pictures:
        if one.element.kind is ElementKind.DRAWING:
            one.drawn = drawn.get(one.place)
    shown = draw_embedded(path, divided.pictures, passages, content.unit, limits)
    if titles := _only_titles(elements, shown):
        content.seen["titles"] = [*titles]
    return ExtractedDocument(
        pages=len(content.labels),
        passages=tuple(replace(passage, unit=content.unit) for passage in passages),
        language=language,
        warnings=tuple(_warnings(content.seen, where, verdicts, shown, read)),
        garbled_pages=tuple(one.page for one in verdicts if one.left_out),
        verdicts=tuple(verdicts),
        unit=content.unit,
        figures=tuple(shown.figures),
        headings_from=headings_from,
        read_pages=len(content.labels),
    )


def _texts(elements: Sequence[Element]) -> list[str]:
    return [element.text for element in elements if element.kind not in GRAPHICS]


def _once(
    elements: Sequence[Element], read: Read, drawn: Mapping[int, Picture]
) -> Iterator[Element]:
    """Yields the elements and the text of their pictures, but nothing twice: no picture of a page
    of text, nor one that is a part of a drawing."""
    for at, element in enumerate(elements):
        if at not in read.papers and not _is_part(element, elements, drawn):
            yield element
        yield from read.elements.get(at, [])


def _is_part(element: Element, elements: Sequence[Element], drawn: Mapping[int, Picture]) -> bool:
    """Whether a picture lies in a drawing of its slide, which is shown as a whole."""
    if element.kind is not ElementKind.PICTURE or not element.box or element.place not in drawn:
        return False
    x0, y0, x1, y1 = element.box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    boxes = (
        one.box
        for one in elements
        if one.kind is ElementKind.DRAWING and one.place == element.place
    )
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in boxes)


def _only_titles(elements: Sequence[Element], shown: Shown) -> list[int]:
    """Returns the slides after the first of which only a title was read, but not those that open a
    part of the deck."""
    headings = [one for one in elements if one.kind is ElementKind.HEADING and one.place > 1]
    opens = {one.place for one, following in pairwise(headings) if following.level > one.level}
    read = {one.place for one in elements if one.kind not in (ElementKind.HEADING, *GRAPHICS)}
    read |= {figure.page for figure in shown.figures} | shown.undrawn.keys()
    return sorted({one.place for one in headings} - opens - read)


def _with_headings(elements: list[Element], unit: PlaceUnit) -> tuple[list[Element], str]:
    """Returns the elements with headings by their looks, and where headings come from.

    That is "looks", "tags" or "". Slides declare theirs. Pictures do not part paragraphs.
    """
    declared = sum(one.kind is ElementKind.HEADING for one in elements)
    if unit is not PlaceUnit.SLIDE:
        changed = iter(with_headings([one for one in elements if one.kind not in GRAPHICS]))
        elements = [one if one.kind in GRAPHICS else next(changed) for one in elements]
    if sum(one.kind is ElementKind.HEADING for one in elements) > declared:
        return elements, "looks"
    return elements, "tags" if declared else ""


def _read(path: Path, form: Format, limits: PdfLimits) -> _Content:
    request = {
        "path": str(path),
        "format": form.value,
        "memory": limits.child_memory,
        "cpu": limits.document_cpu,
        "unpacked": limits.unpacked,
        "pages": limits.max_pages,
        "characters": limits.characters,
        "elements": limits.lines,
    }
    outcome = Children().run(CHILD, request, wall=limits.document_wall)
    last: dict[str, Any] = outcome.answers[-1] if outcome.answers else {}
    if "error" in last:
        raise refusal(last["error"], form, limits)
    if not last.get("done"):
        raise refusal("too_heavy", form, limits)
    return _Content(
        [from_json(answer) for answer in outcome.answers[:-1]],
        last["language"],
        PlaceUnit(last["unit"]),
        [clean(label)[:20] or str(at) for at, label in enumerate(last["labels"], start=1)],
        last["seen"],
    )


def refusal(code: str, form: Format, limits: PdfLimits) -> DocumentRejectedError:
    """Returns the words for why a document cannot be read."""
    public, words = _REFUSALS.get(code, _REFUSALS["damaged"])
    again = "Open it, save it again, and upload that." if form in PACKED else "Save it again."
    return DocumentRejectedError(
        public,
        words.format(
            kind=KINDS[form].name,
            suffix=KINDS[form].suffixes[0],
            megabytes=limits.unpacked // (1024 * 1024),
            slides=limits.max_pages,
            again=again,
        ),
    )


def _cleaned(element: Element) -> Element:
    lines = element.text.split("\n")
    if element.kind is ElementKind.CODE:
        indents = [line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4) for line in lines]
        text = "\n".join(i[:40] + clean(line) for i, line in zip(indents, lines, strict=True))
    else:
        text = " ".join(clean(element.text).split())
    rows = [[" ".join(clean(cell).split()) for cell in row] for row in element.rows]
    return replace(element, text=text, rows=rows)


@dataclass(slots=True)
class _Divided:
    """The sections in reading order, the number of places in them, the pictures with theirs, and
    the places of what was read by OCR."""

    sections: list[Section]
    places: int
    pictures: list[Embedded]
    by_ocr: set[int]


def _divided(elements: Sequence[Element], unit: PlaceUnit, ocr: Collection[int]) -> _Divided:
    """Divides elements into sections; `ocr` has the ids of those that were read by OCR."""
    pictures: list[Embedded] = []
    by_ocr: set[int] = set()
    titles = {one.place: one.text for one in elements if one.kind is ElementKind.HEADING}
    texts = {one.place for one in elements if one.kind not in (ElementKind.HEADING, *GRAPHICS)}
    sections = [Section((), DocumentPart.BODY)]
    path: list[tuple[int, str]] = []
    counter = _Places(unit)
    said = ""
    for at, element in enumerate(elements):
        if element.kind in GRAPHICS:
            # In a text, a picture below a heading belongs to the paragraph after it.
            below = unit is PlaceUnit.PARAGRAPH and not sections[-1].blocks
            place = counter.place + below if unit is PlaceUnit.PARAGRAPH else element.place
            alone = element.kind is ElementKind.DRAWING or element.place not in texts
            title = titles.get(element.place, "") if unit is PlaceUnit.SLIDE and alone else ""
            where = place if unit is not PlaceUnit.PARAGRAPH else path[-1][1] if path else ""
            caption = caption_of(elements, at) or element.caption
            pictures.append(Embedded(element, place, caption, title, where))
            continue
        if element.kind is ElementKind.HEADING:
            # Slides often have the title of the one before.
            above = [(level, title_key(title)) for level, title in path[-1:]]
            is_repeated = (element.level, title_key(element.text)) in above
            if not element.text or (unit is PlaceUnit.SLIDE and is_repeated):
                continue
            path = [(level, title) for level, title in path if level < element.level]
            path.append((element.level, element.text[:MAX_HEADING]))
            sections.append(_section(path, element.part))
        elif element.part != said:
            sections.append(_section(path, element.part))
        said = element.part
        for block in _blocks(element):
            counter.add(block, sections[-1].blocks, element.place)
        if id(element) in ocr:
            by_ocr.add(max(counter.place, 1))
    sections = [section for section in sections if section.blocks]
    return _Divided(sections, max(counter.place, 1), pictures, by_ocr)


class _Places:
    """Adds blocks to their sections with their page, slide, or number among the paragraphs.

    A list is one paragraph. Footnotes come before the text that points to them, and get its place.
    """

    def __init__(self, unit: PlaceUnit) -> None:
        self.place = 0
        self._unit = unit
        self._notes: list[Block] = []

    def add(self, block: Block, blocks: list[Block], declared: int) -> None:
        last = blocks[-1] if blocks else None
        listed = block.kind is BlockKind.LIST and last is not None and last.kind is block.kind
        if self._unit is not PlaceUnit.PARAGRAPH:
            self.place = declared
        elif block.kind is not BlockKind.FOOTNOTE and not listed:
            self.place += 1
        block.page_from = block.page_to = max(self.place, 1)
        if block.kind is BlockKind.FOOTNOTE:
            self._notes.append(block)
            blocks.append(block)
            return
        for note in self._notes:
            if note.marks[0] in block.marks:
                note.page_from = note.page_to = block.page_from
        self._notes = [note for note in self._notes if note.marks[0] not in block.marks]
        if listed and last is not None and last.page_to == block.page_to:
            last.items += block.items
            last.marks += block.marks
        else:
            blocks.append(block)


def _section(path: Sequence[tuple[int, str]], part: str) -> Section:
    matter = DocumentPart(part) if part else part_of_path(path)
    return Section(tuple(title for _, title in path), matter)


def _blocks(element: Element) -> Iterator[Block]:
    """Yields an element as blocks, whose places are not known yet."""
    if element.kind is ElementKind.TABLE:
        yield from _table(element)
    elif not element.text:
        return
    elif element.kind is ElementKind.ITEM:
        item = element.text.removeprefix("- ")
        yield Block(BlockKind.LIST, 1, 1, items=[[item]], marks=list(element.marks))
    elif element.kind in _SAME:
        lines = element.text.split("\n")
        yield Block(_SAME[element.kind], 1, 1, lines=lines, marks=list(element.marks))


def _table(element: Element) -> Iterator[Block]:
    """Yields a table, with its title before it; the cells of one that only places text."""
    rows = [row for row in element.rows if any(row)]
    columns = [at for at in range(max(map(len, rows), default=0)) if any(row[at] for row in rows)]
    rows = [[row[at] for at in columns] for row in rows]
    if len(rows) >= MIN_ROWS and len(columns) > 1 and len(set(rows[0])) == 1:
        yield Block(BlockKind.CAPTION, 1, 1, lines=[rows.pop(0)[0]])
    if len(rows) < MIN_ROWS or len(columns) < 2 or any(len(c) > MAX_CELL for r in rows for c in r):  # noqa: PLR2004 - no table
        for cell in (cell for row in rows for cell in dict.fromkeys(row) if cell):
            yield Block(BlockKind.PARAGRAPH, 1, 1, lines=[cell])
        return
    rows = _with_one_head(rows)
    yield Block(BlockKind.TABLE, 1, 1, lines=table_markdown(rows, len(columns)).split("\n"))


def _with_one_head(rows: list[list[str]]) -> list[list[str]]:
    """Joins two rows of heads: "2020" over "Q1" and "Q2" becomes "2020 Q1" and "2020 Q2"."""
    first, second = rows[0], rows[1]
    spans = any(a == b and a for a, b in pairwise(first))
    numeric = any(cell and not any(map(str.isalpha, cell)) for cell in second)
    if not spans or numeric or len(rows) <= MIN_ROWS or len(set(second)) < len(second):
        return rows
    head = [
        a if a == b or not b else f"{a} {b}".strip() for a, b in zip(first, second, strict=True)
    ]
    return [head, *rows[2:]]


def _judged(
    sections: Sequence[Section], language: str, by_ocr: Collection[int]
) -> tuple[list[Section], list[PageVerdict]]:
    """Returns the sections whose text can be trusted, and a verdict for each place.

    Fonts of old word processors give letters that are not what a reader sees.
    """
    kept: list[Section] = []
    verdicts: dict[int, PageVerdict] = {}
    for section in sections:
        blocks = [b for b in section.blocks if b.kind not in (BlockKind.CODE, BlockKind.TABLE)]
        rows = [r for b in blocks for r in (*b.lines, *(" ".join(i) for i in b.items))]
        judged = judge_text("\n".join(rows), language) if rows else None
        trust = judged.trust if judged else Trust.GOOD
        garbled = trust is Trust.GARBLED
        at = section.blocks[0].page_from
        if not garbled:
            kept.append(section)
        verdict = PageVerdict(at, trust, judged.known if judged else 1.0, left_out=garbled)
        before = verdicts.get(at)
        if before is None or before.trust in (Trust.GOOD, Trust.NONE):
            verdicts[at] = verdict
        # A slide without a title goes on with the section of the one before.
        for place in {block.page_from for block in section.blocks} & set(by_ocr):
            own = replace(verdict, page=place)
            verdicts[place] = replace(verdicts.get(place, own), by_ocr=True)
    return kept, sorted(verdicts.values(), key=lambda one: one.page)


def _without_text(
    verdicts: Sequence[PageVerdict],
    pictures: Sequence[Embedded],
    read: Read,
) -> DocumentRejectedError:
    if any(verdict.left_out for verdict in verdicts):
        return DocumentRejectedError(
            "garbled",
            "The text is garbled: its fonts do not say which letters they show. Print the document "
            "as PDF and upload that, so that its pages can be read by OCR.",
        )
    if pictures:
        why = said_missing(read.ocr, TYPE_IT) or (
            "Save the document as PDF and upload that, so that its pages can be read by OCR."
        )
        return DocumentRejectedError("no_text", f"All text is in pictures. {why}")
    return DocumentRejectedError(
        "no_text", "The document holds no text that could be read. Upload one with text."
    )


@dataclass(frozen=True, slots=True)
class _Where:
    """Names places as people find them: slides and pages by their labels, else by headings."""

    unit: PlaceUnit
    labels: Sequence[str]
    sections: Sequence[Section]

    def of(self, numbers: Sequence[int], one: str, many: str) -> str:
        """Returns a sentence about these places, which goes on with `one` or `many`."""
        found: list[int | str] = [*numbers]
        if self.unit is PlaceUnit.PARAGRAPH:
            above = (
                [one.heading_path for one in self.sections if one.blocks[0].page_from <= number]
                for number in numbers
            )
            found = [paths[-1][-1] if paths and paths[-1] else "" for paths in above]
        verb = one if len(set(found)) == 1 else many
        return f"{places(found, self.unit, self.labels)} {verb}"


def _warnings(
    seen: Mapping[str, Sequence[int | str]],
    where: _Where,
    verdicts: Sequence[PageVerdict],
    shown: Shown,
    read: Read,
) -> Iterator[str]:
    yield from said_left_out(seen, where.unit, where.labels)
    yield from said_undrawn(shown.undrawn, where.unit, where.labels)
    garbled = [verdict.page for verdict in verdicts if verdict.left_out]
    doubted = [verdict.page for verdict in verdicts if verdict.trust is Trust.SUSPICIOUS]
    if garbled:
        left_out = "garbled text and {} left out."
        yield where.of(
            garbled, f"holds {left_out.format('was')}", f"hold {left_out.format('were')}"
        )
    if doubted:
        many = "many words of no dictionary; check their text."
        yield where.of(doubted, f"holds {many}", f"hold {many}")
    if numbers := [verdict.page for verdict in verdicts if verdict.by_ocr]:
        pictures = "pictures of text, read by OCR; check their text."
        yield where.of(numbers, f"holds {pictures}", f"hold {pictures}")
    if read.ocr.missing:
        yield f"There are pictures of text. {said_missing(read.ocr, TYPE_IT)}"
    yield from _said_of_pictures(where, shown)


def _said_of_pictures(where: _Where, shown: Shown) -> Iterator[str]:
    yield from said_left_out({"small": shown.small}, where.unit, where.labels)
    if shown.figures:
        many = "1 picture is" if len(shown.figures) == 1 else f"{len(shown.figures)} pictures are"
        yield f"{many} shown in lessons; words in them are not read."
    if shown.broken:
        broken = len(shown.broken)
        many, are, them = (
            ("1 picture", "is", "it") if broken == 1 else (f"{broken} pictures", "are", "them")
        )
        found = places(shown.broken, where.unit, where.labels)
        yield (
            f"{many} cannot be drawn here and {are} not shown ({found[0].lower()}{found[1:]}). "
            f"Save {them} as PNG or JPEG in the document."
        )
