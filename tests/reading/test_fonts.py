"""Lines in fonts that do not say which letters they show."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from engine.reading.extract import extract_document

ENGLISH = (
    "The heart is a muscular organ that pumps blood through the whole body.",
    "It lies between the lungs and weighs roughly three hundred grams.",
    "Veins carry the blood back to the heart from all parts of the body.",
    "The walls of the arteries are thick because the pressure in them is high.",
)
# What a font for typewriters of Hindi has in the file for the same sentences.
HINDI = (
    "g`n; ,d isf'k; vax gS tks jDr dks iwjs 'kjhj esa Hkstrk gSA",
    "ijh{kkFkhZ ;FkklaHko vius 'kCnksa esa gh mRrj nsaA",
    "f'kjk,sa jDr dks okil g`n; rd ykrh gSa vkSj /kefu;ksa dh fnokj eksVh gksrh gSA",
    "QsQM+ksa ds chp fLFkr g`n; dk otu yxHkx rhu lkS xzke gksrk gSA",
)


def paper(path: Path, second: str) -> Path:
    """Two languages line by line, each in a font of its own."""
    buffer = BytesIO()
    canvas = Canvas(buffer)
    for _ in range(2):
        for at, (one, other) in enumerate(zip(ENGLISH * 2, HINDI * 2, strict=True)):
            canvas.setFont("Helvetica", 11)
            canvas.drawString(60, 780 - 40 * at, f"{at + 1}. {one}")
            canvas.setFont(second, 11)
            canvas.drawString(60, 764 - 40 * at, other)
        canvas.showPage()
    canvas.save()
    path.write_bytes(buffer.getvalue())
    return path


def test_lines_in_a_garbled_font_are_left_out_and_named(tmp_path: Path) -> None:
    extracted = extract_document(paper(tmp_path / "paper.pdf", "Times-Roman"))
    said = "\n".join(passage.text for passage in extracted.passages)
    assert "Hkstrk" not in said
    assert "ijh{kkFkhZ" not in said
    assert all(sentence in said for sentence in ENGLISH)
    (warning,) = extracted.warnings
    assert warning.startswith("Pages 1, 2 hold lines in fonts that do not say which letters")
    assert "Times-Roman" in warning
