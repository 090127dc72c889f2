"""A document that is no PDF as a worker reads it: passages, or a refusal with words."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from engine.reading.document import DocumentRejectedError, PlaceUnit
from engine.reading.extract import extract_document
from engine.reading.formats.kinds import KINDS, PACKED, Format
from engine.reading.upload import check_upload
from fuzz.inputs import edited
from fuzz.targets import Target
from fuzz.targets.pdf import LIMITS, check_no_child

SMALL = replace(LIMITS, unpacked=16 * 1024 * 1024, document_cpu=5, document_wall=8, convert_cpu=5)
CODES = {
    *("empty_file", "unsupported_kind", "unreadable", "no_text", "garbled", "encrypted"),
    *("unpacks_too_large", "forbidden_contents", "too_many_pages", "too_heavy"),
    "needs_libreoffice",
}
# The first byte of an input says what its file is called.
NAMES = (*PACKED, Format.HTML, Format.MHTML, Format.MARKDOWN, Format.TEXT)
TOKENS = [
    *(b"<w:p>", b"</w:p>", b"<w:tbl>", b"<w:tr>", b"<w:tc>", b"<w:gridSpan w:val='99999999'/>"),
    *(b"<w:vMerge/>", b"<m:oMath>", b"<m:f>", b"<m:e>", b"<a:p>", b"<p:sp>", b"<text:p>"),
    *(
        b"<table:table-cell table:number-columns-repeated='1048576'>",
        b"<text:s text:c='99999999'/>",
    ),
    *(
        b"<td colspan=1000 rowspan=65534>",
        b"<table>",
        b"<ul><li>",
        b"<sup>",
        b"<math>",
        b"<br><br>",
    ),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<![CDATA[", b"-->", b"\0", b"\xff\xfe"),
    *(b"# ", b"|", b"```\n", b"$$", b"[^1]: x\n", b"> " * 50, b"\x1e", b"\xed\xa0\x80"),
]


@st.composite
def rewritten(draw: DrawFn, seeds: list[bytes]) -> bytes:
    """A packed document of which one part is spoiled, and then packed well again."""
    packed = [seed for seed in seeds if seed[1:5] == b"PK\x03\x04"]
    seed = draw(st.sampled_from(packed))
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(seed[1:])) as old, zipfile.ZipFile(file, "w") as new:
        names = [n for n in old.namelist() if n.endswith(("xml", "rels", "opf", "html"))]
        spoiled = draw(st.sampled_from(names))
        for name in old.namelist():
            data = old.read(name)
            if name == spoiled:
                data = draw(edited([data], TOKENS))
            new.writestr(name, data, zipfile.ZIP_DEFLATED)
    return seed[:1] + file.getvalue()


def check(data: bytes) -> None:
    if not data:
        return
    form, data = NAMES[data[0] % len(NAMES)], data[1:]
    with tempfile.NamedTemporaryFile(suffix=KINDS[form].suffixes[0]) as file:
        file.write(data)
        file.flush()
        try:
            check_upload(data[:1024], len(data), SMALL, file.name)
            read = extract_document(Path(file.name), limits=SMALL)
            assert [one.position for one in read.passages] == list(range(1, len(read.passages) + 1))
            for one in read.passages:
                assert 1 <= one.page_from <= one.page_to
                assert one.page_to <= read.pages or one.unit is PlaceUnit.PARAGRAPH
                assert one.text.strip()
                assert one.place
                for words in (one.text, one.label_from, one.label_to, *one.heading_path):
                    assert "\0" not in words
                    words.encode()
        except DocumentRejectedError as error:
            assert error.code in CODES, error.code
            assert len(error.message) > 30
    check_no_child()


TARGET = Target(
    check=check,
    inputs=lambda seeds: rewritten(list(seeds)) | edited(seeds, TOKENS),
)
