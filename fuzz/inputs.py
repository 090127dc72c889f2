"""Inputs that are nearly good: files of the corpus with a few things wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

LONGEST = 128 * 1024  # bytes of an input
FEW = 8  # edits of one input
Edit = Callable[[DrawFn, bytearray, Sequence[bytes]], None]


def _place(draw: DrawFn, data: bytearray) -> int:
    return draw(st.integers(0, len(data)))


def _piece(draw: DrawFn, data: bytes | bytearray) -> slice:
    start = draw(st.integers(0, len(data)))
    return slice(start, start + draw(st.integers(1, 200)))


def _overwrite(draw: DrawFn, data: bytearray, _seeds: Sequence[bytes]) -> None:
    at = _place(draw, data)
    new = draw(st.binary(min_size=1, max_size=4))
    data[at : at + len(new)] = new


def _insert(draw: DrawFn, data: bytearray, _seeds: Sequence[bytes]) -> None:
    at = _place(draw, data)
    data[at:at] = draw(st.binary(max_size=8))


def _delete(draw: DrawFn, data: bytearray, _seeds: Sequence[bytes]) -> None:
    del data[_piece(draw, data)]


def _repeat(draw: DrawFn, data: bytearray, _seeds: Sequence[bytes]) -> None:
    piece = _piece(draw, data)
    times = draw(st.sampled_from([1, 2, 10, 100, 3000]))
    data[piece.stop : piece.stop] = (bytes(data[piece]) * times)[:LONGEST]


def _splice(draw: DrawFn, data: bytearray, seeds: Sequence[bytes]) -> None:
    other = draw(st.sampled_from(seeds))
    at = _place(draw, data)
    data[at:at] = other[_piece(draw, other)]


def _cut(draw: DrawFn, data: bytearray, _seeds: Sequence[bytes]) -> None:
    del data[_place(draw, data) :]


EDITS: tuple[Edit, ...] = (_overwrite, _insert, _delete, _repeat, _splice, _cut)


def _words(tokens: Sequence[bytes]) -> Edit:
    def insert(draw: DrawFn, data: bytearray, _seeds: Sequence[bytes]) -> None:
        at = _place(draw, data)
        times = draw(st.sampled_from([1, 1, 1, 2, 50, 5000]))
        data[at:at] = (draw(st.sampled_from(tokens)) * times)[:LONGEST]

    return insert


@st.composite
def edited(draw: DrawFn, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """A seed with up to eight edits of its bytes; `tokens` are words that mean something."""
    data = bytearray(draw(st.sampled_from(seeds)))
    word = _words(tokens)
    for edit in draw(st.lists(st.sampled_from([*EDITS, word, word]), max_size=FEW)):
        edit(draw, data, seeds)
        del data[LONGEST:]
    return bytes(data)


def composed(tokens: Sequence[bytes]) -> SearchStrategy[bytes]:
    """Nothing but meaningful words and a little text, in any order."""
    word = st.sampled_from(tokens) | st.text(max_size=6).map(lambda text: text.encode())
    return st.lists(word, max_size=60).map(b"".join)


# Numbers and words that readers trip over stand beside arbitrary ones.
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 2**31, 2**63, 10**400, 1e308, float("inf"), float("nan")])
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\0", "\ud800", "x" * 5000, "../..", "=1+1", "\u202e", "9" * 5000])
)
ANY_JSON: SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def spoiled_json(draw: DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A seed with other values in up to four places; the JSON stays well-formed."""
    value = draw(st.sampled_from([read for read in map(_parsed, seeds) if read is not None]))
    value = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 4))):
        _spoil(draw, value)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-16"])), "surrogatepass")


def _parsed(seed: bytes) -> dict[str, Any] | list[Any] | None:
    try:
        value = json.loads(seed)
    except (ValueError, RecursionError):
        return None
    return value if value and isinstance(value, dict | list) else None


def _spoil(draw: DrawFn, value: Any) -> None:
    """Go down a random way and put something else, or nothing, where it ends."""
    while True:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = draw(st.sampled_from(keys)) if keys else None
        if key is None:
            return
        inner = value[key]
        if not (isinstance(inner, dict | list) and inner) or not draw(st.integers(0, 3)):
            break
        value = inner
    if draw(st.booleans()):
        value[key] = draw(ANY_JSON)
    elif draw(st.booleans()):
        del value[key]
    elif isinstance(value, list):
        value.append(json.loads(json.dumps(draw(st.sampled_from(value)))))
