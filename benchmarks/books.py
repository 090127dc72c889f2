"""Real books that nobody of the project wrote: manuals from Debian's packages.

They are downloaded by apt on first use and kept under `var/books`; BENCH_BOOKS names a
folder with PDFs to use instead.
"""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path

import pikepdf

from profai.environment import var_dir

PACKAGES = {
    "r-doc-pdf": "usr/share/R/doc/manual/R-intro.pdf",
    "debian-policy": "usr/share/doc/debian-policy/policy.pdf.gz",
    "developers-reference": "usr/share/developers-reference/developers-reference.pdf",
}


MANUAL = ("octave-doc", "usr/share/doc/octave/octave.pdf")  # 1,158 pages of prose and code
REFERENCE = ("r-doc-pdf", "usr/share/R/doc/manual/refman.pdf")  # 2,415 pages


def manual(target: Path, pages: int, book: tuple[str, str] = MANUAL) -> Path:
    """The first pages of a manual, with its bookmarks."""
    folder = var_dir() / "books"
    folder.mkdir(parents=True, exist_ok=True)
    with pikepdf.open(_book(folder, *book)) as whole:
        if len(whole.pages) < pages:
            raise ValueError(f"The manual has {len(whole.pages)} pages only.")
        del whole.pages[pages:]
        whole.save(target)
    return target


def books() -> list[Path]:
    """The PDFs to measure with; they come by apt if they are not there."""
    given = os.environ.get("BENCH_BOOKS")
    if given:
        return sorted(Path(given).glob("*.pdf"))
    folder = var_dir() / "books"
    folder.mkdir(parents=True, exist_ok=True)
    return [_book(folder, package, path) for package, path in PACKAGES.items()]


def _book(folder: Path, package: str, path: str) -> Path:
    target = folder / f"{Path(path).name.removesuffix('.gz')}"
    if not target.exists():
        subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
        archive = next(folder.glob(f"{package}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive, folder / package], check=True)
        content = (folder / package / path).read_bytes()
        target.write_bytes(gzip.decompress(content) if path.endswith(".gz") else content)
    return target
