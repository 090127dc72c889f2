"""A separate program that draws the pictures of a packed document, under limits that it sets.

It writes each as a WebP file, or all of them as the pages of a PDF, so that they can be read by
OCR as scans are.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from engine.reading.child import read_request, write_answer
from engine.reading.formats.archive import Archive
from engine.reading.formats.elements import UnreadableError

KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
MAX_PIXELS = 40_000_000
PAGE_WIDTH = 8  # inches; OCR draws pages with 300 dots an inch
QUALITY = 80
FAINT = 24  # of 255: what differs less is not seen


def main() -> int:
    request = read_request()
    archive = Archive(Path(request["path"]), request["unpacked"])
    folder = Path(request["folder"])
    for number, wanted in enumerate(request["pictures"]):
        try:
            answer = _draw(archive, wanted, number, folder, paged=request["paged"])
        except (UnreadableError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            answer = {"error": "unreadable"}
        write_answer({"picture": number} | answer)
    return 0


def _draw(
    archive: Archive, wanted: dict[str, Any], number: int, folder: Path, *, paged: bool
) -> dict[str, Any]:
    picture = _opened(archive.read(wanted["source"]), wanted["crop"])
    size = {"width": picture.width, "height": picture.height}
    if paged:
        if picture.height < picture.width * 20:
            target = folder / f"{number}.pdf"
            picture.convert("L").save(target, "PDF", resolution=picture.width / PAGE_WIDTH)
        return size
    picture.thumbnail((wanted["width"], 2 * wanted["width"]))
    picture.save(folder / f"{number}.webp", "WEBP", quality=QUALITY)
    extrema: Any = picture.getextrema()  # of red, green and blue
    empty = all(high - low < FAINT for low, high in extrema)
    return size | {"drawn": picture.size, "empty": empty}


def _opened(data: bytes, crop: list[float]) -> Image.Image:
    """Returns a picture on white, turned and cut as the document shows it."""
    opened: Image.Image = Image.open(BytesIO(data), formats=KINDS)
    if opened.width * opened.height > MAX_PIXELS:
        raise ValueError
    opened = ImageOps.exif_transpose(opened)
    if crop:
        left, top, right, bottom = crop
        wide, high = opened.size
        box = (left * wide, top * high, (1 - right) * wide, (1 - bottom) * high)
        opened = opened.crop(tuple(round(end) for end in box))  # type: ignore[arg-type] # four
    coloured = opened.convert("RGBA")
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured).convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
