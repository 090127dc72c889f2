"""Scans, garbled pages and languages: what is read of the case files."""

from __future__ import annotations

import re
import shutil
import subprocess
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import DocumentRejectedError
from engine.reading.extract import extract_document
from tests.reading.courses import course, headings, read, text

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed"
)
SCANNED = [
    "The heart and its chambers",
    "Valves and the heartbeat",
    "Arteries, veins and capillaries",
    "Blood and its parts",
]


def alike(found: list[str], wanted: list[str]) -> bool:
    """Whether titles are the same but for numbers and a letter that OCR mistook."""
    plain = [re.sub(r"^\d+\.?\s+", "", title) for title in found]
    return len(plain) == len(wanted) and all(
        SequenceMatcher(None, *pair).ratio() > 0.95 for pair in zip(plain, wanted, strict=True)
    )


@pytest.mark.slow
@needs_tesseract
@pytest.mark.parametrize("name", ["s15-stamped-scan", "s15b-scan-plain"])
def test_a_scan_is_read_by_ocr_whether_it_is_stamped_or_not(name: str) -> None:
    assert "The heart is a muscular organ that pumps blood through the body." in text(name)
    assert "Plasma is the pale yellow liquid" in text(name)
    assert "downloaded from" not in text(name)
    assert alike(headings(name), SCANNED)
    assert any("read by OCR" in warning for warning in read(name).warnings)


@pytest.mark.slow
@needs_tesseract
def test_a_paragraph_of_a_scan_is_one_paragraph() -> None:
    assert (
        "It lies between the lungs, slightly to the left of the middle of the chest. An adult "
        "heart is about as large as a closed fist and weighs roughly three hundred grams."
    ) in text("s15b-scan-plain")


@pytest.mark.slow
@needs_tesseract
def test_the_columns_of_a_scan_are_read_one_after_the_other() -> None:
    found = text("s17-scan-two-column")
    assert found.index("oxygen leaves the blood") < found.index("Gluten is a stretchy network")
    wanted = [*SCANNED[:3], "Flour and gluten", "Yeast and fermentation", "Proving and shaping"]
    assert alike(headings("s17-scan-two-column"), wanted)


def installed(language: str) -> bool:
    program = shutil.which("tesseract")
    if program is None:
        return False
    told = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    return language in told.stdout.split()


@needs_tesseract
@pytest.mark.skipif(installed("deu"), reason="Tesseract's German is installed")
def test_a_scan_in_a_language_that_is_not_installed_names_the_package() -> None:
    with pytest.raises(DocumentRejectedError, match="tesseract-ocr-deu") as caught:
        read("s16-scan-german")
    assert "German" in caught.value.message


@pytest.mark.slow
@pytest.mark.skipif(not installed("deu"), reason="Tesseract's German is not installed")
def test_a_scan_is_read_in_its_language() -> None:
    assert read("s16-scan-german").language == "de"
    assert "Venen führen das Blut zum Herzen zurück." in text("s16-scan-german")
    assert headings("s16-scan-german") == [
        "Das Herz und seine Kammern",
        "Gefäße und Kreislauf",
        "Blutdruck",
    ]


@pytest.mark.slow
@needs_tesseract
def test_garbled_text_is_read_by_ocr_where_the_page_can_be_read() -> None:
    name = "s18b-shifted-tounicode"
    assert "The heart is a muscular organ that pumps blood through the body." in text(name)
    assert "splce" not in text(name)
    assert any("garbled" in warning and "1, 2" in warning for warning in read(name).warnings)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["s18b-shifted-tounicode", "s42-hindi-legacy-font"])
def test_garbled_text_that_cannot_be_read_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.reading.ocr.tesseract", lambda: None)
    read.cache_clear()
    with pytest.raises(DocumentRejectedError, match="garbled") as caught:
        read(name)
    assert caught.value.code == "garbled"


@pytest.mark.slow
@needs_tesseract
@pytest.mark.skipif(installed("hin"), reason="Tesseract's Hindi is installed")
def test_garbled_hindi_names_the_package_that_could_read_it() -> None:
    with pytest.raises(DocumentRejectedError, match="tesseract-ocr-hin") as caught:
        read("s42-hindi-legacy-font")
    assert caught.value.code == "garbled"


@pytest.mark.parametrize(
    ("name", "language", "terms"),
    [
        ("s53-german", "de", 4),
        ("s54-spanish", "es", 7),
        ("s55-french", "fr", 7),
    ],
)
def test_languages_and_their_definitions_are_found(name: str, language: str, terms: int) -> None:
    assert read(name).language == language
    assert len(course(name).key_terms) >= terms


def test_leader_dots_are_no_words_of_a_language() -> None:
    assert read("s56-german-contents").language == "de"


def test_the_few_words_on_a_picture_are_kept_where_ocr_finds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.reading.ocr.tesseract", lambda: None)
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 800))
    canvas.drawInlineImage(Image.new("L", (60, 80), 200), 0, 0, 600, 800)
    canvas.drawString(200, 400, "The heart of the city")
    canvas.showPage()
    canvas.drawString(72, 700, "Every city has a heart, and people meet there at noon.")
    canvas.save()
    extracted = extract_document(tmp_path / "a.pdf")
    assert extracted.scanned_pages == (1,)
    assert any("The heart of the city" in passage.text for passage in extracted.passages)
