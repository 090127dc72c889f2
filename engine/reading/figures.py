"""Finds the figures of pages: pictures and drawings, their captions and what refers to them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.reading.document import DocumentPart, FigureDraft, PassageDraft
from engine.reading.drawing import Part, draw
from engine.reading.drawings import Drawing
from engine.reading.limits import PdfLimits
from engine.reading.pages import Line, Page
from engine.reading.runs import grouped
from engine.reading.spots import SCALE, unpack
from engine.reading.titles import body_size

NAMES = (
    r"fig(?:ure|\.)?|abb(?:ildung|\.)?|figura|ilustraci\u00f3n|sch\u00e9ma|diagram(?:m)?|chart|"
    r"\u0440\u0438\u0441(?:\u0443\u043d\u043e\u043a|\.)?|\u56fe|\u5716|\u56f3|\u091a\u093f\u0924\u094d\u0930"
)
NUMBER = r"(?:[A-Z]\.?)?\d+(?:[.\-\u2013]\d+)*[a-z]?"
_CAPTION = re.compile(rf"^(?i:{NAMES})\s*({NUMBER})(?:\s*[.:|\u2013\u2014-]|\s+(?=[^\W\d_a-z])|$)")
_REFERENCE = rf"\b(?:{NAMES}|figs?\.|figures)\s*(?:\d+\s*(?:,|and|&|und|et|y)\s*)*(%s)(?![\d.]*\d)"

_LISTED = re.compile(
    "^(?:[\u2022\u25aa\u25cf\u25e6\u25cb\u25a0]|[*\u2013\u2014-] |\\d{1,2}[.)] )\\s*\\w"
)
_STOP = re.compile('[.!?\u0964\u3002](?:\\s|[)\u201d"\u00bb]|$)')
_NAME = re.compile(r"[^\W\d_]{2,}")
_TICKS = re.compile(r"^[\d\s.,%\u2212\u2013+-]+$")

MIN_SIDE, MIN_CAPTIONED = 60.0, 24.0  # points
MIN_AREA = 0.02  # of the page
BELOW, ABOVE = 70.0, 40.0  # points between a figure and its caption
PARTS = 45.0  # points between parts of one figure
LABEL_GAP = 14.0
MUCH_TEXT = 0.22  # of a group's area: then it is a frame around text
FEW_SHAPES = 6
OFTEN, OFTEN_PAGES = 3, 0.1
MARGIN = 0.09  # of the page's height
MAX_CAPTION = 6  # lines
MAX_PASSAGES, FAR = 6, 6  # pages
AT_ONCE = 25  # pictures of one child
PICTURE_WIDTH, MAX_SCALE = 1200, 2.5  # pixels; pixels a point
SMALLER, LARGER, MAX_LABEL_WORDS = 0.93, 1.15, 6
PARAGRAPH = 18  # words: what is written in a figure is shorter
SAME_SIZE = 0.4  # points
# Of the size: between lines of one text, and how far its later lines may begin to the right.
STEP, HANGING, SAME_LEFT = 1.9, 2.5, 4.0
MARGIN_OF_PICTURE = 3.0  # points


@dataclass(slots=True)
class _Caption:
    number: str
    text: str
    line: Line
    bottom: float


@dataclass(slots=True)
class Found:
    """A figure or formula on its page; `labels` are the words in it."""

    page: Page
    drawing: Drawing
    caption: _Caption | None = None
    labels: list[str] = field(default_factory=list)
    kind: str = "figure"
    tex: str = ""


def caption_number(text: str) -> str:
    """Returns the number with which a caption begins: "Figure 3.2: The heart" has 3.2."""
    match = _CAPTION.match(text)
    return match.group(1) if match else ""


def names_figure(text: str, number: str) -> bool:
    """Whether a text refers to the figure of a number."""
    return bool(re.search(_REFERENCE % re.escape(number), text, re.IGNORECASE))


def find_figures(pages: Sequence[Page]) -> list[Found]:
    """Returns the figures in reading order, and marks their labels, which are no running text.

    Left out are what repeats on many pages, backgrounds, tables, frames around text and specks.
    """
    # The places at which the same box is drawn on many pages.
    seen = Counter(key for page in pages for key in {_key(d) for d in page.drawings})
    least = max(OFTEN, OFTEN_PAGES * len(pages)) if len(pages) >= OFTEN else 2
    often, body = frozenset(key for key, count in seen.items() if count >= least), body_size(pages)
    figures = [found for page in pages for found in _on_page(page, often)]
    for found in figures:
        _add_labels(found, body)
    return [found for found in figures if not _is_card(found)]


def words_in_drawings(figures: Sequence[Found]) -> Counter[int]:
    """Returns how many words are in drawings without a caption, by page: no text says what they
    show."""
    words = Counter[int]()
    for found in figures:
        if not found.caption:
            words[found.page.number] += len(_NAME.findall(" ".join(found.labels)))
    return words


def figure_drafts(figures: Sequence[Found], passages: Sequence[PassageDraft]) -> list[FigureDraft]:
    """Returns the figures that belong to what is taught, without pictures yet."""
    by_page: dict[int, list[PassageDraft]] = defaultdict(list)
    for passage in passages:
        if passage.matter is DocumentPart.BODY:
            for number in range(passage.page_from, passage.page_to + 1):
                by_page[number].append(passage)
    drafts = []
    for position, found in enumerate(figures, start=1):
        draft = _draft(found, position)
        owners = _passages_of(draft, by_page)
        if draft.tex:
            owners = [p.position for p in by_page[draft.page] if draft.labels[0] in p.text]
        if owners:
            drafts.append(replace(draft, passages=tuple(owners)))
    return drafts


def draw_figures(path: Path, drafts: Sequence[FigureDraft], limits: PdfLimits) -> list[FigureDraft]:
    """Returns the figures with their pictures; those that cannot be drawn, and empty ones, are
    left out. How many are drawn is decided by their number."""
    wanted = [one for one in drafts if not one.tex][: limits.figures]
    drawn = [one for one in drafts if one.tex]
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        parts = []
        for one in some:
            left, top, right, bottom = (end / SCALE for end in one.box)
            parts.append(Part(one.page, PICTURE_WIDTH, (left, top, right, bottom), MAX_SCALE))
        pictures = draw(path, parts, limits)
        drawn += [
            replace(one, picture=seen.content, width=seen.width, height=seen.height)
            for one, seen in zip(some, pictures, strict=True)
            if seen is not None and not seen.empty
        ]
    drawn.sort(key=lambda one: one.position)
    return [replace(one, position=number) for number, one in enumerate(drawn, start=1)]


def _key(drawing: Drawing) -> tuple[int, ...]:
    """Returns what is equal for a drawing that repeats, such as a logo: it may stand left or right,
    and somewhat higher or lower."""
    size = (drawing.x1 - drawing.x0, drawing.y1 - drawing.y0)
    return (*(round(side / 4) for side in size), round(drawing.y0 / 20))


def _on_page(page: Page, often: Collection[tuple[int, ...]]) -> list[Found]:
    drawings = [
        drawing
        for drawing in page.drawings
        if _key(drawing) not in often and not _is_table(drawing, page)
    ]
    captions = list(_captions(page))
    found = _captioned(page, drawings, captions)
    taken = [one.drawing for one in found]
    for drawing in drawings:
        if not any(drawing.is_near(other, 0) for other in taken) and _stands_alone(drawing, page):
            found.append(Found(page, drawing))
    return sorted(found, key=lambda one: (-one.drawing.y1, one.drawing.x0))


def _is_table(drawing: Drawing, page: Page) -> bool:
    for table in page.tables:
        wide = min(drawing.x1, table.x1) - max(drawing.x0, table.x0)
        high = min(drawing.y1, table.y1) - max(drawing.y0, table.y0)
        if wide > 0 and high > 0 and wide * high > 0.5 * drawing.area:
            return True
    return False


def _captions(page: Page) -> Iterator[_Caption]:
    for at, line in enumerate(page.lines):
        match = _CAPTION.match(line.text)
        if match:
            rest = _goes_on(page.lines, at)
            text = " ".join([line.text, *(other.text for other in rest)])
            yield _Caption(match.group(1), text, line, (rest or [line])[-1].y0)


def _goes_on(lines: Sequence[Line], at: int) -> list[Line]:
    """Returns the lines of a caption after its first: close, as large, and no other caption."""
    first, last = lines[at], lines[at]
    rest: list[Line] = []
    for line in lines[at + 1 : at + MAX_CAPTION]:
        step = last.y0 - line.y0
        close = 0 < step < 1.5 * max(first.size, 1.0) and line.x0 < first.x1
        if not close or abs(line.size - first.size) > SAME_SIZE or _CAPTION.match(line.text):
            break
        rest.append(line)
        last = line
    return rest


def _captioned(
    page: Page, drawings: Sequence[Drawing], captions: Sequence[_Caption]
) -> list[Found]:
    """Gives each caption the drawing nearest above it, else below it, with its other parts."""
    found: list[Found] = []
    free = [d for d in drawings if min(d.x1 - d.x0, d.y1 - d.y0) >= MIN_CAPTIONED]
    for caption in captions:
        nearest = min(free, key=lambda d: _distance(d, caption), default=None)
        if nearest is None or _distance(nearest, caption) == float("inf"):
            continue
        free.remove(nearest)
        whole = replace(nearest)
        others = [other for other in captions if other is not caption]
        above = nearest.y0 >= caption.line.y0 - caption.line.size
        beside = [
            d for d in free if (d.y0 >= caption.line.y0 if above else d.y1 <= caption.line.y1)
        ]
        for part in [d for d in beside if _is_part(d, whole, others)]:
            free.remove(part)
            whole.add(part)
        found.append(Found(page, whole, caption))
    return found


def _distance(drawing: Drawing, caption: _Caption) -> float:
    line = caption.line
    apart = max(drawing.x0 - line.x1, line.x0 - drawing.x1, 0.0)
    above, below = drawing.y0 - line.y1, caption.bottom - drawing.y1
    if apart > MIN_SIDE:
        return float("inf")
    if -line.size <= above <= BELOW:
        return max(above, 0.0) + apart
    # A caption above its figure is rarer.
    return below + ABOVE + apart if -line.size <= below <= ABOVE else float("inf")


def _is_part(drawing: Drawing, whole: Drawing, others: Sequence[_Caption]) -> bool:
    if not drawing.is_near(whole, PARTS):
        return False
    beside = min(drawing.y1, whole.y1) - max(drawing.y0, whole.y0) > 0
    over = min(drawing.x1, whole.x1) - max(drawing.x0, whole.x0) > 0
    own = any(_distance(drawing, other) < float("inf") for other in others)
    return (beside or over) and not own


def _stands_alone(drawing: Drawing, page: Page) -> bool:
    """Whether a drawing without a caption is a figure."""
    wide, high = drawing.x1 - drawing.x0, drawing.y1 - drawing.y0
    edge = MARGIN * page.height
    if min(wide, high) < MIN_SIDE or drawing.area < MIN_AREA * page.width * page.height:
        return False
    if drawing.y0 > page.height - edge or drawing.y1 < edge:
        return False
    inside = [line for line in page.lines if line.is_in(drawing)]
    text = sum(0.5 * line.size * line.size * len(line.text) for line in inside)
    if text > MUCH_TEXT * drawing.area:
        return False
    # Frames alone, one in another or side by side, stand around text.
    if inside and not drawing.pictures and drawing.frames == drawing.shapes:
        return False
    return bool(drawing.pictures or drawing.shapes >= FEW_SHAPES)


def _add_labels(found: Found, body: float) -> None:
    """Makes room for the words in and at a drawing: names of parts, axes, numbers of ticks.

    Sentences and lists in a drawing without a caption, such as a card, are running text. So are
    paragraphs in the letters of the text: the box of a figure may reach into the column beside it.
    """
    drawing, caption = found.drawing, found.caption
    original = replace(drawing)
    text = running_text(found.page.lines, SMALLER * body if caption else 0)
    for line in found.page.lines:
        # A chapter's title may stand on its picture.
        if not line.is_in(original, LABEL_GAP) or line.size > LARGER * body:
            continue
        own = caption and (line is caption.line or caption.bottom <= line.y0 <= caption.line.y0)
        inside = line.is_in(original)
        small = line.size < SMALLER * body and len(line.text.split()) <= MAX_LABEL_WORDS
        if own or id(line) in text:
            continue
        if not (inside or line.label or small or _TICKS.match(line.text)):
            continue
        line.label = line.label or not inside or len(line.text.split()) <= MAX_LABEL_WORDS
        found.labels.append(line.text)
        drawing.add(Drawing(line.x0, line.y0 - 0.25 * line.size, line.x1, line.y1))


def running_text(lines: Sequence[Line], paragraphs: float = 0) -> frozenset[int]:
    """Returns the ids of lines that are sentences or lists, whatever is drawn around them: lines
    of one size close below each other, with a bullet, a full stop or a line that goes on.

    With `paragraphs` only those of many words in letters of that size or larger.
    """

    def is_below(stack: list[Line], line: Line) -> bool:
        before = stack[-1]
        step, indent = before.y0 - line.y0, line.x0 - before.x0
        near = 0.8 * line.size < step < STEP * line.size
        alike = abs(before.size - line.size) < SAME_SIZE
        return near and alike and -SAME_LEFT < indent < HANGING * line.size

    found = set[int]()
    for stack in grouped(lines, is_below):
        words = sum(len(one.text.split()) for one in stack)
        if paragraphs and (words < PARAGRAPH or min(one.size for one in stack) < paragraphs):
            continue
        if words > MAX_LABEL_WORDS and _reads_on(stack):
            found.update(map(id, stack))
        found.update(id(one) for one in stack if _LISTED.match(one.text))
    return frozenset(found)


def _reads_on(stack: Sequence[Line]) -> bool:
    texts = [line.text for line in stack]
    goes_on = len(texts) > 1 and sum(text[:1].islower() for text in texts[1:]) * 2 >= len(texts) - 1
    stops = sum(bool(_STOP.search(text)) for text in texts)
    return goes_on or 2 * stops >= len(texts) or any(map(_LISTED.match, texts))


def _is_card(found: Found) -> bool:
    """Whether a drawing without a caption or a name in it stands around text, as on a card."""
    drawing = found.drawing
    if found.caption or found.labels or drawing.pictures:
        return False
    return any(line.is_in(drawing) for line in found.page.lines)


def _draft(found: Found, position: int) -> FigureDraft:
    page, drawing, caption = found.page, found.drawing, found.caption
    more = MARGIN_OF_PICTURE
    x0, x1 = (drawing.x0 - more) / page.width, (drawing.x1 + more) / page.width
    y0, y1 = 1 - (drawing.y1 + more) / page.height, 1 - (drawing.y0 - more) / page.height
    box = tuple(min(max(round(end * SCALE), 0), SCALE) for end in (x0, y0, x1, y1))
    return FigureDraft(
        position=position,
        page=page.number,
        box=(box[0], box[1], box[2], box[3]),
        number=caption.number if caption else "",
        caption=caption.text if caption else "",
        alternative=" ".join(drawing.said.split()),
        labels=tuple(dict.fromkeys(found.labels)),
        kind=found.kind,
        tex=found.tex,
    )


def _passages_of(figure: FigureDraft, by_page: dict[int, list[PassageDraft]]) -> list[int]:
    """Returns the passages that a figure belongs to: the one with its caption, those that name its
    number, else the one that stands nearest above it, or below."""
    near = [
        passage
        for number in range(figure.page - FAR, figure.page + FAR + 1)
        for passage in by_page.get(number, [])
    ]
    named: list[PassageDraft] = []
    if figure.number:
        named = [passage for passage in near if names_figure(passage.text, figure.number)]
    here = by_page.get(figure.page, [])
    chosen = named or [one for one in [_beside(figure, here)] if one is not None]
    if not chosen and any(map(_NAME.search, figure.labels)):
        # A page of which all text is in its drawing.
        chosen = sorted(near, key=lambda p: (abs(p.page_from - figure.page), p.page_from))[:1]
    chosen.sort(key=lambda passage: abs(passage.page_from - figure.page))
    return list(dict.fromkeys(passage.position for passage in chosen))[:MAX_PASSAGES]


def _beside(figure: FigureDraft, passages: Sequence[PassageDraft]) -> PassageDraft | None:
    lines = [
        (spot.y1, passage)
        for passage in passages
        for spot in unpack(passage.places)
        if spot.page == figure.page
    ]
    above = [one for one in lines if one[0] <= figure.box[1] + SCALE // 50]
    if above:
        return max(above, key=lambda one: one[0])[1]
    return min(lines, key=lambda one: one[0])[1] if lines else None
