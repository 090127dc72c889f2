"""Topics: safe Markdown from the passages' own sentences, each paragraph with its source."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.lessons.blocks import BlockKind, lesson_blocks, markdown_of
from engine.lessons.extractive import ExtractiveCourseEngine
from engine.lessons.schemas import ClaimPlace, SourcePassage, TopicDraft, TopicRequest, Verdict
from engine.reading.document import PassageKind
from tests.lessons.books import CELLS, STARS, TRADE, book, document, passage

MARKER = re.compile(r"\[\^(\d+)\]")


def write(
    passages: Sequence[SourcePassage], title: str = "Life", language: str = "en"
) -> TopicDraft:
    engine = ExtractiveCourseEngine()
    request = TopicRequest("A course", "A module", title, language, tuple(passages))
    return asyncio.run(engine.write_topic(request))


def taught(draft: TopicDraft) -> str:
    """A lesson without what learners can do after it, which stands first."""
    first, *rest = lesson_blocks(draft.content)
    assert first.kind is BlockKind.OBJECTIVES
    return markdown_of(rest)


def assert_sound(draft: TopicDraft, passages: Sequence[SourcePassage]) -> None:
    """Markers count the citations from 1, in order, and each quote stands in its passage.

    Answers to the lesson's questions name again what stands above them.
    """
    texts = {p.id: p.text for p in passages}
    markers = [int(number) for number in MARKER.findall(draft.content)]
    assert list(dict.fromkeys(markers)) == list(range(1, len(draft.citations) + 1))
    for citation in draft.citations:
        assert citation.quote.strip()
        assert citation.quote in texts[citation.passage_id]


def test_a_short_topic_is_shown_whole_and_in_order() -> None:
    passages = [passage(CELLS, "Cells")]
    draft = write(passages, "Cells")
    (block,) = [one for one in lesson_blocks(draft.content) if one.kind is BlockKind.TEXT]
    assert MARKER.sub("", block.text) == CELLS
    assert_sound(draft, passages)


def test_what_is_quoted_is_stated() -> None:
    draft = write([passage(TRADE, "Trade")], "Trade")
    sentences = [claim for claim in draft.claims if claim.place is ClaimPlace.SENTENCE]
    assert [claim.text for claim in sentences][:1] == [
        MARKER.sub("", taught(draft)).split(". ")[0] + "."
    ]
    assert {claim.verdict for claim in draft.claims} == {Verdict.STATED}
    assert all(claim.citations for claim in sentences)
    terms = {claim.text for claim in draft.claims if claim.place is ClaimPlace.TERM}
    assert terms == {term.definition for term in draft.key_terms}


def test_every_paragraph_ends_with_a_marker() -> None:
    passages = book()[:12]
    draft = write(passages)
    apart = (BlockKind.CHECK, BlockKind.OBJECTIVES)
    texts = [b.text for b in lesson_blocks(draft.content) if b.kind not in apart]
    paragraphs = [b for text in texts for b in text.split("\n\n") if not b.startswith("#")]
    assert paragraphs
    assert all(MARKER.search(b.rsplit(" ", 1)[-1]) for b in paragraphs)
    assert_sound(draft, passages)


def test_a_long_topic_is_a_choice_of_a_readable_length_without_repetition() -> None:
    passages = document([(("Moons",), text) for text in (CELLS, STARS, TRADE) * 5])
    draft = write(passages, "Moons")
    assert 100 <= len(draft.content.split()) <= 620
    texts = [one.text for one in lesson_blocks(draft.content)]
    assert sum(text.count("A cell is the smallest unit of life.") for text in texts) == 1
    assert_sound(draft, passages)


def test_a_sentence_that_leans_on_another_does_not_stand_alone() -> None:
    leaning = "This is why it is so. However, they did not agree on what it meant to them all."
    filler = " ".join(
        f"The {n}th law of nature was written down in the year 18{n}." for n in range(10, 60)
    )
    passages = document([((), leaning + " " + filler), ((), filler)])
    content = write(passages).content
    assert "This is why" not in content
    assert "However" not in content


def test_subsections_get_headings_and_the_topic_none() -> None:
    passages = document([(("Life", "1.1 Cells"), CELLS), (("Life", "1.2 Stars"), STARS)])
    content = write(passages, "Life").content
    assert [line for line in content.splitlines() if line.startswith("#")] == [
        "## Cells",
        "## Stars",
    ]


def test_lists_stay_lists() -> None:
    text = "There are three states of matter:\n- solid\n- liquid\n- gas with *stars*"
    passages = [passage(text, kind=PassageKind.LIST)]
    draft = write(passages)
    assert "- solid\n- liquid\n- gas with \\*stars\\*[^" in draft.content
    assert "There are three states of matter:[^1]" in draft.content
    assert_sound(draft, passages)


def test_short_tables_and_code_are_kept_and_long_ones_left_out() -> None:
    table = "| a | b |\n|---|---|\n| 1 | <b>2</b> |"
    code = "for x in range(3):\n    print('```', x)"
    passages = [
        passage(CELLS, position=0),
        passage(table, position=1, kind=PassageKind.TABLE),
        passage(code, position=2, kind=PassageKind.CODE),
        passage("y = 1\n" * 200, position=3, kind=PassageKind.CODE),
    ]
    draft = write(passages)
    assert "| 1 | &lt;b&gt;2&lt;/b&gt; |" in draft.content
    assert "````\nfor x in range(3):\n    print('```', x)\n````" in draft.content
    assert "y = 1" not in draft.content
    assert_sound(draft, passages)


def test_code_is_shown_only_where_the_text_leads_to_it() -> None:
    led = passage(CELLS + " The following command counts all of them:", position=0)
    code = passage("    count(cells)", position=1, kind=PassageKind.CODE)
    lost = passage("    lost(code)", "Elsewhere", position=2, kind=PassageKind.CODE)
    content = write([led, code, lost]).content
    assert "```\ncount(cells)\n```" in content
    assert "lost" not in content


def test_a_list_item_that_breaks_off_is_left_out() -> None:
    text = "- Cells divide.\n- Cells grow.\n- If it is"
    content = taught(write([passage(text, kind=PassageKind.LIST)]))
    assert MARKER.sub("", content) == "- Cells divide.\n- Cells grow."


def test_a_mere_cross_reference_is_left_out() -> None:
    content = write([passage(CELLS + " See the later pages of this book on mitosis.")]).content
    assert "mitosis" not in content


def test_an_indented_sentence_taken_for_code_is_left_out() -> None:
    indented = "In summary, the value is true for both of them and it is never false for one."
    passages = [passage(CELLS), passage(indented, position=1, kind=PassageKind.CODE)]
    assert "In summary" not in write(passages).content


def test_markdown_and_html_in_the_text_are_shown_and_not_obeyed() -> None:
    text = (
        "The <script>alert(1)</script> tag *runs* code & `breaks` pages in [every](http://x) case. "
        "An ![image](y) and a footnote[^1] and a ~~strike~~ are shown as they are written here."
    )
    draft = write([passage(text)])
    assert "<" not in draft.content
    assert "\\*runs\\*" in draft.content
    assert "\\[every\\]" in draft.content
    assert "footnote\\[^1\\]" in draft.content
    assert "&amp;" in draft.content


@pytest.mark.parametrize("start", ["# Not a heading", "1. Not an item", "- No item", "+ No item"])
def test_a_line_cannot_open_a_heading_or_a_list(start: str) -> None:
    text = f"{start} but the beginning of a sentence that goes on"
    content = write([passage(text)]).content
    assert not re.match(r"#|\d+\.|[-+] ", content)


def test_key_terms_come_with_the_sentence_that_defines_them() -> None:
    passages = [passage(TRADE, "Trade")]
    draft = write(passages, "Trade")
    terms = {term.term: term.definition for term in draft.key_terms}
    assert terms["tariff"] == "A tariff is a tax on imported goods."
    assert terms["quota"].startswith("A quota is a limit")
    assert "tariff" not in MARKER.sub("", draft.content).splitlines()[-1:]
    assert all(term.definition in TRADE for term in draft.key_terms)


def test_ids_and_order_of_the_request_change_nothing() -> None:
    passages = book()[:12]
    renamed = [replace(p, id=1_000_000 - p.id) for p in reversed(passages)]
    plain, other = write(passages), write(renamed)
    assert plain.content == other.content
    assert [c.quote for c in plain.citations] == [c.quote for c in other.citations]
    assert [1_000_000 - c.passage_id for c in plain.citations] == [
        c.passage_id for c in other.citations
    ]


@pytest.mark.parametrize(
    ("language", "term", "text"),
    [
        pytest.param(
            "de",
            "Zellmembran",
            "Die Zelle ist die kleinste Einheit des Lebens. Die Zellmembran ist eine dünne Hülle "
            "um die Zelle. Vgl. Abb. 3 zum Aufbau der Membran.",
        ),
        pytest.param(
            "fr",
            "mitochondrie",
            "La cellule est la plus petite unité de la vie. La mitochondrie est un organite qui "
            "produit de l'énergie pour la cellule.",
        ),
        pytest.param(
            "es",
            "mitocondria",
            "La célula es la unidad más pequeña de la vida. La mitocondria es un orgánulo que "
            "produce energía para la célula.",
        ),
    ],
)
def test_other_languages(language: str, term: str, text: str) -> None:
    passages = [passage(text)]
    draft = write(passages, "X", language)
    assert_sound(draft, passages)
    assert term in {found.term for found in draft.key_terms}


_TEXTS = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["", " \n ", "42 43 44", "🎉🎉", "x" * 3000, CELLS, "a\n\nb", "- a\n- b", "•"]),
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(_TEXTS, st.sampled_from(list(PassageKind))), min_size=1, max_size=5),
    st.sampled_from(["en", "fr", "xx", ""]),
)
def test_odd_passages_give_sound_topics(
    pieces: list[tuple[str, PassageKind]], language: str
) -> None:
    passages = [
        passage(text, position=position, kind=kind) for position, (text, kind) in enumerate(pieces)
    ]
    draft = write(passages, "T", language)
    assert_sound(draft, passages)
    assert draft.content.strip() or not any(text.strip() for text, _ in pieces)
