"""Curricula follow the document's structure, whatever it is, and never depend on ids."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lessons.extractive import ExtractiveCourseEngine
from engine.lessons.schemas import Outline, OutlineRequest, SourcePassage
from engine.reading.document import DocumentPart
from tests.lessons.books import CELLS, STARS, TRADE, book, document, passage


def outline(passages: Sequence[SourcePassage], language: str = "en") -> Outline:
    engine = ExtractiveCourseEngine()
    return asyncio.run(engine.outline(OutlineRequest("A course", language, tuple(passages))))


def titles(plan: Outline) -> dict[str, list[str]]:
    return {module.title: [topic.title for topic in module.topics] for module in plan.modules}


def used(plan: Outline) -> list[int]:
    return [key for m in plan.modules for topic in m.topics for key in topic.passage_ids]


def test_chapters_become_modules_and_sections_topics() -> None:
    assert titles(outline(book())) == {
        name: [f"{part} of {name.lower()}" for part in ("Foundations", "Behaviour", "History")]
        for name in ("Cells", "Stars", "Trade")
    }


def test_every_passage_of_the_body_is_used_once_and_in_order() -> None:
    passages = book()
    assert used(outline(passages)) == [p.id for p in passages]


def test_ids_and_the_order_of_the_request_change_nothing() -> None:
    passages = book()
    keys = [7919 * n % 1009 for n in range(1, len(passages) + 1)]  # in no order
    renamed = [replace(p, id=key) for p, key in zip(passages, keys, strict=True)]
    names = {p.id: key for p, key in zip(passages, keys, strict=True)}
    plain, other = outline(passages), outline(sorted(renamed, key=lambda p: p.id))
    assert titles(plain) == titles(other)
    assert [names[key] for key in used(plain)] == used(other)
    assert [m.objectives for m in plain.modules] == [m.objectives for m in other.modules]


def test_a_title_that_wraps_the_whole_book_is_no_module() -> None:
    wrapped = [replace(p, heading_path=("My Book", *p.heading_path)) for p in book()]
    assert list(titles(outline(wrapped))) == ["Cells", "Stars", "Trade"]


def test_tiny_sections_are_joined_under_one_title() -> None:
    small = "A tariff is a tax on imported goods, and a quota is a limit on their amount."
    plan = outline(document([(("1 Tariffs",), small), (("2 Quotas",), small)]))
    assert titles(plan) == {"Tariffs and quotas": ["Tariffs and quotas"]}


def test_a_huge_section_is_cut_into_topics_of_a_readable_size() -> None:
    long = document(
        [(("1 Everything",), text) for text in (CELLS, STARS, TRADE) for _ in range(10)]
    )
    plan = outline(long)
    sizes = [len(topic.passage_ids) for m in plan.modules for topic in m.topics]
    assert len(sizes) >= 3
    assert max(sizes) * 95 <= 1_500 + 95  # a passage has 80 to 95 words
    names = [topic.title for m in plan.modules for topic in m.topics]
    assert len(set(names)) == len(names)


def test_a_text_without_headings_is_cut_where_its_subject_changes() -> None:
    texts = [CELLS] * 5 + [STARS] * 5 + [TRADE] * 5
    plan = outline(document([((), text) for text in texts]))
    ends = {topic.passage_ids[-1] % 10_000 for m in plan.modules for topic in m.topics}
    assert {4, 9, 14} <= ends
    assert any("no headings" in note for note in plan.notes)
    assert all(title for names in titles(plan).values() for title in names)


@pytest.mark.parametrize(
    "heading",
    [
        "Preface", "Acknowledgements", "Copyright", "GNU Free Documentation License", "References",
        "A References",
        "Index", "Function index", "Appendix B: Licenses", "Function and variable index",
        "Vorwort", "Literaturverzeichnis", "Bibliographie", "Índice", "Contents",
    ],
)  # fmt: skip
def test_what_is_not_taught_is_left_out_and_said(heading: str) -> None:
    extra = passage(TRADE, heading, position=500)
    plan = outline([*book(), extra])
    assert extra.id not in used(plan)
    assert any("Left out" in note for note in plan.notes)


@pytest.mark.parametrize("heading", ["Reference counting", "Indexing vectors", "Index vectors"])
def test_headings_that_only_sound_like_back_matter_are_taught(heading: str) -> None:
    extra = passage(TRADE, heading, position=500)
    assert extra.id in used(outline([*book(), extra]))


@pytest.mark.parametrize("matter", [m for m in DocumentPart if m is not DocumentPart.BODY])
def test_what_the_reader_marked_as_matter_is_left_out(matter: DocumentPart) -> None:
    extra = passage(TRADE, "Some heading", position=500, matter=matter)
    assert extra.id not in used(outline([*book(), extra]))


def test_a_document_of_front_matter_only_gives_no_modules() -> None:
    plan = outline([passage(CELLS, "Preface")])
    assert plan.modules == ()
    assert plan.notes == ("Left out as front matter: 1 passage (Preface).",)


def test_one_sentence_is_a_course_of_one_topic() -> None:
    plan = outline([passage("Photosynthesis turns light into sugar.")])
    (module,) = plan.modules
    assert len(module.topics) == 1
    assert module.title
    assert module.topics[0].title
    assert module.summary
    assert module.objectives


def test_two_pages_without_headings_are_one_module() -> None:
    plan = outline(document([((), text) for text in (CELLS, CELLS, STARS, STARS)]))
    assert len(plan.modules) == 1
    assert 1 <= len(plan.modules[0].topics) <= 4


def test_a_small_second_document_is_a_module_after_the_first() -> None:
    second = document([(("Tides",), STARS)], number=2)
    assert list(titles(outline([*second, *book()]))) == ["Cells", "Stars", "Trade", "Tides"]


def test_documents_of_one_structure_stay_apart() -> None:
    plan = outline([*book(), *book(number=2)])
    assert len(plan.modules) == 6
    assert len(titles(plan)) == 6  # the titles are told apart


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "text", "conjunction"),
    [
        (
            "de",
            "Die Zelle ist die kleinste Einheit des Lebens. Jede Zelle hat eine Membran.",
            "und",
        ),
        ("fr", "La cellule est l'unité de la vie. Chaque cellule possède une membrane.", "et"),
        ("es", "La célula es la unidad de la vida. Cada célula posee una membrana.", "y"),
        ("fi", "Solu on elämän pienin yksikkö. Jokaisella solulla on kalvo.", ";"),
    ],
)
def test_other_languages(language: str, text: str, conjunction: str) -> None:
    plan = outline(document([(("1 Alfa",), text), (("2 Beta",), text)]), language)
    (module,) = plan.modules
    assert conjunction in module.topics[0].title
    assert module.objectives
    if language != "fi":
        assert "This module" not in module.summary


_PATHS = st.lists(
    st.sampled_from(["1 A", "1.1", "2. B", "", "Index", "  ", "12", "🎉"]), max_size=3
)
_TEXTS = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["", " \n ", "42 43 44", "🎉🎉", "x" * 3000, CELLS, "a\n\nb", "- a\n- b"]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_PATHS, _TEXTS), max_size=12), st.sampled_from(["en", "de", "xx", ""]))
def test_odd_passages_give_valid_outlines(
    sections: list[tuple[list[str], str]], language: str
) -> None:
    passages = document([(tuple(path), text) for path, text in sections])
    plan = outline(passages, language)
    keys = used(plan)
    assert keys == sorted(set(keys))
    for module in plan.modules:
        assert module.title.strip()
        assert module.summary.strip()
        assert module.topics
        assert all(topic.title.strip() and topic.passage_ids for topic in module.topics)


def test_letters_of_appendices_are_no_part_of_their_titles() -> None:
    chapters = ["1 Cells", "A A sample session", "B Invoking R"]
    plan = outline(document([((name,), CELLS) for name in chapters for _ in range(12)]))
    assert list(titles(plan)) == ["Cells", "A sample session", "Invoking R"]


def test_a_lone_letter_in_a_title_stays() -> None:
    chapters = ["Cells", "A star is born", "C Programming"]
    plan = outline(document([((name,), CELLS) for name in chapters for _ in range(12)]))
    assert list(titles(plan)) == ["Cells", "A star is born", "C Programming"]


def test_a_heading_that_repeats_the_one_above_gives_no_level_of_its_own() -> None:
    passages = [
        replace(p, heading_path=(p.heading_path[0].partition(": ")[2], *p.heading_path))
        for p in book()
    ]
    assert titles(outline(passages))["Stars"] == [
        "Foundations of stars",
        "Behaviour of stars",
        "History of stars",
    ]
