"""The checks of an upload that need no parser, and the name it is shown by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.ingestion.document import DocumentRejectedError
from courses.ingestion.limits import PdfLimits
from courses.ingestion.text import clean, hyphenated_words, join_lines, mend_breaks
from courses.ingestion.upload import NAME_LENGTH, check_upload, safe_file_name

LIMITS = PdfLimits(max_bytes=1000)


@pytest.mark.parametrize(
    ("head", "size", "code", "words"),
    [
        (b"", 0, "empty_file", "empty"),
        (b"%PDF-1.7", 1001, "too_large", "larger than"),
        (b"<!doctype html><HTML>", 100, "not_a_pdf", "a web page"),
        (b"PK\x03\x04", 100, "not_a_pdf", "ZIP"),
        (b"\x89PNG\r\n", 100, "not_a_pdf", "a picture"),
        (b"\xff\xd8\xff", 100, "not_a_pdf", "a picture"),
        (b"hello", 5, "not_a_pdf", "some other kind"),
        (b"x" * 1024 + b"%PDF-1.7", 100, "not_a_pdf", "some other kind"),
    ],
)
def test_what_is_refused_and_in_which_words(head: bytes, size: int, code: str, words: str) -> None:
    with pytest.raises(DocumentRejectedError, match=words) as caught:
        check_upload(head, size, LIMITS)
    assert caught.value.code == code


@pytest.mark.parametrize("head", [b"%PDF-1.4", b"\xff junk" * 100 + b"%PDF-1.4"])
def test_a_header_near_the_start_is_enough(head: bytes) -> None:
    check_upload(head, 1000, LIMITS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.pdf", "notes.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\my notes.pdf", "my notes.pdf"),
        ("a\x00b\x1bc\n.pdf", "abc.pdf"),
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
    assert safe.isprintable()
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
