"""Answers a learner's question from passages of a course, with the passages it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from engine.lessons.llm.clean import plain_markdown
from engine.lessons.llm.fence import UNTRUSTED, fenced, fenced_passages
from engine.lessons.llm.prompts import language_rule
from engine.lessons.llm.schemas import Answer, Paragraph, narrowed, numbers, some, text
from engine.lessons.llm.text_faults import foreign_script, repetition, tidied
from engine.lessons.schemas import SourcePassage
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


def _with_markers(found: AnswerToLearner, passages: Sequence[SourcePassage]) -> WrittenAnswer:
    """Returns the paragraphs that rest on passages; what rests on none is left out."""
    used: dict[int, None] = {}
    parts = []
    for one in found.paragraphs:
        known = [n for n in dict.fromkeys(one.passages) if 1 <= n <= len(passages)]
        plain = tidied(plain_markdown(one.text))
        if plain and known:
            used |= dict.fromkeys(known)
            order = list(used)
            parts.append(plain + "".join(f"[^{order.index(n) + 1}]" for n in known))
    return WrittenAnswer("\n\n".join(parts), tuple(passages[n - 1] for n in used))
