"""Answers on quizzes that a willing writer and a careful critic could give, by rule.

The writer asks which of four versions of a sentence is true, and the like for other formats. The
critic finds what stands in the passages.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

from engine.questions.phrases import DANGLING

_PASSAGE = re.compile(r'<(passage-[0-9a-f]{8}) id="(\d+)"[^>]*>\n(.*?)\n</\1>', re.S)
_NUMBERED = re.compile(r"^\[(\d+)\] (.*?)(?=^\[\d+\] |\Z)", re.M | re.S)
_WANTED = re.compile(r"Questions wanted: (\d+)(?: \(([^)]*)\))?")
_FORMATS = re.compile(r"Formats, where they suit the point: (.*)\.$", re.M)
_BLOCKS = re.compile(r"<((?:plan|questions)-[0-9a-f]{8})>\n(.*?)\n</\1>", re.S)
_BLOCK = re.compile(r"^(q\d+): (.*?)(?=^q\d+: |\Z)", re.M | re.S)
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{20,220}[.]")
_WORD = re.compile(r"(?<![\w-])[a-z]{5,}(?![\w-])")
_MARKS = re.compile(r'[()\[\]{}"\u201c\u201d_`|]')
_CHOICE = re.compile(r"^([A-Z])\. (.*)$", re.M)
_SUM = re.compile(r"sum of (\d+) and (\d+)")

Sentences = dict[int, tuple[int, str]]  # number: passage, text


def answer(schema: str, prompt: str, rng: random.Random) -> Any:
    """The value to answer with, or None for a form that is not known here."""
    makers = {
        "QuizPlan": _plan,
        "WrittenQuestions": _written,
        "GuessedAnswers": _guessed,
        "SolvedQuestions": _solved,
        "JudgedQuestions": _judged,
        "ReadAnswers": _read,
    }
    return makers[schema](prompt, rng) if schema in makers else None


def _read(prompt: str, _rng: random.Random) -> dict[str, Any]:
    """No wording means the same, unless an override of the options says so."""
    verdict = {"reason": "It is another thing.", "speaks_to_you": False, "same_meaning": False}
    return dict.fromkeys(blocks(prompt), verdict)


def blocks(prompt: str) -> dict[str, str]:
    """The questions of a call, or their lines in the plan: q1, q2 and so on."""
    found = [match[2] for match in _BLOCKS.finditer(prompt)]
    listed = [dict(_BLOCK.findall(text)) for text in found]
    return next((one for one in reversed(listed) if one), {})


def _sentences(prompt: str) -> Sentences:
    return {
        int(number): (int(passage), " ".join(text.split()))
        for _, passage, body in _PASSAGE.findall(prompt)
        for number, text in _NUMBERED.findall(body)
    }


# --- the writer


def _plan(prompt: str, rng: random.Random) -> dict[str, Any]:
    wanted = _WANTED.search(prompt)
    levels = _levels(wanted[2] or "") if wanted else []
    listed = _FORMATS.search(prompt)
    formats = re.findall(r"(?:^|; )(\w+) \(", listed[1]) if listed else ["single"]
    sentences = _sentences(prompt)
    usable = [n for n in sentences if _single(sentences, n, rng)]
    rng.shuffle(usable)
    # Not what other quizzes ask.
    usable = [n for n in usable if _stem(sentences[n][1]) not in prompt]
    return {
        "questions": [
            {
                "objective": 1,
                "bloom": "understand",
                "difficulty": level,
                "format": formats[at % len(formats)],
                "passages": [sentences[number][0]],
                "point": f"sentence {number}",
                "misconceptions": ["another word belongs there"],
            }
            for at, (level, number) in enumerate(zip(levels, usable, strict=False))
        ]
    }


def _levels(mix: str) -> list[str]:
    """ "easy 2, hard 1" as ["easy", "easy", "hard"]."""
    pairs = [part.split() for part in mix.split(", ") if part]
    return [level for level, count in pairs for _ in range(int(count))]


def _written(prompt: str, rng: random.Random) -> dict[str, Any]:
    sentences = _sentences(prompt)
    usable = [n for n in sentences if _single(sentences, n, rng)]
    taken: set[int] = set()
    made = {}
    for name, line in blocks(prompt).items():
        planned = re.search(r"sentence (\d+)", line)
        passages = {
            int(n) for n in re.findall(r"\d+", line.partition("passages ")[2].split(";")[0])
        }
        first = int(planned[1]) if planned else 0
        own = [n for n in usable if sentences[n][0] in passages]
        number = next(
            (
                n
                for n in (first, *own, *usable)
                if n in usable and n not in taken and _stem(sentences[n][1]) not in prompt
            ),
            0,
        )
        if number:
            taken.add(number)
            made[name] = _question(line.split(",")[0], sentences, number, rng)
    return made


def _question(
    format_: str, sentences: Sentences, number: int, rng: random.Random
) -> dict[str, Any] | None:
    text = sentences[number][1]
    word = _longest(text)
    common = {
        "explanation": f"It is “{word}” that belongs here.",
        "evidence": [number],
        "derivation": "",
    }
    single = _single(sentences, number, rng)
    assert single is not None
    wrong = [choice["text"] for choice in single["wrong"]]
    chunks = _chunks(text)
    made: dict[str, dict[str, Any]] = {
        "single": single,
        "multiple": {
            "stem": f"Which statements about “{_about(text)}” are true?",
            "right": [text],
            "wrong": single["wrong"],
        },
        "true_false": {"stem": text, "is_true": True, "feedback": f"“{word}” belongs here."},
        "numeric": {
            "stem": f"What is the sum of {number} and {len(text)} on “{_about(text)}”?",
            "answer": number + len(text),
            "tolerance": 0,
            "unit": "",
            "derivation": f"{number} + {len(text)} = {number + len(text)}",
        },
        "short": {
            "stem": f"Which word is missing: {text.replace(word, '_____', 1)}",
            "accepted": [word],
            "rubric": "",
        },
        "matching": {
            "stem": f"Match the parts of the statement on “{_about(text)}”.",
            "pairs": [
                {"left": chunks[at], "right": chunks[at + 1]} for at in range(len(chunks) - 1)
            ],
            "more_right": [],
        },
        "ordering": {
            "stem": f"Put the parts of the statement on “{_about(text)}” in order.",
            "steps": chunks,
        },
        "fill_in": {
            "stem": f"Fill the blank on “{_about(text)}”.",
            "text": text.replace(word, "{1}", 1),
            "blanks": [{"answer": word, "wrong": [_swapped(one, text, word) for one in wrong[:2]]}],
        },
    }
    return common | made[format_]


def _chunks(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[len(words) * n // 4 : len(words) * (n + 1) // 4]) for n in range(4)]


def _swapped(wrong: str, text: str, word: str) -> str:
    before = text.index(word)
    return wrong[before : len(wrong) - (len(text) - before - len(word))]


def _longest(sentence: str) -> str:
    words: set[str] = set(_WORD.findall(sentence))
    return min(words, key=lambda word: (-len(word), word))


def _about(sentence: str) -> str:
    kept = sorted(set(_WORD.findall(sentence)), key=lambda word: (-len(word), word))[1:9]
    return " ".join(sorted(kept, key=sentence.index))


def _stem(sentence: str) -> str:
    return f"Which statement about “{_about(sentence)}” is true?"


def _single(sentences: Sentences, number: int, rng: random.Random) -> dict[str, Any] | None:
    """Which of four versions of a sentence holds: three have another word in one place."""
    sentence = sentences[number][1]
    # Sentences that lean on what stands around them make no good questions.
    if not _SENTENCE.fullmatch(sentence) or DANGLING["en"].search(sentence):
        return None
    if _MARKS.search(sentence):
        return None
    words = sorted({word for _, text in sentences.values() for word in _WORD.findall(text)})
    others = [word for word in words if word not in sentence]
    if len(set(_WORD.findall(sentence))) < 4 or len(others) < 3:
        return None
    replaced = _longest(sentence)
    swaps = sorted(
        rng.sample(others, min(len(others), 12)), key=lambda w: abs(len(w) - len(replaced))
    )
    return {
        "stem": _stem(sentence),
        "answer": sentence,
        "wrong": [
            {
                "text": re.sub(rf"\b{replaced}\b", word, sentence, count=1),
                "misconception": "another word belongs there",
                "feedback": f"It is “{replaced}”, not another word.",
            }
            for word in swaps[:3]
        ],
        "explanation": f"It is “{replaced}” that belongs here.",
        "evidence": [number],
        "derivation": "",
    }


# --- the critic


def _guessed(prompt: str, _rng: random.Random) -> dict[str, Any]:
    return {name: {"answers": ["A"], "clue": "none"} for name in blocks(prompt)}


def _judged(prompt: str, _rng: random.Random) -> dict[str, Any]:
    fine = {
        "tempting": 3,
        "clear": True,
        "worthwhile": True,
        "explanation_right": True,
        "feedback_right": True,
        "told_by": [],
        "remark": "",
    }
    return dict.fromkeys(blocks(prompt), fine)


def _solved(prompt: str, _rng: random.Random) -> dict[str, Any]:
    texts = [text for _, text in _sentences(prompt).values()]
    # Of mended questions the last three are asked for, too.
    fine = {"answerable": True, "remark": "", "tempting": 3, "clear": True, "worthwhile": True}
    return {
        name: {"answers": list(_solve(shown, texts)), **fine}
        for name, shown in blocks(prompt).items()
    }


def _solve(shown: str, texts: Sequence[str]) -> Iterator[str]:
    """Yields the answers: what makes a sentence of the passages."""
    format_, _, rest = shown.strip().partition(") ")
    format_, choices = format_.strip("("), _CHOICE.findall(shown)
    stem = rest.split("\n")[0]
    if format_ == "true_false":
        yield "true" if stem in texts else "false"
    elif format_ == "numeric" and (numbers := _SUM.search(stem)):
        yield str(int(numbers[1]) + int(numbers[2]))
    elif format_ == "short":
        before, _, after = stem.removeprefix("Which word is missing: ").partition("_____")
        yield from (
            text[len(before) : len(text) - len(after)]
            for text in texts
            if text.startswith(before) and text.endswith(after)
        )
    elif format_ == "ordering":
        yield from _in_order(choices, texts)
    elif format_ == "matching":
        lefts = re.findall(r"^(\d+)\. (.*)$", shown, re.M)
        for number, left in lefts:
            yield from (
                f"{number}{letter}"
                for letter, right in choices
                if any(f"{left} {right}" in text for text in texts)
            )
    elif format_ == "fill_in":
        text = rest.split("\n")[1]
        options = re.findall(r"([A-Z])\. ([^;\n]+)", rest.split("\n")[2])
        yield from (f"1{letter}" for letter, word in options if text.replace("{1}", word) in texts)
    else:
        yield from (letter for letter, choice in choices if choice in texts)


def _in_order(choices: Sequence[tuple[str, str]], texts: Sequence[str]) -> Iterator[str]:
    for order in permutations(choices):
        if " ".join(text for _, text in order) in texts:
            yield from (letter for letter, _ in order)
            return
