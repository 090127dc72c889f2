"""What is read of web pages, EPUB books, Markdown and plain text."""

from __future__ import annotations

import pytest

from engine.reading.document import DocumentPart, PassageKind, PlaceUnit
from tests.office import epub, rivers_epub, rivers_html
from tests.pdfs import RIVERS
from tests.reading.test_word import LONG, Read, headings, read, tables, text_of

__all__ = ["read"]


def page(body: str, language: str = "en") -> bytes:
    return f"<!DOCTYPE html><html lang='{language}'><body>{body}</body></html>".encode()


def test_the_main_text_of_a_saved_page_without_what_stands_around_it(read: Read) -> None:
    extracted = read(rivers_html(), "page.html")
    text = text_of(extracted)
    assert headings(extracted) == [
        ("Water on land", title)
        for title in ("Springs", "Deltas", "Meanders", "Layers of the Earth")
    ]
    for sentence in (one for _, body in RIVERS for one in body.split(". ")):
        assert sentence.rstrip(".") in text
    for around in ("boots", "cookies", "Home", "Privacy", "never taught", "Related"):
        assert around not in text
    assert "- The crust is thin.\n- The mantle flows slowly." in text
    assert "| Mantle | 35 to 2890 | mostly solid |" in tables(extracted)[0]
    assert extracted.pages == 0


def test_cells_that_span_formulas_terms_and_code_of_a_page(read: Read) -> None:
    body = (
        f"<h1>Water</h1><p>{LONG}</p><table><tr><th rowspan=2>Place<th colspan=2>Rain in mm</tr>"
        "<tr><th>spring<th>autumn</tr><tr><td>North<td>10<td>20</tr></table>"
        "<p>Speed is <math><mfrac><mi>s</mi><mi>t</mi></mfrac></math> and area "
        "m<sup>2</sup>, as H<sub>2</sub>O.</p>"
        "<dl><dt>Delta</dt><dd>a plain at the mouth of a river</dd></dl>"
        "<pre>if rain:\n    wait()</pre><p>First line<br><br>Second line</p>"
    )
    extracted = read(page(body), "a.html")
    text = text_of(extracted)
    assert tables(extracted)[0].split("\n")[::2] == [
        "| Place | Rain in mm spring | Rain in mm autumn |",
        "| North | 10 | 20 |",
    ]
    assert "Speed is $\\frac{s}{t}$ and area m\u00b2, as H\u2082O." in text
    assert "Delta: a plain at the mouth of a river" in text
    assert "First line\n\nSecond line" in text
    assert [p.text for p in extracted.passages if p.kind is PassageKind.CODE] == [
        "if rain:\n    wait()"
    ]


def test_the_encoding_that_a_page_names_is_used(read: Read) -> None:
    text = "Der Fluß fließt über die Wiese und nimmt dabei viel Sand und Steine mit sich."
    data = f"<html lang=de><meta charset='iso-8859-1'><h1>Flüsse</h1><p>{text}</p>"
    extracted = read(data.encode("iso-8859-1"), "a.html")
    assert (text_of(extracted), headings(extracted)) == (text, [("Flüsse",)])
    assert extracted.language == "de"


def test_a_page_that_a_browser_saved_in_one_file(read: Read) -> None:
    data = (
        b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; "
        b'boundary="X"\r\n\r\n--X\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: '
        b"quoted-printable\r\n\r\n<html><h1>Water</h1><p>" + LONG[:40].encode() + b"=\r\n"
        b"" + LONG[40:].encode() + b"</p></html>\r\n--X--\r\n"
    )
    extracted = read(data, "a.mhtml")
    assert (text_of(extracted), headings(extracted)) == (LONG, [("Water",)])


def test_a_book_cites_its_printed_pages_and_takes_levels_from_its_contents(read: Read) -> None:
    extracted = read(rivers_epub(), "book.epub")
    assert [(p.heading_path, p.place) for p in extracted.passages] == [
        (("Springs",), "page 10"),
        (("Deltas",), "page 20"),
        (("Meanders",), "page 30"),
    ]
    assert (extracted.pages, extracted.language, extracted.unit) == (3, "en", PlaceUnit.PAGE)


def test_a_book_without_headings_or_pages_takes_them_from_its_contents(read: Read) -> None:
    files = {
        "one.xhtml": f"<p>{LONG}</p><p id='mid'>{LONG} Then it rests.</p>",
        "two.xhtml": f"<h1>Lakes</h1><p>A lake is still.</p><h2>Ponds</h2><p>{LONG}</p>",
        "end.xhtml": "<div epub:type='bibliography'><h1>Works</h1><p>A. Weir, 1998</p></div>",
    }
    nav = (
        '<ol><li><a href="one.xhtml">Rivers</a><ol><li><a href="one.xhtml#mid">Mouths</a></li></ol>'
        '</li><li><a href="two.xhtml">Lakes</a></li></ol>'
    )
    extracted = read(epub(files, nav), "book.epub")
    assert headings(extracted) == [
        ("Rivers",),
        ("Rivers", "Mouths"),
        ("Lakes",),
        ("Lakes", "Ponds"),
        ("Works",),
    ]
    assert extracted.passages[1].place == "section \u201cMouths\u201d"
    assert extracted.passages[-1].matter is DocumentPart.BIBLIOGRAPHY


def test_what_project_gutenberg_adds_to_a_book_is_no_part_of_it(read: Read) -> None:
    note = "<h2>The Project Gutenberg eBook</h2><p>Use it freely.</p>"
    words = f"<div class='pg-boilerplate'>{note}</div>"
    plates = "<h2>ILLUSTRATIONS</h2><p>The Rhine, at page 7</p>"
    files = {"a.xhtml": f"{words}{plates}<h2>Rivers</h2><p>{LONG}</p>"}
    extracted = read(epub(files, "<ol/>"), "a.epub")
    assert [(p.text, p.matter) for p in extracted.passages] == [
        ("Use it freely.", DocumentPart.LICENCE),
        ("The Rhine, at page 7", DocumentPart.CONTENTS),
        (LONG, DocumentPart.BODY),
    ]


def test_notes_of_a_book_are_linked_and_no_part_of_the_text(read: Read) -> None:
    body = (
        f"<h1>Rivers</h1><p>{LONG}<a epub:type='noteref' href='#n1'>1</a></p>"
        "<aside epub:type='footnote' id='n1'><p>1. Measured in 1998.</p></aside>"
    )
    nav = '<ol><li><a href="a.xhtml">Rivers</a></li></ol>'
    extracted = read(epub({"a.xhtml": body}, nav), "a.epub")
    first, note = extracted.passages
    assert (first.text, first.notes) == (LONG, ("Measured in 1998.",))
    assert note.matter is DocumentPart.BIBLIOGRAPHY


def test_markdown_with_a_table_a_formula_and_a_note(read: Read) -> None:
    data = (
        f"---\nlang: en\ntitle: x\n---\n# Water\n\n## Springs\n\n{LONG}[^a]\n\n"
        "Energy is $E_k = \\frac{1}{2} m v^{2}$ and $x_{1}$ is a place.\n\n1. open\n2. wait\n\n"
        "| Layer | State |\n| --- | --- |\n| Crust | solid |\n\n```python\nrain()\n```\n\n"
        "[^a]: Measured in\n  1998.\n"
    )
    extracted = read(data.encode(), "a.md")
    text = text_of(extracted)
    assert headings(extracted) == [("Water", "Springs")]
    assert "Energy is $E_k = \\frac{1}{2} m v^{2}$ and x\u2081 is a place." in text
    assert "1. open\n2. wait" in text
    assert tables(extracted) == ["| Layer | State |\n| --- | --- |\n| Crust | solid |"]
    assert extracted.passages[0].notes == ("Measured in 1998.",)
    assert "title: x" not in text


def test_plain_text_with_capital_numbered_and_underlined_headings(read: Read) -> None:
    wrapped = LONG.replace(", ", ",\n")
    data = (
        f"CHAPTER I\n\n{wrapped}\n\nSprings\n=======\n\n{LONG}\n\n2.1 Deltas\n\n{LONG}\n"
        "- sand\n- silt that the\n  river brings\n"
    )
    extracted = read(data.encode("utf-16"), "a.txt")
    assert headings(extracted) == [("CHAPTER I",), ("Springs",), ("Springs", "2.1 Deltas")]
    assert extracted.passages[0].text == LONG
    assert "- sand\n- silt that the river brings" in text_of(extracted)


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_markdown_in_a_file_of_text_is_read_as_such(read: Read, name: str) -> None:
    extracted = read(f"# Rivers\n\n{LONG}\n\n# Lakes\n\n{LONG}\n".encode(), name)
    assert headings(extracted) == [("Rivers",), ("Lakes",)]
