"""Documents that are read in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.reading.document import DocumentRejectedError
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from engine.reading.page_ranges import PageRange, read_page_range
from engine.reading.report import summary
from tests.pdfs import RIVERS, make_pdf
from tests.reading.courses import CASES, read


@pytest.mark.parametrize(
    ("text", "shown", "inside", "outside"),
    [
        ("3-40, 52", "3-40, 52", (3, 40, 52), (2, 41, 51)),
        ("pages 3\u201340; 52", "3-40, 52", (3, 52), (41,)),
        ("Seiten 2 bis 4", "2-4", (2, 4), (1, 5)),
        ("5-", "5-", (5, 9000), (4,)),
        ("-3", "1-3", (1, 3), (4,)),
        ("  ", "", (1, 9000), ()),
        ("p. 7", "7", (7,), (6, 8)),
    ],
)
def test_ranges_as_people_write_them(
    text: str, shown: str, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    pages = read_page_range(text)
    assert str(pages) == shown
    assert read_page_range(shown) == pages
    assert all(page in pages for page in inside)
    assert not any(page in pages for page in outside)


@pytest.mark.parametrize(
    "text", ["all", "3-2", "0", "-", "1,,2", "1-2-3", "9999999", ",".join(["1"] * 60)]
)
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="3-40, 52"):
        read_page_range(text)


def pages_of(path: Path, text: str, **limits: int) -> set[int]:
    extracted = extract_document(
        path,
        limits=PdfLimits(**limits),
        pages=read_page_range(text),
    )
    return {p.page_from for p in extracted.passages} | {p.page_to for p in extracted.passages}


def test_only_these_pages_are_read() -> None:
    path = CASES / "s22-table-unruled.pdf"
    assert {p.page_from for p in read("s22-table-unruled").passages} == {1, 2}
    assert pages_of(path, "2") == {2}
    assert pages_of(path, "1") == {1}


def test_the_rest_is_not_said_to_have_failed() -> None:
    extracted = extract_document(CASES / "s22-table-unruled.pdf", pages=PageRange(((2, 2),)))
    assert (extracted.pages, extracted.read_pages) == (2, 1)
    assert (extracted.failed_pages, extracted.warnings) == ((), ())
    assert [verdict.page for verdict in extracted.verdicts] == [2]


def test_a_range_makes_a_long_document_short_enough() -> None:
    path = CASES / "s22-table-unruled.pdf"
    with pytest.raises(DocumentRejectedError, match="say which pages to use"):
        pages_of(path, "", max_pages=1)
    assert pages_of(path, "2", max_pages=1) == {2}


def test_a_range_beyond_the_document_is_refused() -> None:
    with pytest.raises(DocumentRejectedError, match="has 2 pages, and none of pages 30-40"):
        pages_of(CASES / "s22-table-unruled.pdf", "30-40")


@pytest.mark.slow
def test_the_summary_counts_pages_and_parts(tmp_path: Path) -> None:
    said = summary(read("s43-summary-exercises"))
    assert said["parts"]["exercises"] > 0
    assert sum(said["parts"].values()) == pytest.approx(1, abs=0.001)
    assert said["trust"] == {"good": said["pages"]}
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf(RIVERS))
    plain = summary(extract_document(path))
    assert (plain["pages"], plain["read"], plain["used"], plain["left_out"]) == (1, 1, 1, [])
    assert (plain["headings"], plain["parts"]) == ("looks", {"body": 1.0})
    assert summary(read("s17-scan-two-column"))["by_ocr"] > 0
