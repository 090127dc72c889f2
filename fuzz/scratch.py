"""A place for the files of one input."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Scratch:
    path: Path


@contextmanager
def folder_of(files: Mapping[str, bytes]) -> Iterator[Scratch]:
    with tempfile.TemporaryDirectory() as name:
        for inner, data in files.items():
            path = Path(name, inner)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield Scratch(Path(name))


@contextmanager
def file_of(data: bytes, suffix: str) -> Iterator[Scratch]:
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        yield Scratch(Path(file.name))
