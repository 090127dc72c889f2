"""Words of passages are found again on their pages, where PDFium itself sees them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pypdfium2 as pdfium
import pytest

from engine.reading.document import PassageDraft, PassageKind
from engine.reading.spots import Spot, letter_count, pack, quote_boxes, take, unpack
from tests.reading.courses import CASES, read
from tests.reading.test_scans import installed

PLAIN = ("s10-footnotes", "s11-rotated-landscape", "s13-crop-offset")
REFUSED = {"s42-hindi-legacy-font"} | (set() if installed("deu") else {"s16-scan-german"})


def found_by_pdfium(name: str, page: int, words: str) -> tuple[float, float, float, float]:
    """Returns the box of words in shares of the page, from its upper left corner."""
    document = pdfium.PdfDocument(CASES / f"{name}.pdf")
    try:
        shown = document[page - 1]
        text = shown.get_textpage()
        found = text.search(words).get_next()
        assert found
        left, bottom, right, top = shown.get_bbox()
        x0, y0, x1, y1 = text.get_rect(text.count_rects(*found) - 1)
        wide, high = right - left, top - bottom
        if shown.get_rotation() == 90:
            corners = (y0 - bottom, left + wide - x1, y1 - bottom, left + wide - x0)
            x0, x1 = corners[0] / high, corners[2] / high
            return x0, 1 - corners[3] / wide, x1, 1 - corners[1] / wide
        return (x0 - left) / wide, (top - y1) / high, (x1 - left) / wide, (top - y0) / high
    finally:
        document.close()


@cache
def passage_with(name: str, words: str) -> PassageDraft:
    return next(p for p in read(name).passages if words in p.text and p.matter == "body")


@pytest.mark.parametrize(
    ("name", "words"),
    [(name, words) for name in PLAIN for words in ("muscular organ", "the right side")],
)
def test_a_quote_is_marked_where_its_words_stand(name: str, words: str) -> None:
    passage = passage_with(name, words)
    boxes = quote_boxes(passage.places, passage.text, words)
    assert [box[0] for box in boxes] == [passage.page_from]
    _, left, top, right, bottom = boxes[0]
    x0, y0, x1, y1 = found_by_pdfium(name, passage.page_from, words)
    near = 0.015
    assert abs(left - x0) < near
    assert abs(right - x1) < near
    assert top - near < y0 < y1 < bottom + near


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({path.stem for path in CASES.glob("*.pdf")} - REFUSED))
def test_each_letter_of_a_passage_has_a_place(name: str) -> None:
    for passage in read(name).passages:
        places = unpack(passage.places)
        assert sum(spot.letters for spot in places) == letter_count(passage.text)
        assert all(passage.page_from <= spot.page <= passage.page_to for spot in places)
        assert all(spot.x0 < spot.x1 and spot.y0 < spot.y1 for spot in places if spot.letters)


def test_a_quote_over_lines_has_a_box_for_each() -> None:
    passage = passage_with("s10-footnotes", "muscular organ")
    boxes = quote_boxes(passage.places, passage.text, passage.text.split("\n\n")[0])
    assert len(boxes) == 3
    assert all(before[4] <= after[4] for before, after in pairwise(boxes))


def test_a_cut_quote_is_marked_in_its_parts() -> None:
    passage = passage_with("s10-footnotes", "muscular organ")
    boxes = quote_boxes(passage.places, passage.text, "muscular organ \u2026 closed fist")
    assert len(boxes) == 2
    assert all(box[3] - box[1] < 0.2 for box in boxes)


def test_words_that_are_not_there_mark_the_whole_passage() -> None:
    passage = passage_with("s10-footnotes", "muscular organ")
    whole = quote_boxes(passage.places, passage.text, "")
    assert quote_boxes(passage.places, passage.text, "No such words.") == whole
    assert len(whole) == len(unpack(passage.places))
    assert quote_boxes([], passage.text, "muscular organ") == []


def test_a_table_is_marked_as_a_whole() -> None:
    table = next(p for p in read("s22-table-unruled").passages if p.kind is PassageKind.TABLE)
    boxes = quote_boxes(table.places, table.text, "thick, elastic", table=True)
    assert len(boxes) == 1
    assert boxes[0][3] - boxes[0][1] > 0.4


def test_right_to_left_lines_are_marked_from_the_right() -> None:
    text = "\u05d0\u05d1\u05d2 \u05d3\u05d4\u05d5"
    places = pack([Spot(1, 6, 1000, 0, 9000, 100)])
    first = quote_boxes(places, text, "\u05d0\u05d1\u05d2")[0]
    assert first[1] > 0.5
    assert first[3] == pytest.approx(0.9)


def test_a_line_is_divided_between_the_passages_that_it_is_in() -> None:
    left = [Spot(1, 10, 0, 0, 1000, 100), Spot(2, 4, 0, 0, 400, 100)]
    assert take(left, 6) == [Spot(1, 6, 0, 0, 600, 100)]
    assert take(left, 20) == [Spot(1, 4, 600, 0, 1000, 100), Spot(2, 4, 0, 0, 400, 100)]
    assert left == []
