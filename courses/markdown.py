"""Topic text to HTML. The text is untrusted: no raw HTML, no images, and nh3 has the last word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_MARKER = re.compile(r"\[\^(\d{1,4})\]")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")
# A page has its own h1, and h2 for its sections.
_HEADING_SHIFT = 2
_LOWEST_HEADING = 6
# Whoever opens a page waits for what somebody else wrote: longer texts are shown as they stand.
LONGEST = 200_000
# Rows that are too short are filled up, so that few letters could make any number of cells.
MOST_CELLS = 5000

_TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol"),
    *("p", "pre", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {
    "a": {"href", "title", "id", "aria-label"},
    "div": {"class", "role", "tabindex", "aria-label"},
    "ol": {"start"},
    "sup": {"class"},
    "td": {"class"},
    "th": {"class"},
}


def render_markdown(text: str, citations: Collection[int] = ()) -> SafeString:
    """HTML in which `[^n]` links to `#citation-n`; markers of unknown citations are left out.

    The first link to a citation has the id `cited-n`, so that the list can link back to it.
    """
    env = {"citations": frozenset(citations), "cited": Counter[int](), "cells": 0}
    plain = f"<pre>{escapeHtml(text)}</pre>" if len(text) > LONGEST else None
    html = nh3.clean(
        plain or _markdown.render(text, env),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 - it was sanitised in the line above


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
    if state.env["cells"] > MOST_CELLS:
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
    return (
        f'<sup class="cite"><a{anchor} href="#citation-{number}" aria-label="Source {number}">'
        f"{number}</a></sup>"
    )


def _render_image(tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    """An image's description: fetching it would tell its host who reads what."""
    return escapeHtml(tokens[index].content)


def _fit_to_page(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = int(token.tag[1:]) + _HEADING_SHIFT
            token.tag = f"h{min(level, _LOWEST_HEADING)}"
        elif token.type in {"th_open", "td_open"}:
            _align_by_class(token)


def _align_by_class(token: Token) -> None:
    """Inline styles are no part of a page with a strict content security policy."""
    match = _ALIGNMENT.fullmatch(str(token.attrs.pop("style", "")))
    if match:
        token.attrs["class"] = f"align-{match[1]}"


def _constant(html: str) -> Callable[..., str]:
    def render(*_: Any) -> str:
        return html

    return render


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Link definitions would swallow lines such as "[^1]: see page 3" without a trace.
    markdown.disable("reference")
    markdown.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("link", "citation", _citation)
    markdown.core.ruler.push("fit_to_page", _fit_to_page)
    rules: dict[str, Any] = markdown.renderer.rules  # type: ignore[attr-defined] # not in protocol
    rules["citation"], rules["image"] = _render_citation, _render_image
    rules["table_open"] = _constant(
        '<div class="table-wrap" role="region" tabindex="0" aria-label="Table"><table>'
    )
    rules["table_close"] = _constant("</table></div>")
    return markdown


_markdown = _make_markdown()
