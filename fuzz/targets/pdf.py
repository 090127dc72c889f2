"""A PDF as a worker reads it, in children under limits: passages, or a refusal with words."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engine.reading.document import DocumentRejectedError
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from engine.reading.upload import check_upload
from fuzz.inputs import edited
from fuzz.targets import Target

LIMITS = PdfLimits(
    max_pages=50,
    child_memory=600 * 1024 * 1024,
    child_cpu=3,
    child_wall=4,
    table_pages=5,
    table_wall=2,
    glyph_wall=2,
    ocr_pages=2,
    ocr_wall=4,
)
CODES = {
    *("empty_file", "unsupported_kind", "unreadable", "no_text", "garbled", "encrypted"),
    "too_many_pages",
}
TOKENS = [
    *(b"/Length 999999999", b"/Count -1", b"/Count 2147483647", b"/Kids [1 0 R]", b" 1 0 R", b"<<"),
    *(b">>", b"[", b"]", b"stream\n", b"endstream", b"endobj", b"trailer", b"startxref\n0", b"BT"),
    *(
        b"ET",
        b"Tj",
        b"(",
        b")",
        b"q ",
        b"Q ",
        b"/F1 1e9 Tf ",
        b"99999999 0 0 99999999 0 0 cm ",
        b"Do",
    ),
    *(b"/Filter [/FlateDecode /FlateDecode]", b"/Type /ObjStm", b"/Encrypt 1 0 R", b"\x00", b"-"),
    *(
        b"/MediaBox [0 0 1e9 1e9]",
        b"/Rotate 91",
        b"/Outlines 1 0 R",
        b"%PDF-1.7\n",
        b"%%EOF",
        b"xref",
    ),
]


def check(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(data)
        file.flush()
        try:
            check_upload(data[:1024], len(data), LIMITS)
            read = extract_document(Path(file.name), limits=LIMITS)
            assert 1 <= read.pages <= LIMITS.max_pages
            assert [one.position for one in read.passages] == sorted(
                {one.position for one in read.passages}
            )
            for one in read.passages:
                assert 1 <= one.page_from <= one.page_to <= read.pages
                assert one.text.strip()
                for words in (one.text, one.label_from, one.label_to, *one.heading_path):
                    assert "\0" not in words
                    words.encode()
        except DocumentRejectedError as error:
            assert error.code in CODES, error.code
            assert len(error.message) > 30
    check_no_child()


def check_no_child() -> None:
    """Neither running nor waiting to be collected."""
    try:
        left = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return
    raise AssertionError(f"a child was left behind: {left}")


TARGET = Target(check=check, inputs=lambda seeds: edited(seeds, TOKENS))
