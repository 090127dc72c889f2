"""The extractive quiz engine: questions that rules can ask well of the text, without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from engine.language.names import language_name
from engine.questions.extractive.calculations import calculation_items
from engine.questions.extractive.changes import change_items
from engine.questions.extractive.glossary import glossary_items
from engine.questions.extractive.items import Item, draw, shuffled
from engine.questions.extractive.limits import limit_items
from engine.questions.extractive.lists import list_items
from engine.questions.extractive.material import Material, read_material
from engine.questions.extractive.procedures import procedure_items
from engine.questions.extractive.selection import select
from engine.questions.extractive.tables import table_items
from engine.questions.extractive.terms import term_items
from engine.questions.extractive.wording import wording
from engine.questions.schemas import QuestionDraft, QuizDraft, QuizRequest

# The forms of question. Each yields what it can ask of the material, well or not at all.
FORMS: tuple[Callable[[Material], Iterator[Item]], ...] = (
    calculation_items,
    table_items,
    limit_items,
    procedure_items,
    list_items,
    term_items,
    glossary_items,
    change_items,
)


class ExtractiveQuizEngine:
    name = "extractive"
    model = ""
    uses_context = True

    async def write_quiz(self, request: QuizRequest) -> QuizDraft:
        """Returns the quiz, computed in a thread so that the event loop stays free."""
        return await asyncio.to_thread(write_quiz, request)


def write_quiz(request: QuizRequest) -> QuizDraft:
    if wording(request.language) is None:
        start = "This quiz has no others" if request.beside else "This quiz has no questions"
        note = f"{start}: in {language_name(request.language)} they need a language model."
        return QuizDraft((), notes=(note,))
    material = read_material(request)
    chosen = select((item for form in FORMS for item in form(material)), request)
    return QuizDraft(_placed(chosen), notes=_notes(len(chosen), request))


def _notes(made: int, request: QuizRequest) -> tuple[str, ...]:
    if made >= request.size:
        return ()
    found = made + request.beside
    questions = "1 question" if found == 1 else f"{found or 'no'} questions"
    note = (
        f"This quiz has {questions}. Its text holds no more definitions, tables, rules with "
        "numbers, procedures or contrasts that make good ones."
    )
    return (note,)


def _placed(items: Sequence[Item]) -> tuple[QuestionDraft, ...]:
    """Returns the drafts; each place in the choices is right about equally often."""
    counts: dict[int, int] = {}
    drafts = []
    for item in items:
        choices, correct = item.choices, item.correct
        if choices and not item.ordered:
            right, *wrong = choices
            places = range(len(choices))
            correct = min(places, key=lambda at: (counts.get(at, 0), draw(item.stem, str(at))))
            others = shuffled(wrong, item.stem)
            choices = (*others[:correct], right, *others[correct:])
        if choices:
            counts[correct] = counts.get(correct, 0) + 1
        drafts.append(_draft(item, choices, correct))
    return tuple(drafts)


def _draft(item: Item, choices: tuple[str, ...], correct: int) -> QuestionDraft:
    said = dict(zip(item.choices, item.feedback, strict=False))
    return QuestionDraft(
        kind=item.kind,
        stem=item.stem,
        choices=choices,
        correct=correct if choices else 0,
        explanation=item.explanation,
        difficulty=item.difficulty,
        bloom=item.bloom,
        topic_id=item.place.topic,
        passage_id=item.place.passage.id,
        quote=item.quote,
        support=1.0,
        feedback=tuple(said.get(choice, "") for choice in choices) if said else (),
        body=item.body,
    )
