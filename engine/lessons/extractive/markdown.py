"""Escapes extracted text for Markdown, so that it is shown unchanged."""

from __future__ import annotations

import re
import unicodedata
from textwrap import dedent

_SPECIAL = re.compile(r"([\\`*_\[\]~|$])")
_LINE_START = re.compile(r"^(\s*)([#+=-]|:{1,3}(?=\S))|^(\s*\d{1,9})([.)])")
_FENCE = re.compile(r"`{3,}")
_OPENING_FENCE = re.compile(r"^\s*```[^\n`]*\n(.*?)\n?\s*```\s*$", re.DOTALL)
_CELL = re.compile(r"(?<!\\)([`*_\[\]~$])")


def escape(text: str) -> str:
    """Returns one line of Markdown that shows the text; white space becomes single spaces."""
    plain = " ".join(_printable(text).split())
    plain = _SPECIAL.sub(r"\\\1", plain)
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LINE_START.sub(_escaped_start, plain)


def _escaped_start(found: re.Match[str]) -> str:
    if found.group(2):
        return f"{found.group(1)}\\{found.group(2)}"
    return f"{found.group(3)}\\{found.group(4)}"


def _printable(text: str) -> str:
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") else " "
        for c in text
    )


def code_block(text: str) -> str:
    """Returns a fenced block whose fence is longer than any in the code."""
    found = _OPENING_FENCE.match(text)
    code = dedent(_printable(found.group(1) if found else text)).strip("\n")
    longest = max((len(run) for run in _FENCE.findall(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{code}\n{fence}"


def table_block(text: str) -> str:
    """Returns a Markdown table: its bars are kept, everything else is escaped."""
    lines = [line.strip() for line in _printable(text).strip().splitlines() if line.strip()]
    plain = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CELL.sub(r"\\\1", plain)


def list_block(items: list[str]) -> str:
    return "\n".join(f"- {escape(item)}" for item in items)
