"""Small documents to make courses of."""

from __future__ import annotations

from collections.abc import Sequence

from engine.lessons.schemas import SourcePassage
from engine.reading.document import DocumentPart, PassageKind

CELLS = (
    "A cell is the smallest unit of life. Every cell is surrounded by a membrane, which decides "
    "what enters and what leaves. The nucleus is an organelle that holds the genetic material. "
    "It is surrounded by two membranes. Mitochondria are organelles that turn sugar into energy. "
    "Plant cells are also surrounded by a wall of cellulose, which gives them their shape."
)
STARS = (
    "A star is a ball of hot gas that shines by nuclear fusion. Most stars turn hydrogen into "
    "helium for billions of years. The mass of a star decides how long it lives. Red giants are "
    "old stars whose outer layers have grown. A supernova is the explosion of a heavy star at the "
    "end of its life. What remains is often a neutron star or a black hole."
)
TRADE = (
    "Trade is the exchange of goods between people or countries. A tariff is a tax on imported "
    "goods. Governments use tariffs to protect their own industries from foreign competition. "
    "Prices rise when a tariff is added to the cost of imports. A quota is a limit on the amount "
    "of a good that may be imported. Free trade agreements remove tariffs and quotas."
)


def passage(
    text: str,
    *heading_path: str,
    position: int = 0,
    document: int = 1,
    key: int | None = None,
    kind: PassageKind = PassageKind.PROSE,
    matter: DocumentPart = DocumentPart.BODY,
) -> SourcePassage:
    page = position + 1
    return SourcePassage(
        id=key if key is not None else document * 10_000 + position,
        document=document,
        position=position,
        page_from=page,
        page_to=page,
        label_from=str(page),
        label_to=str(page),
        heading_path=heading_path,
        text=text,
        kind=kind,
        matter=matter,
    )


def document(
    sections: Sequence[tuple[tuple[str, ...], str]], *, number: int = 1
) -> tuple[SourcePassage, ...]:
    """One passage for each (heading path, text)."""
    return tuple(
        passage(text, *path, position=position, document=number)
        for position, (path, text) in enumerate(sections)
    )


def book(*, number: int = 1, prefix: str = "") -> tuple[SourcePassage, ...]:
    """Three chapters of three sections, each section of four passages."""
    chapters = {"Cells": CELLS, "Stars": STARS, "Trade": TRADE}
    sections = [
        ((f"Chapter {c}: {prefix}{name}", f"{c}.{s} {part} of {name.lower()}"), text)
        for c, (name, text) in enumerate(chapters.items(), start=1)
        for s, part in enumerate(("Foundations", "Behaviour", "History"), start=1)
        for _ in range(4)
    ]
    return document(sections, number=number)
