"""Runs as a program of its own: draws one page and has `tesseract` read the picture."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pypdfium2 as pdfium

RESOLUTION = 200 / 72
MOST_PIXELS = 16_000_000


def main() -> int:
    request = json.load(sys.stdin)
    memory, cpu = request["memory"], request["cpu"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    document = pdfium.PdfDocument(request["path"])
    page = document[request["page"]]
    width, height = page.get_size()
    scale = min(RESOLUTION, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    picture = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + bytes(
        b"".join(
            bytes(bitmap.buffer)[row * bitmap.stride : row * bitmap.stride + bitmap.width]
            for row in range(bitmap.height)
        )
    )
    done = subprocess.run(  # noqa: S603 - the program's path comes from the parent
        [request["program"], "stdin", "stdout"],
        input=picture,
        capture_output=True,
        env={"OMP_THREAD_LIMIT": "1"},
        check=True,
    )
    sys.stdout.write(json.dumps({"text": done.stdout.decode("utf-8", "replace")}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
