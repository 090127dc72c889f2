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
