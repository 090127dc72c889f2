"""Outlines and lessons that a willing model could write, by rule from the prompt alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_SECTIONS = re.compile(r"<(sections-[0-9a-f]{8})>\n(.*?)\n</\1>", re.S)
_SECTION = re.compile(r"^\[(\d+)\] pages \S+ \| (\d+) words \| (.*?) \| (.*)$", re.M)
_PASSAGE = re.compile(r'<(passage-[0-9a-f]{8}) id="(\d+)"[^>]*>\n(.*?)\n</\1>', re.S)
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{20,220}[.](?=\s|$)")
_WORD = re.compile(r"(?<![\w-])[a-z]{5,}(?![\w-])")
_TOPIC = re.compile(r"^Topic: (.*)$", re.M)
_COURSE = re.compile(r"^Course: (.*)$", re.M)
_QUESTION = re.compile(r"<question-[0-9a-f]{8}>\n(.*?)\n</question-", re.S)
_EXACTLY = re.compile(r"plan exactly (\d+) modules")

Quoted = tuple[int, str]  # passage, sentence


@dataclass(frozen=True)
class Passage:
    number: int
    text: str

    @property
    def sentences(self) -> list[str]:
        return _SENTENCE.findall(self.text)


def passages_of(prompt: str) -> list[Passage]:
    return [Passage(int(number), text) for _, number, text in _PASSAGE.findall(prompt)]


def outline(prompt: str, modules: int, topics: int) -> dict[str, Any]:
    found = _SECTIONS.search(prompt)
    sections = _SECTION.findall(found[2]) if found else []
    wanted = _EXACTLY.search(prompt)
    count = topics or len(sections)
    planned = [_topic_of(sections, at, count) for at in range(count)]
    weeks = modules or (int(wanted[1]) if wanted else max(round(count / 5), 1))
    groups = [planned[count * n // weeks : count * (n + 1) // weeks] for n in range(weeks)]
    title = (_COURSE.search(prompt) or [prompt, "this"])[1]
    return {
        "title": f"{title}: an introduction"[:120],
        "description": f"This course is about {title}."[:300],
        "audience": "Everybody who wants to know.",
        "prerequisites": "",
        "modules": [
            {
                "title": f"Week {n}: {group[0]['title']}"[:200],
                "summary": f"This week is about {group[0]['title']}.",
                "objectives": [
                    {"text": f"Explain {one['title']}"[:200], "bloom": "understand"}
                    for one in group[:4]
                ],
                "topics": group,
            }
            for n, group in enumerate(groups, start=1)
            if group
        ],
    }


def _topic_of(sections: Sequence[Any], at: int, count: int) -> dict[str, Any]:
    """Each topic has its share of the sections; several share one where topics outnumber them."""
    first = len(sections) * at // count
    end = max(len(sections) * (at + 1) // count, first + 1)
    heading = sections[first][2].split(" > ")[-1]
    return {
        "title": f"{heading} ({at + 1})",
        "sections": [int(section[0]) for section in sections[first:end]],
    }


def topic(prompt: str) -> dict[str, Any]:
    title = (_TOPIC.search(prompt) or [prompt, "this"])[1]
    quoted = [(p.number, s) for p in passages_of(prompt) for s in p.sentences[:4]][:14]
    groups = [quoted[at : at + 4] for at in range(0, len(quoted), 4)]
    return {
        "supported": bool(quoted),
        "missing": "" if quoted else "There is no sentence on this.",
        "objectives": [f"Explain {title}."[:160], f"Describe an example of {title}."[:160]],
        "why": [_paragraph(quoted[-1:])] if len(quoted) > 1 else [],
        "sections": [
            {"heading": f"{title}, part {n}"[:90], "paragraphs": [_paragraph(group, n)]}
            for n, group in enumerate(groups, start=1)
        ],
        "misconceptions": [],
        "examples": [],
        "checks": [
            {
                "question": f"What is true of {_longest(sentence)}?",
                "answer": sentence,
                "passages": [number],
            }
            for number, sentence in quoted[:2]
            if _WORD.search(sentence)
        ],
        "summary": [_paragraph([one]) for one in quoted[:2]],
        "key_terms": list(_terms(quoted)),
        "beyond": "",
    }


def to_learner(prompt: str) -> dict[str, Any]:
    """The first sentence that shares a longer word with the question; else that it is not said."""
    asked = (_QUESTION.search(prompt) or [prompt, ""])[1]
    words = {word.lower() for word in re.findall(r"[A-Za-z]{4,}", asked)}
    for passage in passages_of(prompt):
        for sentence in passage.sentences:
            if words & {word.lower() for word in re.findall(r"[A-Za-z]{4,}", sentence)}:
                return {"answered": True, "paragraphs": [_paragraph([(passage.number, sentence)])]}
    return {"answered": False, "paragraphs": []}


def _paragraph(quoted: Sequence[Quoted], at: int = 0) -> dict[str, Any]:
    """Now and then not word for word, as a model would."""
    texts = [
        sentence if (at + n) % 3 else f"Note that {sentence[0].lower()}{sentence[1:]}"
        for n, (_, sentence) in enumerate(quoted, start=1)
    ]
    return {"text": " ".join(texts), "passages": list(dict.fromkeys(n for n, _ in quoted))}


def _longest(sentence: str) -> str:
    words: list[str] = _WORD.findall(sentence)
    return max(words, key=len)


def _terms(quoted: Sequence[Quoted]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for number, sentence in quoted:
        if _WORD.search(sentence) and _longest(sentence) not in seen and len(seen) < 4:
            seen.add(_longest(sentence))
            yield {"term": _longest(sentence), "definition": sentence, "passage": number}
