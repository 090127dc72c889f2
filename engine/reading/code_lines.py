"""Finds programs that are set in the letters of the text, as word processors leave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.reading.pages import Line, Page

# Lines of a program, the share of them that may be code, and of those that can be nothing else.
FEW, MOST, SURE = 4, 0.75, 0.3
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
_OPENS = re.compile(
    r"^(?:def|class|for|while|if|elif|except|with)\b.*(?:\(|\bin\b|==|[<>]).*:$|^(?:else|try):$"
)
_CALLS = re.compile(r"^(?:print|return)\b ?\(")
# So are lines of a calculation: they are code only between lines that are sure to be.
_ASSIGNS = re.compile(r"^[a-z_]\w*(?:\[[^\]]*\]|\.\w+)* ?[-+*/]?= ?\S")


def mark_code(pages: Sequence[Page]) -> None:
    """Marks the lines of programs as if they were in typewriter, in place."""
    for page in pages:
        for group in _stacks(page.lines):
            sure = sum(_is_surely_code(line.text) for line in group)
            code = sum(_is_code(line.text) for line in group)
            if len(group) >= FEW and code >= MOST * len(group) and sure >= SURE * len(group):
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
    return _is_surely_code(text) or ("=" in text and bool(_ASSIGNS.match(text)))


def _is_surely_code(text: str) -> bool:
    # Most lines of a book have none of these signs, and are not searched.
    block = text[:1] in "{}/*#" or text[-1:] == "{" or "{ //" in text
    return bool(
        (";" in text and _STATEMENT.search(text))
        or (block and _BLOCK.search(text))
        or (text[-1:] == ":" and _OPENS.match(text))
        or ("(" in text and _CALLS.match(text))
    )
