"""Teaching texts of several subjects as a quiz request; the texts were written for these tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from engine.lessons.schemas import SourcePassage
from engine.questions.schemas import QuizRequest, QuizTopic
from engine.reading.document import PassageKind

TEXTS = Path(__file__).parent / "texts"
_HEADING = re.compile(r"(#+) (.+)")


def passages(markdown: str) -> Iterator[SourcePassage]:
    """Yields a passage for each section, tables apart, as the reader of PDFs does."""
    path: list[str] = []
    number = 0
    for section in re.split(r"(?m)^(?=#+ )", markdown):
        heading = _HEADING.match(section)
        if heading:
            path = [*path[: len(heading[1]) - 1], heading[2]]
        groups: list[list[str]] = [[]]
        for block in section.strip().split("\n\n"):
            if block.startswith("|"):
                groups += [[block], []]
            elif not _HEADING.match(block):
                groups[-1].append(block)
        for group in filter(None, groups):
            number += 1
            table = group[0].startswith("|")
            yield SourcePassage(
                id=number, document=1, position=number, page_from=1, page_to=1, label_from="1",
                label_to="1", heading_path=tuple(path), text="\n\n".join(group),
                kind=PassageKind.TABLE if table else PassageKind.PROSE,
            )  # fmt: skip


def request(markdown: str, *, language: str = "en", size: int = 20) -> QuizRequest:
    found = tuple(passages(markdown))
    title = found[0].heading_path[0] if found[0].heading_path else "Lesson"
    return QuizRequest(
        title=f"Quiz: {title}", language=language, size=size,
        topics=(QuizTopic(1, title, found),),
    )  # fmt: skip


def text(name: str) -> str:
    return (TEXTS / f"{name}.md").read_text()
