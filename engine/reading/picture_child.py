"""A separate program that draws pages, or parts of them, and writes each as a WebP file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from engine.reading.child import read_request, write_answer

MAX_PIXELS = 8_000_000
QUALITY = 80
FAINT = 24  # of 255: what differs less is not seen


def main() -> int:
    request = read_request()
    try:
        document = pdfium.PdfDocument(request["path"])
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        write_answer({"error": "encrypted" if code == raw.FPDF_ERR_PASSWORD else "unreadable"})
        return 0
    for number, part in enumerate(request["parts"]):
        write_answer(
            {"part": number} | _draw(document, part, Path(request["folder"], f"{number}.webp"))
        )
    return 0


def _draw(document: pdfium.PdfDocument, part: dict[str, Any], target: Path) -> dict[str, Any]:
    """Writes a part of a page; `box` is in shares of the page, from its upper left corner."""
    if not 1 <= part["page"] <= len(document):
        return {"error": "no_page"}
    page = document[part["page"] - 1]
    try:
        width, height = page.get_size()
        left, top, right, bottom = part["box"]
        wide, high = (right - left) * width, (bottom - top) * height
        scale = min(part["width"] / (wide or 1.0), part["scale"])
        scale = min(scale, (MAX_PIXELS / max(wide * high, 1.0)) ** 0.5)
        crop = (left * width, (1 - bottom) * height, (1 - right) * width, top * height)
        picture = page.render(scale=scale, crop=crop, may_draw_forms=False).to_pil().convert("RGB")
    except pdfium.PdfiumError:
        return {"error": "unreadable"}
    finally:
        page.close()
    picture.save(target, "WEBP", quality=QUALITY)
    empty = all(high - low < FAINT for low, high in picture.getextrema())
    return {"width": picture.width, "height": picture.height, "empty": empty}


if __name__ == "__main__":
    sys.exit(main())
