"""Answers that a willing model could give, made by rule from the prompt alone.

They are cheap, the same each time, and good enough to pass the checks of ProfAI: a topic is made
of sentences of its passages, a question asks which of four versions of a sentence is true.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from quizzes.generation.phrases import DANGLING

_SECTIONS = re.compile(r"<(sections-[0-9a-f]{8})>\n(.*?)\n</\1>", re.S)
_SECTION = re.compile(r"^\[(\d+)\] pages \S+ \| (\d+) words \| (.*?) \| (.*)$", re.M)
_PASSAGE = re.compile(r'<(passage-[0-9a-f]{8}) id="(\d+)"[^>]*>\n(.*?)\n</\1>', re.S)
_WANTED = re.compile(r"Questions wanted: (\d+)(?: \(([^)]*)\))?")
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{20,220}[.](?=\s|$)")
_WORD = re.compile(r"(?<![\w-])[a-z]{5,}(?![\w-])")
_MARKS = re.compile(r'[()\[\]{}"\u201c\u201d_`]')
_TOPIC = re.compile(r"^Topic: (.*)$", re.M)


@dataclass(frozen=True)
class Passage:
    number: int
    text: str

    @property
    def sentences(self) -> list[str]:
        return _SENTENCE.findall(self.text)


def answer(schema: str, prompt: str, *, modules: int = 0, topics: int = 0) -> Any:
    """The value to answer with, or None for a form that is not known here."""
    rng = random.Random(sha256(prompt.encode()).digest())  # noqa: S311 - no secret
    if schema == "CourseOutline":
        return _outline(prompt, modules, topics)
    if schema == "WrittenTopic":
        return _topic(prompt)
    if schema == "WrittenQuestions":
        return {"questions": list(_questions(prompt, rng))}
    return None


def passages_of(prompt: str) -> list[Passage]:
    return [Passage(int(number), text) for _, number, text in _PASSAGE.findall(prompt)]


def _outline(prompt: str, modules: int, topics: int) -> dict[str, Any]:
    found = _SECTIONS.search(prompt)
    sections = _SECTION.findall(found[2]) if found else []
    count = topics or len(sections)
    planned = [_topic_of(sections, at, count) for at in range(count)]
    weeks = modules or max(round(count / 5), 1)
    groups = [planned[count * n // weeks : count * (n + 1) // weeks] for n in range(weeks)]
    return {
        "modules": [
            {
                "title": f"Week {n}: {group[0]['title']}"[:200],
                "summary": f"This week is about {group[0]['title']}.",
                "objectives": [f"Explain {one['title']}"[:200] for one in group[:4]],
                "topics": group,
            }
            for n, group in enumerate(groups, start=1)
            if group
        ]
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


def _topic(prompt: str) -> dict[str, Any]:
    title = (_TOPIC.search(prompt) or [prompt, "this"])[1]
    quoted = [(p.number, s) for p in passages_of(prompt) for s in p.sentences[:4]][:14]
    citations = [
        {"number": n, "passage": number, "quote": sentence}
        for n, (number, sentence) in enumerate(quoted, start=1)
    ]
    lines = [f"{_reworded(sentence, n)} [^{n}]" for n, (_, sentence) in enumerate(quoted, start=1)]
    paragraphs = [" ".join(lines[at : at + 4]) for at in range(0, len(lines), 4)]
    return {
        "supported": bool(quoted),
        "missing": "" if quoted else "The passages hold no sentence on this.",
        "objectives_heading": "What you will learn",
        "objectives": [f"Explain what {title} is about"[:200]] if quoted else [],
        "explanation": "\n\n".join(paragraphs),
        "example_heading": "Worked example",
        "worked_example": "",
        "key_terms": list(_terms(quoted)),
        "citations": citations,
    }


def _reworded(sentence: str, number: int) -> str:
    """Now and then not word for word, as a model would."""
    if number % 3:
        return sentence
    return f"Note that {sentence[0].lower()}{sentence[1:]}"


def _terms(quoted: Sequence[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for number, sentence in quoted:
        words = _WORD.findall(sentence)
        if words and max(words, key=len) not in seen and len(seen) < 4:
            seen.add(max(words, key=len))
            yield {"term": max(words, key=len), "definition": sentence, "passage": number}


def _questions(prompt: str, rng: random.Random) -> Iterator[dict[str, Any]]:
    wanted = _WANTED.search(prompt)
    levels = _levels(wanted[2] or "") if wanted else []
    taken: set[str] = set()
    pool = [(p, s) for p in passages_of(prompt) for s in p.sentences]
    rng.shuffle(pool)
    words = sorted({word for _, s in pool for word in _WORD.findall(s)})
    for passage, sentence in pool:
        if not levels:
            return
        item = _question(passage, sentence, words, rng)
        if item and item["stem"] not in taken and item["stem"] not in prompt:
            taken.add(item["stem"])
            yield item | {"difficulty": levels.pop(0)}


def _levels(mix: str) -> list[str]:
    """ "easy 2, hard 1" as ["easy", "easy", "hard"]."""
    pairs = [part.split() for part in mix.split(", ") if part]
    return [level for level, count in pairs for _ in range(int(count))]


def _question(
    passage: Passage, sentence: str, words: Sequence[str], rng: random.Random
) -> dict[str, Any] | None:
    """Which of four versions of a sentence holds: three have another word in one place."""
    # Sentences that lean on what stands around them make no good questions.
    if DANGLING["en"].search(sentence) or _MARKS.search(sentence):
        return None
    own = _WORD.findall(sentence)
    others = [word for word in words if word not in sentence]
    if len(set(own)) < 4 or len(others) < 3:
        return None
    replaced, *kept = sorted(set(own), key=lambda word: (-len(word), word))
    swaps = sorted(
        rng.sample(others, min(len(others), 12)), key=lambda w: abs(len(w) - len(replaced))
    )
    wrong = [re.sub(rf"\b{replaced}\b", word, sentence) for word in swaps[:3]]
    if any(DANGLING["en"].search(text) for text in wrong):
        return None
    about = " ".join(sorted(kept[:8], key=sentence.index))
    return {
        "stem": f"Which statement about “{about}” is true?",
        "answer": sentence,
        "distractors": [
            {"text": text, "why_wrong": f"It is “{replaced}”, not another word."} for text in wrong
        ],
        "explanation": f"It is “{replaced}” that belongs here.",
        "bloom": "understand",
        "passage": passage.number,
        "quote": sentence,
    }


def generic(schema: dict[str, Any]) -> Any:
    """The plainest value that fits a JSON Schema without references."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: generic(part) for name, part in schema.get("properties", {}).items()}
    plain = {"array": [], "integer": 1, "number": 1.0, "boolean": True}
    return plain.get(str(kind), "text")


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
