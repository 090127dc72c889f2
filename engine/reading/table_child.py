"""A separate program that finds the ruled tables of pages with pdfplumber."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

import pdfplumber

from engine.reading.placing import count_from_shown


def main() -> int:
    request = json.load(sys.stdin)
    memory, cpu = request["memory"], request["cpu"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with pdfplumber.open(request["path"], pages=[n + 1 for n in request["pages"]]) as document:
        for page in document.pages:
            shown = _shown(page)
            tables = [_table(shown, table) for table in shown.find_tables()]
            answer = {"page": page.page_number - 1, "tables": [t for t in tables if t]}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
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
    x0, top, x1, bottom = table.bbox
    height = float(page.height)
    box = [round(float(value), 1) for value in (x0, height - bottom, x1, height - top)]
    return {"box": box, "rows": rows}


if __name__ == "__main__":
    sys.exit(main())
