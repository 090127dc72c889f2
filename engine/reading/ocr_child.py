"""A separate program that draws one page and has `tesseract` read the picture.

It answers with the lines in points, y upwards as in PDF, and with the page's script where that
is asked for.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium

from engine.reading.child import read_request, write_answer

# Smaller letters than those of books at 300 dots an inch are often mistaken.
RESOLUTION = 300 / 72
MAX_PIXELS = 16_000_000
_LINE = re.compile(
    r"<span class='(?:ocr_line|ocr_header|ocr_caption|ocr_textfloat)'[^>]*title=\"([^\"]*)\">"
    r"(.*?</span>)\s*</span>",
    re.DOTALL,
)
_WORD = re.compile(r"<span class='ocrx_word'[^>]*x_wconf (\d+)[^>]*>(.*?)</span>", re.DOTALL)
_VALUE = re.compile(r"(\w+) ([^;]+)")
_TAG = re.compile(r"<[^>]+>")
_SCRIPT = re.compile(r"Script: (\w+)\s+Script confidence: ([\d.]+)")
SURE = 1.0  # print has 2 to 100; for handwriting Tesseract names any script, with less than 1


def main() -> int:
    request = read_request(limits_files=False)
    document = pdfium.PdfDocument(request["path"])
    page = document[request["page"]]
    width, height = page.get_size()
    scale = min(RESOLUTION, (MAX_PIXELS / max(width * height, 1)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    picture = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + bytes(
        b"".join(
            bytes(bitmap.buffer)[row * bitmap.stride : row * bitmap.stride + bitmap.width]
            for row in range(bitmap.height)
        )
    )
    if request["languages"]:
        read = _tesseract(
            request, picture, ["-l", request["languages"], "-c", "tessedit_create_hocr=1"]
        )
        answer: dict[str, Any] = {"lines": list(_lines(read, scale, height))}
    else:
        found = _SCRIPT.search(_tesseract(request, picture, ["--psm", "0", "-l", "osd"]))
        sure = found and float(found.group(2)) >= SURE
        answer = {"script": found.group(1) if found and sure else ""}
    write_answer(answer)
    return 0


def _tesseract(request: dict[str, Any], picture: bytes, options: list[str]) -> str:
    environment = {"OMP_THREAD_LIMIT": "1"}
    if request["tessdata"]:
        environment["TESSDATA_PREFIX"] = request["tessdata"]
    done = subprocess.run(  # noqa: S603 - the program's path comes from the parent
        [request["program"], "stdin", "stdout", *options],
        input=picture,
        capture_output=True,
        env=environment,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace")


def _lines(hocr: str, scale: float, height: float) -> Iterator[list[Any]]:
    """Yields lines as [text, size, left, baseline, right, confidence] in points and percents."""
    for title, content in _LINE.findall(hocr):
        words = _WORD.findall(content)
        values = {name: rest.split() for name, rest in _VALUE.findall(title)}
        left, _top, right, bottom = (float(number) for number in values["bbox"])
        offset = float(values.get("baseline", ["0", "0"])[1])
        size = float(values.get("x_size", ["0"])[0])
        text = " ".join(html.unescape(_TAG.sub("", word)).strip() for _, word in words)
        points = (size / scale, left / scale, height - (bottom + offset) / scale, right / scale)
        confidence = sum(int(sure) for sure, _ in words) / max(len(words), 1)
        if text.strip():
            yield [text, *(round(number, 1) for number in points), round(confidence)]


if __name__ == "__main__":
    sys.exit(main())
