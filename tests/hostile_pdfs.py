"""PDFs that kill, hang or fool readers: one function a class, each a few kilobytes to make.

They are written object by object, because no library would write them.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from io import BytesIO

import pikepdf

from tests.pdfs import make_pdf

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries, data)


def text(words: bytes) -> bytes:
    return b"BT /F1 12 Tf 72 700 Td (%b) Tj ET" % words


def document(objects: Mapping[int, bytes], root: int = 1) -> bytes:
    """A file with a classic cross-reference table over numbered objects."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, objects[number])
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        used = b"%010d 00000 n \n" % offsets[number] if number in offsets else None
        out += used or b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start)
    return bytes(out)


def page(
    content: bytes,
    *,
    resources: bytes = b"",
    box: bytes = b"[0 0 612 792]",
    extra: Mapping[int, bytes] | None = None,
    catalog: bytes = b"",
) -> bytes:
    """One page; `content` is its stream object, further objects are numbered from 6."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox %b /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> %b >> >>" % (box, resources),
        4: content,
        5: FONT,
    }
    return document(objects | dict(extra or {}))


def double_deflate() -> bytes:
    return page(_gigabyte())


@cache
def _gigabyte() -> bytes:
    """A few kilobytes that inflate twice to a gigabyte of spaces."""
    packer = zlib.compressobj(9)
    inner = b"".join(packer.compress(b" " * 2**20) for _ in range(1024)) + packer.flush()
    filters = b"/Filter [/FlateDecode /FlateDecode]"
    return stream(zlib.compress(inner, 9), filters)


def form_draws_itself() -> bytes:
    form = stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    form = form.replace(b"/BBox", b"/Resources << /XObject << /X 6 0 R >> >> /BBox")
    return page(stream(b"/X Do"), resources=b"/XObject << /X 6 0 R >>", extra={6: form})


def nested_forms() -> bytes:
    """Ten forms deep, each drawing the next ten times: ten thousand million drawings."""
    extra = {}
    for number in range(6, 16):
        nested = b"/Resources << /XObject << /X %d 0 R >> >>" % (number + 1)
        head = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] %b" % nested
        extra[number] = stream(b"/X Do " * 10, head)
    extra[16] = stream(text(b"lol"), b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return page(stream(b"/X Do"), resources=b"/XObject << /X 6 0 R >>", extra=extra)


def _with_cmap(cmap: bytes, words: bytes = b"<00410042>") -> bytes:
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Helvetica /Encoding /Identity-H"
        b" /DescendantFonts [8 0 R] /ToUnicode 7 0 R >>"
    )
    child = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Helvetica"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    content = stream(b"BT /F2 12 Tf 72 700 Td %b Tj ET" % words)
    extra = {6: font, 7: stream(cmap), 8: child}
    return page(content, resources=b"/Font << /F1 5 0 R /F2 6 0 R >>", extra=extra)


def tounicode_ranges() -> bytes:
    ranges = b"<0000> <ffff> <0000>\n" * 20_000
    return _with_cmap(b"20000 beginbfrange\n%bendbfrange" % ranges)


def tounicode_nul_and_surrogates() -> bytes:
    return _with_cmap(b"2 beginbfchar\n<0041> <0000>\n<0042> <d800>\nendbfchar", b"<00410042>")


def many_characters() -> bytes:
    return page(stream(zlib.compress(text(b"word " * 400_000)), b"/Filter /FlateDecode"))


def many_paths() -> bytes:
    lines = b"0 0 m 9 9 l S\n" * 500_000
    return page(stream(zlib.compress(lines + text(b"After.")), b"/Filter /FlateDecode"))


def many_rectangles() -> bytes:
    boxes = b"".join(b"%d %d 50 12 re S\n" % (n % 600, n % 790) for n in range(100_000))
    return page(stream(zlib.compress(boxes + text(b"After.")), b"/Filter /FlateDecode"))


def deep_states() -> bytes:
    return page(stream(zlib.compress(b"q " * 1_000_000), b"/Filter /FlateDecode"))


def deep_arrays() -> bytes:
    return page(stream(b"[" * 200_000 + b"]" * 200_000 + b" 0 d " + text(b"After.")))


def deep_objects() -> bytes:
    return page(stream(text(b"A page.")), catalog=b"/Deep " + b"[" * 50_000 + b"]" * 50_000)


def outline_cycle() -> bytes:
    item = b"<< /Title (Round) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Dest [3 0 R /Fit] >>"
    root = b"<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>"
    return page(stream(text(b"A page.")), catalog=b"/Outlines 6 0 R", extra={6: root, 7: item})


def outline_depth() -> bytes:
    extra = {6: b"<< /Type /Outlines /First 7 0 R /Last 7 0 R >>"}
    for number in range(7, 20_007):
        first = b"/First %d 0 R" % (number + 1) if number < 20_006 else b""
        extra[number] = b"<< /Title (Down) /Dest [3 0 R /Fit] %b >>" % first
    return page(stream(text(b"A page.")), catalog=b"/Outlines 6 0 R", extra=extra)


def page_tree_cycle() -> bytes:
    kids = b"<< /Type /Pages /Kids [2 0 R] /Count 3 >>"
    return document({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: kids})


def many_kids() -> bytes:
    kids = b"<< /Type /Pages /Kids [%b] /Count 200000 >>" % (b"3 0 R " * 200_000)
    leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    return document({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: kids, 3: leaf})


def lying_count() -> bytes:
    return page(stream(text(b"Only one."))).replace(b"/Count 1", b"/Count 9")


def negative_count() -> bytes:
    return page(stream(text(b"Only one."))).replace(b"/Count 1 ", b"/Count -1 ")


def predictor_giant() -> bytes:
    parameters = b"/DecodeParms << /Predictor 15 /Columns 2147483647 /Colors 32 >>"
    return page(stream(zlib.compress(b"\2" * 100), b"/Filter /FlateDecode " + parameters))


def media_box_giant() -> bytes:
    return page(stream(text(b"Far away.")), box=b"[0 0 1e30 1e30]")


def image_giant() -> bytes:
    image = stream(
        zlib.compress(b"\0" * 1000),
        b"/Type /XObject /Subtype /Image /Width 50000 /Height 50000 /BitsPerComponent 8"
        b" /ColorSpace /DeviceRGB /Filter /FlateDecode",
    )
    content = stream(b"q 612 0 0 792 0 0 cm /I Do Q")
    return page(content, resources=b"/XObject << /I 6 0 R >>", extra={6: image})


def only_pictures() -> bytes:
    image = stream(
        b"\x80" * 10_000,
        b"/Type /XObject /Subtype /Image /Width 100 /Height 100 /BitsPerComponent 8"
        b" /ColorSpace /DeviceGray",
    )
    content = stream(b"q 612 0 0 792 0 0 cm /I Do Q")
    return page(content, resources=b"/XObject << /I 6 0 R >>", extra={6: image})


def flipped_bytes() -> bytes:
    content, chance = bytearray(make_pdf()), random.Random(7)  # noqa: S311 - no secret
    for _ in range(200):
        content[chance.randrange(20, len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def junk_before_header() -> bytes:
    return b"\xff junk \x00" * 90 + make_pdf()


def junk_after_header() -> bytes:
    return b"%PDF-1.7\n" + random.Random(7).randbytes(5000)  # noqa: S311 - no secret


def truncated_half() -> bytes:
    content = make_pdf()
    return content[: len(content) // 2]


def truncated_tail() -> bytes:
    return make_pdf()[:-300]


def user_password() -> bytes:
    return _encrypted(owner="owner", user="secret")


def owner_password() -> bytes:
    return _encrypted(owner="owner", user="")


def _encrypted(*, owner: str, user: str) -> bytes:
    target = BytesIO()
    with pikepdf.open(BytesIO(make_pdf())) as plain:
        plain.save(target, encryption=pikepdf.Encryption(owner=owner, user=user))
    return target.getvalue()


def script() -> bytes:
    action = b"/OpenAction << /S /JavaScript /JS (while \\(true\\) {}) >>"
    return page(stream(text(b"A page with a script.")), catalog=action)


def no_pages() -> bytes:
    pages = b"<< /Type /Pages /Kids [] /Count 0 >>"
    return document({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: pages})


def content_refers_to_itself() -> bytes:
    return page(b"4 0 R")


def filter_chain() -> bytes:
    return page(stream(b"x" * 100, b"/Filter [%b]" % (b"/ASCIIHexDecode " * 5000)))


def packed(content: bytes) -> bytes:
    return stream(zlib.compress(content), b"/Filter /FlateDecode")


def rows(texts: Iterable[bytes], *, leading: bytes = b"0.5") -> bytes:
    """Each text on a line of its own."""
    shown = b"".join(b"(%b) Tj T*\n" % row for row in texts)
    return packed(b"BT /F1 %b Tf %b TL 10 780 Td\n%bET" % (leading, leading, shown))


def many_lines() -> bytes:
    return page(rows([b"a"] * 200_000))


def one_long_line() -> bytes:
    return page(rows([b") Tj (".join([b"abcdefghij" * 1000] * 20)]))


def dotted_lines() -> bytes:
    row = b") Tj (".join([b"." * 10_000] * 19) + b" a!"
    return page(rows([row], leading=b"0.005"))  # or the letters would be outside the page


def many_bookmarks() -> bytes:
    """Thousands of titles that stand nowhere among the thousands of lines of their page."""
    last = 5006
    extra = {6: b"<< /Type /Outlines /First 7 0 R /Last %d 0 R >>" % last}
    for number in range(7, last + 1):
        following = b"/Next %d 0 R" % (number + 1) if number < last else b""
        title = b"Title %d" % number
        extra[number] = b"<< /Title (%b) /Dest [3 0 R /Fit] %b >>" % (title, following)
    content = rows([b"row %d" % n for n in range(2900)])
    return page(content, catalog=b"/Outlines 6 0 R", extra=extra)


def leaves(kids: Sequence[int]) -> bytes:
    """A page a number: 3 can be read, 6 ends its reader, 99 does not exist."""
    head = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents"
    tree = b" ".join(b"%d 0 R" % number for number in kids)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (tree, len(kids)),
        3: head + b" 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        4: stream(text(b"A page that can be read.")),
        5: FONT,
        6: head + b" 7 0 R >>",
        7: _gigabyte(),
    }
    return document(objects)


REFUSED, READ, EITHER = "refused", "read", "either"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    make.__name__: (make, outcome)
    for make, outcome in (
        (double_deflate, REFUSED),
        (form_draws_itself, REFUSED),
        (nested_forms, EITHER),
        (tounicode_ranges, EITHER),
        (tounicode_nul_and_surrogates, EITHER),
        (many_characters, READ),
        (many_paths, READ),
        (many_rectangles, READ),
        (deep_states, REFUSED),
        (deep_arrays, EITHER),
        (deep_objects, EITHER),
        (outline_cycle, READ),
        (outline_depth, READ),
        (page_tree_cycle, REFUSED),
        (many_kids, REFUSED),
        (lying_count, READ),
        (negative_count, EITHER),
        (predictor_giant, REFUSED),
        (media_box_giant, EITHER),
        (image_giant, REFUSED),
        (only_pictures, REFUSED),
        (flipped_bytes, EITHER),
        (junk_before_header, READ),
        (junk_after_header, REFUSED),
        (truncated_half, EITHER),
        (truncated_tail, READ),
        (user_password, REFUSED),
        (owner_password, READ),
        (script, READ),
        (no_pages, REFUSED),
        (content_refers_to_itself, REFUSED),
        (filter_chain, REFUSED),
    )
}
