"""The checks of an upload that need no parser, and the name it is shown by."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reading.document import DocumentRejectedError
from engine.reading.formats.kinds import Format
from engine.reading.limits import PdfLimits
from engine.reading.text import clean, hyphenated_words, join_lines, mend_breaks
from engine.reading.upload import NAME_LENGTH, check_upload, safe_file_name

LIMITS = PdfLimits(max_bytes=1000)
ZIP, OLE = b"PK\x03\x04\x14\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("head", "size", "name", "code", "words"),
    [
        (b"", 0, "a.pdf", "empty_file", "empty"),
        (b"%PDF-1.7", 1001, "a.pdf", "too_large", "larger than"),
        (ZIP, 100, "a.zip", "unsupported_kind", "a ZIP file; .* Unpack it and upload"),
        (ZIP, 100, "marks.xlsx", "unsupported_kind", "a spreadsheet"),
        (OLE, 100, "marks.xls", "unsupported_kind", "an old Office file of another kind"),
        (b"\x89PNG\r\n", 100, "a.png", "unsupported_kind", "a picture"),
        (b"\xff\xd8\xff", 100, "a.pdf", "unsupported_kind", "a picture"),
        (b"\0\1\2", 5, "a.exe", "unsupported_kind", "some other kind"),
        (b"hello", 5, "a.py", "unsupported_kind", "some other kind"),
        (b"hello\0\0", 5, "notes", "unsupported_kind", "some other kind"),
        (b"hello", 5, "a.docx", "unsupported_kind", "called .docx but is none"),
        (b"x" * 1024 + b"%PDF-1.7", 100, "a.pdf", "unsupported_kind", "called .pdf but is none"),
    ],
)
def test_what_is_refused_and_in_which_words(
    head: bytes, size: int, name: str, code: str, words: str
) -> None:
    with pytest.raises(DocumentRejectedError, match=words) as caught:
        check_upload(head, size, LIMITS, name)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("head", "name", "form"),
    [
        (b"%PDF-1.7", "handout.docx", Format.PDF),
        (ZIP, "a.docx", Format.DOCX),
        (ZIP, "A.PPTX", Format.PPTX),
        (ZIP, "with macros.docm", Format.DOCX),
        (ZIP + b"\0" * 24 + b"mimetypeapplication/epub+zip", "book.zip", Format.EPUB),
        (
            ZIP + b"\0" * 24 + b"mimetypeapplication/vnd.oasis.opendocument.text",
            "a.docx",
            Format.ODT,
        ),
        (b"<!doctype html><HTML>", "page.txt", Format.HTML),
        (b"\xef\xbb\xbf\n<html lang='de'>", "page", Format.HTML),
        (b"<p>no head</p>", "page.htm", Format.HTML),
        (b"From: <Saved by Blink>\nMIME-Version: 1.0", "page.mhtml", Format.MHTML),
        (b"# Rivers", "a.md", Format.MARKDOWN),
        (b"\xff\xfeR\0i\0", "a.txt", Format.TEXT),
        ("\u0939\u093f\u0928".encode(), "readme", Format.TEXT),
    ],
)
def test_the_format_is_told_by_the_first_bytes_then_by_the_name(
    head: bytes, name: str, form: Format
) -> None:
    assert check_upload(head, 100, LIMITS, name) is form


@pytest.mark.parametrize(
    ("head", "name", "words"),
    [
        (OLE, "a.doc", r"old Word files \(.doc\) .* save it as .docx"),
        (OLE, "a.docx", r"old Word files"),
        (OLE, "a.pps", r"old PowerPoint files .* save it as .pptx"),
        (b"{\\rtf1", "a.rtf", r"RTF files"),
    ],
)
def test_old_formats_need_libreoffice(
    head: bytes, name: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentRejectedError, match=words) as caught:
        check_upload(head, 100, LIMITS, name)
    assert caught.value.code == "needs_libreoffice"
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert check_upload(head, 100, LIMITS, name) in (Format.DOC, Format.PPT, Format.RTF)


@pytest.mark.parametrize("head", [b"%PDF-1.4", b"\xff junk" * 100 + b"%PDF-1.4"])
def test_a_header_near_the_start_is_enough(head: bytes) -> None:
    check_upload(head, 1000, LIMITS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.pdf", "notes.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\my notes.pdf", "my notes.pdf"),
        ("a\x00b\x1bc\n.pdf", "a b c.pdf"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.pdf",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.pdf",
        ),
        ("U\u0308bung.pdf", "\u00dcbung.pdf"),
        ("invoice\u202efdp.exe.pdf", "invoicefdp.exe.pdf"),
        ("  spaced   out .pdf", "spaced out.pdf"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940.pdf", "\u0939\u093f\u0928\u094d\u0926\u0940.pdf"),
        ("", "document.pdf"),
        ("/", "document.pdf"),
        ("...", "document.pdf"),
        ("\u200f\u202e", "document.pdf"),
    ],
)
def test_names_lose_paths_control_and_direction_marks(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    safe = safe_file_name("n" * 300 + ".pdf")
    assert (len(safe), safe[-4:]) == (NAME_LENGTH, ".pdf")


@given(st.text(max_size=400))
def test_any_name_becomes_a_short_visible_one(name: str) -> None:
    safe = safe_file_name(name)
    assert 0 < len(safe) <= NAME_LENGTH
    assert "/" not in safe
    assert not {category(letter) for letter in safe} & {"Cc", "Cs", "Zl", "Zp"}
    safe.encode()


@given(st.text(st.characters(), max_size=200))
def test_cleaned_text_can_be_stored_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert "\u202e" not in cleaned
    assert clean(cleaned) == cleaned


@given(st.lists(st.text(st.characters(exclude_categories=["C"]), min_size=1), max_size=5))
def test_joining_lines_loses_no_letter(lines: list[str]) -> None:
    joined = join_lines(lines, frozenset())
    assert "".join(filter(str.isalnum, joined)) == "".join(filter(str.isalnum, "".join(lines)))


def test_a_word_broken_at_a_line_end_is_joined() -> None:
    assert join_lines(["The aqui-", "fer is full."], frozenset()) == "The aquifer is full."
    assert mend_breaks("The aqui\x02fer is full.", frozenset()) == "The aquifer is full."


def test_a_hyphen_is_kept_where_the_document_has_the_word_with_it() -> None:
    known = hyphenated_words(["A camera-ready copy."])
    assert join_lines(["Send it camera-", "ready."], known) == "Send it camera-ready."
    assert mend_breaks("Send it camera\x02ready.", known) == "Send it camera-ready."


def test_ligatures_and_spaces_become_plain() -> None:
    assert clean("\ufb01lter\u00a0the e\ufb00ect") == "filter the effect"
