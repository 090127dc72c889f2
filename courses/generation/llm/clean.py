"""Model output as Markdown that can do nothing but be read.

Pages sanitise whatever they show; this keeps what programs get from the API just as harmless.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$|`[^`\n]+`)", re.M | re.S)
# No bracket within brackets: a row of open ones would cost time with the square of its length.
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_LINK = re.compile(r"(?<!\\)\[([^\[\]\n^][^\[\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^\d)[^\]\n]+\]:[^\n]*$", re.M)
_AUTOLINK = re.compile(r"<(?:https?|mailto|javascript|data|vbscript|file)[^>\s]*>", re.I)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def plain_markdown(text: str) -> str:
    """Without images, links, raw HTML and control characters; code is left as it is."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    # `split` with two groups gives text, code, the name of the fence, text, ...
    parts = _CODE.split(text)
    return "".join(
        _plain(part) if index % 3 == 0 else part
        for index, part in enumerate(parts)
        if index % 3 != 2 and part  # noqa: PLR2004
    ).strip()


def plain_line(text: str) -> str:
    """A title or a term: one line without markup that a page could take for something else."""
    return " ".join(_plain(_CONTROL.sub("", text)).replace("\\<", "<").split())


def _plain(text: str) -> str:
    for pattern in (_IMAGE, _LINK):
        text = pattern.sub(r"\1", text)
    text = _AUTOLINK.sub("", _DEFINITION.sub("", text))
    return _TAG.sub(r"\\<", text)
