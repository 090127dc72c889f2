"""Small real documents that are no PDFs, made when a test asks for them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, cast

import docx
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from samples.render import FOLDER
from tests.pdfs import RIVERS

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TABLE = (
    ("Layer", "Depth in km", "State"),
    ("Crust", "0 to 35", "solid"),
    ("Mantle", "35 to 2890", "mostly solid"),
    ("Outer core", "2890 to 5150", "liquid"),
)


def saved(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def zipped(parts: Mapping[str, bytes | str], *, first: str = "") -> bytes:
    """A packed document; its first part is not compressed, as EPUB and OpenDocument ask for."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr(zipfile.ZipInfo("mimetype"), first, zipfile.ZIP_STORED)
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def changed(data: bytes, parts: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """A packed document with some parts changed or added."""
    file = BytesIO()
    changes = dict(parts)
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, changes.pop(name, bytes)(old.read(name)), zipfile.ZIP_DEFLATED)
        for name, make in changes.items():
            new.writestr(name, make(b""), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def rivers_docx() -> bytes:
    """A handout in Word with styled headings, a list and a table."""
    document = docx.Document()
    document.add_heading("Water on land", 0)
    for title, text in RIVERS:
        document.add_heading(title, 1)
        for sentence in text.split(". "):
            document.add_paragraph(sentence.rstrip(".") + ".")
    document.add_heading("Layers of the Earth", 1)
    document.add_paragraph(
        "The Earth consists of layers that differ in depth and state. The crust is the outermost "
        "layer of the Earth, on which rivers run and people live."
    )
    for item in (
        "The crust is thin and solid.",
        "The mantle flows very slowly.",
        "The outer core is liquid.",
    ):
        document.add_paragraph(item, style="List Bullet")
    add_word_table(document, TABLE)
    return saved(document)


def add_word_table(document: WordDocument, rows: Sequence[Sequence[str]]) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    return table


def word(*blocks: str, styles: bool = True) -> bytes:
    """A Word file whose body is these pieces of XML."""
    document = docx.Document()
    body = document.element.body
    for block in blocks:
        xml = block.replace(">", f" {W} {M}>", 1) if "xmlns:w=" not in block else block
        body.insert(len(body) - 1, parse_xml(xml))
    assert styles or body is not None
    return saved(document)


def paragraph(text: str, *, style: str = "", run: str = "") -> str:
    told = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    look = f"<w:rPr>{run}</w:rPr>" if run else ""
    return f'<w:p>{told}<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def rivers_pptx() -> bytes:
    """Slides with titles, bullets, notes, a table and a chart."""
    deck = Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Water on land"
    first.placeholders[1].text = "Geography, year 8"
    for title, text in RIVERS:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        sentences = [one.rstrip(".") + "." for one in text.split(". ")]
        body = slide.placeholders[1].text_frame
        body.text = sentences[0]
        for sentence in sentences[1:3]:
            body.add_paragraph().text = sentence
        slide.notes_slide.notes_text_frame.text = " ".join(sentences[3:])
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Layers of the Earth"
    add_slide_table(slide, TABLE)
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Rainfall by month"
    data = cast("Any", CategoryChartData)()
    data.categories = ["January", "June"]
    data.add_series("Rain in mm", (72.5, 31))
    data.add_series("Snow in cm", (12, 0))
    slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(6), Inches(4), data
    )
    return saved(deck)


def add_slide_table(slide: Any, rows: Sequence[Sequence[str]]) -> Any:
    size = (Inches(1), Inches(2), Inches(8), Inches(2))
    table = slide.shapes.add_table(len(rows), len(rows[0]), *size).table
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    return table


def rivers_html() -> bytes:
    """A page as browsers save it: its text in the middle of menus, teasers and scripts."""
    body = "".join(
        f"<h2>{title}</h2>" + "".join(f"<p>{one.rstrip('.')}.</p>" for one in text.split(". "))
        for title, text in RIVERS
    )
    rows = "".join(
        "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>"
        for tag, row in zip(["th", *["td"] * 3], TABLE, strict=True)
    )
    return f"""<!DOCTYPE html><html lang="en"><head><title>Water on land</title>
<script>var tracked = "never taught";</script><style>p {{ color: red }}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop for boots</a></li>
<li><a href="/login">Log in to your account</a></li></ul></nav>
<div class="cookie-banner">We use cookies to make this site better for our partners.</div>
<main><article><h1>Water on land</h1>{body}<h2>Layers of the Earth</h2>
<p>The crust is the outermost layer of the Earth, on which rivers run and people live.</p>
<ul><li>The crust is thin.</li><li>The mantle flows slowly.</li></ul><table>{rows}</table>
</article></main><aside class="sidebar"><h3>Related articles</h3>
<p>Ten boots for wet days that you will love.</p></aside><footer>Copyright of the boot shop.
<a href="/privacy">Privacy</a></footer></body></html>""".encode()


CONTAINER = """<?xml version="1.0"?><container version="1.0"
xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile
full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'


def epub(files: Mapping[str, str], nav: str, **parts: bytes | str) -> bytes:
    """A book of these files (their bodies by name), with the list of its contents."""
    items = "".join(
        f'<item id="f{at}" href="{name}" media-type="application/xhtml+xml"/>'
        for at, name in enumerate(files)
    )
    spine = "".join(f'<itemref idref="f{at}"/>' for at in range(len(files)))
    package = f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Water</dc:title>
<dc:language>en-GB</dc:language></metadata><manifest><item id="nav" href="nav.xhtml"
media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>
<spine>{spine}</spine></package>"""
    pages = {
        f"OEBPS/{name}": f"{XHTML}<head><title/></head><body>{body}</body></html>"
        for name, body in files.items()
    }
    contents = f'{XHTML}<body><nav epub:type="toc"><h1>Contents</h1>{nav}</nav></body></html>'
    return zipped(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": package,
            "OEBPS/nav.xhtml": contents,
        }
        | pages
        | parts,
        first="application/epub+zip",
    )


def rivers_epub() -> bytes:
    """A book with a file for each chapter, headings, a list of contents and numbers of pages."""
    files, entries = {}, ""
    for at, (title, text) in enumerate(RIVERS, start=1):
        body = "".join(f"<p>{one.rstrip('.')}.</p>" for one in text.split(". "))
        files[f"c{at}.xhtml"] = (
            f'<span epub:type="pagebreak" id="p{10 * at}" title="{10 * at}"/><h2>{title}</h2>{body}'
        )
        entries += f'<li><a href="c{at}.xhtml">{title}</a></li>'
    return epub(files, f"<ol>{entries}</ol>")


OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'
)


def open_document(kind: str, body: str, styles: str = "", **parts: bytes | str) -> bytes:
    """An OpenDocument file; `kind` is "text" or "presentation"."""
    content = (
        f"<office:document-content {OFFICE}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    return zipped(
        {"content.xml": content} | parts, first=f"application/vnd.oasis.opendocument.{kind}"
    )


CHAPTERS = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "text").glob("*.md"))]
MARKDOWN = MarkdownIt("commonmark").enable("table")


def sample(kind: str) -> bytes:
    """The lecture notes of the first course (`samples/`) as a document of this kind."""
    makers: dict[str, Callable[[], bytes]] = {
        "docx": _sample_word,
        "pptx": _sample_slides,
        "epub": _sample_book,
        "html": _sample_page,
    }
    return makers[kind]()


def _nodes(chapter: str) -> list[SyntaxTreeNode]:
    return list(SyntaxTreeNode(MARKDOWN.parse(chapter)).children)


def _plain(node: SyntaxTreeNode) -> str:
    return " ".join(one.content.replace("\n", " ") for one in node.walk() if one.type == "text")


def _cells(table: SyntaxTreeNode) -> list[list[str]]:
    rows = [one for one in table.walk() if one.type == "tr"]
    return [[_plain(cell) for cell in row.children] for row in rows]


def _sample_word() -> bytes:
    document = docx.Document()
    document.add_heading("Water on Earth", 0)
    for node in (one for chapter in CHAPTERS for one in _nodes(chapter)):
        if node.type == "heading":
            document.add_heading(_plain(node), int(node.tag[1:]))
        elif node.type == "table":
            add_word_table(document, _cells(node))
        elif node.type in ("bullet_list", "ordered_list"):
            style = "List Bullet" if node.type == "bullet_list" else "List Number"
            for item in node.children:
                document.add_paragraph(_plain(item), style=style)
        else:
            document.add_paragraph(_plain(node))
    return saved(document)


def _sample_slides() -> bytes:
    """A slide for each section and one before each chapter; long texts stand in the notes."""
    deck = Presentation()
    slide: Any = None
    for node in (one for chapter in CHAPTERS for one in _nodes(chapter)):
        if node.type == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[2 if node.tag == "h1" else 1])
            slide.shapes.title.text = _plain(node)
        elif node.type == "table":
            add_slide_table(slide, _cells(node))
        elif node.type in ("bullet_list", "ordered_list"):
            frame = slide.placeholders[1].text_frame
            for item in node.children:
                frame.add_paragraph().text = _plain(item)
        else:
            notes = slide.notes_slide.notes_text_frame
            notes.text = f"{notes.text}\n{_plain(node)}".strip()
    return saved(deck)


def _sample_book() -> bytes:
    files = {f"c{at}.xhtml": MARKDOWN.render(text) for at, text in enumerate(CHAPTERS, start=1)}
    entries = "".join(
        f'<li><a href="c{at}.xhtml">{_plain(_nodes(text)[0])}</a></li>'
        for at, text in enumerate(CHAPTERS, start=1)
    )
    return epub(files, f"<ol>{entries}</ol>")


def _sample_page() -> bytes:
    body = "".join(MARKDOWN.render(text) for text in CHAPTERS)
    return (
        "<!DOCTYPE html><html lang='en'><head><title>Water on Earth</title></head><body><nav>"
        f"<a href='/'>Home</a></nav><main>{body}</main><footer>Boots for sale</footer></body>"
    ).encode()
