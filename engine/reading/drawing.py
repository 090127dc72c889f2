"""Draws pages, and parts of pages, in a limited child process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.reading.document import DocumentRejectedError
from engine.reading.limits import PdfLimits
from engine.reading.pdf import refusal, repaired
from engine.reading.sandbox import Children

CHILD = "picture_child.py"
MAX_BYTES = 4 * 1024 * 1024
WHOLE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: `box` in shares of it, from its upper left corner; `width` in pixels, or as
    many as `scale` for each point if that is less."""

    page: int
    width: int
    box: tuple[float, float, float, float] = WHOLE
    scale: float = 20.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A WebP file and its size in pixels; `empty` is one of a single colour."""

    content: bytes
    width: int
    height: int
    empty: bool


def draw(
    path: Path, parts: Sequence[Part], limits: PdfLimits, *, wall: float | None = None
) -> list[Picture | None]:
    """Returns a picture for each part; None for what cannot be drawn within the limits.

    Raises DocumentRejectedError for a file that cannot be opened.
    """
    try:
        return _drawn(path, parts, limits, wall)
    except DocumentRejectedError as error:
        if error.code == "encrypted":
            raise
        with repaired(path, limits) as copy:
            if copy is None:
                raise
            return _drawn(copy, parts, limits, wall)


def _drawn(
    path: Path, parts: Sequence[Part], limits: PdfLimits, wall: float | None
) -> list[Picture | None]:
    pictures: list[Picture | None] = []
    children = Children()
    while len(pictures) < len(parts):
        with TemporaryDirectory() as folder:
            rest = parts[len(pictures) :]
            request = {
                "path": str(path),
                "folder": folder,
                "parts": [asdict(part) for part in rest],
                "memory": limits.child_memory,
                "cpu": limits.child_cpu,
                "bytes": MAX_BYTES,
            }
            outcome = children.run(CHILD, request, wall=wall or limits.child_wall)
            if outcome.answers and "part" not in outcome.answers[0]:
                raise refusal(outcome.answers[0]["error"])
            for answer in outcome.answers:
                file = Path(folder, f"{answer['part']}.webp")
                size = (answer.get("width", 0), answer.get("height", 0), answer.get("empty", True))
                pictures.append(None if "error" in answer else Picture(file.read_bytes(), *size))
            if not outcome.finished:
                # The one after the last that was drawn ended the child.
                pictures.append(None)
    return pictures[: len(parts)]
