"""The sample that ships is what its script renders, and what the first course needs."""

from __future__ import annotations

import re

import pypdfium2
import pytest

from engine.lessons.schemas import SourcePassage
from engine.questions.extractive.engine import write_quiz
from engine.questions.schemas import QuizRequest, QuizTopic
from engine.reading.document import DocumentPart, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
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
    assert len(tables) == 7
    assert "| Oceans | 97 % | about 3,000 years |" in tables[0]
    assert sum("Oceans" in p.text and "97 %" in p.text for p in extracted.passages) == 1


def test_running_heads_contents_and_references_are_kept_apart(
    extracted: ExtractedDocument,
) -> None:
    body = [passage for passage in extracted.passages if passage.matter == DocumentPart.BODY]
    assert not any("introduction to hydrology" in passage.text for passage in body)
    assert {DocumentPart.CONTENTS, DocumentPart.BIBLIOGRAPHY} <= {
        p.matter for p in extracted.passages
    }


def test_the_steps_of_a_procedure_keep_their_numbers(extracted: ExtractedDocument) -> None:
    text = "\n".join(passage.text for passage in extracted.passages)
    assert re.search(r"\n2\. Stretch a tape from bank to bank\.\s+3\. Take the depth", text)


def test_its_text_carries_questions_of_many_forms(extracted: ExtractedDocument) -> None:
    body = [p for p in extracted.passages if p.matter == DocumentPart.BODY]
    passages = tuple(
        SourcePassage(
            id=p.position, document=1, position=p.position, page_from=p.page_from,
            page_to=p.page_to, label_from=p.label_from, label_to=p.label_to,
            heading_path=p.heading_path, text=p.text, kind=p.kind, matter=p.matter,
        )
        for p in body
    )  # fmt: skip
    request = QuizRequest(
        title="Water on Earth", language="en", size=60, topics=(QuizTopic(1, "Water", passages),)
    )
    forms = {(question.kind, question.format) for question in write_quiz(request).questions}
    assert len({kind for kind, _ in forms}) >= 6
    assert len({form for _, form in forms}) >= 6
