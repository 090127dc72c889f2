"""Escaped text, read back by a CommonMark parser, says what it said and formats nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engine.lessons.extractive.markdown import code_block, escape, list_block, table_block

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _inline(markdown: str) -> list[Token]:
    kinds = [token.type for token in _PARSER.parse(markdown)]
    assert kinds == ["paragraph_open", "inline", "paragraph_close"]
    return _PARSER.parse(markdown)[1].children or []


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
@example("<b>*x*</b> `y` [z](http://a) ![i](j) ~~s~~ &amp; a_b_c __d__ \\* $x$ | [^1] <http://a>")
@example("#")
@example("1.")
@example("===")
@example("> quoted")
@example("- - -")
@example("***")
@example("12) twelve")
@example("[a]: b")
def test_a_reader_sees_the_text_itself(text: str) -> None:
    tokens = _inline(escape(text))
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert "".join(token.content for token in tokens) == " ".join(text.split())


def test_a_marker_after_escaped_text_is_the_only_marker() -> None:
    assert escape("as said[^2]") == "as said\\[^2\\]"


@pytest.mark.parametrize("code", ["a = 1", "```\nx\n```", "x ``` y\n````", "<b>&amp;</b>"])
def test_code_is_shown_as_it_is(code: str) -> None:
    (token,) = _PARSER.parse(code_block(code))
    assert token.type == "fence"
    assert token.content.strip("\n") in (code, "x")  # a fence of the reader's own is taken off


def test_a_table_keeps_its_cells_and_no_formatting() -> None:
    rendered = _PARSER.render(table_block("| *a* | b |\n|---|---|\n| <i>1</i> | x\\|y [^1] |"))
    assert "<td>x|y [^1]</td>" in rendered
    assert "<th>*a*</th>" in rendered
    assert "<i>" not in rendered


def test_list_items_stay_on_their_lines() -> None:
    assert list_block(["one\ntwo", "# three"]) == "- one two\n- \\# three"
