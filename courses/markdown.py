"""Topic text to HTML. The text is untrusted: no raw HTML, no images but those of the document's own
figures, and nh3 has the last word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from engine.lessons.blocks import BlockKind, lesson_blocks

_MARKER = re.compile(r"\[\^(\d{1,4})\]")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")
# A page has its own h1, and h2 for its sections.
_HEADING_SHIFT = 2
_LOWEST_HEADING = 6
# Whoever opens a page waits for what somebody else wrote: longer texts are shown as they stand.
MAX_MARKDOWN_LENGTH = 200_000
# Rows that are too short are filled up, so that few letters could make any number of cells.
MAX_CELLS = 5000
# Pixels from which on a figure fills the width of the text; smaller ones would only be blurred.
WIDE_FIGURE = 360

_TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "figcaption", "figure", "h3", "h4", "h5", "h6"),
    *("hr", "img", "li", "ol"),
    *("p", "pre", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "id", "aria-label"},
    "figure": {"class"},
    "math": {"display"},
    "img": {"src", "alt", "width", "height", "loading"},
    "div": {"class", "role", "tabindex", "aria-label"},
    "ol": {"start"},
    "sup": {"class"},
    "td": {"class"},
    "th": {"class"},
}


_MATHS = {
    *("math", "mfrac", "mi", "mn", "mo", "mover", "mrow", "mspace", "msqrt", "mstyle", "msub"),
    *("msubsup", "msup", "mtext", "munder", "munderover"),
}


@dataclass(frozen=True, slots=True)
class ShownFormula:
    """A formula as its passage says it, and as MathML."""

    words: str
    mathml: str


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A picture for a text; it stands where one of its `citations` is named first, or in place of
    the paragraph that is its caption."""

    address: str
    alternative: str
    caption: str
    width: int
    height: int
    citations: frozenset[int]


def render_markdown(
    text: str,
    citations: Collection[int] = (),
    figures: Sequence[ShownFigure] = (),
    formulas: Sequence[ShownFormula] = (),
) -> SafeString:
    """Returns HTML in which `[^n]` links to `#citation-n`; markers of unknown citations are left
    out.

    The first link to a citation has the id `cited-n`, so that the list can link back to it.
    """
    return _render(text, _environment(citations), figures, formulas)


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block of a lesson as HTML."""

    kind: BlockKind
    html: SafeString
    answer: SafeString


def render_lesson(
    content: str,
    citations: Collection[int] = (),
    figures: Sequence[ShownFigure] = (),
    formulas: Sequence[ShownFormula] = (),
) -> list[ShownBlock]:
    """Returns the blocks of a lesson in their order, for `courses/_lesson.html`.

    A figure stands where its caption or a citation of its passage is, else in the last block.
    """
    if len(content) > MAX_MARKDOWN_LENGTH:
        return [ShownBlock(BlockKind.TEXT, render_markdown(content), SafeString(""))]
    env = _environment(citations)
    blocks = lesson_blocks(content)
    # Text and answer of each block in turn: what an answer cites must not stand in its question.
    texts = [text for block in blocks for text in (block.text, block.answer)]
    placed: list[list[ShownFigure]] = [[] for _ in texts]
    for figure in figures if texts else ():
        captioned = [n for n, text in enumerate(texts) if figure.caption and figure.caption in text]
        marks = [f"[^{number}]" for number in figure.citations]
        cited = [n for n, text in enumerate(texts) if any(mark in text for mark in marks)]
        placed[next(iter([*captioned, *cited]), len(texts) - 2)].append(figure)
    html = [_render(text, env, here, formulas) for text, here in zip(texts, placed, strict=True)]
    return [
        ShownBlock(block.kind, text, answer)
        for block, text, answer in zip(blocks, html[::2], html[1::2], strict=True)
    ]


def _environment(citations: Collection[int]) -> dict[str, Any]:
    return {"citations": frozenset(citations), "cited": Counter[int](), "cells": 0}


def _render(
    text: str,
    env: dict[str, Any],
    figures: Sequence[ShownFigure],
    formulas: Sequence[ShownFormula],
) -> SafeString:
    if len(text) > MAX_MARKDOWN_LENGTH:
        raw = f"<pre>{escapeHtml(text)}</pre>"
    else:
        tokens = _with_figures(_markdown.parse(text, env), figures)
        _set_formulas(tokens, formulas)
        raw = _markdown.renderer.render(tokens, _markdown.options, env)
    own = {figure.address for figure in figures}
    html = nh3.clean(
        raw,
        tags=_TAGS | _MATHS,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: (
            None if (tag, name) == ("img", "src") and value not in own else value
        ),
        # Wide code scrolls in its box, which the keyboard reaches as it does that of a table.
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 - it was sanitised in the line above


def _with_figures(tokens: list[Token], figures: Sequence[ShownFigure]) -> list[Token]:
    """Returns the tokens of a text with those of its figures, each at its place."""
    if not figures:
        return tokens
    rest = list(figures)
    shown: list[Token] = []
    blocks = list(_blocks(tokens))
    captioned = [[figure for figure in figures if _cut(block, figure.caption)] for block in blocks]
    for block, here in zip(blocks, captioned, strict=True):
        inline = list(_children(block))
        named = {token.meta["number"] for token in inline if token.type == "citation"}
        here += [
            figure
            for figure in rest
            if figure.citations & named and not any(figure in one for one in captioned)
        ]
        rest = [figure for figure in rest if figure not in here]
        texts = (token.content for token in inline if token.type in {"text", "code_inline"})
        # A paragraph that only named its figures is not shown beside them.
        is_empty = block[0].type.startswith("par") and not any(text.strip() for text in texts)
        shown += [] if here and is_empty else block
        shown += map(_figure_token, here)
    return [*shown, *map(_figure_token, rest)]


def _cut(block: Sequence[Token], caption: str) -> bool:
    """Removes a figure's caption, which stands below the figure, from the text. Returns whether it
    was there.
    """
    for token in _children(block):
        if caption and token.type == "text" and caption in token.content:
            before, _, after = token.content.partition(caption)
            token.content = f"{before.rstrip()} {after.lstrip()}".strip()
            return True
    return False


def _set_formulas(tokens: Sequence[Token], formulas: Sequence[ShownFormula]) -> None:
    """Sets formulas where the text says them, the longest first."""
    for formula in sorted(formulas, key=lambda one: -len(one.words)):
        for token in tokens:
            if token.children:
                token.children = [new for old in token.children for new in _set_in(old, formula)]


def _set_in(token: Token, formula: ShownFormula) -> Iterator[Token]:
    if token.type != "text" or formula.words not in token.content:
        yield token
        return
    for number, between in enumerate(token.content.split(formula.words)):
        if number:
            maths = Token("maths", "", 0)
            maths.meta = {"mathml": formula.mathml}
            yield maths
        words = Token("text", "", 0)
        words.content = between
        yield words


def _render_maths(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    mathml: str = tokens[index].meta["mathml"]
    return mathml


def _blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yields the tokens of each block of a text: a paragraph, a list, a table."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _children(block: Sequence[Token]) -> Iterator[Token]:
    for token in block:
        yield from token.children or ()


def _figure_token(figure: ShownFigure) -> Token:
    token = Token("figure", "", 0)
    token.meta = {"figure": figure}
    return token


def _render_figure(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    figure: ShownFigure = tokens[index].meta["figure"]
    caption = f"{escapeHtml(figure.caption)} " if figure.caption else ""
    address, larger = escapeHtml(figure.address), gettext("The figure alone, larger")
    wide = " wide" if figure.width >= WIDE_FIGURE else ""
    return (
        f'<figure class="lesson-figure{wide}"><img src="{address}" '
        f'alt="{escapeHtml(figure.alternative)}" width="{figure.width}" height="{figure.height}" '
        f'loading="lazy"><figcaption>{caption}<a href="{address}">'
        f"{larger}</a></figcaption></figure>\n"
    )


def _citation(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    match = _MARKER.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    number = int(match[1])
    if not silent and number in state.env["citations"]:
        state.push("citation", "", 0).meta = {"number": number}
    state.pos = match.end()
    return True


def _bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.env["cells"] > MAX_CELLS:
        return False
    before = len(state.tokens)
    found = table(state, start, end, silent)
    # A cell is what opens it, its text and what closes it.
    state.env["cells"] += (len(state.tokens) - before) // 3
    return found


def _render_citation(tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    number = tokens[index].meta["number"]
    env["cited"][number] += 1
    anchor = f' id="cited-{number}"' if env["cited"][number] == 1 else ""
    # Not within the text below: what gathers texts for translators does not look into f-strings.
    label = gettext("Source %(number)s") % {"number": number}
    return (
        f'<sup class="cite"><a{anchor} href="#citation-{number}" '
        f'aria-label="{label}">{number}</a></sup>'
    )


def _render_table_open(*_: Any) -> str:
    label = gettext("Table")
    return f'<div class="table-wrap" role="region" tabindex="0" aria-label="{label}"><table>'


def _render_image(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """Returns an image's description: fetching it would tell its host who reads what."""
    return escapeHtml(tokens[index].content)


def _fit_to_page(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = int(token.tag[1:]) + _HEADING_SHIFT
            token.tag = f"h{min(level, _LOWEST_HEADING)}"
        elif token.type in {"th_open", "td_open"}:
            # Inline styles are no part of a page with a strict content security policy.
            match = _ALIGNMENT.fullmatch(str(token.attrs.pop("style", "")))
            if match:
                token.attrs["class"] = f"align-{match[1]}"


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Link definitions would swallow lines such as "[^1]: see page 3" without a trace.
    markdown.disable("reference")
    markdown.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("link", "citation", _citation)
    markdown.core.ruler.push("fit_to_page", _fit_to_page)
    rules: dict[str, Any] = markdown.renderer.rules  # type: ignore[attr-defined] # not in protocol
    rules["citation"], rules["image"] = _render_citation, _render_image
    rules["figure"], rules["maths"] = _render_figure, _render_maths
    rules["table_open"] = _render_table_open
    rules["table_close"] = lambda *_: "</table></div>"
    return markdown


_markdown = _make_markdown()
