"""`python -m benchmarks.quizzes PDF ...`: the extractive quizzes of books, without a database.

Prints each module's questions with answers and explanations, for strict readers, and how many
questions of each form a book gives and in what time, those of its own exercises among them.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from engine.lessons.answer_keys import printed_questions
from engine.lessons.extractive.engine import plan_course
from engine.lessons.schemas import OutlineRequest, unstored_passages
from engine.questions.extractive.engine import ExtractiveQuizEngine
from engine.questions.printed import printed_with, write_with_printed
from engine.questions.schemas import QuestionDraft, QuizRequest, QuizTopic
from engine.reading.document import ExtractedDocument
from engine.reading.extract import extract_document

SIZE = 20


def requests(document: ExtractedDocument, title: str) -> Iterator[QuizRequest]:
    """Yields the request of each module, as a course job makes it."""
    passages = unstored_passages(document)
    by_id = {passage.id: passage for passage in passages}
    printed = printed_questions(passages)
    outline = plan_course(OutlineRequest(title, document.language, passages))
    number = 0
    for module in outline.modules:
        topics = []
        for topic in module.topics:
            number += 1
            own = tuple(by_id[passage] for passage in topic.passage_ids)
            exercises = printed_with(printed, set(topic.supplement_ids))
            topics.append(QuizTopic(number, topic.title, own, printed=exercises))
        yield QuizRequest(
            title=f"Quiz: {module.title}", language=document.language, size=SIZE,
            topics=tuple(topics), context=passages,
        )  # fmt: skip


def show(question: QuestionDraft) -> str:
    lines = [f"[{question.kind.value}, {question.format.value}] {question.stem}"]
    for at, choice in enumerate(question.choices):
        lines.append(f"  {'*' if at == question.correct else '-'} {choice}")
    if question.body:
        lines.append(f"  {question.body.model_dump_json(exclude={'format'})}")
    return "\n".join([*lines, f"  = {question.explanation}", ""])


def main() -> int:
    for path in map(Path, sys.argv[1:]):
        document = extract_document(path)
        wanted = list(requests(document, path.stem))
        started = time.process_time()
        engine = ExtractiveQuizEngine()
        drafts = [asyncio.run(write_with_printed(engine, request)) for request in wanted]
        seconds = time.process_time() - started
        forms: Counter[str] = Counter()
        for request, draft in zip(wanted, drafts, strict=True):
            sys.stdout.write(f"\n## {request.title}\n{' '.join(draft.notes)}\n\n")
            for question in draft.questions:
                forms[f"{question.kind.value}, {question.format.value}"] += 1
                sys.stdout.write(show(question) + "\n")
            for one in draft.rejected:
                forms[f"not used, {one.issues[0].code}"] += 1
        counted = "; ".join(f"{form}: {count}" for form, count in forms.most_common())
        sys.stdout.write(
            f"{path.name}: {sum(len(draft.questions) for draft in drafts)} questions of "
            f"{document.pages} pages in "
            f"{seconds:.1f} s ({counted})\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
