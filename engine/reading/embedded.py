"""Pictures of documents that are no PDFs: shown in lessons, or read by OCR where they are all
that a slide or a document has.

What only the program that made a deck can draw is drawn by LibreOffice, where that is installed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.reading.blocks import BlockKind
from engine.reading.conversion import converted, converter
from engine.reading.document import (
    DocumentPart,
    DocumentRejectedError,
    FigureDraft,
    PassageDraft,
    PlaceUnit,
)
from engine.reading.drawing import Part, Picture, draw
from engine.reading.figures import PICTURE_WIDTH, caption_number, names_figure
from engine.reading.formats.elements import Element, ElementKind
from engine.reading.formats.kinds import Format
from engine.reading.limits import PdfLimits
from engine.reading.looks import headings_by_looks
from engine.reading.ocr import OcrResult, read_pictures, tesseract
from engine.reading.pages import Page
from engine.reading.sandbox import Children
from engine.reading.structure import build_sections
from engine.reading.text import join_lines
from engine.reading.trust import Trust, judge_text

CHILD = "embedded_child.py"
MAX_BYTES, MAX_PAPER_BYTES = 4 * 1024 * 1024, 32 * 1024 * 1024
MAX_PASSAGES = 6
GRAPHICS = (ElementKind.PICTURE, ElementKind.DRAWING)
MAX_CAPTION = 300  # letters
SLIDE_SCALE = 3.0  # pixels for each point
OFTEN = 3  # a picture that stands so often is an ornament
SMALL_SHARE = {PlaceUnit.SLIDE: 0.02}
SMALL_PART = 0.004  # of a page: a picture of some 45 points
BACKGROUND = 0.9
MIN_SIDE, MIN_PIXELS = 40, 10_000
# Bullets and marks are smaller: a share of the page, and pixels.
SPECK, LEGIBLE = 0.002, 14
SLIDE_SHAPE = 1.33  # of slides that are not wide themselves
WIDE = 1.8  # times the height: as a formula or a button is, and an icon is not
FEW_LETTERS = 40  # of a slide that is a picture
LETTERS_A_PAGE = 200  # of a text whose pages are pictures
PAGE_SHARE = 0.15
MIN_WORDS = 12  # that OCR must read: fewer are names of parts of a drawing
PAPER = 60  # words: a picture of a text, which need not be shown as well
_NO_DESCRIPTION = re.compile(
    r"^(?:(?:picture|image|grafik|bild|imagen?|figura|рисунок|изображение|图片)\s*\d*|\S+\.\w{3,4})$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Embedded:
    """A picture or drawing with its place. `title` is that of its slide where this says what it
    shows; `where` is the number of its page or slide, else the heading above it."""

    element: Element
    place: int
    caption: str = ""
    title: str = ""
    where: int | str = ""
    drawn: Picture | None = None


@dataclass(slots=True)
class Shown:
    """`broken` says where pictures are that cannot be drawn here, `small` where those are that are
    too small to be shown, `undrawn` how many shapes the drawings have that are not shown, by their
    slides."""

    figures: list[FigureDraft] = field(default_factory=list)
    broken: list[int | str] = field(default_factory=list)
    small: list[int | str] = field(default_factory=list)
    undrawn: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Read:
    """What OCR read, by number of the element of the picture."""

    elements: dict[int, list[Element]] = field(default_factory=dict)
    papers: set[int] = field(default_factory=set)
    ocr: OcrResult = field(default_factory=OcrResult)


def caption_of(elements: Sequence[Element], at: int) -> str:
    """Returns the caption of a picture: the element below it, else above it."""
    for near in (at + 1, at - 1):
        if not 0 <= near < len(elements) or elements[near].place != elements[at].place:
            continue
        one = elements[near]
        text = one.kind in (ElementKind.PARAGRAPH, ElementKind.BOX)
        named = text and caption_number(one.text)
        if (one.kind is ElementKind.CAPTION or named) and len(one.text) <= MAX_CAPTION:
            return one.text
    return ""


def draw_embedded(
    path: Path,
    pictures: Sequence[Embedded],
    passages: Sequence[PassageDraft],
    unit: PlaceUnit,
    limits: PdfLimits,
) -> Shown:
    """Returns the pictures that belong to what is taught, drawn. Ornaments, backgrounds and small
    ones are left out."""
    wanted = [(one, owners) for one in _no_ornaments(pictures, unit)
              if (owners := _owners(one, passages, unit))][: limits.figures]  # fmt: skip
    shown = Shown()
    shown.small = [
        one.where
        for one in pictures
        if SPECK <= one.element.share < SMALL_SHARE.get(unit, SMALL_PART)
        and _is_wide(one.element.box)
        and not one.caption
        and _owners(one, passages, unit)
    ]
    stored = [at for at, (one, _) in enumerate(wanted) if one.element.kind is ElementKind.PICTURE]
    with TemporaryDirectory() as folder:
        elements = [wanted[at][0].element for at in stored]
        answers = _draw(path, elements, Path(folder), limits) if stored else {}
        for number, at in enumerate(stored):
            one = wanted[at][0]
            answer = answers.get(number, {"error": "unreadable"})
            if "error" in answer:
                shown.broken.append(one.where)
                continue
            width, height = int(answer["width"]), int(answer["height"])
            is_large = min(width, height) >= MIN_SIDE and width * height >= MIN_PIXELS
            wide = width >= WIDE * height and height >= LEGIBLE
            if not is_large and wide and not answer["empty"]:
                shown.small.append(one.where)
            elif is_large and not answer["empty"]:
                content = Path(folder, f"{number}.webp").read_bytes()
                one.drawn = Picture(content, answer["drawn"][0], answer["drawn"][1], empty=False)
    for one, owners in wanted:
        if one.drawn is not None:
            shown.figures.append(_draft(one, owners, len(shown.figures) + 1, one.drawn))
        elif one.element.kind is ElementKind.DRAWING:
            shown.undrawn[one.place] = one.element.shapes
    return shown


def draw_slides(
    path: Path,
    form: Format,
    drawings: Sequence[Element],
    slides: Sequence[int],
    limits: PdfLimits,
) -> dict[int, Picture]:
    """Returns pictures of drawings by the number of their slide; `slides` are those that are not
    hidden.

    Nothing is drawn where LibreOffice is not installed, or makes other pages of the deck than one
    for each of these slides.
    """
    if not drawings or converter() is None:
        return {}
    pages = {place: page for page, place in enumerate(slides, start=1)}
    parts = []
    for one in drawings:
        x0, y0, x1, y1 = one.box
        parts.append(Part(pages[one.place], PICTURE_WIDTH, (x0, y0, x1, y1), SLIDE_SCALE))
    ends = [Part(len(pages), 10), Part(len(pages) + 1, 10)]
    try:
        with converted(path, form, limits, "pdf") as made:
            *pictures, last, beyond = draw(made, [*parts, *ends], limits)
    except DocumentRejectedError:
        return {}
    if last is None or beyond is not None:
        return {}
    return {
        one.place: picture
        for one, picture in zip(drawings, pictures, strict=True)
        if picture is not None and not picture.empty
    }


def read_embedded(
    path: Path, elements: Sequence[Element], unit: PlaceUnit, language: str, limits: PdfLimits
) -> Read:
    """Reads the pictures of slides, and of texts, that hold hardly any text besides."""
    numbers = list(_papers(elements, unit))[: limits.ocr_pages] if tesseract() else []
    read = Read()
    if not numbers:
        return read
    letters = sum(map(str.isalpha, "".join(one.text for one in elements)))
    known = language if letters >= LETTERS_A_PAGE else ""
    pages = []
    with TemporaryDirectory() as folder:
        _draw(path, [elements[at] for at in numbers], Path(folder), limits, paged=True)
        for number, at in enumerate(numbers):
            file = Path(folder, f"{number}.pdf")
            if not file.exists():
                continue
            result = read_pictures(file, [_page(1)], known, limits)
            known = known or (result.language if result.lines else "")
            read.ocr.missing = read.ocr.missing or result.missing
            read.ocr.language = read.ocr.language or result.language
            page = _page(at + 1)
            page.lines = result.lines.get(1, [])
            text = "\n".join(line.text for line in page.lines)
            words = len(text.split())
            if words >= MIN_WORDS and judge_text(text, result.language).trust is Trust.GOOD:
                pages.append(page)
                read.papers.update([at] if words >= PAPER else [])
    titled = any(one.kind is ElementKind.HEADING for one in elements)
    for page_number, element in _as_elements(pages, titled=titled):
        at = page_number - 1
        element.place = elements[at].place
        read.elements.setdefault(at, []).append(element)
    return read


def _page(number: int) -> Page:
    return Page(number, 576.0, 792.0, 1.0, 1, ruled=False, lines=[], tables=[], cut=False)


def _papers(elements: Sequence[Element], unit: PlaceUnit) -> Iterator[int]:
    """Yields the numbers of the pictures that may be pictures of text."""
    pictures = [at for at, one in enumerate(elements) if one.kind is ElementKind.PICTURE]
    letters = Counter[int]()
    for one in elements:
        if one.kind is not ElementKind.PICTURE:
            cells = " ".join(cell for row in one.rows for cell in row)
            letters[one.place] += sum(map(str.isalpha, one.text + cells))
    for at in pictures:
        one = elements[at]
        if unit is PlaceUnit.SLIDE:
            wanted = letters[one.place] < FEW_LETTERS
        else:
            wanted = sum(letters.values()) < LETTERS_A_PAGE * len(pictures)
        if wanted and (one.share >= PAGE_SHARE or not one.share):
            yield at


def _as_elements(pages: Sequence[Page], *, titled: bool) -> Iterator[tuple[int, Element]]:
    """Yields what was read of pages with their numbers; headings where the document has none."""
    headings = headings_by_looks(pages) if pages and not titled else []
    path: tuple[str, ...] = ()
    for section in build_sections(pages, headings):
        for block in section.blocks:
            if section.heading_path != path:
                path = section.heading_path
                yield block.page_from, Element(ElementKind.HEADING, path[-1], level=len(path))
            if block.kind is BlockKind.LIST:
                for item in block.items:
                    said = join_lines(item, frozenset())
                    yield block.page_from, Element(ElementKind.ITEM, f"- {said}")
            else:
                said = join_lines(block.lines, frozenset())
                yield block.page_from, Element(ElementKind.PARAGRAPH, said)


def _no_ornaments(pictures: Sequence[Embedded], unit: PlaceUnit) -> Iterator[Embedded]:
    often = Counter(one.element.source for one in pictures)
    for one in pictures:
        share = one.element.share
        if (
            one.caption
            or one.element.kind is ElementKind.DRAWING
            or (
                often[one.element.source] < OFTEN
                and (not share or SMALL_SHARE.get(unit, SMALL_PART) <= share < BACKGROUND)
            )
        ):
            yield one


def _is_wide(box: Sequence[float]) -> bool:
    """Whether a picture is wide; where its place is not known it may be."""
    if not box:
        return True
    x0, y0, x1, y1 = box
    return (x1 - x0) * SLIDE_SHAPE >= WIDE * (y1 - y0)


def _owners(one: Embedded, passages: Sequence[PassageDraft], unit: PlaceUnit) -> list[int]:
    """Returns the positions of the passages that name a picture's number, or that it stands in; of
    a picture alone on a slide, of the passage before it, else of the next one."""
    taught = [passage for passage in passages if passage.matter is DocumentPart.BODY]
    number = caption_number(one.caption)
    named = [p.position for p in taught if number and names_figure(p.text, number)]
    if named:
        return named[:MAX_PASSAGES]
    here = [p for p in taught if p.page_from <= one.place <= p.page_to]
    if here:
        # Paragraphs come in order, so that the last of them is the nearest above.
        return [here[0 if unit is PlaceUnit.SLIDE else -1].position]
    before = [p for p in taught if p.page_to < one.place]
    nearest = before[-1:] or taught[:1]
    return [passage.position for passage in nearest]


def _draft(one: Embedded, owners: list[int], position: int, drawn: Picture) -> FigureDraft:
    said = " ".join(one.element.text.split())
    return FigureDraft(
        position=position,
        page=max(one.place, 1),
        box=(0, 0, 0, 0),
        number=caption_number(one.caption),
        caption=one.caption or one.title,
        alternative="" if _NO_DESCRIPTION.match(said) else said,
        passages=tuple(owners),
        picture=drawn.content,
        width=drawn.width,
        height=drawn.height,
    )


def _draw(
    path: Path, elements: Sequence[Element], folder: Path, limits: PdfLimits, *, paged: bool = False
) -> dict[int, dict[str, Any]]:
    """Returns what the child said of each picture; one that ends it is gone past."""
    answers: dict[int, dict[str, Any]] = {}
    children = Children()
    done = 0
    for _ in range(limits.crashes):
        if done >= len(elements):
            break
        with TemporaryDirectory() as inner:
            request = {
                "path": str(path),
                "folder": inner,
                "paged": paged,
                "pictures": [
                    {"source": one.source, "crop": one.crop, "width": PICTURE_WIDTH}
                    for one in elements[done:]
                ],
                "memory": limits.child_memory,
                "cpu": limits.document_cpu,
                "bytes": MAX_PAPER_BYTES if paged else MAX_BYTES,
                "unpacked": limits.unpacked,
            }
            outcome = children.run(CHILD, request, wall=limits.child_wall)
            for answer in outcome.answers:
                answers[done + answer["picture"]] = answer
            for file in Path(inner).iterdir():
                number = done + int(file.stem)
                file.replace(folder / f"{number}{file.suffix}")
        done += len(outcome.answers) if outcome.finished else len(outcome.answers) + 1
    return answers
