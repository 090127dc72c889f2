"""A separate program that writes a repaired copy of a PDF that does not open."""

from __future__ import annotations

import sys

import pikepdf

from engine.reading.child import read_request, write_answer


def main() -> int:
    request = read_request()
    with pikepdf.open(request["path"]) as document:
        document.save(request["target"])
        write_answer({"pages": len(document.pages)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
