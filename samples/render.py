"""Renders the sample lecture notes: `python -m samples.render`.

The text stands in `samples/text/`, a chapter a file, in a small part of Markdown: headings,
paragraphs, lists and tables. A paragraph "Figure: water-cycle" places the figure, and one
that starts with "Table:" under a table is its caption. The same text gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, PropertySet
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    ListFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from samples.figure import water_cycle

FOLDER = Path(__file__).parent
PDF = FOLDER / "water-on-earth.pdf"
TITLE = "Water on Earth"
SUBTITLE = "An introduction to hydrology"
CAPTION = "Figure 1: The water cycle. Arrows show the flows between the stores."
BLUE = colors.HexColor("#1d5b8a")

BODY = ParagraphStyle(
    "body", fontName="Times-Roman", fontSize=11.5, leading=16.5, alignment=TA_JUSTIFY,
    spaceAfter=8, allowWidows=0, allowOrphans=0,
)  # fmt: skip
CHAPTER = ParagraphStyle(
    "chapter", fontName="Helvetica-Bold", fontSize=21, leading=26, textColor=BLUE, spaceAfter=14
)
SECTION = ParagraphStyle(
    "section", fontName="Helvetica-Bold", fontSize=14, leading=18, textColor=BLUE, spaceBefore=10,
    spaceAfter=6, keepWithNext=1,
)  # fmt: skip
SMALL = ParagraphStyle(
    "caption", parent=BODY, fontSize=9.5, leading=12, alignment=TA_CENTER, spaceBefore=4
)
CELL = ParagraphStyle("cell", fontName="Helvetica", fontSize=9.5, leading=12)
HEAD = ParagraphStyle("head", parent=CELL, fontName="Helvetica-Bold", textColor=colors.white)
COVER = ParagraphStyle("cover", parent=CHAPTER, fontSize=34, leading=42, spaceBefore=7 * cm)
UNDER = ParagraphStyle("under", fontName="Helvetica", fontSize=16, leading=24, textColor=BLUE)
ENTRIES: list[PropertySet] = [
    ParagraphStyle("toc1", fontName="Helvetica-Bold", fontSize=11.5, leading=20),
    ParagraphStyle("toc2", fontName="Helvetica", fontSize=10.5, leading=15, leftIndent=16),
]


class Notes(BaseDocTemplate):
    """Tells the table of contents and the bookmarks about each heading it sets."""

    def __init__(self, target: BytesIO) -> None:
        super().__init__(
            target, pagesize=A4, invariant=1, title=f"{TITLE}: {SUBTITLE}", author="ProfAI",
            leftMargin=2.6 * cm, rightMargin=2.6 * cm, topMargin=2.8 * cm, bottomMargin=2.4 * cm,
        )  # fmt: skip
        frame = Frame(self.leftMargin, self.bottomMargin, self.width, self.height, id="text")
        self.addPageTemplates(
            [
                PageTemplate("cover", [frame]),
                PageTemplate("text", [frame], onPage=_header_and_footer),
            ]
        )

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        if not isinstance(flowable, Paragraph) or flowable.style not in (CHAPTER, SECTION):
            return
        level = (CHAPTER, SECTION).index(flowable.style)
        text = flowable.getPlainText()
        key = f"{self.page}-{text}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level)
        self.notify("TOCEntry", (level, text, self.page, key))


def render() -> bytes:
    target = BytesIO()
    Notes(target).multiBuild(list(_story()))
    return target.getvalue()


def _header_and_footer(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 9)
    canvas.setFillColor(colors.grey)
    canvas.drawString(document.leftMargin, A4[1] - 1.6 * cm, f"{TITLE}: {SUBTITLE}")
    canvas.drawRightString(A4[0] - document.rightMargin, 1.3 * cm, str(document.page))


def _story() -> Iterator[Flowable]:
    yield from (
        Paragraph(TITLE, COVER),
        Paragraph(SUBTITLE, UNDER),
        Paragraph("Lecture notes", UNDER),
    )
    yield from (NextPageTemplate("text"), PageBreak())
    contents = TableOfContents(levelStyles=ENTRIES, dotsMinLevel=0)
    yield from (Paragraph("Contents", ParagraphStyle("contents", parent=CHAPTER)), contents)
    chapters = 0
    for file in sorted((FOLDER / "text").glob("*.md")):
        yield PageBreak()
        sections = 0
        for node in SyntaxTreeNode(MarkdownIt().enable("table").parse(file.read_text())).children:
            if node.type == "heading":
                title = _text(node)
                numbered = title not in ("Summary", "References")
                chapters += numbered and node.tag == "h1"
                sections += numbered and node.tag == "h2"
                yield _heading(node.tag, title, (chapters, sections) if numbered else ())
            else:
                yield from _block(node)


def _heading(tag: str, title: str, numbers: tuple[int, ...]) -> Paragraph:
    if tag == "h1":
        return Paragraph(f"{numbers[0]} {title}" if numbers else title, CHAPTER)
    number = ".".join(str(part) for part in numbers)
    return Paragraph(f"{number} {title}".strip(), SECTION)


def _block(node: SyntaxTreeNode) -> Iterator[Flowable]:
    text = _text(node)
    if node.type == "table":
        yield from (Spacer(1, 6), _table(node))
    elif node.type == "bullet_list":
        yield ListFlowable(
            [Paragraph(_text(item), BODY) for item in node.children],
            bulletType="bullet", bulletFontSize=7, leftIndent=14, start="\u2022",
        )  # fmt: skip
    elif node.type == "ordered_list":
        yield ListFlowable(
            [Paragraph(_text(item), BODY) for item in node.children],
            bulletType="1", bulletFormat="%s.", bulletFontName="Times-Roman", bulletFontSize=11.5,
            leftIndent=20,
        )  # fmt: skip
    elif text == "Figure: water-cycle":
        yield KeepTogether([water_cycle(), Paragraph(CAPTION, SMALL), Spacer(1, 8)])
    elif text.startswith("Table:"):
        yield Paragraph(text, SMALL)
        yield Spacer(1, 8)
    else:
        yield Paragraph(text, BODY)


def _table(node: SyntaxTreeNode) -> Table:
    rows = [row for part in node.children for row in part.children]
    cells = [
        [Paragraph(_text(cell), CELL if number else HEAD) for cell in row.children]
        for number, row in enumerate(rows)
    ]
    table = Table(cells, repeatRows=1, hAlign="CENTER", colWidths=[5 * cm] * len(cells[0]))
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.6, colors.HexColor("#7d93a6")),
                ("BACKGROUND", (0, 0), (-1, 0), BLUE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def _text(node: SyntaxTreeNode) -> str:
    """Returns the words below a node, in order."""
    if node.type == "text":
        return node.content
    return " ".join(part for child in node.children or [] if (part := _text(child)))


if __name__ == "__main__":
    PDF.write_bytes(render())
