"""A file of an old installation beside good ones: whatever it holds, the others come in."""

from __future__ import annotations

from fuzz import corpus
from fuzz.inputs import composed, edited, spoiled_json
from fuzz.scratch import folder_of
from fuzz.targets import Target
from fuzz.targets.importing import check_import

GOOD = {f"good/{number}.json": data for number, data in enumerate(corpus.load("old_json_beside"))}
TOKENS = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"NaN", b"1e999", b"\\u0000", b"\\ud800"),
    *(b"9" * 5000, b'{"course_title":', b'{"quiz_id":', b'{"submission":', b'"modules":', b"\xff"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\n", b'{"course_id":', b'"answers":', b"\x00", b"{}"),
]


def check(data: bytes) -> None:
    with folder_of(GOOD | {"courses/spoiled.json": data}) as scratch:
        check_import(scratch)


TARGET = Target(
    check=check,
    inputs=lambda seeds: spoiled_json(seeds) | edited(seeds, TOKENS) | composed(TOKENS),
    needs_database=True,
)
