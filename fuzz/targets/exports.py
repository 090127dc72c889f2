"""An exported course that somebody changed on its way back."""

from __future__ import annotations

from fuzz.inputs import edited, spoiled_json
from fuzz.scratch import file_of
from fuzz.targets import Target
from fuzz.targets.importing import check_import

TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b"null",
    b"\\u0000",
    b"\\ud800",
    b"1e999",
    b"9" * 5000,
]


def check(data: bytes) -> None:
    with file_of(data, ".json") as scratch:
        check_import(scratch)


TARGET = Target(
    check=check,
    inputs=lambda seeds: spoiled_json(seeds) | edited(seeds, TOKENS),
    needs_database=True,
)
