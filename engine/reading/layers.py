"""Leaves out the layers of a PDF that are switched off, such as an answer key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.reading.limits import PdfLimits
from engine.reading.sandbox import Children

CHILD = "layers_child.py"


@contextmanager
def without_hidden_layers(path: Path, limits: PdfLimits) -> Iterator[tuple[Path, bool]]:
    """Yields the file to read, a copy within this block if need be, and whether it may still
    show what its hidden layers hold."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "shown.pdf"
        request = {
            "path": str(path),
            "target": str(target),
            "memory": limits.child_memory,
            "cpu": limits.child_cpu,
            "bytes": 2 * limits.max_bytes,
        }
        outcome = Children().run(CHILD, request, wall=limits.child_wall)
        hidden = bool(outcome.answers) and outcome.answers[0]["hidden"]
        copied = hidden and outcome.finished and target.exists()
        yield (target if copied else path), hidden and not copied
