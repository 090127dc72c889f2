"""Answers that a willing model could give, made by rule from the prompt alone.

They are cheap, the same each time, and good enough to pass the checks of ProfAI: a topic is made
of sentences of its passages, a question asks which of four versions of a sentence is true.
"""

from __future__ import annotations

import json
import random
import re
from hashlib import sha256
from typing import Any

from tests.llm_server import lesson_answers, quiz_answers

_SOURCE = re.compile(r"<source-[0-9a-f]{8}>\n(.*?)\n</source-", re.S)
_CLAIMS = re.compile(r"<claims-[0-9a-f]{8}>\n(.*?)\n</claims-", re.S)
_NUMBERED = re.compile(r"^\[(\d+)\] (.*)$", re.M)


def answer(schema: str, prompt: str, *, modules: int = 0, topics: int = 0) -> Any:
    """The value to answer with, or None for a form that is not known here."""
    rng = random.Random(sha256(prompt.encode()).digest())  # noqa: S311 - no secret
    if schema == "CourseOutline":
        return lesson_answers.outline(prompt, modules, topics)
    if schema == "WrittenTopic":
        return lesson_answers.topic(prompt)
    if schema == "AnswerToLearner":
        return lesson_answers.to_learner(prompt)
    if schema == "JudgedClaims":
        return _judged(prompt)
    return quiz_answers.answer(schema, prompt, rng)


def _judged(prompt: str) -> dict[str, Any]:
    """Each claim is stated by the sentence that has its last words."""
    source, claims = (
        dict(_NUMBERED.findall(text[1])) if text else {}
        for text in (_SOURCE.search(prompt), _CLAIMS.search(prompt))
    )
    found = {
        number: [int(n) for n, sentence in source.items() if sentence.endswith(claim[-20:])]
        for number, claim in claims.items()
    }
    return {
        "claims": [
            {"number": int(n), "verdict": "stated", "evidence": evidence or [1], "reason": ""}
            for n, evidence in found.items()
        ]
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
