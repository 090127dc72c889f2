"""Says what of a document was left out, and on which slides or below which headings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from engine.reading.document import PlaceUnit

MAX_LISTED, MAX_HEADINGS = 12, 6
MAX_APART = 3  # drawings with a sentence each
# Where something is left out: a page or slide by its number, else the heading above it.
Where = int | str

_SAID = {
    "macros": "The file holds macros. They were not run and not read.",
    "outside": "The file names pictures or other parts on other computers. They were not fetched.",
    "missing": "The file names parts that are not in it: {}. Something may be missing.",
    "aside": "Parts that the book keeps outside its order of reading were left out.",
    "cut": "The document holds more than is read of one; the rest was left out. Split it.",
}
_PLACED = {
    "hidden": ("is hidden and was left out.", "are hidden and were left out."),
    "media": ("has video or sound, which is not read.", "have video or sound, which is not read."),
    "charts": (
        "has a chart whose numbers could not be read. Type them as a table to have them taught.",
        "have charts whose numbers could not be read. Type them as tables to have them taught.",
    ),
    "drawings": (
        "has a drawing that ProfAI cannot show. Put a picture of it (PNG) in its place.",
        "have drawings that ProfAI cannot show. Put pictures of them (PNG) in their places.",
    ),
    "old_formulas": (
        "has a formula of an old editor that cannot be read. Type it again in its place.",
        "have formulas of an old editor that cannot be read. Type them again in their places.",
    ),
    "small": (
        "has a small picture, such as a formula or a sign, which is not shown. Type what it says.",
        "have small pictures, such as formulas or signs, which are not shown. Type what they say.",
    ),
    "in_line": (
        "has a picture within a line, such as a button; the text is read without it. Type it.",
        "have pictures within lines, such as buttons; the text is read without them. Type them.",
    ),
    "hidden_words": (
        "has hidden words, which were left out.",
        "have hidden words, which were left out.",
    ),
    "embedded": (
        "has a document of another program in it, which was not read.",
        "have documents of other programs in them, which were not read.",
    ),
    "titles": (
        "has a title and nothing else that could be read.",
        "have a title each and nothing else that could be read.",
    ),
}


def said_left_out(
    seen: Mapping[str, Sequence[Where]], unit: PlaceUnit, labels: Sequence[str]
) -> Iterator[str]:
    """Yields a sentence for each kind of thing that was left out."""
    for name, words in _SAID.items():
        if name in seen:
            yield words.format(len(seen[name]))
    for name, (one, many) in _PLACED.items():
        if found := seen.get(name):
            yield f"{places(found, unit, labels)} {one if len(set(found)) == 1 else many}"


def said_undrawn(
    shapes: Mapping[int, int], unit: PlaceUnit, labels: Sequence[str]
) -> Iterator[str]:
    """Yields a sentence about the drawings of slides that are not shown, by their numbers of
    shapes."""
    few = [place for place, count in shapes.items() if count <= 1 or len(shapes) > MAX_APART]
    yield from said_left_out({"drawings": few} if few else {}, unit, labels)
    for place, count in shapes.items():
        if place not in few:
            yield (
                f"{places([place], unit, labels)} has a drawing of {count} shapes that ProfAI "
                "cannot show. Put a picture of it (PNG) in its place."
            )


def places(found: Sequence[Where], unit: PlaceUnit, labels: Sequence[str]) -> str:
    """Returns where things stand, as the subject of a sentence: "Slides 2, 5", "The sections
    \u201cRivers\u201d and others"."""
    numbers = [at for at in dict.fromkeys(found) if isinstance(at, int)]
    if numbers:
        shown = [labels[n - 1] if n <= len(labels) and labels[n - 1] else str(n) for n in numbers]
        return f"{unit.capitalize()}{'s' * (len(numbers) > 1)} {_listed(shown, MAX_LISTED)}"
    headings = Counter(str(heading) for heading in found)
    named = [
        f"\u201c{heading}\u201d{f' ({count} times)' * (count > 1)}"
        for heading, count in headings.items()
        if heading
    ]
    if not named:
        return "The beginning of the document"
    begins = "The beginning of the document and " if "" in headings else ""
    many = f"section{'s' * (len(named) > 1)} {_listed(named, MAX_HEADINGS)}"
    return f"{begins}the {many}" if begins else f"The {many}"


def _listed(shown: Sequence[str], most: int) -> str:
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more
