"""A separate program that writes a copy of a PDF without the layers that are switched off.

Most files have no layers: they are only searched for the word, and no library is loaded.
"""

from __future__ import annotations

import mmap
import re
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.reading.child import read_request, write_answer

WORD = b"/OCProperties"
PACKED = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
MAX_UNPACKED = 200_000  # bytes of one packed stream; the catalogue is short and often first
MAX_STREAMS = 2000
MAX_DEPTH = 12
PAINTING = {"Tj", "TJ", "'", '"', "Do", "sh", "INLINE IMAGE"}
PATHS = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"}


def main() -> int:
    request = read_request()
    path = Path(request["path"])
    if not _mentions_layers(path):
        write_answer({"hidden": False})
        return 0
    import pikepdf

    with pikepdf.open(path) as document:
        hidden = _hidden_groups(document)
        write_answer({"hidden": bool(hidden)})
        if not hidden:
            return 0
        cleaner = _Cleaner(document, hidden)
        for page in document.pages:
            cleaner.clean_page(page.obj)
        document.save(request["target"])
    return 0


def _mentions_layers(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(WORD) >= 0:
            return True
        for number, packed in enumerate(PACKED.finditer(data)):
            if number >= MAX_STREAMS:
                return True
            try:
                start = packed.end()
                unpacked = zlib.decompressobj().decompress(
                    data[start : start + MAX_UNPACKED], MAX_UNPACKED
                )
            except zlib.error:
                continue
            if WORD in unpacked:
                return True
    return False


def _hidden_groups(document: Any) -> set[tuple[int, int]]:
    """Returns the layers that are off when the document is opened, by object number."""
    layers = document.Root.get("/OCProperties", {})
    usual = layers.get("/D", {})
    if usual.get("/BaseState") == "/OFF":
        shown = {group.objgen for group in usual.get("/ON", [])}
        return {group.objgen for group in layers.get("/OCGs", [])} - shown
    return {group.objgen for group in usual.get("/OFF", [])}


class _Cleaner:
    """Removes what hidden layers paint; all other commands stay, so that places do not move."""

    def __init__(self, document: Any, hidden: set[tuple[int, int]]) -> None:
        self._document, self._hidden = document, hidden
        self._seen = set[tuple[int, int]]()

    def clean_page(self, page: Any) -> None:
        import pikepdf

        resources = page.get("/Resources", {})
        commands = self._visible(pikepdf.parse_content_stream(page), resources, 0)
        page.Contents = self._document.make_stream(pikepdf.unparse_content_stream(commands))
        if "/Annots" in page:
            notes = [note for note in page.Annots if not self._is_hidden(note.get("/OC"))]
            page.Annots = pikepdf.Array(notes)

    def _visible(self, commands: Iterable[Any], resources: Any, depth: int) -> list[Any]:
        import pikepdf

        kept: list[Any] = []
        marks: list[bool] = []
        for command in commands:
            operator = str(command.operator)
            if operator in ("BDC", "BMC"):
                marks.append(operator == "BDC" and self._hides(command.operands, resources))
            elif operator == "EMC" and marks:
                marks.pop()
            elif operator == "Do" and self._leaves_out(command.operands, resources, depth):
                continue
            if not any(marks) or operator not in PAINTING | PATHS:
                kept.append(command)
            elif operator in PATHS:
                kept.append(([], pikepdf.Operator("n")))
        return kept

    def _hides(self, operands: Any, resources: Any) -> bool:
        properties = resources.get("/Properties", {})
        if str(operands[0]) != "/OC":
            return False
        return self._is_hidden(properties.get(str(operands[1])))

    def _is_hidden(self, layer: Any) -> bool:
        """Whether a layer is off, or a group of layers that is shown if any of them is on."""
        import pikepdf

        if layer is None:
            return False
        if layer.objgen in self._hidden:
            return True
        members = layer.get("/OCGs")
        if members is None:
            return False
        listed = [members] if isinstance(members, pikepdf.Dictionary) else list(members)
        off = [member.objgen in self._hidden for member in listed]
        rule = str(layer.get("/P", "/AnyOn"))
        hides = {
            "/AllOn": any(off),
            "/AnyOff": not any(off),
            "/AllOff": not all(off),
        }
        return bool(off) and hides.get(rule, all(off))

    def _leaves_out(self, operands: Any, resources: Any, depth: int) -> bool:
        """Whether a picture or form is hidden; cleans a form that is not."""
        import pikepdf

        thing = resources.get("/XObject", {}).get(str(operands[0]))
        if thing is None:
            return False
        if self._is_hidden(thing.get("/OC")):
            return True
        if (
            thing.get("/Subtype") == "/Form"
            and depth < MAX_DEPTH
            and thing.objgen not in self._seen
        ):
            self._seen.add(thing.objgen)
            inner = thing.get("/Resources", resources)
            commands = self._visible(pikepdf.parse_content_stream(thing), inner, depth + 1)
            thing.write(pikepdf.unparse_content_stream(commands))
        return False


if __name__ == "__main__":
    sys.exit(main())
