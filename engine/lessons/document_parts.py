"""Selects what a course teaches: the body, without front matter, indexes and licences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from engine.language.part_titles import innermost_part, is_glossary
from engine.lessons.schemas import SourcePassage
from engine.lessons.titles import clean_title, joint_title
from engine.reading.document import DocumentPart

_APPENDIX = re.compile(r"^[A-Z] (?=[A-Z])")  # the letter of "A References"
_MAX_TITLE_WORDS = 14
_NO_TITLE = re.compile(r"[.:;,]$|\u00a9|\(c\)|copyright|isbn|https?:|www\.|@", re.IGNORECASE)
_NAMES = {
    DocumentPart.FRONT: "front matter",
    DocumentPart.CONTENTS: "tables of contents",
    DocumentPart.INDEX: "indexes",
    DocumentPart.BIBLIOGRAPHY: "bibliographies",
    DocumentPart.LICENCE: "licence texts",
    DocumentPart.NOTES: "notes",
    DocumentPart.EXERCISES: "exercises",
    DocumentPart.ANSWERS: "answer keys",
    DocumentPart.ADVERTISEMENT: "advertisements",
}


def taught(passages: Sequence[SourcePassage]) -> tuple[list[SourcePassage], list[str]]:
    """Returns the passages to teach in reading order, and notes on those that are left out."""
    ordered = sorted(
        (passage for passage in passages if any(c.isalnum() for c in passage.text)),
        key=lambda passage: (passage.document, passage.position),
    )
    body: list[SourcePassage] = []
    left_out: Counter[DocumentPart] = Counter()
    headings: dict[DocumentPart, dict[str, None]] = {}
    for passage in ordered:
        matter, heading = _matter(passage)
        if matter is DocumentPart.BODY:
            body.append(passage)
            continue
        left_out[matter] += 1
        if heading:
            headings.setdefault(matter, {})[heading] = None
    return body, [
        _note(m, left_out[m], list(headings.get(m, {}))) for m in DocumentPart if left_out[m]
    ]


def exercises(passages: Sequence[SourcePassage]) -> list[SourcePassage]:
    """Returns the source's own exercises and review questions, in reading order."""
    found = (p for p in passages if part_of_passage(p) is DocumentPart.EXERCISES and p.text.strip())
    return sorted(found, key=lambda p: (p.document, p.position))


def part_of_passage(passage: SourcePassage) -> DocumentPart:
    return _matter(passage)[0]


def in_glossary(passage: SourcePassage) -> bool:
    path = passage.heading_path
    return bool(path) and _heads_glossary(path[-1])


@lru_cache(maxsize=2048)
def _heads_glossary(heading: str) -> bool:
    return is_glossary(clean_title(heading))


def course_title(passages: Sequence[SourcePassage], language: str) -> str:
    """Returns a title for a course of these documents; "" where none of them has one."""
    by_document: dict[int, list[SourcePassage]] = {}
    for passage in passages:
        by_document.setdefault(passage.document, []).append(passage)
    titles = [title for _, own in sorted(by_document.items()) if (title := document_title(own))]
    return joint_title(titles, language) if titles else ""


def document_title(passages: Sequence[SourcePassage]) -> str:
    """Returns the title that a document prints on its first page, or a heading above all others.

    The first is the beginning of its front matter, if that is short and no sentence. "" for none.
    """
    first_page = min((passage.page_from for passage in passages), default=0)
    front = [p for p in passages if p.page_from == first_page and p.matter is DocumentPart.FRONT]
    for passage in sorted(front, key=lambda p: p.position)[:1]:
        line = " ".join(passage.text.split("\n\n", 1)[0].split())
        words = [word for word in line.split() if any(c.isalpha() for c in word)]
        if 1 <= len(words) <= _MAX_TITLE_WORDS and not _NO_TITLE.search(line):
            return clean_title(line)
    body, _ = taught(passages)
    tops = {passage.heading_path[:1] for passage in body}
    has_more = any(passage.heading_path[1:] for passage in body)
    return clean_title(tops.pop()[0]) if len(tops) == 1 and () not in tops and has_more else ""


def _matter(passage: SourcePassage) -> tuple[DocumentPart, str]:
    titles = [_APPENDIX.sub("", clean_title(heading)) for heading in passage.heading_path]
    part, heading = innermost_part(titles)
    if passage.matter is not DocumentPart.BODY or not part:
        return passage.matter, heading
    return DocumentPart(part), heading


def _note(matter: DocumentPart, count: int, headings: list[str]) -> str:
    named = f" ({', '.join(headings[:6])})" if headings else ""
    passages = "1 passage" if count == 1 else f"{count} passages"
    if matter is DocumentPart.EXERCISES:
        return f"Not taught but kept for practice, with the lessons before them: {passages}{named}."
    return f"Left out as {_NAMES[matter]}: {passages}{named}."
