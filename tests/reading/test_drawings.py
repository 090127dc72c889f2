"""What slides draw: shapes, arrows, diagrams, objects of other programs; shown, or named."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any, cast

import pytest
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.util import Emu, Inches

from engine.reading import embedded
from engine.reading.conversion import converter
from engine.reading.document import PlaceUnit
from engine.reading.formats.drawn import Role, Thing, find_drawing
from engine.reading.left_out import said_undrawn
from tests import office
from tests.office import open_document
from tests.reading.test_embedded import photo
from tests.reading.test_slides import add_text, deck, frame
from tests.reading.test_word import LONG, Read, headings, read, tables, text_of

__all__ = ["read"]
with_libreoffice = pytest.mark.skipif(converter() is None, reason="LibreOffice is not installed")


@pytest.fixture
def no_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "converter", lambda: None)


def undrawn(slide: int, shapes: int) -> str:
    return (
        f"Slide {slide} has a drawing of {shapes} shapes that ProfAI cannot show. Put a picture of "
        "it (PNG) in its place."
    )


def draw_cycle(slide: Any, labels: Sequence[str] = ("Rain", "River", "Sea")) -> None:
    """Boxes with arrows from each to the next."""
    boxes = []
    for at, label in enumerate(labels):
        place = (Inches(1 + 3 * at), Inches(3), Inches(1.5), Inches(1))
        boxes.append(slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *place))
        boxes[-1].text_frame.text = label
    for start, end in pairwise(boxes):
        line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 0, 0)
        line.begin_connect(start, 3)
        line.end_connect(end, 1)
        head = line.line._get_or_add_ln()
        head.append(head.makeelement(f"{{{head.nsmap['a']}}}tailEnd", {"type": "arrow"}))


@pytest.mark.usefixtures("no_libreoffice")
def test_a_drawing_that_is_not_shown_is_named_and_what_it_says_is_read(read: Read) -> None:
    made, (first, second) = deck("The water cycle", "Springs")
    draw_cycle(first)
    add_text(second, LONG, 1, 2)
    extracted = read(office.saved(made), "a.pptx")
    assert headings(extracted) == [("The water cycle",), ("Springs",)]
    assert extracted.passages[0].text.split("\n") == [
        *("- Rain", "- River", "- Sea", "- Rain \u2192 River", "- River \u2192 Sea")
    ]
    assert extracted.warnings == (undrawn(1, 5),)


@with_libreoffice
@pytest.mark.slow
def test_drawings_are_shown_where_libreoffice_draws_them(read: Read) -> None:
    made, (hidden, first, plain) = deck("Answers", "The water cycle", "Springs")
    hidden._element.set("show", "0")
    draw_cycle(first)
    add_text(plain, LONG, 1, 2)
    extracted = read(office.saved(made), "a.pptx")
    (figure,) = extracted.figures
    assert (figure.page, figure.caption, figure.passages) == (2, "The water cycle", (1,))
    shown = Image.open(BytesIO(figure.picture)).convert("L")
    # Three dark boxes in a row, and nothing of the title above them.
    row = shown.crop((0, shown.height // 4, shown.width, shown.height // 4 + 1)).tobytes()
    edges = sum((a < 200) != (b < 200) for a, b in pairwise(row))
    assert edges in (4, 5, 6), row
    assert shown.width > 4 * shown.height
    assert extracted.warnings[0] == "Slide 1 is hidden and was left out."


@with_libreoffice
def test_nothing_is_drawn_of_a_deck_that_names_other_computers(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, (slide,) = deck("The water cycle")
    draw_cycle(slide)
    layout = slide.slide_layout.part
    layout.relate_to("http://127.0.0.1:9/a.png", f"{office.RELATION}/image", is_external=True)

    def opened(*_args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(embedded, "converted", opened)
    said = read(office.saved(made), "a.pptx").warnings
    assert "were not fetched" in said[0]
    assert "Slide 1 has a drawing of 5 shapes" in said[1]


@pytest.mark.slow
@pytest.mark.usefixtures("no_libreoffice")
def test_a_slide_with_a_title_and_a_picture_is_a_figure_with_that_title(read: Read) -> None:
    made, (first, second, third) = deck("Springs", "A delta from above", "Thank you")
    add_text(first, LONG, 1, 2)
    second.shapes.add_picture(photo(), Inches(2), Inches(2), Inches(5))
    assert third.shapes.title.text == "Thank you"
    extracted = read(office.saved(made), "a.pptx")
    assert [(f.page, f.caption, f.passages) for f in extracted.figures] == [
        (2, "A delta from above", (1,))
    ]
    assert extracted.warnings == (
        "Slide 3 has a title and nothing else that could be read.",
        "1 picture is shown in lessons; words in them are not read.",
    )


@pytest.mark.usefixtures("no_libreoffice")
def test_groups_objects_films_and_pictures_of_office_only(read: Read) -> None:
    made, (groups, objects, films) = deck("Layers", "Tables", "Films")
    group = groups.shapes.add_group_shape()
    for at, label in enumerate(("Crust", "Mantle", "Core")):
        place = (Inches(4), Inches(2 + at), Inches(2), Inches(0.8))
        group.shapes.add_shape(MSO_SHAPE.OVAL, *place).text_frame.text = label
    groups.shapes.add_group_shape([group])
    objects.shapes.add_picture(photo(3), Inches(2), Inches(2), Inches(5))
    films.shapes.add_movie(
        BytesIO(b"film"), Inches(2), Inches(2), Inches(2), Inches(2), poster_frame_image=photo(4)
    )
    data = office.saved(made)
    picture = "ppt/media/image1.png"
    data = office.changed(
        data,
        {
            "ppt/slides/_rels/slide2.xml.rels": lambda old: old.replace(b"image1.png", b"a.emf"),
            "ppt/media/a.emf": lambda _: b"\x01\0\0\0 a metafile",
            picture: lambda old: old,
        },
    )
    extracted = read(data, "a.pptx")
    assert text_of(extracted) == "- Crust\n- Mantle\n- Core"
    assert extracted.warnings[:3] == (
        "Slide 3 has video or sound, which is not read.",
        "Slide 2 has a drawing that ProfAI cannot show. Put a picture of it (PNG) in its place.",
        undrawn(1, 3),
    )


def things(*roles: tuple[Role, int, int, int, int, int]) -> list[Thing]:
    return [Thing(role, x0, y0, x1, y1, words) for role, x0, y0, x1, y1, words in roles]


@pytest.mark.parametrize(
    ("found", "shapes"),
    [
        (things((Role.SHAPE, 0, 100, 700, 102, 0)), None),  # a rule below a title
        (things((Role.SHAPE, 0, 0, 720, 540, 0), (Role.ARROW, 10, 10, 60, 20, 0)), None),
        (things(*[(Role.SHAPE, 50, 100 * n, 600, 100 * n + 90, 30) for n in range(4)]), None),
        (things(*[(Role.SHAPE, 50, 100 * n, 600, 100 * n + 90, 2) for n in range(3)]), 3),
        (things((Role.ARROW, 10, 100, 60, 110, 0), (Role.SHAPE, 60, 90, 99, 120, 1)), 2),
        (things((Role.WHOLE, 10, 100, 600, 400, 0)), 0),
    ],
    ids=["rule", "background", "frames", "boxes", "arrow", "whole"],
)
def test_shapes_are_a_drawing_where_they_say_something_by_place(
    found: list[Thing], shapes: int | None
) -> None:
    drawing = find_drawing(found, 720, 540)
    assert (drawing.shapes if drawing else None) == shapes


def test_a_drawing_that_points_to_text_is_shown_with_its_slide() -> None:
    text = (Role.TEXT, 20, 100, 700, 300, 40)
    found = find_drawing(things((Role.ARROW, 100, 320, 150, 360, 0), text), 720, 540)
    assert found is not None
    assert found.box == [0.0, 0.0, 1.0, 1.0]
    box = find_drawing(things((Role.WHOLE, 72, 350, 360, 500, 0), text), 720, 540)
    assert box is not None
    assert box.box == [0.0917, 0.637, 0.5083, 0.937]


SMART = (
    '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst>'
    '<dgm:pt modelId="0" type="doc"/>{}<dgm:pt modelId="9" type="sibTrans"/></dgm:ptLst>'
    "<dgm:cxnLst>{}</dgm:cxnLst></dgm:dataModel>"
)


def test_smartart_is_read_as_it_is_nested(read: Read, no_libreoffice: None) -> None:
    assert no_libreoffice is None
    points = "".join(
        f'<dgm:pt modelId="{name}"><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'
        for name, text in ((3, "Mouth"), (1, "River"), (2, "Source"), (4, "Lake"))
    )
    links = "".join(
        f'<dgm:cxn modelId="{at}" srcId="{above}" destId="{below}" srcOrd="{order}"/>'
        for at, (above, below, order) in enumerate(
            ((0, 1, 0), (0, 4, 1), (1, 3, 1), (1, 2, 0)), start=20
        )
    )
    made, (slide,) = deck("Running and still water")
    box = slide.shapes.add_table(1, 1, Inches(1), Inches(2), Inches(6), Inches(3))
    name = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
    data = box._element.graphic.graphicData
    data.set("uri", name)
    data.remove(data[0])
    ids = data.makeelement(f"{{{name}}}relIds", {f"{{{office.RELATION}}}dm": "rId77"})
    data.append(ids)
    link = (
        f'<Relationship Id="rId77" Type="{office.RELATION}/diagramData" '
        'Target="../diagrams/data1.xml"/></Relationships>'
    )
    packed = office.changed(
        office.saved(made),
        {
            "ppt/diagrams/data1.xml": lambda _: SMART.format(points, links).encode(),
            "ppt/slides/_rels/slide1.xml.rels": lambda old: old.replace(
                b"</Relationships>", link.encode()
            ),
        },
    )
    extracted = read(packed, "a.pptx")
    assert text_of(extracted) == "- River\n- Source\n- Mouth\n- Lake"
    assert "Slide 1 has a drawing that ProfAI cannot show" in extracted.warnings[0]


def test_slides_that_hold_a_word_file_are_read_as_slides(read: Read) -> None:
    made, (slide,) = deck("Springs")
    add_text(slide, LONG, 1, 2)
    slide.shapes.add_ole_object(
        BytesIO(office.rivers_docx()),
        "Word.Document.12",
        Inches(1),
        Inches(4),
        icon_file=photo(),
    )
    extracted = read(office.saved(made), "a.pptx")
    assert (text_of(extracted), extracted.pages) == (LONG, 1)


@pytest.mark.usefixtures("no_libreoffice")
def test_numbers_of_lists_on_slides_go_on_where_the_slide_says(read: Read) -> None:
    made, (slide,) = deck("Rules", layout=1)
    body = slide.placeholders[1].text_frame
    body.text = "Wait for the rain"
    for text in ("Measure it", "Write it down"):
        body.add_paragraph().text = text
    for at, told in enumerate(body._txBody.findall(".//{*}p")):
        properties = told.get_or_add_pPr()
        tag = properties.tag.replace("pPr", "buAutoNum")
        properties.append(properties.makeelement(tag, {"startAt": "5"} if at < 3 else {}))
    assert text_of(read(office.saved(made), "a.pptx")) == (
        "5. Wait for the rain\n6. Measure it\n7. Write it down"
    )


def test_a_chart_has_its_numbers_as_people_write_them(read: Read) -> None:
    made, (slide,) = deck("Rain")
    data = cast("Any", CategoryChartData)(number_format="0%")
    data.categories = ["North", "South"]
    data.add_series("Share", (0.1 + 0.2, 0.7))
    place = (Emu(10**6), Emu(10**6), Emu(5 * 10**6), Emu(4 * 10**6))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
    (table,) = tables(read(office.saved(made), "a.pptx"))
    assert table.split("\n")[2:] == ["| North | 30 % |", "| South | 70 % |"]


@pytest.mark.usefixtures("no_libreoffice")
def test_drawings_of_opendocument_slides_are_named_and_read(read: Read) -> None:
    def box(name: str, text: str, x: int) -> str:
        return (
            f'<draw:custom-shape draw:id="{name}" svg:x="{x}cm" svg:y="8cm" svg:width="3cm" '
            f'svg:height="2cm"><text:p>{text}</text:p></draw:custom-shape>'
        )

    shapes = "".join(box(f"id{n}", text, 1 + 6 * n) for n, text in enumerate(("Rain", "River")))
    line = (
        '<draw:connector draw:style-name="gr1" svg:x1="4cm" svg:y1="9cm" svg:x2="7cm" '
        'svg:y2="9cm" draw:start-shape="id0" draw:end-shape="id1"/>'
    )
    body = (
        f"<draw:page>{frame('<text:p>The water cycle</text:p>', 'title')}"
        f"<draw:g>{shapes}</draw:g>{line}</draw:page>"
    )
    styles = (
        '<style:style style:name="gr1" style:family="graphic">'
        '<style:graphic-properties draw:marker-end="Arrow"/></style:style>'
    )
    extracted = read(open_document("presentation", body, styles), "a.odp")
    assert headings(extracted) == [("The water cycle",)]
    assert text_of(extracted) == "- Rain\n- River\n- Rain \u2192 River"
    assert extracted.warnings == (undrawn(1, 3),)


def test_many_drawings_are_named_in_one_sentence() -> None:
    (said,) = said_undrawn({1: 5, 2: 9, 3: 4, 7: 0}, PlaceUnit.SLIDE, ["1", "2", "3"])
    assert said.startswith("Slides 1, 2, 3, 7 have drawings that ProfAI cannot show.")
