"""Words of a document as HTML: as they stand there, and its tables as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from engine.language.sentences import split_sentences

_RULE = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")
# A line between such signs may be a formula: |x| is no row.
_MIN_SIGNS = 3
# Whoever opens a page waits for what somebody else wrote.
MAX_LENGTH, MAX_CELLS = 50_000, 3000
# Letters that no text has, around the words to mark.
_FROM, _TO = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class QuotedTable:
    """`head` is empty for rows that are quoted without it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        """The table's rows, each with the head above it, as Markdown."""
        above = [self.head, ("---",) * len(self.head)] if self.head else []
        shown = [[cell.replace("|", "\\|") for cell in row] for row in (*above, *self.rows)]
        lines = [f"| {' | '.join(row)} |" for row in shown]
        return ["\n".join((*lines[: len(above)], line)) for line in lines[len(above) :]]


def shown_quote(text: str, mark: tuple[int, int] | None = None) -> SafeString:
    """Returns HTML of a quote. `mark` is where the words begin and end that are to be marked."""
    if len(text) > MAX_LENGTH:
        return format_html("{}", text)
    if mark:
        text = f"{text[: mark[0]]}{_FROM}{text[mark[0] : mark[1]]}{_TO}{text[mark[1] :]}"
    show = _Marker()
    parts = [
        _table(part, show) if isinstance(part, QuotedTable) else show(part)
        for part in quote_parts(text)
    ]
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped


def quotable_sentences(text: str, language: str) -> list[str]:
    """Returns the sentences of a text; of a table its rows, each with the table's head."""
    return [
        one
        for part in quote_parts(text)
        for one in (
            part.lines if isinstance(part, QuotedTable) else split_sentences(part, language)
        )
    ]


def quote_parts(text: str) -> Iterator[str | QuotedTable]:
    """Yields a text and the tables in it, in their order."""
    lines = [part for line in text.split("\n") for part in _unfolded(line)]
    for is_row, group in groupby(lines, key=_is_row):
        here = list(group)
        if is_row and (table := _read(here)):
            yield table
        elif words := "\n".join(here).strip("\n"):
            yield words


def _is_row(line: str) -> bool:
    return line.strip(f" \t{_FROM}{_TO}").startswith("|")


def _read(lines: Sequence[str]) -> QuotedTable | None:
    has_rule = any(_RULE.fullmatch(_bare(line)) for line in lines)
    if not has_rule and any(line.count("|") < _MIN_SIGNS for line in lines):
        return None
    rows = [_cells(line) for line in lines]
    head: tuple[str, ...] = ()
    for line, following in pairwise(lines):
        if _RULE.fullmatch(_bare(following)):
            head = _cells(line)
            break
    kept = [
        row
        for row, line in zip(rows, lines, strict=True)
        if any(row) and not _RULE.fullmatch(_bare(line))
    ]
    kept = kept[1:] if head else kept
    if sum(map(len, kept)) > MAX_CELLS or not (kept or head):
        return None
    return QuotedTable(head, tuple(kept))


def _bare(line: str) -> str:
    return line.translate({ord(_FROM): None, ord(_TO): None}).strip()


def _cells(line: str) -> tuple[str, ...]:
    """Returns the cells of a row; marks before its first and after its last sign go into these
    cells."""
    text = line.strip()
    first, *inner = _BETWEEN_CELLS.split(text)
    last = inner.pop() if len(inner) > 1 and not inner[-1].strip(f" {_FROM}{_TO}") else ""
    cells = [cell.strip().replace("\\|", "|") for cell in inner]
    if cells:
        cells[0], cells[-1] = first.strip() + cells[0], cells[-1] + last.strip()
    return tuple(cells)


def _unfolded(line: str) -> list[str]:
    """Returns the lines of a table that stands in one line, because its line breaks were lost."""
    rule = _RULE.search(line)
    if rule is None or rule[0] == _bare(line):
        return [line]
    columns = rule[0].count("|") - 1
    words, *head = _BETWEEN_CELLS.split(line[: rule.start()].rstrip().removesuffix("|"))
    cells = _BETWEEN_CELLS.split(line[rule.end() :].strip())[1:]
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns + 1)]
    lines = [head, rule[0], *[row for row in rows if len(row) == columns]]
    shown = [one if isinstance(one, str) else f"|{'|'.join(one)}|" for one in lines]
    return [words, *shown] if words.strip() else shown


class _Marker:
    """Escapes pieces of a text in their order; words between the marks may go over several."""

    def __init__(self) -> None:
        self._is_open = False

    def __call__(self, piece: str) -> SafeString:
        shown = SafeString("")
        for part in re.split(f"([{_FROM}{_TO}])", piece):
            if part in {_FROM, _TO}:
                self._is_open = part == _FROM
            elif part.strip() and self._is_open:
                shown += format_html("<mark>{}</mark>", part)
            else:
                shown += format_html("{}", part)
        return shown


def _table(table: QuotedTable, show: _Marker) -> SafeString:
    head = _row("th", table.head, show)
    rows = mark_safe("".join(_row("td", row, show) for row in table.rows))  # noqa: S308 - as above
    above = format_html("<thead>{}</thead>", head) if table.head else ""
    return format_html(
        '<div class="table-wrap" role="region" tabindex="0" aria-label="{}">'
        "<table>{}<tbody>{}</tbody></table></div>",
        gettext("Table"),
        above,
        rows,
    )


def _row(tag: str, cells: Sequence[str], show: _Marker) -> SafeString:
    opening = f'{tag} scope="col" dir="auto"' if tag == "th" else f'{tag} dir="auto"'
    shown = "".join(f"<{opening}>{show(cell)}</{tag}>" for cell in cells)
    return mark_safe(f"<tr>{shown}</tr>")  # noqa: S308 - cells are escaped
