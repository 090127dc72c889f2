"""What a quiz reads of its texts, and what it leaves unread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.questions.extractive import definitions, material
from engine.questions.extractive.definitions import Entry, Usage
from engine.questions.extractive.engine import write_quiz
from engine.questions.extractive.material import Material, read_material, reason_for
from engine.questions.schemas import QuizRequest
from tests.questions.notes import passages, request

PLAIN = "# Walks\n\nWe went to the lake on Monday. Everybody liked the long walk very much.\n"
DEFINING = (
    "# Land\n\nA glacier is a large body of ice that moves slowly over land. A valley is a long "
    "stretch of low land that lies between hills. A delta is a wide area of land that a river "
    "builds at its mouth.\n"
)


def with_neighbour(own: str) -> QuizRequest:
    """A module whose course has another passage."""
    other = next(passages("# Ice\n\nA moraine is a ridge of stones that a glacier leaves behind."))
    return replace(request(own), context=(replace(other, id=90, position=90),))


@pytest.mark.parametrize(("own", "is_read"), [(PLAIN, False), (DEFINING, True)])
def test_neighbours_are_read_only_where_the_module_defines_something(
    own: str,
    is_read: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    original = material._read

    def reading(wanted: QuizRequest, taught: list[object]) -> Material:
        read.append(len(taught))
        return original(wanted, taught)  # type: ignore[arg-type]

    monkeypatch.setattr(material, "_read", reading)
    write_quiz(with_neighbour(own))
    assert len(read) == 1 + is_read


def test_what_a_text_defines_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Material] = []
    original = definitions._entries

    def looking(one: Material) -> Iterator[Entry]:
        looked.append(one)
        return original(one)

    monkeypatch.setattr(definitions, "_entries", looking)
    write_quiz(with_neighbour(DEFINING))
    assert [id(one) for one in looked] == list(dict.fromkeys(id(one) for one in looked))
    assert len(looked) == 2  # the module and its neighbours


def test_a_reason_is_the_next_sentence_of_the_same_passage() -> None:
    found = read_material(
        request(
            "# Ice\n\nIce floats on water. This is because it is less dense.\n\n"
            "# Heat\n\nHeat rises. It does so because warm air is lighter.\n"
        )
    )
    reasons = [reason_for(found, sentence) for sentence in found.sentences]
    assert reasons == [
        "This is because it is less dense.", "",
        "It does so because warm air is lighter.", "",
    ]  # fmt: skip


WORDS = ("Foo", "foo", "foobar", "Foobar", "a", "b,", "c;", "co-op", "Co-op", "bar.", "\n", "FOO")


@given(st.lists(st.sampled_from(WORDS), max_size=30), st.sampled_from(["foo", "Foo", "co-op"]))
def test_a_word_is_a_product_where_it_has_a_capital_more_often_than_not(
    words: list[str], word: str
) -> None:
    text = " ".join(words)
    usage = Usage(Material("en"))
    usage.__dict__["text"] = text
    name = re.escape(word.capitalize())
    inside = len(re.findall(rf"[a-z,;] {name}\b", text))
    small = len(re.findall(rf"\b{re.escape(word.lower())}", text))
    assert usage.is_product(word) == (inside > small)
