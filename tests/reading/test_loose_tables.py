"""Tables without rules, and what only looks like one."""

from __future__ import annotations

from engine.reading.loose_tables import Word, loose_tables


def words(rows: list[list[tuple[float, str]]], *, size: float = 10.0) -> list[Word]:
    """Returns words of rows of cells, each cell with its left edge; a letter is 5 points wide."""
    found = []
    for number, row in enumerate(rows):
        for left, text in row:
            x = left
            for word in text.split():
                right = x + 5.0 * len(word)
                y = 100 + 14.0 * number
                found.append(Word(word, x, right, y - 7.5, y, fixed=False, size=size))
                x = right + 3
    return found


def test_short_cells_below_each_other_are_a_table() -> None:
    rows: list[list[tuple[float, str]]] = [
        [(50, "River"), (150, "Length in km"), (300, "Sea")],
        [(50, "Nile"), (170, "6650"), (300, "Mediterranean")],
        [(50, "Rhine"), (170, "1230"), (300, "North")],
        [(300, "Sea")],
    ]
    ((_, table),) = loose_tables(words(rows))
    assert table == [
        ["River", "Length in km", "Sea"],
        ["Nile", "6650", "Mediterranean"],
        ["Rhine", "1230", "North Sea"],
    ]


def test_two_columns_of_running_text_are_no_table() -> None:
    left, right = "The left column goes on and", "while the right one has much more"
    assert loose_tables(words([[(50.0, left), (250.0, right)]] * 6)) == []


def test_a_numbered_list_is_no_table() -> None:
    rows: list[list[tuple[float, str]]] = [
        [(50, f"{n}."), (80, "the source of a river")] for n in range(1, 6)
    ]
    assert loose_tables(words(rows)) == []


def test_two_rows_are_too_few() -> None:
    assert loose_tables(words([[(50.0, "a"), (150.0, "b")]] * 2)) == []


def test_lines_of_one_cell_that_stand_close_are_one_row() -> None:
    cells: list[list[tuple[float, str]]] = [
        [(50, "Vessel"), (200, "Wall")],
        [(50, "Artery"), (200, "thick")],
        [(50, "Capillary of"), (200, "thin")],
        [(50, "the skin")],
        [(50, "Vein"), (200, "soft")],
    ]
    found = words(cells)
    heights = {100.0: 100, 114.0: 130, 128.0: 160, 142.0: 172, 156.0: 202}
    for word in found:
        word.bottom = heights[word.bottom]
    ((_, table),) = loose_tables(found)
    assert table == [
        ["Vessel", "Wall"],
        ["Artery", "thick"],
        ["Capillary of the skin", "thin"],
        ["Vein", "soft"],
    ]


def test_a_row_whose_first_cell_is_empty_stays_a_row() -> None:
    rows: list[list[tuple[float, str]]] = [
        [(50, "Gas"), (150, "Share"), (300, "Sign")],
        [(50, "Argon"), (150, "little"), (300, "Ar")],
        [(150, "traces"), (300, "Ne")],
        [(50, "Oxygen"), (150, "much"), (300, "O")],
    ]
    ((_, table),) = loose_tables(words(rows))
    assert table[2] == ["", "traces", "Ne"]


def test_lists_side_by_side_and_matrices_are_no_tables() -> None:
    lists: list[list[tuple[float, str]]] = [
        [(50, f"- cheap {n}"), (200, f"- slow {n}")] for n in range(4)
    ]
    assert loose_tables(words(lists)) == []
    matrix: list[list[tuple[float, str]]] = [[(50, "1"), (100, "x"), (150, "3")]] * 4
    assert loose_tables(words(matrix)) == []
