"""Small sections are joined with neighbours, the smallest pair first."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.lessons.extractive.sections import Part, Unit, merge_small
from tests.lessons.books import passage


def unit(number: int, words: int) -> Unit:
    return Unit(
        (Part(f"{number}", (passage("word " * words, position=number),), parent=str(number % 2)),)
    )


def simply_merged(units: list[Unit], least: int, most: int, longest: int) -> list[Unit]:
    """Looks at all pairs again after each join."""
    merged = list(units)
    while True:
        pairs = [
            (first.words + second.words, at)
            for at, (first, second) in enumerate(pairwise(merged))
            if (len(merged) > most or min(first.words, second.words) < least)
            and first.words + second.words <= longest
        ]
        if not pairs:
            return merged
        _, at = min(pairs)
        merged[at : at + 2] = [merged[at] + merged[at + 1]]


@given(
    st.lists(st.integers(0, 12), max_size=25),
    st.integers(0, 15),
    st.integers(1, 12),
    st.integers(5, 60),
)
def test_the_smallest_pair_is_joined_until_none_is_too_small(
    sizes: list[int], least: int, most: int, longest: int
) -> None:
    units = [unit(number, words) for number, words in enumerate(sizes)]
    merged = merge_small(
        units, min_words=least, max_units=most,
        may_join=lambda one, other: one.words + other.words <= longest,
    )  # fmt: skip
    assert merged == simply_merged(units, least, most, longest)


def test_the_pairs_of_a_thick_book_are_not_all_compared_after_each_join() -> None:
    units = [unit(number, 1 + number % 7) for number in range(1_000)]
    asked = 0

    def may_join(_one: Unit, _other: Unit) -> bool:
        nonlocal asked
        asked += 1
        return True

    assert len(merge_small(units, min_words=0, max_units=10, may_join=may_join)) == 10
    assert asked < 3 * len(units)
