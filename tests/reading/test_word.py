"""What is read of Word and OpenDocument texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.shared import Pt

from engine.reading.document import DocumentPart, ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
from tests import office
from tests.office import open_document, paragraph, rivers_docx, word

Read = Callable[[bytes, str], ExtractedDocument]
LONG = "Water runs from high ground to low ground, and carries sand and stones with it."


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def make(data: bytes, name: str = "a.docx") -> ExtractedDocument:
        path = tmp_path / name
        path.write_bytes(data)
        return extract_document(path)

    return make


def text_of(extracted: ExtractedDocument) -> str:
    return "\n".join(passage.text for passage in extracted.passages)


def headings(extracted: ExtractedDocument) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(passage.heading_path for passage in extracted.passages))


def tables(extracted: ExtractedDocument) -> list[str]:
    return [p.text for p in extracted.passages if p.kind is PassageKind.TABLE]


def test_styled_headings_lists_and_tables_stand_where_they_belong(read: Read) -> None:
    extracted = read(rivers_docx(), "rivers.docx")
    assert headings(extracted) == [
        ("Springs",),
        ("Deltas",),
        ("Meanders",),
        ("Layers of the Earth",),
    ]
    assert "| Outer core | 2890 to 5150 | liquid |" in tables(extracted)[0]
    assert (extracted.language, extracted.pages) == ("en", 0)
    assert extracted.passages[0].place == "section \u201cSprings\u201d"


def test_headings_nest_by_their_level_and_by_the_levels_of_own_styles(read: Read) -> None:
    document = docx.Document()
    own = document.styles.add_style("Lesson", 1)
    own.base_style = document.styles["Heading 2"]
    for style, text in (
        ("Heading 1", "Rivers"),
        ("Normal", LONG),
        ("Lesson", "Springs"),
        ("Normal", LONG),
        ("Heading 1", "Lakes"),
        ("Normal", LONG),
    ):
        document.add_paragraph(text, style=style)
    extracted = read(office.saved(document), "a.docx")
    assert headings(extracted) == [("Rivers",), ("Rivers", "Springs"), ("Lakes",)]


def test_bold_large_and_capital_lines_are_headings_where_no_style_says_so(read: Read) -> None:
    document = docx.Document()
    for text, size, bold in (
        ("Water on land", 20, True),
        (LONG, 11, False),
        ("Springs", 11, True),
        (LONG, 11, False),
        (LONG, 11, False),
        ("Deltas:", 11, True),
        (LONG, 11, False),
        (LONG, 11, False),
    ):
        run = document.add_paragraph().add_run(text)
        run.bold, run.font.size = bold, Pt(size)
    extracted = read(office.saved(document), "a.docx")
    assert headings(extracted) == [
        ("Water on land",),
        ("Water on land", "Springs"),
        ("Water on land", "Deltas"),
    ]


def test_a_text_that_is_bold_throughout_has_no_headings(read: Read) -> None:
    document = docx.Document()
    for text in ("Springs", "Rivers of the north", LONG, "Deltas", "Lakes", "Meanders", "Seas"):
        document.add_paragraph().add_run(text).bold = True
    extracted = read(office.saved(document), "a.docx")
    assert headings(extracted) == [()]
    assert extracted.passages[0].place == "paragraphs 1\u20137"


def test_numbered_lists_count_and_bullets_do_not(read: Read) -> None:
    document = docx.Document()
    document.add_heading("Steps", 1)
    for text in ("open the valve", "wait", "close the valve"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("What to bring along for this trip to the river")
    for text in ("boots", "a rope"):
        document.add_paragraph(text, style="List Bullet")
    text = text_of(read(office.saved(document), "a.docx"))
    assert "1. open the valve\n2. wait\n3. close the valve" in text
    assert "- boots\n- a rope" in text


def test_merged_cells_have_their_text_at_each_place_and_heads_are_joined(read: Read) -> None:
    document = docx.Document()
    document.add_heading("Rain", 1)
    table = office.add_word_table(
        document,
        [
            ("Place", "2020", "", "2021", ""),
            ("", "spring", "autumn", "summer", "winter"),
            ("North", "10", "20", "30", "40"),
            ("", "11", "21", "31", "41"),
        ],
    )
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 3).merge(table.cell(0, 4))
    table.cell(2, 0).merge(table.cell(3, 0))
    (found,) = tables(read(office.saved(document), "a.docx"))
    assert found.split("\n") == [
        "| Place | 2020 spring | 2020 autumn | 2021 summer | 2021 winter |",
        "| --- | --- | --- | --- | --- |",
        "| North | 10 | 20 | 30 | 40 |",
        "| North | 11 | 21 | 31 | 41 |",
    ]


def test_a_table_that_only_places_text_is_read_as_text(read: Read) -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).paragraphs[0].style = document.styles["Heading 1"]
    table.cell(0, 0).paragraphs[0].add_run("Springs")
    table.cell(0, 0).add_paragraph(LONG)
    table.cell(0, 1).text = "A spring never rests."
    extracted = read(office.saved(document), "a.docx")
    assert tables(extracted) == []
    assert extracted.passages[0].heading_path == ("Springs",)
    assert "A spring never rests." in text_of(extracted)


def test_deletions_hidden_words_and_field_codes_are_left_out(read: Read) -> None:
    body = (
        f"<w:p><w:r><w:t>{LONG} </w:t></w:r>"
        '<w:del w:id="1" w:author="x"><w:r><w:delText>Water is dry.</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="x"><w:r><w:t>Water is wet.</w:t></w:r></w:ins>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>a secret</w:t></w:r>"
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t> See page 7.</w:t></w:r></w:p>'
    )
    assert text_of(read(word(body), "a.docx")) == f"{LONG} Water is wet. See page 7."


def test_a_text_box_is_read_once(read: Read) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Floods come in spring.</w:t></w:r></w:p></w:txbxContent>"
    body = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compati'
        'bility/2006"><mc:Choice Requires="wps"><w:drawing>'
        f"{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        f"</mc:AlternateContent></w:r><w:r><w:t>{LONG}</w:t></w:r></w:p>"
    )
    assert text_of(read(word(body), "a.docx")) == f"{LONG}\n\nFloods come in spring."


def test_footnotes_are_kept_apart_and_linked(read: Read) -> None:
    notes = (
        f"<w:footnotes {office.W}><w:footnote w:id='2'><w:p><w:r><w:t>Measured in 1998."
        "</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    before = f"<w:p><w:r><w:t>{LONG}</w:t></w:r></w:p>"
    body = '<w:p><w:r><w:t>A dam.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    relation = (
        '<Relationship Id="rIdN" Target="footnotes.xml" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    data = office.changed(
        word(before, body),
        {
            "word/footnotes.xml": lambda _: notes.encode(),
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", relation.encode()
            ),
        },
    )
    first, note = read(data, "a.docx").passages
    assert (first.text, first.notes) == (f"{LONG}\n\nA dam.", ("Measured in 1998.",))
    assert (note.text, note.matter) == ("Measured in 1998.", DocumentPart.BIBLIOGRAPHY)


def m(name: str, *parts: str, told: str = "") -> str:
    """An element of Word's formulas; a single letter stands for its run."""
    inner = "".join(f"<m:r><m:t>{p}</m:t></m:r>" if "<" not in p else p for p in parts)
    return f"<m:{name}>{told}{inner}</m:{name}>"


SQUARE = m("sSup", m("e", "x"), m("sup", "2"))
SUM = m("naryPr", "<m:chr m:val='\u2211'/>")
BRACKETS = "<m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr>"


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (m("box", SQUARE, "+1"), "x\u00b2+1"),
        (m("f", m("num", "\u0394v"), m("den", "t")), r"$\frac{\Delta v}{t}$"),
        (m("rad", m("deg", "3"), m("e", "a")), r"$\sqrt[3]{a}$"),
        (m("nary", SUM, m("sub", "i=1"), m("sup", "n"), m("e", "i")), r"$\sum_{i=1}^{n} i$"),
        (m("d", m("e", "a"), told=BRACKETS), "[a]"),
        (
            m("d", m("e", m("m", m("mr", m("e", "a"), m("e", "b"))))),
            r"$\left(\begin{matrix}a & b\end{matrix}\right)$",
        ),
        (m("func", m("fName", "sin"), m("e", "\u03b8")), "sin \u03b8"),
        (m("acc", m("accPr", "<m:chr m:val='\u20d7'/>"), m("e", "F")), r"$\vec{F}$"),
        (m("sSub", m("e", "v"), m("sub", "0")), "v\u2080"),
    ],
)
def test_formulas_become_text_or_tex(read: Read, formula: str, shown: str) -> None:
    before, after = "<w:p><w:r><w:t>We write</w:t></w:r>", "<w:r><w:t>here.</w:t></w:r></w:p>"
    body = f"{before}<m:oMath>{formula}</m:oMath>{after}"
    assert text_of(read(word(body), "a.docx")) == f"We write {shown} here."


def test_raised_letters_stay_exponents_and_ordinals(read: Read) -> None:
    high = '<w:vertAlign w:val="superscript"/>'
    body = (
        "<w:p><w:r><w:t>An area of 10</w:t></w:r>"
        f"<w:r><w:rPr>{high}</w:rPr><w:t>4</w:t></w:r><w:r><w:t> cm in the 20</w:t></w:r>"
        f"<w:r><w:rPr>{high}</w:rPr><w:t>th</w:t></w:r><w:r><w:t> century.</w:t></w:r></w:p>"
    )
    assert text_of(read(word(body), "a.docx")) == "An area of 10\u2074 cm in the 20th century."


def test_a_table_of_contents_is_not_taught_and_code_keeps_its_lines(read: Read) -> None:
    contents = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj>"
        "</w:sdtPr><w:sdtContent><w:p><w:r><w:t>Springs 3</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    code = (
        '<w:p><w:r><w:rPr><w:rFonts w:ascii="Courier New"/></w:rPr><w:t>while True:</w:t><w:br/>'
        '<w:t xml:space="preserve">    rain()</w:t></w:r></w:p>'
    )
    extracted = read(word(contents, paragraph(LONG), code), "a.docx")
    assert [(p.text, p.matter, p.kind) for p in extracted.passages] == [
        ("Springs 3", DocumentPart.CONTENTS, PassageKind.PROSE),
        (LONG, DocumentPart.BODY, PassageKind.PROSE),
        ("while True:\n    rain()", DocumentPart.BODY, PassageKind.CODE),
    ]


def test_what_is_left_out_of_a_word_file_is_said(read: Read) -> None:
    relations = (
        '<Relationship Id="rIdP" Target="https://example.org/p.png" TargetMode="External" Type="'
        'http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/></Relationships>'
    )
    data = office.changed(
        word(paragraph(LONG)),
        {
            "word/vbaProject.bin": lambda _: b"macro",
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", relations.encode()
            ),
        },
    )
    said = " ".join(read(data, "a.docm").warnings)
    assert "holds macros. They were not run" in said
    assert "on other computers. They were not fetched" in said


def test_letters_of_a_font_that_are_not_what_is_seen_are_left_out(read: Read) -> None:
    noise = "isp splce qzx wvkj xqz pfbt jklq wxzv qpdk zzxq vbnq kjwx qwzx pltk xxqj zvkq "
    document = docx.Document()
    document.add_heading("Rivers", 1)
    document.add_paragraph(LONG)
    document.add_heading("Lakes", 1)
    document.add_paragraph(noise * 3)
    extracted = read(office.saved(document), "a.docx")
    assert text_of(extracted) == LONG
    assert extracted.garbled_pages == (2,)
    assert extracted.warnings == (
        "The section \u201cLakes\u201d holds garbled text and was left out.",
    )


STYLES = (
    '<style:style style:name="T1" style:family="text"><style:text-properties '
    'style:text-position="super 58%"/></style:style><style:style style:name="L" '
    'style:family="paragraph"/><text:list-style style:name="N"><text:list-level-style-number '
    'text:level="1"/></text:list-style>'
)


def test_opendocument_texts_have_headings_lists_tables_and_notes(read: Read) -> None:
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Rivers</text:h>'
        f"<text:p>{LONG}<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Measured in 1998.</text:p></text:note-body></text:note></text:p>"
        '<text:p>An area of 10<text:span text:style-name="T1">4</text:span> cm.</text:p>'
        '<text:list text:style-name="N"><text:list-item><text:p>open the valve</text:p>'
        "</text:list-item><text:list-item><text:p>wait</text:p></text:list-item></text:list>"
        '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2">'
        "<text:p>Rain</text:p></table:table-cell><table:covered-table-cell/></table:table-row>"
        "<table:table-row><table:table-cell><text:p>Place</text:p></table:table-cell>"
        "<table:table-cell><text:p>mm</text:p></table:table-cell></table:table-row>"
        "<table:table-row><table:table-cell><text:p>North</text:p></table:table-cell>"
        "<table:table-cell><text:p>10</text:p></table:table-cell></table:table-row></table:table>"
        '<text:p><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></text:p>'
    )
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><msqrt><mi>a</mi></msqrt></math>'
    data = open_document("text", body, STYLES, **{"Object 1/content.xml": math})
    extracted = read(data, "a.odt")
    text = text_of(extracted)
    assert headings(extracted) == [("Rivers",)]
    assert "deleted" not in text
    assert "10\u2074 cm" in text
    assert "1. open the valve\n2. wait" in text
    assert tables(extracted) == ["| Place | mm |\n| --- | --- |\n| North | 10 |"]
    assert r"$\sqrt{a}$" in text
    assert extracted.passages[0].notes == ("Measured in 1998.",)
