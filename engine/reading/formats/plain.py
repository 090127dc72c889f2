"""Reads Markdown and plain text."""

from __future__ import annotations

import email
import email.policy
import re
from itertools import pairwise

from engine.reading.formats.elements import Element, ElementKind, Reading, UnreadableError
from engine.reading.formats.formulas import from_tex
from engine.reading.formats.html import Walker, decoded, parsed_html, read_html
from engine.reading.titles import CHAPTER

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LANGUAGE = re.compile(r"^lang(?:uage)?:\s*[\"']?([a-zA-Z-]{2,10})", re.MULTILINE)
_TEX = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)([^$\n]+?)(?<!\s)\$(?!\d)", re.DOTALL)
_NOTE = re.compile(r"^\[\^([\w-]{1,30})\]:[ \t]+(.+(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([\w-]{1,30})\]")
_ATX = re.compile(r"^#{1,6} \S", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:([-*\u2022\u2013\u25aa+o])|\(?(\d{1,3})[.)])\s+(?=\S)")
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)\.?\s+[^\W\d_]")
_UNDERLINE = re.compile(r"^([=\-~*_])\1{2,}$")
_ENDS = (".", ",", ";", ":", "!", "?", ".)", '."', ".\u201d")
MAX_TITLE, MAX_TITLE_WORDS = 80, 12
HOLDER = "\ue000{}\ue001"
_HELD = re.compile("\ue000(\\d+)\ue001")


def read_markdown(data: bytes) -> Reading:
    from markdown_it import MarkdownIt

    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    reading = Reading()
    front = _FRONT_MATTER.match(text)
    if front:
        told = _LANGUAGE.search(front.group())
        reading.language = told.group(1) if told else ""
        text = text[front.end() :]
    notes = {name: " ".join(words.split()) for name, words in _NOTE.findall(text)}
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(from_tex(match.group(1) or match.group(2)))
        return HOLDER.format(len(held) - 1)

    # Markdown would take the signs of formulas for its own.
    text = _TEX.sub(hold, _NOTE.sub("", text))
    root = parsed_html(MarkdownIt("commonmark").enable("table").render(text) or "<p></p>")
    Walker(reading, root, whole=True).walk(root)
    _put_back(reading, held, notes)
    return reading


def _put_back(reading: Reading, held: list[str], notes: dict[str, str]) -> None:
    """Puts formulas and footnotes into the elements where they stood."""

    def words(text: str) -> str:
        return _HELD.sub(
            lambda m: held[int(m.group(1))] if int(m.group(1)) < len(held) else "", text
        )

    whole: list[Element] = []
    for element in reading.elements:
        for name in _NOTE_MARK.findall(element.text):
            if name in notes:
                element.marks.append(name)
                note = words(notes.pop(name))
                whole.append(Element(ElementKind.FOOTNOTE, note, marks=[name]))
        element.text = _NOTE_MARK.sub("", words(element.text))
        element.rows = [[words(cell) for cell in row] for row in element.rows]
        whole.append(element)
    reading.elements = whole


def read_mhtml(data: bytes) -> Reading:
    """Reads a page that a browser saved with all its files in one. Raises UnreadableError."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                return read_html(page)
    raise UnreadableError("damaged")


def read_text(data: bytes) -> Reading:
    """Reads plain text: blank lines part paragraphs, short lines that stand alone are headings."""
    text = decoded(data).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    if len(_ATX.findall(text)) > 1:
        return read_markdown(text.encode("utf-8"))
    reading = Reading()
    blocks = [block.split("\n") for block in re.split(r"\n[ \t]*\n", text) if block.strip()]
    for lines, following in pairwise([*blocks, []]):
        _add_block(reading, [line.rstrip() for line in lines if line.strip()], last=not following)
    return reading


def _add_block(reading: Reading, lines: list[str], *, last: bool) -> None:
    if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()):
        level = 1 if lines[1].strip()[0] in "=*" else 2
        reading.add(ElementKind.HEADING, lines[0].strip(), level=level)
        lines = lines[2:]
    if len(lines) == 1 and not last and (level := _title_level(lines[0].strip())):
        reading.add(ElementKind.HEADING, lines[0].strip(), level=level)
        return
    paragraph: list[str] = []
    kind = ElementKind.PARAGRAPH
    for line in [*lines, ""]:
        item = _ITEM.match(line)
        if (item or not line) and paragraph:
            reading.add(kind, " ".join(paragraph))
            paragraph = []
        if item:
            kind = ElementKind.ITEM
            marker = f"{item.group(2)}." if item.group(2) else "-"
            paragraph = [marker, line[item.end() :]]
        elif line:
            paragraph.append(line.strip())


def _title_level(line: str) -> int:
    """Returns the level of a line that stands alone; 0 if it is no heading."""
    if len(line) > MAX_TITLE or len(line.split()) > MAX_TITLE_WORDS or _ITEM.match(line + " x"):
        numbered = _NUMBERED.match(line)
        if numbered is None or len(line) > MAX_TITLE or line.endswith(_ENDS):
            return 0
        return numbered.group(1).count(".") + 1
    if not any(map(str.isalpha, line)):
        return 0
    if CHAPTER.match(line) or line.isupper():
        return 1
    if numbered := _NUMBERED.match(line):
        return 0 if line.endswith(_ENDS) else numbered.group(1).count(".") + 1
    return 0 if line.endswith(_ENDS) or not line[0].isupper() else 2
