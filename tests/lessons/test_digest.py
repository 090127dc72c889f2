"""The digest of a document fits its budget, whatever the size of the book."""

from __future__ import annotations

import pytest

from engine.lessons.llm.digest import digest
from engine.lessons.schemas import SourcePassage
from engine.llm.prompting import estimate_tokens


def passage(
    number: int, path: tuple[str, ...], words: int = 150, document: int = 1
) -> SourcePassage:
    text = f"Passage {number} " + " ".join(f"word{n % 97}" for n in range(words))
    page = str(number)
    return SourcePassage(number, document, number, number, number, page, page, path, text)


def book(pages: int) -> list[SourcePassage]:
    return [
        passage(n, (f"Chapter {n // 60}", f"Section {n // 12}", f"Part {n // 3}"))
        for n in range(1, 3 * pages)
    ]


def test_a_line_tells_pages_length_headings_and_beginning() -> None:
    found = digest(
        [passage(3, ("Rivers", "Springs")), passage(4, ("Rivers", "Springs"))], budget=500
    )
    assert len(found.sections) == 1
    assert found.text.startswith("[1] pages 3-4 | 304 words | Rivers > Springs | Passage 3 word0")


def test_long_stretches_under_one_heading_are_cut() -> None:
    found = digest([passage(n, ("Only",), 200) for n in range(1, 13)], budget=5000)
    assert [len(section.passages) for section in found.sections] == [4, 4, 4]


@pytest.mark.slow
@pytest.mark.parametrize("pages", [1, 40, 1000])
@pytest.mark.parametrize("budget", [1500, 24_000])
def test_it_fits_and_keeps_every_passage_once_in_order(pages: int, budget: int) -> None:
    passages = book(pages)
    found = digest(passages, budget=budget)
    assert estimate_tokens(found.text) <= budget
    assert [p for section in found.sections for p in section.passages] == passages
    assert found.text.count("\n") + 1 == len(found.sections)


def test_documents_are_not_joined() -> None:
    passages = [passage(n, (), 50, document=1 + n % 2) for n in range(400)]
    passages.sort(key=lambda p: (p.document, p.position))
    found = digest(passages, budget=300)
    assert all(len({p.document for p in section.passages}) == 1 for section in found.sections)


def test_a_budget_that_nothing_fits_ends_all_the_same() -> None:
    assert len(digest(book(3), budget=1).sections) == 1
