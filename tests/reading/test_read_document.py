"""The command that prints what was read."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.office import rivers_docx, rivers_pptx
from tests.reading.courses import CASES

TABLE = CASES / "s22-table-unruled.pdf"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("read_document", *arguments, stdout=out)
    return out.getvalue()


def test_markdown_shows_headings_tables_and_verdicts() -> None:
    text = printed(str(TABLE))
    assert "\n# Vessels of the body\n" in text
    assert "\n## Valves and the heartbeat\n" in text
    assert "| Aorta | thick, elastic | 120 | away from the heart |" in text
    assert "page 1, table, body" in text
    assert "| 2 | good |" in text


def test_json_holds_everything() -> None:
    data = json.loads(printed(str(TABLE), "--format", "json"))
    assert data["language"] == "en"
    assert data["tables"] == 1
    assert data["verdicts"][0]["trust"] == "good"
    levels = {p["heading_path"][-1]: p["level"] for p in data["passages"]}
    assert levels["Vessels of the body"] == 1
    assert levels["Valves and the heartbeat"] == 2


def test_a_document_that_is_no_pdf_is_shown_with_its_places(tmp_path: Path) -> None:
    slides, handout = tmp_path / "rivers.pptx", tmp_path / "rivers.docx"
    slides.write_bytes(rivers_pptx())
    handout.write_bytes(rivers_docx())
    text = printed(str(slides))
    assert text.startswith("Language: en. Slides: 6.\n")
    assert "slide 5, table, body" in text
    assert "| Slide | Text |" in text
    text = printed(str(handout))
    assert text.startswith("Language: en.\n")
    assert "section \u201cDeltas\u201d, prose, body" in text


def test_an_address_that_may_not_be_called_is_refused() -> None:
    with pytest.raises(CommandError, match="no public address"):
        printed("http://127.0.0.1/rivers")
    with pytest.raises(CommandError, match="begins with https"):
        printed("ftp://example.org/rivers")


def test_files_that_cannot_be_read_are_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        printed(str(tmp_path / "missing.pdf"))
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(CommandError, match=r"broken\.pdf: The file is damaged"):
        printed(str(broken))
