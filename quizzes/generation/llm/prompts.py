"""What a model is told about the questions to write."""

from __future__ import annotations

from collections.abc import Sequence

from courses.generation.llm.fence import UNTRUSTED, fenced, fenced_passages
from courses.generation.llm.prompts import language_rule
from profai.ai.prompting import Prompt
from quizzes.generation.llm.batches import Batch
from quizzes.generation.schemas import Difficulty, QuizRequest

MOST_STEMS = 80

_SYSTEM = """\
You write multiple-choice questions that test whether a learner has understood passages of an \
organisation's own documents.

- Each question has one right answer and exactly three distractors, and can be answered by whoever \
has understood the passages, without seeing them: never refer to "the passage" or "the text".
- One passage proves the answer. Give its id, and as `quote` its words that prove the answer, \
copied letter by letter. Use the quote's own terms in the answer.
- Distractors are plausible to a learner who has misunderstood, clearly wrong by the passages, and \
like the answer in length, form and grammar. No "all of the above", no "none of the above", no two \
choices that mean the same.
- The stem gives the answer away neither by its words nor by its grammar. It ends with a question \
mark or a full stop.
- easy: recall of one fact; medium: understanding of a relation; hard: application to a new case \
or comparison, still proved by the passage.
- Each question rests on another sentence, and no two ask the same."""


def quiz_prompt(
    request: QuizRequest, batch: Batch, asked: Sequence[str], failed: Sequence[str]
) -> Prompt:
    """`asked` are stems not to ask again; `failed` tells which questions of an earlier answer
    were no good, and why."""
    titles = "\n".join(topic.title for topic in batch.topics)
    mix = ", ".join(f"{level} {batch.wanted[level]}" for level in Difficulty if batch.wanted[level])
    parts = [
        f"Questions wanted: {batch.count} ({mix})",
        fenced("topics", titles),
        fenced_passages(batch.passages),
    ]
    if asked:
        stems = "\n".join(f"- {stem}" for stem in asked[-MOST_STEMS:])
        parts.append(f"Already asked:\n{fenced('questions', stems)}")
    if failed:
        lines = fenced("questions", "\n".join(f"- {line}" for line in failed))
        parts.append(
            f"These questions failed a check, for the reasons given; write others:\n{lines}"
        )
    rule = language_rule(request.language, request.source_language)
    return Prompt(f"{_SYSTEM}\n\n{UNTRUSTED}\n\n{rule}", "\n\n".join(parts))
