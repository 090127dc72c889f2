"""The Markdown of topics: whatever a model wrote, what comes out is text and safe links."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from courses.markdown import render_markdown
from fuzz.inputs import composed, edited
from fuzz.targets import Target

# Written down once more on purpose: a change of the renderer's own list must be noticed here.
ATTRIBUTES: dict[str, dict[str, str]] = {
    "a": {
        "href": r"(?!\s*[A-Za-z][A-Za-z0-9+.\-]*\s*:)[^\x00-\x20]*|(?:https?:|mailto:).*",
        "title": r"(?s:.*)",
        "id": r"cited-\d{1,4}",
        "aria-label": r"Source \d{1,4}",
        "rel": r"nofollow noopener noreferrer",
    },
    "div": {"class": "table-wrap", "role": "region", "tabindex": "0", "aria-label": "Table"},
    "ol": {"start": r"\d{1,9}"},
    "pre": {"tabindex": "0"},
    "sup": {"class": "cite"},
    "td": {"class": "align-(left|center|right)"},
    "th": {"class": "align-(left|center|right)"},
} | {
    tag: {}
    for tag in (
        *("blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "p"),
        *("strong", "table", "tbody", "thead", "tr", "ul"),
    )
}
CITATIONS = {1, 2, 3, 9999}
TOKENS = [
    *(b"<script>", b"</p>", b"<img src=x onerror=a>", b"<!--", b"-->", b"<![CDATA[", b"&#106;"),
    *(b"&lt;", b"&Tab;", b"javascript:", b"data:text/html,", b"https://x.y/", b"[^1]", b"[^9999]"),
    *(b"[", b"]", b"](", b")", b"![", b"<", b">", b"`", b"```\n", b"~~~\n", b"*", b"**", b"_"),
    *(b"|", b"\n|---|:-:|\n", b"\n", b"\n\n", b"    ", b"\t", b"> ", b"- ", b"1. ", b"# ", b"\\"),
    *(b'"', b"'", b"=", b"\x00", b"\xe2\x80\xae", b"===\n", b"---\n", b"[a]: b\n", b"999999999. "),
]


class _Inspector(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ATTRIBUTES, f"<{tag}>"
        for name, value in attrs:
            form = ATTRIBUTES[tag].get(name)
            assert form is not None, f"<{tag} {name}>"
            assert re.fullmatch(form, value or "", re.IGNORECASE), f"<{tag} {name}={value!r}>"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")


def check(data: bytes) -> None:
    html = render_markdown(data.decode("utf-8", "replace"), CITATIONS)
    inspector = _Inspector()
    inspector.feed(html)
    inspector.close()


TARGET = Target(
    check=check,
    inputs=lambda seeds: edited(seeds, TOKENS) | composed(TOKENS),
)
