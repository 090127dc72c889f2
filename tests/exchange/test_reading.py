"""Records out of files that are cut off, written twice, oddly encoded or large."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.nesting import MAX_LEVELS
from exchange.old_json.documents import Broken, Found, Remark, read_values

COURSE = {"course_title": "Flüsse “A”", "modules": []}
OTHER = {"course_title": "Seen", "modules": [{"title": "x"}]}


def read(data: bytes | str, **options: Any) -> tuple[list[Any], list[str], list[str]]:
    """Values, reasons of what is broken, and remarks."""
    raw = data.encode() if isinstance(data, str) else data
    found = list(read_values(io.BytesIO(raw), **options))
    return (
        [one.value for one in found if isinstance(one, Found)],
        [one.reason for one in found if isinstance(one, Broken)],
        [one.reason for one in found if isinstance(one, Remark)],
    )


def text(*values: Any) -> str:
    return json.dumps(list(values), ensure_ascii=False, indent=1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_told_apart(encoding: str) -> None:
    assert read(text(COURSE).encode(encoding)) == ([COURSE], [], [])


def test_windows_1252_is_read_and_said() -> None:
    values, broken, remarks = read(text(COURSE).encode("cp1252"))
    assert (values, broken) == ([COURSE], [])
    assert remarks == ["Bytes that are not UTF-8 were read as Windows-1252."]


def test_one_bad_byte_does_not_spoil_the_rest_of_the_file() -> None:
    data = text(COURSE, OTHER).encode().replace(b"Seen", b"Se\xe9n")
    assert read(data)[0] == [COURSE, OTHER | {"course_title": "Seén"}]


def test_an_object_is_one_record() -> None:
    assert read(json.dumps(COURSE)) == ([COURSE], [], [])


def test_an_empty_file_is_said() -> None:
    assert read("") == ([], ["The file is empty."], [])
    assert read(" \n") == ([], ["The file is empty."], [])
    assert read("[]") == ([], [], [])


def test_records_before_a_cut_are_kept() -> None:
    values, broken, _ = read(text(COURSE, OTHER)[:-20])
    assert values == [COURSE]
    assert broken == ["The file ends in the middle of this record: it is cut off."]


def test_a_cut_between_records_is_seen() -> None:
    values, broken, _ = read(text(COURSE).rstrip("]\n"))
    assert values == [COURSE]
    assert broken == ["The file ends inside its list: it is cut off."]


def test_every_cut_of_a_file_is_reported_and_gives_a_beginning_of_it() -> None:
    whole = text(COURSE, OTHER, COURSE)
    for end in range(1, len(whole)):
        values, broken, _ = read(whole[:end])
        assert broken
        assert values == [COURSE, OTHER, COURSE][: len(values)]


def test_two_documents_in_one_file_are_both_read() -> None:
    values, broken, remarks = read(text(COURSE) + text(OTHER))
    assert (values, broken) == ([COURSE, OTHER], [])
    assert remarks == ["The file holds 2 documents; all of them were read."]
    assert read(json.dumps(COURSE) + json.dumps(OTHER))[0] == [COURSE, OTHER]


def test_a_write_over_a_cut_off_one_is_found() -> None:
    values, broken, _ = read(text(COURSE, COURSE)[:-20] + text(OTHER))
    assert values == [COURSE, OTHER]
    assert len(broken) == 1


def test_the_tail_of_an_older_write_is_reported() -> None:
    values, broken, _ = read(json.dumps(COURSE) + 'ers"}]}')
    assert values == [COURSE]
    assert broken == ["This is not JSON: Expecting value."]


def test_a_broken_record_does_not_stop_the_rest() -> None:
    data = text(COURSE, OTHER, COURSE).replace('"modules": [\n   {', '"modules": [\n   {{')
    values, broken, _ = read(data)
    assert values == [COURSE, COURSE]
    assert broken == ["This is not JSON: Expecting property name enclosed in double quotes."]


def test_the_place_of_what_is_broken_is_said() -> None:
    found = list(read_values(io.BytesIO(b'[{"course_title": "A"},\n  {"course_title": B}]')))
    assert [one.place for one in found if isinstance(one, Broken)] == [
        "record 2, line 2, column 20"
    ]


def test_deep_nesting_and_huge_numbers_are_refused() -> None:
    assert read("[" + "[" * 100_000)[1] == ["Lists are nested too deeply."]
    # The outermost list is read element by element.
    for levels, reasons in ((MAX_LEVELS, []), (MAX_LEVELS + 1, ["Lists are nested too deeply."])):
        assert read(f"[{'[' * levels}{']' * levels}]")[1] == reasons
    assert read('{"a": ' + "9" * 10_000 + "}")[1] == ["A number has too many digits."]


def test_what_a_database_cannot_hold_is_replaced() -> None:
    found = list(read_values(io.BytesIO(rb'{"a": ["x\u0000y", "\ud800", "\ud83d\ude00"]}')))
    assert found == [Found({"a": ["x\ufffdy", "\ufffd", "\U0001f600"]}, 1, repaired=True)]


def test_a_record_over_the_limit_is_refused_and_the_next_one_read() -> None:
    huge = {"course_title": "x" * 3_000_000}
    values, broken, _ = read(json.dumps([COURSE, huge, OTHER]), limit=1024 * 1024)
    assert values == [COURSE, OTHER]
    assert broken == ["This record is larger than 1 million letters."]


class Endless(io.RawIOBase):
    """A list of courses that is made while it is read."""

    def __init__(self, records: int) -> None:
        self._left = records
        self._text = b"["

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        size = len(target)
        record = json.dumps({"course_title": "A", "modules": ["x" * 20_000]}).encode()
        while len(self._text) < size and self._left:
            self._left -= 1
            self._text += record + (b"," if self._left else b"]")
        piece, self._text = self._text[:size], self._text[size:]
        target[: len(piece)] = piece
        return len(piece)


def test_memory_does_not_grow_with_the_file() -> None:
    """100 MB of records in less than 10."""
    tracemalloc.start()
    try:
        count = sum(isinstance(one, Found) for one in read_values(io.BufferedReader(Endless(5000))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 5000
    assert peak < 10_000_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.lists(JSON), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_list_is_read_as_json_reads_it(values: list[Any], encoding: str) -> None:
    data = json.dumps(values, indent=1).encode(encoding)
    found = list(read_values(io.BytesIO(data)))
    assert [one.value for one in found if isinstance(one, Found) and not one.repaired] == [
        value
        for value, one in zip(values, found, strict=True)
        if isinstance(one, Found) and not one.repaired
    ]
    assert len(found) == len(values)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_end(data: bytes) -> None:
    for one in read_values(io.BytesIO(data), limit=100):
        assert isinstance(one, Found | Broken | Remark)
