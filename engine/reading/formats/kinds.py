"""The kinds of documents that are taken, told by their first bytes and their names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from engine.reading.document import DocumentRejectedError

HEAD = 1024  # so many bytes tell what a file is
PDF_HEADER = b"%PDF-"
_ZIP, _OLE, _RTF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf"
_BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM")


class Format(StrEnum):
    """The value is the end of the name under which such a file is stored."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    ODT = "odt"
    ODP = "odp"
    EPUB = "epub"
    HTML = "html"
    MHTML = "mhtml"
    MARKDOWN = "md"
    TEXT = "txt"
    DOC = "doc"
    PPT = "ppt"
    RTF = "rtf"


@dataclass(frozen=True, slots=True)
class Kind:
    """How people call a format, how their files end, and its content type."""

    name: str
    suffixes: tuple[str, ...]
    media_type: str


KINDS = {
    Format.PDF: Kind("PDF", (".pdf",), "application/pdf"),
    Format.DOCX: Kind(
        "Word",
        (".docx", ".docm", ".dotx", ".dotm"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    Format.PPTX: Kind(
        "PowerPoint",
        (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    Format.ODT: Kind(
        "OpenDocument text", (".odt", ".ott"), "application/vnd.oasis.opendocument.text"
    ),
    Format.ODP: Kind(
        "OpenDocument slides", (".odp", ".otp"), "application/vnd.oasis.opendocument.presentation"
    ),
    Format.EPUB: Kind("EPUB book", (".epub",), "application/epub+zip"),
    Format.HTML: Kind("web page", (".html", ".htm", ".xhtml"), "text/html"),
    Format.MHTML: Kind("saved web page", (".mhtml", ".mht"), "multipart/related"),
    Format.MARKDOWN: Kind("Markdown", (".md", ".markdown"), "text/markdown"),
    Format.TEXT: Kind("plain text", (".txt", ".text"), "text/plain"),
    Format.DOC: Kind("old Word", (".doc", ".dot"), "application/msword"),
    Format.PPT: Kind("old PowerPoint", (".ppt", ".pps", ".pot"), "application/vnd.ms-powerpoint"),
    Format.RTF: Kind("RTF", (".rtf",), "application/rtf"),
}
PACKED = (Format.DOCX, Format.PPTX, Format.ODT, Format.ODP, Format.EPUB)
# These are read as what LibreOffice makes of them.
CONVERTED = {Format.DOC: Format.DOCX, Format.RTF: Format.DOCX, Format.PPT: Format.PPTX}
SUFFIXES = tuple(suffix for kind in KINDS.values() for suffix in kind.suffixes)
TAKEN = "PDF, Word, PowerPoint, OpenDocument (odt, odp), EPUB, web page, Markdown or plain text"
_BY_SUFFIX = {suffix: form for form, kind in KINDS.items() for suffix in kind.suffixes}
_MIMETYPES = {KINDS[form].media_type.encode(): form for form in PACKED[2:]}


def format_by_name(name: str) -> Format | None:
    return _BY_SUFFIX.get(PurePosixPath(name.lower()).suffix)


def recognised(head: bytes, name: str) -> Format:
    """Returns what a file is by its first bytes, and by its name where these leave it open.

    Raises DocumentRejectedError (unsupported_kind) for what ProfAI cannot read.
    """
    named = format_by_name(name)
    if PDF_HEADER in head[:HEAD]:
        return Format.PDF
    if head.startswith(_ZIP):
        return _packed(head, named, name)
    if head.startswith(_OLE):
        # A Word file with a password is packed like an old one.
        known = {Format.PPTX: Format.PPT, Format.PPT: Format.PPT}
        if named in (Format.DOC, Format.DOCX, *known):
            return known.get(named or Format.DOC, Format.DOC)
        raise _unsupported("an old Office file of another kind")
    if head.startswith(_RTF):
        return Format.RTF
    if head.startswith(_PICTURES):
        raise _unsupported("a picture", "Put it into a document with text")
    return _text(head, named, name)


def _packed(head: bytes, named: Format | None, name: str) -> Format:
    for mimetype, form in _MIMETYPES.items():
        if mimetype in head[:HEAD].split(b"PK\x03\x04")[1]:
            return form
    if named in PACKED:
        return named
    if name.lower().endswith((".xlsx", ".xlsm", ".ods")):
        raise _unsupported("a spreadsheet", "Copy its tables into a document")
    raise _unsupported("a ZIP file", "Unpack it and upload the documents in it")


def _text(head: bytes, named: Format | None, name: str) -> Format:
    start = head[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if named is Format.MHTML and b"mime-version:" in start:
        return Format.MHTML
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return Format.HTML
    binary = b"\0" in head and not head.startswith(_BYTE_ORDER)
    if not binary and named in (Format.HTML, Format.MARKDOWN, Format.TEXT):
        return named
    if not binary and not PurePosixPath(name).suffix:
        return Format.TEXT
    if named in (Format.PDF, *PACKED, Format.DOC, Format.PPT):
        raise DocumentRejectedError(
            "unsupported_kind",
            f"The file is called {PurePosixPath(name).suffix} but is none, or its beginning is "
            "missing. Open it in the program that it was made with, save it again, and upload "
            "that.",
        )
    raise _unsupported("some other kind of file")


def _unsupported(kind: str, helps: str = "Save or print it as PDF") -> DocumentRejectedError:
    words = f"This is {kind}; ProfAI reads {TAKEN}. {helps}"
    if not helps.endswith("in it"):
        words += " and upload that"
    return DocumentRejectedError("unsupported_kind", f"{words}.")
