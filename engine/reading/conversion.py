"""Converts old Word, PowerPoint and RTF files, and slides to be drawn, by LibreOffice, where that
is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.reading.document import DocumentRejectedError
from engine.reading.formats.kinds import CONVERTED, KINDS, Format
from engine.reading.limits import PdfLimits
from engine.reading.sandbox import Children

CHILD = "convert_child.py"
# The name of the stream in which Office keeps a file with a password.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
BLOCK = 1024 * 1024


def converter() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def check_converter(form: Format) -> None:
    """Raises DocumentRejectedError for a format that nothing here converts."""
    if form in CONVERTED and converter() is None:
        kind = KINDS[form]
        raise DocumentRejectedError(
            "needs_libreoffice",
            f"{kind.name} files ({kind.suffixes[0]}) are read by LibreOffice, which is not "
            f"installed here. Open the file, save it as .{CONVERTED[form].value}, and upload that.",
        )


@contextmanager
def converted(path: Path, form: Format, limits: PdfLimits, suffix: str = "") -> Iterator[Path]:
    """Yields the file in its new format, or as one with this suffix, for as long as the block.

    Raises DocumentRejectedError.
    """
    if _is_encrypted(path):
        raise DocumentRejectedError(
            "encrypted", "The file asks for a password. Save a copy without one and upload that."
        )
    check_converter(form)
    with TemporaryDirectory() as folder:
        target = suffix or CONVERTED[form].value
        named = Path(folder) / f"document.{form.value}"
        shutil.copyfile(path, named)
        request = {
            "program": converter(),
            "path": str(named),
            "folder": folder,
            "format": target,
            "memory": 2 * limits.child_memory,
            "cpu": limits.convert_cpu,
            "bytes": 2 * limits.max_bytes,
        }
        Children().run(CHILD, request, wall=limits.convert_wall)
        made = Path(folder) / f"document.{target}"
        if not made.is_file():
            raise DocumentRejectedError(
                "unreadable",
                f"The file could not be opened as {KINDS[form].name}. Open it, save it as "
                f".{target}, and upload that.",
            )
        yield made


def _is_encrypted(path: Path) -> bool:
    before = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if ENCRYPTED in before + block:
                return True
            before = block[-len(ENCRYPTED) :]
    return False
