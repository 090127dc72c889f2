"""Finds programs that are set in the letters of the text, as word processors leave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.reading.pages import Line, Page

FEW, MOST = 4, 0.75  # lines of a program, and the share of them that no text has
FULL = 60  # letters: a line of text between two of a program is longer
# What ends a statement or a block, after what a program has: signs, or a keyword before a name.
_STATEMENT = re.compile(
    r"(?:[()=\[\]<>+]|\b(?:public|private|protected|static|final|int|long|short|float|double|char"
    r"|bool|boolean|void|String|var|let|const|auto|unsigned|return|break|continue|import|package"
    r"|using|namespace)\b).*;\s*(?://.*)?$"
)
_BLOCK = re.compile(
    r"^[{}][\s;,)]*(?:else\b.*)?$|[)\w]\s*\{\s*(?://.*)?$|^(?://|/\*|\*/|#include\b)"
)
_OPENS = re.compile(r"^(?:def|class|for|while|if|elif|else|try|except|with)\b.*:$")
_ASSIGNS = re.compile(
    r"^[a-z_]\w*(?:\[[^\]]*\]|\.\w+)* ?[-+*/]?= ?\S|^(?:print|return|import|from) ?\(?\w"
)
_SIGNS = re.compile(r"[()\[\]=.]")


def mark_code(pages: Sequence[Page]) -> None:
    """Marks the lines of programs as if they were in typewriter, in place."""
    for page in pages:
        for group in _stacks(page.lines):
            sure = sum(_is_code(line.text) for line in group)
            if len(group) >= FEW and sure >= MOST * len(group):
                for line in group:
                    line.fixed = True


def _stacks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yields lines from one that is code to the last one before two that are not."""
    group: list[Line] = []
    since = 0
    for line in lines:
        code = not (line.fixed or line.label) and _is_code(line.text)
        if code:
            group.append(line)
            since = 0
        elif group and not line.fixed and since == 0 and len(line.text) < FULL:
            group.append(line)
            since = 1
        elif group:
            yield group[: len(group) - since]
            group, since = [], 0
    if group:
        yield group[: len(group) - since]


def _is_code(text: str) -> bool:
    # Most lines of a book have none of these signs, and are not searched.
    return (
        (";" in text and bool(_STATEMENT.search(text)))
        or (
            (text[:1] in "{}/*#" or text[-1:] == "{" or "{ //" in text)
            and bool(_BLOCK.search(text))
        )
        or (text[-1:] == ":" and bool(_OPENS.match(text)))
        or (
            ("=" in text or "(" in text)
            and bool(_ASSIGNS.match(text))
            and bool(_SIGNS.search(text))
        )
    )
