"""The sample that ships is what its script renders, and what the first course needs."""

from __future__ import annotations

import pypdfium2
import pytest

from courses.ingestion.document import ExtractedDocument, Matter, PassageKind
from courses.ingestion.extract import extract_document
from samples.render import PDF, render


@pytest.fixture(scope="module")
def extracted() -> ExtractedDocument:
    return extract_document(PDF)


def test_the_committed_file_is_what_the_script_renders() -> None:
    assert render() == PDF.read_bytes()


def test_it_has_the_size_and_bookmarks_of_lecture_notes() -> None:
    document = pypdfium2.PdfDocument(PDF)
    titles = [bookmark.get_title() for bookmark in document.get_toc()]
    pages = len(document)
    document.close()
    assert 10 <= pages <= 15
    assert titles[0] == "1 Water and the planet"
    assert "3.4 Landforms of a river" in titles


def test_chapters_are_read_as_headings(extracted: ExtractedDocument) -> None:
    chapters = {passage.heading_path[0] for passage in extracted.passages if passage.heading_path}
    assert {"2 The water cycle", "5 Water and people"} <= chapters
    assert extracted.language == "en"
    assert extracted.warnings == ()


def test_tables_stay_tables_and_stand_once(extracted: ExtractedDocument) -> None:
    tables = [p.text for p in extracted.passages if p.kind == PassageKind.TABLE]
    assert len(tables) == 2
    assert "| Oceans | 97 % | about 3,000 years |" in tables[0]
    assert sum("Oceans" in p.text and "97 %" in p.text for p in extracted.passages) == 1


def test_running_heads_contents_and_references_are_kept_apart(
    extracted: ExtractedDocument,
) -> None:
    body = [passage for passage in extracted.passages if passage.matter == Matter.BODY]
    assert not any("introduction to hydrology" in passage.text for passage in body)
    assert {Matter.CONTENTS, Matter.BIBLIOGRAPHY} <= {p.matter for p in extracted.passages}
