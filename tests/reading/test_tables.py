"""Tables, typed notes and filled fields of the case files."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from engine.reading.extract import extract_document
from tests.pdfs import make_pdf
from tests.reading.courses import tables, text


def test_a_table_without_rules_is_a_table() -> None:
    (table,) = tables("s22-table-unruled")
    assert table.splitlines() == [
        "| Vessel | Wall | Pressure (mmHg) | Direction |",
        "| --- | --- | --- | --- |",
        "| Aorta | thick, elastic | 120 | away from the heart |",
        "| Artery | thick | 100 | away from the heart |",
        "| Arteriole | muscular | 60 | away from the heart |",
        "| Capillary | one cell | 25 | between |",
        "| Venule | thin | 15 | towards the heart |",
        "| Vein | thin, with valves | 10 | towards the heart |",
    ]
    assert text("s22-table-unruled").count("Arteriole") == 1


def test_rows_on_later_pages_keep_the_header_of_their_table() -> None:
    found = tables("s23-table-pages")
    assert {table.splitlines()[0] for table in found} == {"| No. | Task | How often | Product |"}
    rows = [row.split("|")[1].strip() for table in found for row in table.splitlines()[2:]]
    assert rows == [str(number) for number in range(1, len(rows) + 1)]
    assert len(rows) > 60


def test_typed_notes_and_filled_fields_are_read() -> None:
    found = text("s38-annotations")
    assert "the aorta, three centimetres wide" in found
    assert "the heart of a trained athlete beats only forty times a minute at rest." in found


def test_comments_that_open_on_a_click_are_said_to_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "commented.pdf"
    path.write_bytes(make_pdf())
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        comment = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Text,
            Rect=[100, 700, 120, 720],
            Contents="Ask this in the exam.",
        )
        document.pages[0].Annots = document.make_indirect(pikepdf.Array([comment]))
        document.save(path)
    extracted = extract_document(path)
    assert any("hold comments" in warning for warning in extracted.warnings)
    assert not any("exam" in passage.text for passage in extracted.passages)
