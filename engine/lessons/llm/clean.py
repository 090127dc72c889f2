"""Cleans model output to Markdown without links, images or HTML.

Pages sanitise what they show; this protects programs that read the API.
"""

from __future__ import annotations

import re
from functools import partial

# A fence that nothing closes goes on to the end, as in Markdown.
_CODE = re.compile(
    r"(^(?P<fence>`{3,}+|~{3,}+)[^\n]*\n.*?(?:^(?P=fence)[ \t]*$|\Z)|`[^`\n]+`)", re.M | re.S
)
# No bracket within brackets: a row of open ones would cost time with the square of its length.
_IMAGE = r"!\[([^\[\]\n]*)\]"
_LINK = r"(?<!\\)\[([^\[\]\n^][^\[\]\n]*)\]"
_WITH_ADDRESS = [re.compile(rf"{words}\([^)\n]*\)") for words in (_IMAGE, _LINK)]
_WITH_REFERENCE = [re.compile(rf"{words}\[[^\]\n]*\]") for words in (_IMAGE, _LINK)]
# Addresses are looked for only where one is closed: each "(" without end would cost a line.
_TO_LAST_CLOSING = re.compile(r"^.*\)", re.M)
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^\d)[^\]\n]+\]:[^\n]*$", re.M)
_AUTOLINK = re.compile(r"<(?:https?|mailto|javascript|data|vbscript|file)[^<>\s]*>", re.I)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def plain_markdown(text: str) -> str:
    """Removes images, links, raw HTML and control characters; keeps code as it is."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    # `split` with two groups gives text, code, the name of the fence, text, ...
    parts = _CODE.split(text)
    return "".join(
        _plain(part) if index % 3 == 0 else part
        for index, part in enumerate(parts)
        if index % 3 != 2 and part  # noqa: PLR2004
    ).strip()


def plain_line(text: str) -> str:
    """Returns a title or term as one line without links, images and HTML tags."""
    return " ".join(_plain(_CONTROL.sub("", text)).replace("\\<", "<").split())


def _plain(text: str) -> str:
    for address, reference in zip(_WITH_ADDRESS, _WITH_REFERENCE, strict=True):
        text = _TO_LAST_CLOSING.sub(partial(_words_only, address), text)
        text = reference.sub(r"\1", text)
    text = _AUTOLINK.sub("", _DEFINITION.sub("", text))
    return _TAG.sub(r"\\<", text)


def _words_only(pattern: re.Pattern[str], found: re.Match[str]) -> str:
    return pattern.sub(r"\1", found[0])
