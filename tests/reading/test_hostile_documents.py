"""Documents that attack, lie, or are broken: each ends with a refusal that says what to do."""

from __future__ import annotations

import socket
import stat
import zipfile
from io import BytesIO
from operator import itemgetter
from pathlib import Path

import docx
import pytest

from engine.reading import other_formats
from engine.reading.document import DocumentRejectedError, ExtractedDocument
from engine.reading.extract import extract_document
from engine.reading.limits import PdfLimits
from tests.office import (
    changed,
    epub,
    open_document,
    paragraph,
    rivers_docx,
    rivers_epub,
    rivers_pptx,
    saved,
    word,
    zipped,
)
from tests.pdfs import make_pdf
from tests.reading.test_word import LONG

LIMITS = PdfLimits(unpacked=8 * 1024 * 1024, max_pages=5)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
WORDS = "of this machine alone"


def read(tmp_path: Path, data: bytes, name: str, limits: PdfLimits = LIMITS) -> ExtractedDocument:
    path = tmp_path / name
    path.write_bytes(data)
    return extract_document(path, limits=limits)


def refused(tmp_path: Path, data: bytes, name: str, limits: PdfLimits = LIMITS) -> tuple[str, str]:
    with pytest.raises(DocumentRejectedError) as caught:
        read(tmp_path, data, name, limits)
    return caught.value.code, caught.value.message


def bomb(name: str, first: str = "") -> bytes:
    """A packed document, one part of which unpacks to a thousand times its size."""
    return zipped({name: b"<a>" + b" " * 9_000_000}, first=first)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (
            changed(rivers_docx(), {"word/document.xml": lambda old: old + b" " * 9_000_000}),
            "a.docx",
        ),
        (
            changed(rivers_pptx(), {"ppt/presentation.xml": lambda old: old + b" " * 9_000_000}),
            "a.pptx",
        ),
        (bomb("content.xml", "application/vnd.oasis.opendocument.text"), "a.odt"),
        (bomb("META-INF/container.xml", "application/epub+zip"), "a.epub"),
        (zipped({f"{n}.xml": b"0" * 8_000_000 for n in range(5)}), "a.docx"),
        (zipped({f"{n}": b"" for n in range(20_001)}), "a.docx"),
    ],
)
def test_what_unpacks_to_more_than_is_allowed(tmp_path: Path, data: bytes, name: str) -> None:
    code, words = refused(tmp_path, data, name)
    assert (code, "8 MB in all" in words) == ("unpacks_too_large", True)


ENTITIES = [
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file://{secret}">]>',
    '<!DOCTYPE a [<!ENTITY % b SYSTEM "file://{secret}"> %b;]>',
    '<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
]


@pytest.mark.parametrize("entity", ENTITIES)
def test_entities_are_refused_and_never_read(tmp_path: Path, entity: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(WORDS)
    declared = entity.format(secret=secret).encode()

    def add(old: bytes) -> bytes:
        head, body = (b"", old) if not old.startswith(b"<?xml") else old.split(b"?>", 1)
        return (head + b"?>" if head else b"") + declared + body.replace(b"A spring", b"&b;")

    for data, name in (
        (changed(rivers_docx(), {"word/document.xml": add}), "a.docx"),
        (changed(rivers_epub(), {"OEBPS/c1.xhtml": add}), "a.epub"),
        (changed(open_document("text", f"<text:p>{LONG}</text:p>"), {"content.xml": add}), "a.odt"),
    ):
        code, words = refused(tmp_path, data, name)
        assert (code, WORDS in words) == ("forbidden_contents", False)
    page = declared + f"<html><p>{LONG} &b;</p></html>".encode()
    assert WORDS not in str(read(tmp_path, page, "a.html"))


def locked_zip() -> bytes:
    """A Word file whose parts are marked as encrypted."""
    data = bytearray(rivers_docx())
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


MANIFEST = "<manifest><file-entry><encryption-data checksum='x'/></file-entry></manifest>"
RIGHTS = (
    "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><EncryptedData>"
    "<EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/></EncryptedData>"
    "</encryption>"
)
FONTS = RIGHTS.replace(
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc", "http://ns.adobe.com/pdf/enc#RC-font-obfuscation"
)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.pptx"),
        (locked_zip(), "a.docx"),
        (
            open_document("text", "<text:p>x</text:p>", **{"META-INF/manifest.xml": MANIFEST}),
            "a.odt",
        ),
        (changed(rivers_epub(), {"META-INF/encryption.xml": lambda _: RIGHTS.encode()}), "a.epub"),
    ],
)
def test_passwords_and_copy_protection(tmp_path: Path, data: bytes, name: str) -> None:
    code, words = refused(tmp_path, data, name)
    assert code == "encrypted"
    assert "Save a copy without" in words


@pytest.mark.parametrize("way", ["", "http://www.idpf.org/2008/embedding"], ids=["Adobe", "EPUB"])
def test_a_book_whose_fonts_alone_are_protected_is_read(tmp_path: Path, way: str) -> None:
    fonts = FONTS.replace("http://ns.adobe.com/pdf/enc#RC-font-obfuscation", way) if way else FONTS
    data = changed(rivers_epub(), {"META-INF/encryption.xml": lambda _: fonts.encode()})
    assert len(read(tmp_path, data, "a.epub").passages) == 3


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_files_that_were_cut_off(tmp_path: Path, share: float) -> None:
    odt = open_document("text", f"<text:p>{LONG}</text:p>")
    for data, name, kind in (
        (rivers_docx(), "a.docx", "Word"),
        (rivers_pptx(), "a.pptx", "PowerPoint"),
        (rivers_epub(), "a.epub", "EPUB book"),
        (odt, "a.odt", "OpenDocument text"),
    ):
        code, words = refused(tmp_path, data[: int(len(data) * share)], name)
        assert (code, f"opened as {kind}" in words, "save it again" in words) == (
            "unreadable",
            True,
            True,
        )


def test_a_part_that_is_no_xml_or_missing(tmp_path: Path) -> None:
    for cut in (0, 12, 500):
        broken = changed(rivers_docx(), {"word/document.xml": itemgetter(slice(cut))})
        assert refused(tmp_path, broken, "a.docx")[0] == "unreadable"
    slides = changed(rivers_pptx(), {"ppt/slides/slide2.xml": lambda _: b""})
    assert (
        "names parts that are not in it: 1"
        in read(tmp_path, slides, "a.pptx", PdfLimits()).warnings[0]
    )


def test_the_contents_count_whatever_a_file_is_called(tmp_path: Path) -> None:
    limits = PdfLimits()
    assert read(tmp_path, rivers_pptx(), "a.docx", limits).unit == "slide"
    assert read(tmp_path, rivers_docx(), "a.pptx", limits).unit == "paragraph"
    assert read(tmp_path, rivers_epub(), "a.docx", limits).unit == "page"
    assert read(tmp_path, make_pdf(), "a.docx", limits).pages > 0
    sheet = zipped({"[Content_Types].xml": "<x>spreadsheetml</x>"})
    assert refused(tmp_path, sheet, "a.docx") == (
        "unsupported_kind",
        "This is a spreadsheet. Copy its tables into a document and upload that.",
    )
    code, words = refused(tmp_path, zipped({"a.txt": "x"}), "a.docx")
    assert (code, "called .docx but holds no such document" in words) == ("unsupported_kind", True)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (saved(docx.Document()), "a.docx"),
        (word(paragraph("12 + 7 = 19")), "a.docx"),
        (epub({"a.xhtml": "<p> </p>"}, "<ol/>"), "a.epub"),
        (b"<html><body></body></html>", "a.html"),
        (b"<html><script>let x = 'words of a script'</script></html>", "a.html"),
        (b" \n\n ", "a.md"),
        (b" \n\n ", "a.txt"),
    ],
)
def test_documents_without_text(tmp_path: Path, data: bytes, name: str) -> None:
    code, words = refused(tmp_path, data, name)
    assert (code, words[:30]) == ("no_text", "The document holds no text tha")


def test_a_document_of_pictures_says_how_they_could_be_read(tmp_path: Path) -> None:
    page = b"<html><body><img src='a.png' alt='a river'></body></html>"
    code, words = refused(tmp_path, page, "a.html")
    assert (code, "save the document as pdf" in words.lower()) == ("no_text", True)


def test_a_document_that_is_garbled_throughout(tmp_path: Path) -> None:
    noise = "isp splce qzx wvkj xqz pfbt jklq wxzv qpdk zzxq vbnq kjwx qwzx pltk xxqj zvkq " * 3
    code, words = refused(tmp_path, noise.encode(), "a.txt")
    assert (code, "as PDF" in words) == ("garbled", True)


def test_too_many_slides(tmp_path: Path) -> None:
    code, words = refused(tmp_path, rivers_pptx(), "a.pptx", PdfLimits(max_pages=5))
    assert (code, "more than 5 slides" in words) == ("too_many_pages", True)
    pages = "<draw:page/>" * 6
    assert refused(tmp_path, open_document("presentation", pages), "a.odp")[0] == "too_many_pages"


def test_what_takes_more_memory_than_is_allowed(tmp_path: Path) -> None:
    code, words = refused(tmp_path, rivers_docx(), "a.docx", PdfLimits(child_memory=1024 * 1024))
    assert (code, "save it as PDF" in words) == ("too_heavy", True)


def test_a_reader_that_stands_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = tmp_path / "waits.py"
    waits.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(other_formats, "CHILD", str(waits))
    code, words = refused(tmp_path, rivers_docx(), "a.docx", PdfLimits(document_wall=0.3))
    assert (code, "save it as PDF" in words) == ("too_heavy", True)


def test_more_text_than_is_allowed_is_cut_and_said(tmp_path: Path) -> None:
    extracted = read(tmp_path, rivers_docx(), "a.docx", PdfLimits(lines=4))
    assert "more than is read of one" in extracted.warnings[0]
    assert sum(len(p.text.split("\n\n")) for p in extracted.passages) < 4


def outcome(tmp_path: Path, data: bytes, name: str) -> str:
    try:
        read(tmp_path, data, name)
    except DocumentRejectedError as error:
        return error.code
    return "read"


@pytest.mark.parametrize("depth", [200, 5000])
def test_elements_within_elements_without_end(tmp_path: Path, depth: int) -> None:
    nested = "<div>" * depth + f"<p>{LONG}</p>" + "</div>" * depth
    page = f"<html><body>{nested}</body></html>".encode()
    listed = "<ul><li>" * depth + LONG + "</li></ul>" * depth
    boxes = "<w:sdt><w:sdtContent>" * depth + paragraph(LONG) + "</w:sdtContent></w:sdt>" * depth
    body = f"<w:body>{paragraph('Rivers run.')}{boxes}</w:body>"
    office = changed(
        rivers_docx(),
        {
            "word/document.xml": lambda old: (
                old[: old.index(b"<w:body>")] + body.encode() + b"</w:document>"
            )
        },
    )
    for data, name in (
        (page, "a.html"),
        (f"<html><body>{listed}</body></html>".encode(), "b.html"),
        (("> " * depth + LONG).encode(), "a.md"),
        (office, "a.docx"),
    ):
        said = outcome(tmp_path, data, name)
        assert said in ("read", "unreadable", "too_heavy", "no_text")


def test_nothing_outside_is_fetched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        page = (
            f"<html><head><link rel=stylesheet href='{address}'><base href='{address}'>"
            f"<meta http-equiv=refresh content='0;url={address}'></head><body><h1>Water</h1>"
            f"<p>{LONG}</p><img src='{address}'><iframe src='{address}'></iframe></body></html>"
        )
        relation = (
            f'<Relationship Id="rIdT" Target="{address}" TargetMode="External" Type="http://schemas'
            '.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>'
        )
        data = changed(
            rivers_docx(),
            {
                "word/_rels/document.xml.rels": lambda old: old.replace(
                    b"</Relationships>", relation.encode()
                )
            },
        )
        assert read(tmp_path, page.encode(), "a.html").passages
        assert "were not fetched" in read(tmp_path, data, "a.docx").warnings[0]
        with pytest.raises(TimeoutError):
            server.accept()


def soffice(folder: Path, made: bytes | None) -> None:
    """A program in place of LibreOffice, which this machine need not have: it leaves `made` where
    LibreOffice would leave the new file, and notes what it was asked for."""
    (folder / "made").write_bytes(made or b"")
    program = folder / "soffice"
    copy = f'cp {folder}/made "$out/document.$form"' if made is not None else "exit 1"
    program.write_text(
        f"""#!/bin/sh
echo "$@" > {folder}/asked
ulimit -t >> {folder}/asked
while [ $# -gt 0 ]; do
  case "$1" in --convert-to) form="$2";; --outdir) out="$2";; esac
  shift
done
{copy}
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_an_old_file_is_read_as_what_libreoffice_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    soffice(tmp_path, rivers_pptx())
    extracted = read(tmp_path, OLE, "a.ppt", PdfLimits())
    assert (extracted.unit, extracted.pages) == ("slide", 6)
    asked, seconds = (tmp_path / "asked").read_text().splitlines()
    assert "--headless" in asked
    assert "--convert-to pptx" in asked
    assert "-env:UserInstallation=file:///" in asked
    assert int(seconds) == PdfLimits().convert_cpu


def test_an_old_file_that_libreoffice_cannot_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    soffice(tmp_path, None)
    code, words = refused(tmp_path, OLE, "a.doc")
    assert (code, "could not be opened as old Word" in words) == ("unreadable", True)


def test_old_files_without_libreoffice_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, words = refused(tmp_path, b"{\\rtf1 x}", "a.rtf")
    assert (code, "save it as .docx" in words) == ("needs_libreoffice", True)


def test_a_name_in_a_zip_leads_nowhere(tmp_path: Path) -> None:
    file = BytesIO(rivers_docx())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../../evil.txt", "x")
        archive.writestr("/etc/evil.txt", "x")
    assert read(tmp_path, file.getvalue(), "a.docx").passages
    assert not list(tmp_path.parent.rglob("evil.txt"))
