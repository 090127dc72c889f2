"""All that was read of a document, for people who ask why a course is as it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from engine.reading.document import (
    DocumentPart,
    ExtractedDocument,
    PassageKind,
)
from engine.reading.trust import Trust


def as_data(extracted: ExtractedDocument) -> dict[str, Any]:
    """Returns the document as values for JSON; a passage's `level` is that of its heading, and a
    figure's `picture` is the size of the file."""
    passages = [
        asdict(passage) | {"level": len(passage.heading_path)} for passage in extracted.passages
    ]
    tables = sum(passage.kind is PassageKind.TABLE for passage in extracted.passages)
    figures = [asdict(figure) | {"picture": len(figure.picture)} for figure in extracted.figures]
    return asdict(extracted) | {"passages": passages, "tables": tables, "figures": figures}


def summary(extracted: ExtractedDocument) -> dict[str, Any]:
    """Returns what is told to staff of how a document was read: places, counted in its `unit`,
    and shares of its text by part, as numbers from 0 to 1. `pages` is 0 for a document that has
    neither pages nor slides."""
    words = Counter[str]()
    for passage in extracted.passages:
        words[passage.matter.value] += len(passage.text)
    total = sum(words.values()) or 1
    body = [passage for passage in extracted.passages if passage.matter is DocumentPart.BODY]
    used = {n for passage in body for n in range(passage.page_from, passage.page_to + 1)}
    trusts = Counter(
        # A page that people should check is not counted as good.
        Trust.SUSPICIOUS.value if one.doubts and one.trust is Trust.GOOD else one.trust.value
        for one in extracted.verdicts
    )
    return {
        "unit": extracted.unit.value,
        "pages": extracted.pages,
        "read": extracted.read_pages,
        "used": len(used),
        "parts": {part: round(count / total, 4) for part, count in sorted(words.items())},
        "trust": dict(trusts),
        "by_ocr": sum(verdict.by_ocr for verdict in extracted.verdicts),
        "left_out": [verdict.page for verdict in extracted.verdicts if verdict.left_out],
        "headings": extracted.headings_from,
        "figures": sum(figure.kind == "figure" for figure in extracted.figures),
        "formulas": sum(figure.kind == "formula" for figure in extracted.figures),
    }


def as_markdown(extracted: ExtractedDocument) -> str:
    """Returns headings with their levels, the passages with pages and parts, and verdicts."""
    counted = f" {extracted.unit.capitalize()}s: {extracted.pages}." if extracted.pages else ""
    lines = [f"Language: {extracted.language}.{counted}", ""]
    lines += [f"- {warning}" for warning in extracted.warnings]
    shown: tuple[str, ...] = ()
    for passage in extracted.passages:
        path = passage.heading_path
        same = len(_shared(shown, path))
        for level, heading in enumerate(path[same:], start=same + 1):
            lines += ["", f"{'#' * min(level, 6)} {heading}"]
        shown = path
        said = f"{passage.position}. {passage.place}, {passage.kind.value}, {passage.matter.value}"
        lines += ["", f"*{said}*", "", passage.text]
    if extracted.figures:
        lines += [
            "",
            "| Figure | Page | Passages | Caption | Words in it |",
            "| --- | --- | --- | --- | --- |",
        ]
    for one in extracted.figures:
        passages = ", ".join(map(str, one.passages))
        words = " / ".join(one.labels).replace("|", "\\|")
        named = f"{one.number or one.kind} | {one.page} | {passages} | {one.caption}"
        lines.append(f"| {named} | {words} |")
    lines += [
        "",
        f"| {extracted.unit.capitalize()} | Text | Words known | Source |",
        "| --- | --- | --- | --- |",
    ]
    for verdict in extracted.verdicts:
        source = "left out" if verdict.left_out else "OCR" if verdict.by_ocr else "text"
        said = ", ".join((verdict.trust.value, *(f"check {doubt}" for doubt in verdict.doubts)))
        lines.append(f"| {verdict.page} | {said} | {verdict.known:.0%} | {source} |")
    return "\n".join(lines) + "\n"


def _shared(first: tuple[str, ...], second: tuple[str, ...]) -> list[str]:
    shared = []
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared.append(one)
    return shared
