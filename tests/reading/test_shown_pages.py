"""Pages that are cropped or turned: tables, notes and second readings land where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from engine.reading.document import ExtractedDocument, PassageKind
from engine.reading.extract import extract_document
from tests.reading.test_pages import lines

WIDTH, HEIGHT = 420.0, 560.0
LEFT, BOTTOM = 130.0, 90.0  # of the crop box, in the file
BEFORE = (
    "A spring is a place where groundwater comes to the surface, and",
    "an aquifer is the layer of rock that holds it for many years.",
)
AFTER = (
    "A delta is a plain that a river builds where it enters the sea,",
    "and it grows when the river brings more sediment than waves take.",
)
ROWS = (
    ("River", "Length in km", "Sea"),
    ("Nile", "6650", "Mediterranean"),
    ("Rhine", "1230", "North Sea"),
    ("Volga", "3530", "Caspian Sea"),
    ("Murray", "2508", "Great Bight"),
)
MARKDOWN = ["| River | Length in km | Sea |", "| --- | --- | --- |"] + [
    f"| {' | '.join(row)} |" for row in ROWS[1:]
]
COLUMNS = (40.0, 150.0, 260.0, 370.0)
TOP, ROW = 440.0, 24.0
ARABIC = Path(__file__).parent / "cases" / "s26-arabic-web.pdf"


@dataclass(frozen=True)
class Shown:
    """A page of the file with its crop box's corner and its turn by /Rotate; `inherited`: its boxes
    stand at the root of the pages."""

    turn: int = 0
    left: float = 0.0
    bottom: float = 0.0
    inherited: bool = False

    def matrix(self, width: float, height: float) -> tuple[int, int, int, int, float, float]:
        """Returns what draws a page of this size so that it is upright when it is shown."""
        right, top = self.left + width, self.bottom + height
        if self.turn in (90, 270):
            right, top = self.left + height, self.bottom + width
        return {
            0: (1, 0, 0, 1, self.left, self.bottom),
            90: (0, 1, -1, 0, right, self.bottom),
            180: (-1, 0, 0, -1, right, top),
            270: (0, -1, 1, 0, self.left, top),
        }[self.turn]

    def box(self, x0: float, y0: float, x1: float, y1: float) -> list[float]:
        """Returns a box of the shown page, which is `WIDTH` by `HEIGHT`, in the file's numbers."""
        a, b, c, d, e, f = self.matrix(WIDTH, HEIGHT)
        xs, ys = (
            [a * x0 + c * y0 + e, a * x1 + c * y1 + e],
            [b * x0 + d * y0 + f, b * x1 + d * y1 + f],
        )
        return [min(xs), min(ys), max(xs), max(ys)]

    def apply(self, path: Path, width: float, height: float) -> Path:
        """Turns and crops the upright pages of a file."""
        across, up = (height, width) if self.turn in (90, 270) else (width, height)
        crop = [self.left, self.bottom, self.left + across, self.bottom + up]
        media = [-20, -30, self.left + across + 70, self.bottom + up + 50] if self.left else crop
        with pikepdf.open(path, allow_overwriting_input=True) as document:
            for page in document.pages:
                draws = " ".join(map(str, self.matrix(width, height)))
                page.contents_add(f"q {draws} cm".encode(), prepend=True)
                page.contents_add(b"Q")
                page.obj.Rotate = self.turn
                del page.obj.MediaBox
                holder = document.Root.Pages if self.inherited else page.obj
                holder.MediaBox, holder.CropBox = pikepdf.Array(media), pikepdf.Array(crop)
            document.save(path)
        return path


WAYS = {
    "plain": Shown(),
    "cropped": Shown(0, LEFT, BOTTOM),
    "turned-90": Shown(90),
    "turned-180": Shown(180),
    "turned-270": Shown(270),
    "turned-90-cropped": Shown(90, LEFT, BOTTOM),
    "turned-180-cropped": Shown(180, LEFT, BOTTOM),
    "turned-270-cropped": Shown(270, LEFT, BOTTOM),
    "turned-180-inherited": Shown(180, LEFT, BOTTOM, inherited=True),
}
every_way = pytest.mark.parametrize("shown", WAYS.values(), ids=WAYS)


def draw_table(canvas: Canvas, *, ruled: bool, left: float = 0.0) -> None:
    for number, row in enumerate(ROWS):
        for x, cell in zip(COLUMNS, row, strict=False):
            canvas.drawString(left + x + 4, TOP - ROW * number - 16, cell)
    if ruled:
        for number in range(len(ROWS) + 1):
            y = TOP - ROW * number
            canvas.line(left + COLUMNS[0], y, left + COLUMNS[-1], y)
        for x in COLUMNS:
            canvas.line(left + x, TOP, left + x, TOP - ROW * len(ROWS))


def draw(path: Path, shown: Shown, *, table: str = "") -> Path:
    """Writes a page of two paragraphs with room, or a table, between them; what stands left of the
    crop box is drawn as well."""
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1)
    lines(canvas, BEFORE, x=40, y=500)
    if table:
        draw_table(canvas, ruled=table == "ruled")
    if table and shown.left:
        draw_table(canvas, ruled=table == "ruled", left=-WIDTH)
    lines(canvas, AFTER, x=40, y=260)
    lines(canvas, (*BEFORE, *AFTER), x=40, y=200)
    canvas.showPage()
    canvas.save()
    return shown.apply(path, WIDTH, HEIGHT)


def text(extracted: ExtractedDocument) -> str:
    return "\n\n".join(passage.text for passage in extracted.passages)


@every_way
@pytest.mark.parametrize("table", ["ruled", "unruled"])
def test_a_table_is_read_once_at_its_place(tmp_path: Path, shown: Shown, table: str) -> None:
    extracted = extract_document(draw(tmp_path / "a.pdf", shown, table=table))
    found = [passage.text for passage in extracted.passages if passage.kind is PassageKind.TABLE]
    assert [table.splitlines() for table in found] == [MARKDOWN]
    read = text(extracted)
    assert [read.count(cell) for row in ROWS[1:] for cell in row[:2]] == [1] * 8
    places = [read.index(part) for part in ("A spring", "| River", "A delta")]
    assert places == sorted(places)


@every_way
@pytest.mark.parametrize("kind", ["FreeText", "Widget"])
def test_what_was_typed_is_read_at_its_place(tmp_path: Path, shown: Shown, kind: str) -> None:
    path = draw(tmp_path / "a.pdf", shown)
    typed = "Meanders are bends of a river on flat land."
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name(f"/{kind}"),
            FT=pikepdf.Name.Tx,
            Rect=shown.box(40, 350, 370, 380),
            Contents=typed,
            V=typed,
        )
        notes = document.make_indirect(pikepdf.Array([document.make_indirect(note)]))
        document.pages[0].Annots = notes
        if kind == "Widget":
            document.Root.AcroForm = pikepdf.Dictionary(Fields=notes)
        document.save(path)
    read = text(extract_document(path))
    assert read.count(typed) == 1
    places = [read.index(part) for part in ("A spring", typed, "A delta")]
    assert places == sorted(places)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["cropped", "turned-90", "turned-270-cropped"])
def test_scripts_that_are_read_twice_are_read_as_upright(tmp_path: Path, way: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(ARABIC.read_bytes())
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        page = document.pages[0]
        _, _, width, height = (float(number) for number in page.mediabox)
        page.contents_coalesce()
        drawn = page.Contents.read_bytes()
        beside = b"q 1 0 0 1 %d 0 cm\n%b\nQ" % (-width, drawn)
        page.Contents = document.make_stream(b"q\n%b\nQ\n%b" % (drawn, beside))
        document.save(path)
    found = extract_document(WAYS[way].apply(path, width, height))
    upright = extract_document(ARABIC)
    assert [(p.heading_path, p.text) for p in found.passages] == [
        (p.heading_path, p.text) for p in upright.passages
    ]
