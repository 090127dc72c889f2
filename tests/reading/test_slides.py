"""What is read of slides: PowerPoint and OpenDocument."""

from __future__ import annotations

from typing import Any

from pptx import Presentation
from pptx.util import Inches

from engine.reading.document import PassageKind, PlaceUnit
from tests import office
from tests.office import open_document, rivers_pptx
from tests.reading.test_word import LONG, Read, headings, read, tables, text_of

__all__ = ["read"]


def deck(*titles: str, layout: int = 5) -> tuple[Any, list[Any]]:
    """A presentation with a slide for each title."""
    made = Presentation()
    slides = []
    for title in titles:
        slide = made.slides.add_slide(made.slide_layouts[layout])
        slide.shapes.title.text = title
        slides.append(slide)
    return made, slides


def add_text(slide: Any, text: str, left: float, top: float, width: float = 3) -> None:
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(1))
    box.text_frame.text = text


def test_titles_bullets_notes_tables_and_charts(read: Read) -> None:
    extracted = read(rivers_pptx(), "rivers.pptx")
    assert [path[0] for path in headings(extracted)] == [
        *("Water on land", "Springs", "Deltas", "Meanders"),
        *("Layers of the Earth", "Rainfall by month"),
    ]
    assert (extracted.pages, extracted.unit) == (6, PlaceUnit.SLIDE)
    springs = extracted.passages[1]
    assert springs.place == "slide 2"
    assert "refills the aquifer over many years" in springs.text
    table, chart = tables(extracted)
    assert "| Crust | 0 to 35 | solid |" in table
    assert chart.split("\n")[2:] == ["| January | 72.5 | 12 |", "| June | 31 | 0 |"]


def test_texts_are_read_column_by_column_whatever_their_order_in_the_file(read: Read) -> None:
    made, (slide,) = deck("Rivers and lakes")
    for text, left, top in (
        ("Lakes stand still.", 6, 2),
        ("Rivers end in the sea.", 1, 4),
        ("Lakes may dry up.", 6, 4),
        ("Rivers run.", 1, 2),
    ):
        add_text(slide, text, left, top)
    assert text_of(read(office.saved(made), "a.pptx")).split("\n\n") == [
        *("Rivers run.", "Rivers end in the sea.", "Lakes stand still.", "Lakes may dry up.")
    ]


def test_sections_of_a_deck_are_the_level_above_its_slides(read: Read) -> None:
    made, slides = deck("Springs", "Deltas", "Lakes")
    for slide in slides:
        add_text(slide, LONG, 1, 2)
    numbers = [one.get("id") for one in made.slides._sldIdLst]
    sections = "".join(
        f'<p14:section name="{name}" id="{{0}}"><p14:sldIdLst>'
        + "".join(f'<p14:sldId id="{numbers[at]}"/>' for at in places)
        + "</p14:sldIdLst></p14:section>"
        for name, places in (("Running water", (0, 1)), ("Still water", (2,)))
    )
    p14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"
    listed = (
        f'<p:extLst><p:ext uri="{{521415D9}}"><p14:sectionLst xmlns:p14="{p14}">{sections}'
        "</p14:sectionLst></p:ext></p:extLst></p:presentation>"
    )
    data = office.changed(
        office.saved(made),
        {
            "ppt/presentation.xml": lambda old: (
                old[: old.rindex(b"<p:extLst") if b"<p:extLst" in old else old.rindex(b"</p:pres")]
                + listed.encode()
            )
        },
    )
    assert headings(read(data, "a.pptx")) == [
        ("Running water", "Springs"),
        ("Running water", "Deltas"),
        ("Still water", "Lakes"),
    ]


def test_a_slide_without_a_title_takes_its_first_short_line_or_goes_on(read: Read) -> None:
    made, (first,) = deck("Springs")
    add_text(first, "Water comes up.", 1, 2)
    blank = made.slide_layouts[6]
    titled, untitled = made.slides.add_slide(blank), made.slides.add_slide(blank)
    add_text(titled, "Deltas", 1, 1)
    add_text(titled, LONG, 1, 3)
    add_text(untitled, LONG + " It ends in the sea.", 1, 1)
    extracted = read(office.saved(made), "a.pptx")
    assert headings(extracted) == [("Springs",), ("Deltas",)]
    assert [p.place for p in extracted.passages] == ["slide 1", "slides 2\u20133"]


def test_a_slide_that_repeats_a_title_goes_on_with_it(read: Read) -> None:
    made, slides = deck("Springs", "Springs")
    for slide in slides:
        add_text(slide, LONG, 1, 2)
    (passage,) = read(office.saved(made), "a.pptx").passages
    assert (passage.heading_path, passage.place) == (("Springs",), "slides 1\u20132")


def test_hidden_slides_and_what_stands_on_every_slide_are_left_out(read: Read) -> None:
    made, (shown, hidden) = deck("Springs", "Answers")
    add_text(shown, LONG, 1, 2)
    add_text(hidden, "The answer is forty-two.", 1, 2)
    hidden._element.set("show", "0")
    footer = shown.shapes.add_textbox(Inches(1), Inches(7), Inches(3), Inches(1))
    footer.text_frame.text = "School of rivers, 2026"
    told = footer._element.find(".//{*}nvPr")
    told.append(told.makeelement(told.tag.replace("nvPr", "ph"), {"type": "ftr"}))
    extracted = read(office.saved(made), "a.pptx")
    assert text_of(extracted) == LONG
    assert extracted.warnings == ("Slide 2 is hidden and was left out.",)


def test_merged_cells_of_a_slide_have_their_text_at_each_place(read: Read) -> None:
    made, (slide,) = deck("Rain")
    table = office.add_slide_table(slide, [("Place", "mm"), ("North", "10"), ("", "11")])
    table.cell(1, 0).merge(table.cell(2, 0))
    (found,) = tables(read(office.saved(made), "a.pptx"))
    assert found.split("\n")[2:] == ["| North | 10 |", "| North | 11 |"]


def test_empty_shapes_do_not_hide_the_title_of_a_slide(read: Read) -> None:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    slide.shapes.add_shape(1, Inches(0), Inches(0), Inches(10), Inches(0.5))
    add_text(slide, "Where water comes from", 1, 1, 8)
    add_text(slide, LONG, 1, 3, 8)
    assert headings(read(office.saved(made), "a.pptx")) == [("Where water comes from",)]


def frame(text: str, kind: str = "", top: int = 1) -> str:
    told = f' presentation:class="{kind}"' if kind else ""
    return (
        f'<draw:frame{told} svg:x="1cm" svg:y="{top}cm" svg:width="9cm" svg:height="1cm">'
        f"<draw:text-box>{text}</draw:text-box></draw:frame>"
    )


def test_opendocument_slides(read: Read) -> None:
    items = "".join(
        f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in ("rain", "snow")
    )
    body = (
        f"<draw:page>{frame(f'<text:list>{items}</text:list>', 'outline', 5)}"
        f"{frame('<text:p>Where water comes from</text:p>', 'title')}"
        f"<presentation:notes>{frame(f'<text:p>{LONG}</text:p>', 'notes')}</presentation:notes>"
        '</draw:page><draw:page draw:style-name="dp2">'
        f"{frame('<text:p>Answers</text:p>', 'title')}{frame('<text:p>Hidden words.</text:p>')}"
        "</draw:page>"
    )
    styles = (
        '<style:style style:name="dp2" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    extracted = read(open_document("presentation", body, styles), "a.odp")
    assert headings(extracted) == [("Where water comes from",)]
    assert text_of(extracted) == f"- rain\n- snow\n\n{LONG}"
    assert extracted.passages[0].kind is not PassageKind.TABLE
    assert (extracted.pages, extracted.warnings) == (2, ("Slide 2 is hidden and was left out.",))
