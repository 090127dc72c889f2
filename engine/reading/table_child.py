"""A separate program that finds the ruled tables of pages with pdfplumber."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import pdfplumber

from engine.reading.child import read_request, write_answer
from engine.reading.placing import count_from_shown


def main() -> int:
    request = read_request()
    with pdfplumber.open(request["path"], pages=[n + 1 for n in request["pages"]]) as document:
        for page in document.pages:
            shown = _shown(page)
            tables = [_table(shown, table) for table in shown.find_tables()]
            write_answer({"page": page.page_number - 1, "tables": [t for t in tables if t]})
            page.close()
    return 0


def _shown(page: Any) -> Any:
    """Returns a page that counts from the corner of what is shown, and holds nothing else."""
    source = page.page_obj
    whole = source.mediabox
    page.mediabox = page.bbox = (0.0, 0.0, *count_from_shown(source))
    return page if source.mediabox == whole else page.crop(page.bbox)


def _table(page: Any, table: Any) -> dict[str, Any] | None:
    rows = table.extract(x_tolerance_ratio=0.15)
    height = float(page.height)
    cells = [[_upwards(cell, height) if cell else None for cell in row.cells] for row in table.rows]
    return {"box": _upwards(table.bbox, height), "rows": rows, "cells": cells}


def _upwards(box: Sequence[float], height: float) -> list[float]:
    """Returns a box as left, bottom, right and top, counted from below."""
    x0, top, x1, bottom = box
    return [round(float(value), 1) for value in (x0, height - bottom, x1, height - top)]


if __name__ == "__main__":
    sys.exit(main())
