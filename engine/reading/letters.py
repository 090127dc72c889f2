"""Asks PDFium for the letters of a page, in runs of what one command draws.

It runs in the children that read pages, so of ProfAI only their layout is imported.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.accents import USED, with_accents
from engine.reading.formats.symbols import of_wingdings
from engine.reading.pieces import MAX_LINE
from engine.reading.placing import Place, placed
from engine.reading.runs import Run
from engine.reading.stacked import AXIS, ROOT, ROOT_HEIGHT, Rule, is_root, rules_of_roots

FIXED_PITCH = 1
BOLD = 600
PLAIN_HEIGHT = 1.5
MAX_STEP = 1.6  # from letter to letter of a typewriter: a space between them takes two steps
MAX_OVERLINE = 80.0  # points
MACRON, BAR = "\u0304", "\u0305"
# Of the size: how far below the rule the letters stand, what stands so close above it is
# underlined, and what is on it may be the upper part of a fraction.
OVERLINE, UNDERLINE, NUMERATOR = (0.45, 1.0), 0.25, 1.1
OVERHANG, LEVEL_SLACK = 0.25, 0.1
MAX_BARS = 40  # over roots
MONOSPACED = (
    "mono", "courier", "cmtt", "typewriter", "consol", "cursor", "sftt", "ectt", "menlo",
    "cmitt", "cmsltt", "sfit", "sfst", "ecit", "ecst", "inconsolata", "sourcecode",
)  # fmt: skip
_BLANKS = f" \t\r\n\u00a0{USED}"
BOLD_NAMES = ("bold", "cmbx", "cmssbx", "sfbx", "sfsx", "ecbx", "ecsx", "black", "heavy")


def _as_number(function: Any, *arguments: Any) -> Callable[..., int | None]:
    """Returns a function of PDFium that takes and gives addresses as bare numbers.

    It is asked for every word of a book, and objects for each would cost as much as the answer.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    asked: Callable[..., int | None] = ctypes.CFUNCTYPE(ctypes.c_void_p, *arguments)(address)
    return asked


_object_at = _as_number(raw.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_int)
_font_of = _as_number(raw.FPDFTextObj_GetFont, ctypes.c_void_p)


def page_runs(text: pdfium.PdfTextPage, characters: int, reader: Letters) -> Iterator[Run]:
    """Yields the runs of letters that one command of the page's program draws on one line."""
    count = min(text.count_chars(), characters)
    if count <= 0:
        return
    start, breaks = 0, True
    for line in with_accents(text.raw, _content(text, count)).split("\r\n"):
        last = start + len(line)
        for at in range(start, last, MAX_LINE):
            for first, end, thing in reader.spans(at, min(at + MAX_LINE, last)):
                shown = line[first - start : end - start]
                if shown.strip(_BLANKS):
                    before = line[: first - start].rstrip(USED)
                    space = before[-1:].isspace()
                    yield reader.run(shown, first, thing, breaks=breaks, space=space)
                    breaks = False
        start, breaks = last + 2, True


def parted_at_roots(runs: Sequence[Run], rules: Sequence[Rule], reader: Letters) -> Sequence[Run]:
    """Returns the runs parted where a root sign stands, and where the bar over it ends."""
    if not rules or not any(ROOT in run.text or is_root(run) for run in runs):
        return runs
    parted: list[Run] = []
    for run in runs:
        cuts = {at + after for at, sign in enumerate(run.text) if sign == ROOT for after in (0, 1)}
        parted += reader.parts(run, cuts)
    bars = rules_of_roots(parted, rules)[:MAX_BARS]
    for _, height, right in bars:
        again: list[Run] = []
        for run in parted:
            below = 0 < height - run.y < ROOT_HEIGHT * run.size
            crosses = below and run.x0 < right - 1 and right + 1 < run.x1
            again += reader.parts(run, {reader.first_beyond(run, right)}) if crosses else [run]
        parted = again
    return parted


def mark_overlined(runs: Sequence[Run], rules: Sequence[Rule], reader: Letters) -> list[Rule]:
    """Puts a bar over the letters that stand below a short rule, in place; returns the other rules.

    Without it the conjugate of z, or the complement of a set, would be the thing itself.
    """
    roots = rules_of_roots(runs, rules)
    rest: list[Rule] = []
    for rule in rules:
        short = rule[2] - rule[0] <= MAX_OVERLINE
        root = any(abs(rule[0] - left) < 1 and rule[1] == height for left, height, _ in roots)
        if not short or root or not _overline(runs, rule, reader):
            rest.append(rule)
    return rest


def _overline(runs: Sequence[Run], rule: Rule, reader: Letters) -> bool:
    left, height, right = rule
    near = [run for run in runs if run.x0 < right and left < run.x1]
    below = [
        run for run in near if OVERLINE[0] <= (height - run.y) / (run.size or 1) <= OVERLINE[1]
    ]
    if not below or any(0 <= run.y - height < UNDERLINE * run.size for run in near):
        return False
    # The highest line below the rule: scripts and the next line stand lower.
    row = max(run.y for run in below)
    found: list[tuple[Run, list[int]]] = []
    ends: list[float] = []
    for run in below:
        if abs(run.y - row) > LEVEL_SLACK * run.size or run.at < 0:
            continue
        places = [*reader.origins(run), run.x1]
        covered = [
            at
            for at, (begin, end) in enumerate(pairwise(places))
            if left - 0.5 <= (begin + end) / 2 <= right + 0.5 and not run.text[at].isspace()
        ]
        if covered:
            found.append((run, covered))
            ends += [places[covered[0]], places[covered[-1] + 1]]
    if not found:
        return False
    # The rule is as wide as the letters below it.
    slack = OVERHANG * max(run.size for run, _ in found)
    fits = abs(min(ends) - left) <= slack and abs(max(ends) - right) <= slack
    if not fits or not _stands_in_line(runs, found, rule):
        return False
    # The bar comes after both halves of a letter.
    places_of_bars = [
        (run, [at for at in covered if not "\ud800" <= run.text[at] < "\udc00"])
        for run, covered in found
    ]
    bar = MACRON if sum(len(ats) for _, ats in places_of_bars) == 1 else BAR
    for run, ats in places_of_bars:
        run.text = "".join(
            letter + bar if at in ats else letter for at, letter in enumerate(run.text)
        )
        run.at = -1
    return True


def _stands_in_line(
    runs: Sequence[Run], found: Sequence[tuple[Run, list[int]]], rule: Rule
) -> bool:
    """Whether the letters are no denominator: nothing stands on the rule, or their line goes on and
    the rule is not as high as a minus sign beside it."""
    left, height, right = rule
    run, covered = found[0]
    on_it = any(
        other.x0 < right and left < other.x1 and 0 <= other.y - height < NUMERATOR * other.size
        for other in runs
    )
    fraction = any(
        abs(other.y + AXIS * other.size - height) < LEVEL_SLACK * other.size
        and (-1 < other.x0 - right < other.size or -1 < left - other.x1 < other.size)
        for other in runs
    )
    beside = len(run.text.strip()) > len(covered) or any(
        other is not run
        and abs(other.y - run.y) < LEVEL_SLACK * run.size
        and abs(other.size - run.size) < LEVEL_SLACK * run.size
        and (abs(other.x0 - right) < run.size or abs(left - other.x1) < run.size)
        for other in runs
    )
    return not on_it or (beside and not fraction)


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


class Letters:
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

    def parts(self, run: Run, cuts: Iterable[int]) -> Iterator[Run]:
        """Yields a run in parts that begin at these letters of its text."""
        inner = sorted(cut for cut in cuts if 0 < cut < len(run.text))
        if not inner:
            yield run
            return
        places = [0, *inner, len(run.text)]
        thing = _object_at(self._address, run.at) or 0
        for first, end in pairwise(places):
            shown = run.text[first:end]
            if not shown.isspace():
                space = run.space if first == 0 else run.text[first - 1].isspace()
                breaks = run.breaks and first == 0
                yield self.run(shown, run.at + first, thing, breaks=breaks, space=space)

    def first_beyond(self, run: Run, right: float) -> int:
        """Returns which letter of a run is the first that begins beyond a place."""
        x, y = self._numbers[:2]
        for at in range(len(run.text)):
            raw.FPDFText_GetCharOrigin(self._page, run.at + at, x, y)
            if self._place(x.value, y.value)[0] > right - 0.5:
                return at
        return len(run.text)

    def origins(self, run: Run) -> list[float]:
        """Returns where each letter of a run begins."""
        x, y = self._numbers[:2]
        found = []
        for at in range(len(run.text)):
            raw.FPDFText_GetCharOrigin(self._page, run.at + at, x, y)
            found.append(self._place(x.value, y.value)[0])
        return found

    def run(self, shown: str, first: int, thing: int, *, breaks: bool, space: bool) -> Run:
        page, place, matrix = self._page, self._place, self._matrix
        x, y, right, top = self._numbers
        at = first
        first += len(shown) - len(shown.lstrip(_BLANKS))
        last = first + len(shown.strip(_BLANKS)) - 1
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
        shown = of_wingdings(shown, font)
        tag = ""
        if self._tags:
            shown_by = raw.FPDFText_GetTextObject(page, first)
            tag = self._tags.get(raw.FPDFPageObj_GetMarkedContentID(shown_by), "")
        return Run(
            text=(self._without_gaps(shown, at) if fixed and " " in shown else shown).replace(
                USED, ""
            ),
            x0=x0,
            y=y0,
            x1=x1,
            size=height * scale,
            bold=bold,
            fixed=fixed,
            breaks=breaks,
            space=space,
            tag=tag,
            way=(ahead[0] - here[0], ahead[1] - here[1]),
            end=end,
            font=font,
            at=at,
        )

    def _without_gaps(self, shown: str, at: int) -> str:
        """Returns code without the spaces that PDFium reads into it, where letters are set wider
        than their font has them: no such gap is as wide as a letter and a space."""
        page, (x, y) = self._page, self._numbers[:2]
        places: list[float] = []
        for number in range(at, at + len(shown)):
            raw.FPDFText_GetCharOrigin(page, number, x, y)
            places.append(self._place(x.value, y.value)[0])
        steps = [
            b - a
            for (a, b), pair in zip(pairwise(places), pairwise(shown), strict=True)
            if " " not in pair
        ]
        if not steps or median(steps) <= 0:
            return shown
        wide = MAX_STEP * median(steps)
        return "".join(
            letter
            for n, letter in enumerate(shown)
            if letter != " "
            or not 0 < n < len(shown) - 1
            or not raw.FPDFText_IsGenerated(page, at + n)
            or places[n + 1] - places[n - 1] > wide
        )

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
