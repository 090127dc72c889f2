"""Checks an upload without parsing it, and cleans its file name."""

from __future__ import annotations

from pathlib import PurePosixPath

from engine.language.typed import one_line
from engine.reading.conversion import check_converter
from engine.reading.document import DocumentRejectedError
from engine.reading.formats.kinds import Format, recognised
from engine.reading.limits import PdfLimits

NAME_LENGTH = 120


def check_upload(head: bytes, size: int, limits: PdfLimits, name: str = "") -> Format:
    """Returns the format by the first bytes and the name.

    Raises DocumentRejectedError: empty_file, too_large, unsupported_kind, or needs_libreoffice.
    """
    check_size(size, limits)
    form = recognised(head, name)
    check_converter(form)
    return form


def check_size(size: int, limits: PdfLimits) -> None:
    """Raises DocumentRejectedError: empty_file or too_large."""
    if size == 0:
        raise DocumentRejectedError("empty_file", "The file is empty. Choose the file again.")
    if size > limits.max_bytes:
        allowed = limits.max_bytes // (1024 * 1024)
        raise DocumentRejectedError(
            "too_large", f"The file is larger than {allowed} MB. Split it, or make it smaller."
        )


def safe_file_name(name: str) -> str:
    """Returns `name` in one line, without path and marks of direction, at most 120 characters;
    never empty."""
    last = one_line(name.replace("\\", "/")).rsplit("/", 1)[-1].strip(" .")
    if not last:
        return "document.pdf"
    suffix = PurePosixPath(last).suffix[:10]
    return last[: NAME_LENGTH - len(suffix)].removesuffix(suffix).rstrip() + suffix
