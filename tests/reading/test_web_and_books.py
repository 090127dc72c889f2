"""What is read of web pages, EPUB books, Markdown and plain text."""

from __future__ import annotations

import pytest

from engine.reading.document import DocumentPart, PassageKind, PlaceUnit
from engine.reading.formats.elements import ElementKind
from engine.reading.formats.html import read_html
from tests import office
from tests.office import epub, rivers_epub, rivers_html
from tests.pdfs import RIVERS
from tests.reading.test_embedded import photo
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


def test_tex_in_the_text_lists_in_terms_boxes_and_links_back_of_a_page(read: Read) -> None:
    body = (
        f"<h1>Heat</h1><p>{LONG}</p>"
        "<p>The heat is \\( Q = \\frac{a}{b} \\) and $$x^2$$ here.</p>"
        "<dl><dt>Conduction</dt><dd><p>Heat moves through a solid.</p><ul><li>metals</li>"
        "<li>wood</li></ul></dd><dt>Convection</dt><dt>Flow</dt><dd>It moves with a fluid.</dd>"
        "<dt>Radiation</dt></dl>"
        "<aside>A brewer from Salford measured how much heat work makes.</aside>"
        '<aside><a href="/a">Ten kettles that you will love to own</a></aside>'
        "<p>Joule<sup><a href='#n1' id='r1'>1</a></sup> was the first to measure it.</p>"
        "<ol><li id='n1'>He lived in Salford. <a href='#r1'>back to the text</a></li></ol>"
    )
    extracted = read(page(body), "a.html")
    taught = [p for p in extracted.passages if p.matter is DocumentPart.BODY]
    text = "\n".join(p.text for p in taught)
    assert "The heat is $Q = \\frac{a}{b}$ and x\u00b2 here." in text
    assert "Conduction: Heat moves through a solid.\n\n- metals\n- wood" in text
    assert "Convection, Flow: It moves with a fluid.\n\nRadiation" in text
    assert "A brewer from Salford" in text
    assert "kettles" not in text
    assert [note for p in taught for note in p.notes] == ["He lived in Salford."]


def test_a_picture_beside_the_text_is_found_once() -> None:
    beside = f'<aside><p>{LONG}</p><img src="weir.png" alt="A weir"></aside>'
    found = read_html(page(f"<h1>Rivers</h1><p>{LONG}</p>{beside}"))
    kinds = [
        one.kind for one in found.elements if one.kind in (ElementKind.PICTURE, ElementKind.BOX)
    ]
    assert kinds == [ElementKind.PICTURE, ElementKind.BOX]


def test_films_and_drawings_of_a_page_are_named_by_heading(read: Read) -> None:
    body = (
        f"<h1>Heat</h1><p>{LONG}</p><h2>Kettles</h2><p>{LONG} It boils.</p>"
        '<svg width="600" height="300"><path d="M0 0"/></svg><svg width="16"><path d="M0 0"/></svg>'
        '<p>A film: <video src="a.mp4"></video></p><h2>Stoves</h2>'
        f'<p>{LONG} It burns.</p><iframe src="https://example.org/film"></iframe>'
    )
    films, drawing = read(page(body), "a.html").warnings
    assert films.startswith(
        "The sections \u201cKettles\u201d, \u201cStoves\u201d have video or sound"
    )
    assert drawing.startswith(
        "The section \u201cKettles\u201d has a drawing that ProfAI cannot show"
    )


def test_a_chapter_with_links_to_its_parts_is_taught_and_the_cover_is_no_figure(
    read: Read,
) -> None:
    links = '<nav><a href="#a">Springs</a></nav>'
    files = {
        "cover.xhtml": '<svg xmlns="http://www.w3.org/2000/svg"><image xmlns:xlink='
        '"http://www.w3.org/1999/xlink" xlink:href="cover.png"/></svg>',
        "contents.xhtml": f"<h1>Contents</h1>{links}",
        "c1.xhtml": f"<h1>Rivers</h1>{links}<p id='a'>{LONG * 4}</p><img src='river.png' alt=''/>",
        "aside.xhtml": f"<p>{LONG * 4}</p>",
    }
    data = office.epub(files, '<ol><li><a href="c1.xhtml">Rivers</a></li></ol>')

    def packed(old: bytes) -> bytes:
        cover = b'<item id="c" href="cover.png" media-type="image/png" properties="cover-image"/>'
        old = old.replace(b"</manifest>", cover + b"</manifest>")
        return old.replace(b'<itemref idref="f3"/>', b'<itemref idref="f3" linear="no"/>')

    data = office.changed(
        data,
        {
            "OEBPS/book.opf": packed,
            "OEBPS/cover.png": lambda _: photo(2).getvalue(),
            "OEBPS/river.png": lambda _: photo(1).getvalue(),
        },
    )
    extracted = read(data, "a.epub")
    assert [(p.matter, p.heading_path) for p in extracted.passages] == [
        (DocumentPart.BODY, ("Rivers",))
    ]
    assert len(extracted.figures) == 1
    assert extracted.warnings[0] == (
        "Parts that the book keeps outside its order of reading were left out."
    )
