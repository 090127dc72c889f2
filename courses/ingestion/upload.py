"""The checks of an upload that need no parser, and the name it is shown by."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from courses.ingestion.document import DocumentRejectedError
from courses.ingestion.limits import PdfLimits

HEADER = b"%PDF-"
HEADER_WITHIN = 1024
NAME_LENGTH = 120
_KINDS = {b"PK\x03\x04": "a ZIP or Office file", b"\x89PNG": "a picture", b"\xff\xd8": "a picture"}


def check_upload(head: bytes, size: int, limits: PdfLimits) -> None:
    """Raises DocumentRejectedError: empty_file, too_large, or not_a_pdf by the first bytes."""
    if size == 0:
        raise DocumentRejectedError("empty_file", "The file is empty. Choose the file again.")
    if size > limits.max_bytes:
        allowed = limits.max_bytes // (1024 * 1024)
        raise DocumentRejectedError(
            "too_large", f"The file is larger than {allowed} MB. Split it, or make it smaller."
        )
    if HEADER not in head[:HEADER_WITHIN]:
        raise DocumentRejectedError(
            "not_a_pdf",
            f"This is {_kind(head)}, not a PDF. Save or print it as PDF and upload that.",
        )


def _kind(head: bytes) -> str:
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            return kind
    return "a web page" if b"<html" in head[:HEADER_WITHIN].lower() else "some other kind of file"


def safe_file_name(name: str) -> str:
    """`name` without path, control and direction marks, at most 120 characters; never empty."""
    visible = "".join(c for c in name.replace("\\", "/") if unicodedata.category(c)[0] != "C")
    last = re.sub(r"\s+", " ", visible.rsplit("/", 1)[-1]).strip(" .")
    if not last:
        return "document.pdf"
    suffix = PurePosixPath(last).suffix[:10]
    return last[: NAME_LENGTH - len(suffix)].removesuffix(suffix).rstrip() + suffix
