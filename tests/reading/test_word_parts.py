"""Numbers, cells, text boxes, charts and drawings of Word files."""

from __future__ import annotations

from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.shared import Inches

from tests import office
from tests.office import paragraph, word
from tests.reading.test_embedded import photo
from tests.reading.test_word import LONG, Read, read, tables, text_of

__all__ = ["read"]


def level(depth: int, kind: str, text: str, start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


CLAUSES = level(0, "decimal", "Article %1") + level(1, "decimal", "%1.%2")
CLAUSES += level(2, "lowerLetter", "(%3)") + level(3, "lowerRoman", "%4)")
NUMBERING = f"""<w:numbering {office.W}>
<w:abstractNum w:abstractNumId="1">{CLAUSES}</w:abstractNum>
<w:abstractNum w:abstractNumId="2">{level(0, "upperLetter", "%1.", 26)}</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num>
<w:num w:numId="5"><w:abstractNumId w:val="9"/></w:num></w:numbering>"""


def numbered(*items: tuple[int, int, str]) -> bytes:
    """A Word file with paragraphs of these lists, at these depths."""
    blocks = [
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{name}"/></w:numPr></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        for name, depth, text in items
    ]
    return office.changed(word(*blocks), {"word/numbering.xml": lambda _: NUMBERING.encode()})


def test_clauses_have_the_numbers_that_word_shows(read: Read) -> None:
    data = numbered(
        (1, 0, "Rain"),
        (1, 1, "Rain falls on high ground."),
        (1, 1, "Of the rain"),
        (1, 2, "a part runs off, and"),
        (1, 2, "a part soaks in."),
        (1, 3, "slowly"),
        (2, 0, "Rivers"),
        (2, 1, "Rivers end in a sea."),
        (2, 1, ""),
        (2, 1, "Some do not."),
        (3, 0, "Seas"),
        (3, 1, "Seas are salt."),
    )
    lines = [line for line in text_of(read(data, "a.docx")).split("\n") if line]
    assert lines == [
        *("Article 1 Rain", "1.1 Rain falls on high ground.", "1.2 Of the rain"),
        *("(a) a part runs off, and", "(b) a part soaks in.", "i) slowly"),
        *("Article 2 Rivers", "2.1 Rivers end in a sea.", "2.3 Some do not."),
        *("Article 7 Seas", "7.1 Seas are salt."),
    ]


def test_letters_go_on_after_z_and_unknown_lists_have_bullets(read: Read) -> None:
    data = numbered((4, 0, "last letter"), (4, 0, "and then"), (5, 0, "no shape"))
    assert text_of(read(data, "a.docx")).split("\n") == [
        *("- Z. last letter", "- AA. and then", "- no shape")
    ]


def test_pictures_and_notes_in_cells_and_cells_in_fields_are_read(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph(LONG)
    table = office.add_word_table(document, [("Layer", "Picture"), ("Crust", "")])
    table.cell(1, 1).paragraphs[0].add_run().add_picture(photo(), Inches(3))
    row = table.rows[1]._tr
    cell = row.tc_lst[0]
    field: Any = parse_xml(f"<w:sdt {office.W}><w:sdtContent/></w:sdt>")
    cell.addprevious(field)
    field[0].append(cell)
    extracted = read(office.saved(document), "a.docx")
    assert "Crust" in text_of(extracted)
    assert len(extracted.figures) == 1


def box(content: str) -> str:
    return (
        "<w:p><w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textbox>"
        f"<w:txbxContent>{content}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
    )


def test_a_text_box_with_a_table_or_many_paragraphs_is_text_of_its_own(read: Read) -> None:
    rows = "".join(
        f"<w:tr><w:tc>{paragraph(a)}</w:tc><w:tc>{paragraph(b)}</w:tc></w:tr>"
        for a, b in (("Layer", "State"), ("Crust", "solid"), ("Mantle", "soft"))
    )
    extracted = read(word(paragraph(LONG), box(f"<w:tbl>{rows}</w:tbl>")), "a.docx")
    assert "| Mantle | soft |" in tables(extracted)[0]
    many = [f"Paragraph {name} is about rivers." for name in ("one", "two", "three", "four")]
    extracted = read(word(paragraph(LONG), box("".join(map(paragraph, many)))), "a.docx")
    assert text_of(extracted).split("\n\n") == [LONG, *many]


def test_a_picture_in_a_text_box_is_shown_with_its_caption(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph(LONG)
    holder = document.add_paragraph()
    holder.add_run().add_picture(photo(), Inches(3))
    document.element.body.remove(holder._p)
    for one in parse_xml(
        f"<w:body {office.W}>{box(paragraph('Figure 1: A river seen from above', style='Caption'))}"
        "</w:body>"
    ):
        one.find(".//{*}txbxContent").insert(0, holder._p)
        document.element.body.insert(1, one)
    (figure,) = read(office.saved(document), "a.docx").figures
    assert figure.caption == "Figure 1: A river seen from above"


CHART = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart>'
    "<c:plotArea><c:barChart>{}</c:barChart></c:plotArea></c:chart></c:chartSpace>"
)
SERIES = (
    "<c:ser><c:tx><c:v>Rain</c:v></c:tx><c:cat><c:strLit><c:pt idx='0'><c:v>North</c:v></c:pt>"
    "<c:pt idx='1'><c:v>South</c:v></c:pt></c:strLit></c:cat><c:val><c:numLit>"
    "<c:pt idx='0'><c:v>0.30000000000000004</c:v></c:pt><c:pt idx='1'><c:v>12</c:v></c:pt>"
    "</c:numLit></c:val></c:ser>"
)


def with_chart(content: str) -> bytes:
    drawn = (
        "<w:p><w:r><w:drawing><c:chart xmlns:c='http://schemas.openxmlformats.org/drawingml/2006/"
        f"chart' xmlns:r='{office.RELATION}' r:id='rId77'/></w:drawing></w:r></w:p>"
    )
    link = (
        f'<Relationship Id="rId77" Type="{office.RELATION}/chart" Target="charts/chart1.xml"/>'
        "</Relationships>"
    )
    return office.changed(
        word(paragraph("Rain", style="Heading1"), paragraph(LONG), drawn),
        {
            "word/charts/chart1.xml": lambda _: CHART.format(content).encode(),
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", link.encode()
            ),
        },
    )


def test_charts_of_a_text_are_tables_and_are_named_without_numbers(read: Read) -> None:
    (table,) = tables(read(with_chart(SERIES), "a.docx"))
    assert table.split("\n")[2:] == ["| North | 0.3 |", "| South | 12 |"]
    (said,) = read(with_chart(""), "a.docx").warnings
    assert said == (
        "The section \u201cRain\u201d has a chart whose numbers could not be read. Type them as a "
        "table to have them taught."
    )


SHAPES = (
    "<w:p><w:r><w:drawing><wp:inline xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/"
    "wordprocessingDrawing' xmlns:wps='http://schemas.microsoft.com/office/word/2010/"
    "wordprocessingShape' xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'>{}"
    "</wp:inline></w:drawing></w:r></w:p>"
)
SHAPE = "<wps:wsp><a:prstGeom prst='{}'/></wps:wsp>"
OLD = (
    "<w:p><w:r><w:object><o:OLEObject xmlns:o='urn:schemas-microsoft-com:office:office' "
    "ProgID='{}'/></w:object></w:r></w:p>"
)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (SHAPES.format(2 * SHAPE.format("rect")), "has a drawing that ProfAI cannot show"),
        (SHAPES.format(SHAPE.format("cloud")), "has a drawing that ProfAI cannot show"),
        (SHAPES.format(SHAPE.format("line")), ""),
        (OLD.format("Equation.3"), "has a formula of an old editor that cannot be read"),
        (OLD.format("Excel.Sheet.12"), "has a document of another program in it"),
        (paragraph("a secret", run="<w:vanish/>"), "has hidden words, which were left out"),
    ],
    ids=["shapes", "shape", "line", "formula", "sheet", "hidden"],
)
def test_what_a_text_draws_or_hides_is_named_by_its_heading(
    read: Read, block: str, said: str
) -> None:
    extracted = read(word(paragraph("Rain", style="Heading1"), paragraph(LONG), block), "a.docx")
    assert text_of(extracted) == LONG
    if said:
        assert extracted.warnings[0].startswith(f"The section \u201cRain\u201d {said}")
    else:
        assert extracted.warnings == ()


def test_nested_tables_and_items_in_cells_stay_apart(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph(LONG)
    table = office.add_word_table(document, [("Layer", "Parts"), ("Crust", "")])
    cell = table.cell(1, 1)
    cell.paragraphs[0].text = "soil"
    cell.add_paragraph("rock")
    for one in cell.paragraphs:
        one.style = document.styles["List Bullet"]
    inner = cell.add_table(2, 2)
    for at, text in enumerate(("Rock", "Age", "granite", "old")):
        inner.cell(at // 2, at % 2).text = text
    outer, nested = tables(read(office.saved(document), "a.docx"))
    assert outer.split("\n")[2:] == ["| Crust | soil; rock |"]
    assert nested.split("\n") == ["| Rock | Age |", "| --- | --- |", "| granite | old |"]


def cell(content: str) -> str:
    return f"<table:table-cell>{content}</table:table-cell>"


def test_opendocument_cells_numbers_and_shapes(read: Read) -> None:
    def items(*texts: str) -> str:
        return "".join(f"<text:list-item><text:p>{one}</text:p></text:list-item>" for one in texts)

    image = (
        '<draw:frame svg:width="9cm" svg:height="7cm"><svg:title>A river</svg:title>'
        '<draw:image xlink:href="Pictures/a.png"/></draw:frame>'
    )
    inner = "".join(
        f"<table:table-row>{cell(f'<text:p>{a}</text:p>')}{cell(f'<text:p>{b}</text:p>')}"
        "</table:table-row>"
        for a, b in (("Rock", "Age"), ("granite", "old"))
    )
    parts = f"<text:list>{items('soil', 'rock')}</text:list><table:table>{inner}</table:table>"
    rows = (
        f"<table:table-row>{cell('<text:p>Layer</text:p>')}{cell('<text:p>Parts</text:p>')}"
        f"</table:table-row><table:table-row>{cell(f'<text:p>Crust{image}</text:p>')}{cell(parts)}"
        "</table:table-row>"
    )
    shape = "<draw:custom-shape><text:p>Floods come in spring.</text:p></draw:custom-shape>"
    body = (
        f'<text:h text:outline-level="1">Rain</text:h><text:p>{LONG}{shape}</text:p>'
        f"<text:p><draw:g>{2 * '<draw:rect/>'}</draw:g></text:p><table:table>{rows}</table:table>"
        f'<text:list text:style-name="L1">{items("Rain falls.")[:-17]}'
        f"<text:list>{items('It is clean.', 'It is cold.')}</text:list></text:list-item>"
        "</text:list>"
        f'<text:list text:style-name="L1" text:continue-numbering="true">{items("It runs off.")}'
        "</text:list>"
    )
    styles = (
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" '
        'style:num-suffix=")" style:num-format="a"/><text:list-level-style-number text:level="2" '
        'style:num-format="1" text:display-levels="2" text:start-value="4"/></text:list-style>'
    )
    data = office.open_document("text", body, styles, **{"Pictures/a.png": photo().getvalue()})
    extracted = read(data, "a.odt")
    assert extracted.passages[0].text.split("\n\n") == [LONG, "Floods come in spring."]
    outer, nested = tables(extracted)
    assert outer.split("\n")[2:] == ["| Crust | soil; rock |"]
    assert nested.split("\n")[2:] == ["| granite | old |"]
    lines = extracted.passages[-1].text.split("\n")
    assert [one for one in lines if one] == [
        *("a) Rain falls.", "- a.4 It is clean.", "- a.5 It is cold.", "b) It runs off.")
    ]
    assert [figure.caption for figure in extracted.figures] == ["A river"]
    assert extracted.warnings[0].startswith("The section \u201cRain\u201d has a drawing")


@pytest.mark.parametrize(
    ("font", "private", "shown"),
    [
        ("Symbol", "\uf061", "\u03b1"),
        ("Symbol", "\uf0de", "\u21d2"),
        ("Wingdings", "\uf0e0", "\u2192"),
        ("", "\uf0b3", "\u2265"),
    ],
)
def test_private_characters_of_symbol_fonts_are_what_they_show(
    read: Read, font: str, private: str, shown: str
) -> None:
    fonts = f'<w:rFonts w:ascii="{font}"/>' if font else ""
    extracted = read(word(paragraph(f"{LONG} x {private} y.", run=fonts)), "a.docx")
    assert text_of(extracted) == f"{LONG} x {shown} y."
