"""A lesson's blocks: read from its Markdown, written as it, shown and checked by their kinds."""

from __future__ import annotations

import pytest

from courses.markdown import render_lesson
from engine.lessons.blocks import BlockKind, LessonBlock, lesson_blocks, markdown_of
from engine.lessons.claims.lesson import lesson_says

LESSON = """\
Ice floats. [^1]

::: check
Why does it float?
::: answer
It is less dense. [^1]
:::

::: misconception
Ice is heavier than water.
::: answer
Ice is lighter than water. [^2]
:::

::: summary
- Ice is lighter than water. [^2]
:::

::: practice
1. Draw an iceberg with all its parts.
:::

::: beyond
Comets are made of ice and dust.
:::
"""


def test_blocks_are_read_and_written_alike() -> None:
    blocks = lesson_blocks(LESSON)
    assert [block.kind.value for block in blocks] == [
        "text",
        "check",
        "misconception",
        "summary",
        "practice",
        "beyond",
    ]
    assert blocks[1] == LessonBlock(BlockKind.CHECK, "Why does it float?", "It is less dense. [^1]")
    assert lesson_blocks(markdown_of(blocks)) == blocks


def test_a_lesson_of_an_earlier_release_is_one_block() -> None:
    text = "## Ice\n\nIce floats. [^1]\n\n- It is cold."
    assert lesson_blocks(text) == (LessonBlock(BlockKind.TEXT, text),)


@pytest.mark.parametrize(
    "text", ["```\n::: check\n```", "::: nonsense", ":::check it", "a ::: check", "::: answer"]
)
def test_what_opens_no_block_stays_text(text: str) -> None:
    assert [block.kind for block in lesson_blocks(text)] == [BlockKind.TEXT]


def test_a_block_s_text_cannot_close_it() -> None:
    block = LessonBlock(BlockKind.SUMMARY, "One.\n:::\n::: beyond\nTwo.")
    (read,) = lesson_blocks(markdown_of([block]))
    assert read.kind is BlockKind.SUMMARY
    assert "Two." in read.text


def test_only_what_states_something_is_a_claim() -> None:
    said = [(one.place.value, one.text) for one in lesson_says(LESSON, [], "en")]
    assert said == [
        ("sentence", "It is less dense."),
        ("sentence", "Ice is lighter than water."),
        ("summary", "Ice is lighter than water."),
    ]


def test_blocks_share_their_citations_when_shown() -> None:
    shown = render_lesson(LESSON, {1, 2})
    html = "".join(block.html + block.answer for block in shown)
    assert html.count('id="cited-1"') == html.count('id="cited-2"') == 1
    assert "It is less dense" in shown[1].answer
    assert "less dense" not in shown[1].html
