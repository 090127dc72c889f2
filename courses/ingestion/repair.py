"""One try at mending a PDF that does not open, in the same kind of limited child."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from courses.ingestion.limits import PdfLimits
from courses.ingestion.sandbox import Children

CHILD = "repair_child.py"


@contextmanager
def repaired(path: Path, limits: PdfLimits) -> Iterator[Path | None]:
    """A mended copy that lasts as long as the block, or None where it cannot be mended."""
    with TemporaryDirectory() as folder:
        target = Path(folder) / "mended.pdf"
        request = {
            "path": str(path),
            "target": str(target),
            "memory": limits.child_memory,
            "cpu": limits.child_cpu,
            "bytes": 2 * limits.max_bytes,
        }
        outcome = Children().run(CHILD, request, wall=limits.child_wall)
        mended = outcome.finished and outcome.answers and outcome.answers[0]["pages"]
        yield target if mended else None
