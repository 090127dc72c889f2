"""Answers a learner's question from passages of a course, with the passages it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field
from pydantic_core import from_json

from engine.lessons.llm.clean import plain_markdown
from engine.lessons.llm.fence import UNTRUSTED, fenced, fenced_passages
from engine.lessons.llm.prompts import language_rule
from engine.lessons.llm.schemas import Answer, Paragraph, narrowed, numbers, some, text
from engine.lessons.llm.text_faults import foreign_script, repetition, tidied
from engine.lessons.schemas import SourcePassage
from engine.llm.answers import without_thoughts
from engine.llm.prompting import Asks, Prompt, Repeats
from engine.llm.providers import Task

_TASK = """\
You answer a learner's question about a course, from passages of the course's documents.

- Say only what the passages say. Do not add knowledge of your own, however sure you are.
- Answer in one to three short paragraphs, in plain words, and name with each the ids of the \
passages it rests on. Put no numbers of sources into the text.
- Where the passages do not answer the question, set `answered` to false and write no paragraph. \
Do the same for a question that has nothing to do with the course."""


class AnswerToLearner(Answer):
    answered: bool = Field(default=True, description="false where the passages do not say")
    paragraphs: list[Paragraph] = []


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """Markdown in which `[^n]` refers to the nth of `passages`, from 1; "" for no answer."""

    text: str
    passages: tuple[SourcePassage, ...] = ()


async def answer(
    model: Asks,
    question: str,
    passages: Sequence[SourcePassage],
    *,
    language: str,
    source_language: str = "",
) -> WrittenAnswer:
    """Returns the answer that the passages give, in one call. Raises AIError."""
    prompt = Prompt(
        f"{_TASK}\n\n{UNTRUSTED}\n\n{language_rule(language, source_language)}",
        f"{fenced_passages(passages)}\n\n{fenced('question', question)}",
    )
    paragraph = narrowed(Paragraph, text=text(700), passages=numbers(len(passages), most=4))
    form = narrowed(AnswerToLearner, paragraphs=some(paragraph, 0, 3))
    source = "\n".join(passage.text for passage in passages)

    def complaints(found: AnswerToLearner) -> list[str]:
        texts = [one.text for one in found.paragraphs]
        if repetition(texts) or foreign_script("\n".join(texts), source, language):
            return ["Answer once, in the language that was asked for."]
        return []

    # A learner waits: nothing is asked again.
    found = await model.ask(Task.ASK, prompt, form, complaints, Repeats(0))
    return _with_markers(found, passages) if found.answered else WrittenAnswer("")


def draft_of(text: str, passages: Sequence[SourcePassage]) -> WrittenAnswer:
    """Returns the answer as far as a model has written it. Of a paragraph that is not finished the
    sources are not known.

    Nothing for an answer that says that the passages do not answer, whatever else it says.
    """
    bare = without_thoughts(text)
    start = bare.find("{")
    # A number at the end may have more digits.
    begun = bare[start:].rstrip("0123456789") if start >= 0 else ""
    try:
        value = from_json(begun, allow_partial="trailing-strings") if begun else {}
    except ValueError:
        return WrittenAnswer("")
    if not isinstance(value, dict) or value.get("answered") is False:
        return WrittenAnswer("")
    given = value.get("paragraphs")
    paragraphs = [_begun(one) for one in given] if isinstance(given, list) else []
    known = AnswerToLearner(paragraphs=[one for one in paragraphs if one])
    return _with_markers(known, passages, keep_last=True)


def _begun(value: Any) -> Paragraph | None:
    """Returns a paragraph of an answer that is still being written; None without any text yet."""
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not text.strip():
        return None
    named = value.get("passages")
    numbers_ = [n for n in named if isinstance(n, int)] if isinstance(named, list) else []
    return Paragraph(text=text, passages=numbers_)


def _with_markers(
    found: AnswerToLearner, passages: Sequence[SourcePassage], *, keep_last: bool = False
) -> WrittenAnswer:
    """Returns the paragraphs that rest on passages; what rests on none is left out, unless it is
    the last one and `keep_last`.
    """
    used: dict[int, None] = {}
    parts = []
    for number, one in enumerate(found.paragraphs, start=1):
        known = [n for n in dict.fromkeys(one.passages) if 1 <= n <= len(passages)]
        is_open = keep_last and not one.passages and number == len(found.paragraphs)
        plain = plain_markdown(one.text)
        # Of a paragraph that is still being written the last words are no fault.
        plain = plain if is_open else tidied(plain)
        if plain and (known or is_open):
            used |= dict.fromkeys(known)
            order = list(used)
            parts.append(plain + "".join(f"[^{order.index(n) + 1}]" for n in known))
    return WrittenAnswer("\n\n".join(parts), tuple(passages[n - 1] for n in used))
