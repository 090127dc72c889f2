"""Hostile PDFs end within their limits, with words for their owner, and the worker lives."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from engine.reading.document import DocumentRejectedError, ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from tests.hostile_pdfs import EITHER, HOSTILE, READ
from tests.waiting import LONG

LIMITS = PdfLimits(
    child_memory=600 * 1024 * 1024,
    child_cpu=4,
    child_wall=5,
    table_wall=1,
    glyph_wall=2,
    ocr_wall=5,
)


def read(path: Path) -> ExtractedDocument | DocumentRejectedError:
    try:
        return extract_document(path, limits=LIMITS)
    except DocumentRejectedError as error:
        return error


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_time_with_a_clear_outcome(name: str, tmp_path: Path) -> None:
    make, expected = HOSTILE[name]
    path = tmp_path / "hostile.pdf"
    path.write_bytes(make())
    start = time.monotonic()
    outcome = read(path)
    assert time.monotonic() - start < 2 * LONG
    children = [c for c in psutil.Process().children() if "engine/reading" in " ".join(c.cmdline())]
    assert children == []
    if isinstance(outcome, DocumentRejectedError):
        assert expected != READ, outcome.message
        assert outcome.code in {"unreadable", "no_text", "garbled", "encrypted", "too_many_pages"}
        assert len(outcome.message) > 30
    else:
        assert expected in (READ, EITHER)
        for passage in outcome.passages:
            assert "\0" not in passage.text
            passage.text.encode()


@pytest.mark.slow
def test_a_crash_on_one_page_leaves_the_others(tmp_path: Path) -> None:
    """The pages around the one at fault are read, and it is named."""
    import pikepdf

    from tests.hostile_pdfs import double_deflate
    from tests.pdfs import make_pdf

    good, bad, mixed = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "mixed.pdf"
    good.write_bytes(make_pdf())
    bad.write_bytes(double_deflate())
    with pikepdf.new() as target:
        for source in (good, bad, good):
            with pikepdf.open(source) as part:
                target.add_pages_from(part)
        target.save(mixed)
    outcome = read(mixed)
    assert isinstance(outcome, ExtractedDocument)
    assert outcome.pages == 3
    assert {p.page_from for p in outcome.passages} == {1, 3}
