"""The critic: solves questions without their key and says what is wrong with them.

It has prompts, calls and, if the settings name one, a model of its own. It answers each question
once without the material, to find those that their wording gives away, once with it, to find wrong
keys and second answers, and then judges them beside their key. Many questions go into one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from engine.lessons.llm.clean import plain_line
from engine.lessons.llm.fence import fenced
from engine.llm.errors import AIError
from engine.llm.prompting import Asks, Prompt, Repeats
from engine.llm.providers import Task
from engine.questions.formats import MultipleAnswers, Ordering, SingleChoice, TrueFalse
from engine.questions.llm import sheet
from engine.questions.llm.material import Material
from engine.questions.llm.schemas import (
    Answer,
    Guess,
    Judgement,
    Solution,
    answers_in,
    complaint,
    form,
)
from engine.questions.schemas import ItemIssue, QuestionDraft

MAX_QUESTIONS_A_CALL = 20
# A choice that nobody would take makes the others easier to find.
TEMPTING = 2
MAX_REMARK = 300  # characters

A = TypeVar("A", bound=Answer)


class Doubt(StrEnum):
    """Stable names of what the critic finds, beside those of the item checks."""

    WRONG_KEY = "critic_wrong_key"
    TWO_ANSWERS = "critic_two_answers"
    UNANSWERABLE = "critic_unanswerable"
    GUESSABLE = "critic_guessable"
    IMPLAUSIBLE = "critic_implausible"
    UNCLEAR = "critic_unclear"
    TRIVIAL = "critic_trivial"
    EXPLANATION = "critic_explanation"
    FEEDBACK = "critic_feedback"
    NOT_CHECKED = "not_checked"


_JUDGED = frozenset(
    (Doubt.IMPLAUSIBLE, Doubt.UNCLEAR, Doubt.TRIVIAL, Doubt.EXPLANATION, Doubt.FEEDBACK)
)
_CLUES = {
    "length": "the right choice is longer or more exact than the others",
    "grammar": "only one choice fits the grammar",
    "repeated_words": "the right choice repeats words of the question",
    "absurd_choices": "the other choices are absurd",
    "other_question": "another question gives it away",
    "obvious": "anybody answers it without having learned anything",
}

_GUESS = f"""\
You take this test without having studied. You have no material, and you use no knowledge of the \
subject that a course would teach: only the wording. For each question give the answer that the \
wording points to, and in `clue` what pointed to it: a length or a grammar that stands out, words \
of the question repeated in one choice alone, choices too absurd to be meant, another question of \
this test, or `obvious` where anybody knows it from daily life. `none` where you had to guess, and \
where only your own knowledge of the subject told you. `remark` tells the teacher in one sentence \
which words or which other question gave it away, if any did.

{sheet.HOW}"""

_SOLVE = f"""\
Solve this test from the material alone, as carefully as an expert who marks it. You do not have \
the key. Work each out before you answer. For a single choice name every choice that can be \
defended, not only the best; for the others the one full answer, with another one after it only if \
both can be defended. `answerable` is false where the material does not settle the question, where \
it can be read in two ways, or where it points to something that is not shown. `remark` says then \
in one sentence what is wrong, to the teacher who wrote it.

{sheet.HOW}"""

_JUDGE = """\
You are a strict teacher and look at the questions of a test beside their keys. For each say how \
many wrong choices would tempt a learner who half knows (`tempting`), whether it is clear at first \
reading, and whether it is worth asking: something that a learner of this subject should know or \
be able to do, neither trivial nor an accident of wording. `explanation_right`: the explanation \
agrees with the key and the source, and says why. `feedback_right`: what is said to those who \
chose wrong answers is true and about that answer; true where there is none. `remark` says in one \
sentence, to the teacher, what is wrong, if anything is."""


@dataclass
class Verdict:
    """What the critic says of one question. `unchecked` says why a part of it is missing."""

    doubts: list[ItemIssue] = field(default_factory=list)
    unchecked: str = ""

    @property
    def notes(self) -> tuple[ItemIssue, ...]:
        if not self.unchecked:
            return ()
        message = "Nobody checked this question: read it before learners do."
        return (ItemIssue(Doubt.NOT_CHECKED, message, is_note=True),)


class Critic:
    """Reviews the questions of one quiz. `repeats` bounds answers asked for again."""

    def __init__(self, model: Asks, system: str, repeats: Repeats) -> None:
        self._model, self._system, self._repeats = model, system, repeats

    async def review(
        self, questions: Sequence[tuple[QuestionDraft, Material, frozenset[str]]]
    ) -> list[Verdict]:
        """Returns a verdict for each question, in their order. Raises no AIError.

        With each question stand its material and the doubts that it was mended for, if it was:
        such a question is solved again, and otherwise looked at for these only.
        """
        verdicts = [Verdict() for _ in questions]
        drafts = [question for question, _, _ in questions]
        mended = [before for _, _, before in questions]
        guessed = [n for n, before in enumerate(mended) if not before or Doubt.GUESSABLE in before]
        judged = [n for n, before in enumerate(mended) if not before or before & _JUDGED]
        by_material: dict[int, list[int]] = {}
        for place, (_, material, _) in enumerate(questions):
            by_material.setdefault(id(material), []).append(place)
        calls = [self._guess(drafts, places, verdicts) for places in _parts(guessed)]
        calls += [self._judge(drafts, places, verdicts) for places in _parts(judged)]
        for own in by_material.values():
            material = questions[own[0]][1]
            calls += [self._solve(drafts, places, verdicts, material) for places in _parts(own)]
        await asyncio.gather(*calls)
        return verdicts

    async def _guess(
        self, drafts: Sequence[QuestionDraft], places: Sequence[int], verdicts: list[Verdict]
    ) -> None:
        user = f"{_GUESS}\n\n{_listed([sheet.shown(drafts[place]) for place in places])}"
        for place, guess in await self._ask("GuessedAnswers", Guess, user, places, verdicts):
            question = drafts[place]
            if guess.clue != "none" and _agrees(question, sheet.read(question, guess.answers)):
                words = f"The answer is found without the lesson: {_CLUES[guess.clue]}."
                words = f"{words} {_remark(guess.remark)}".strip()
                verdicts[place].doubts.append(ItemIssue(Doubt.GUESSABLE, words))

    async def _solve(
        self,
        drafts: Sequence[QuestionDraft],
        places: Sequence[int],
        verdicts: list[Verdict],
        material: Material,
    ) -> None:
        listed = _listed([sheet.shown(drafts[place]) for place in places])
        user = f"{material.source}\n\n{_SOLVE}\n\n{listed}"
        for place, solved in await self._ask("SolvedQuestions", Solution, user, places, verdicts):
            verdicts[place].doubts += _solved_doubts(drafts[place], solved)

    async def _judge(
        self, drafts: Sequence[QuestionDraft], places: Sequence[int], verdicts: list[Verdict]
    ) -> None:
        user = f"{_JUDGE}\n\n{_listed([_with_key(drafts[place]) for place in places])}"
        for place, judged in await self._ask("JudgedQuestions", Judgement, user, places, verdicts):
            verdicts[place].doubts += _judged_doubts(drafts[place], judged)

    async def _ask(
        self,
        name: str,
        part: type[A],
        user: str,
        places: Sequence[int],
        verdicts: list[Verdict],
    ) -> list[tuple[int, A]]:
        """Returns what could be read of one call's answer; the rest is marked as not checked."""
        answered: list[Any] = [None] * len(places)
        why = "The answer on it could not be read."
        try:
            answer = await self._model.ask(
                Task.CRITIC,
                Prompt(self._system, user),
                form(name, [part] * len(places)),
                complaint,
                self._repeats,
            )
            answered = answers_in(answer, len(places))
        except AIError as error:
            why = str(error)
        for place, one in zip(places, answered, strict=True):
            if one is None:
                verdicts[place].unchecked = why
        return [(p, one) for p, one in zip(places, answered, strict=True) if one is not None]


def _parts(places: Sequence[int]) -> list[Sequence[int]]:
    """Returns the places for each call, as equal parts as can be."""
    calls = -(-len(places) // MAX_QUESTIONS_A_CALL)
    return [places[len(places) * n // calls : len(places) * (n + 1) // calls] for n in range(calls)]


def _listed(texts: Sequence[str]) -> str:
    numbered = (f"q{number}: {text}" for number, text in enumerate(texts, start=1))
    return fenced("questions", "\n\n".join(numbered))


def _with_key(question: QuestionDraft) -> str:
    parts = [sheet.shown(question), f"Key: {', '.join(sheet.key(question))}"]
    parts.append(f"Explanation: {question.explanation}")
    feedback: Sequence[str] = question.feedback
    if isinstance(question.body, SingleChoice | MultipleAnswers):
        feedback = question.body.feedback
    elif isinstance(question.body, TrueFalse):
        feedback = (question.body.feedback,)
    said = " | ".join(text for text in feedback if text)
    if said:
        parts.append(f"Feedback to wrong answers: {said}")
    if question.derived:
        parts.append(f"How it follows from the source: {question.derived}")
    parts.append(f"Source: {question.quote}")
    return "\n".join(parts)


def _agrees(question: QuestionDraft, read: Sequence[str]) -> bool:
    key = sheet.key(question)
    if isinstance(question.body, Ordering):
        return tuple(read) == key
    return set(read) == set(key)


def _solved_doubts(question: QuestionDraft, solved: Solution) -> Iterator[ItemIssue]:
    read, key = sheet.read(question, solved.answers), sheet.key(question)
    remark = _remark(solved.remark)
    if not solved.answerable or not read:
        words = f"The material does not settle this question. {remark}".strip()
        yield ItemIssue(Doubt.UNANSWERABLE, words)
    elif _agrees(question, read):
        return
    elif _holds(question, read):
        others = sheet.in_words(question, [one for one in read if one not in key])
        words = f"Another answer can be defended too: “{others}”. {remark}".strip()
        yield ItemIssue(Doubt.TWO_ANSWERS, words)
    else:
        words = (
            f"Solved from the material, the answer is “{sheet.in_words(question, read)}”, not "
            f"“{sheet.in_words(question, key)}”. {remark}"
        )
        yield ItemIssue(Doubt.WRONG_KEY, words.strip())


def _holds(question: QuestionDraft, read: Sequence[str]) -> bool:
    """Whether the key is among several answers that can be defended."""
    key = sheet.key(question)
    if isinstance(question.body, Ordering):
        return tuple(read[: len(key)]) == key
    return set(key) <= set(read)


def _judged_doubts(question: QuestionDraft, judged: Judgement) -> Iterator[ItemIssue]:
    remark = _remark(judged.remark)
    chosen = question.body is None or isinstance(question.body, SingleChoice | MultipleAnswers)
    if chosen and judged.tempting < TEMPTING:
        count = max(judged.tempting, 0)
        words = f"Only {count} of the wrong choices would tempt a learner who half knows."
        yield ItemIssue(Doubt.IMPLAUSIBLE, f"{words} {remark}".strip())
    for right, doubt, words in (
        (judged.clear, Doubt.UNCLEAR, "The question is not clear."),
        (judged.worthwhile, Doubt.TRIVIAL, "The question tests nothing worth knowing."),
        (judged.explanation_right, Doubt.EXPLANATION, "The explanation is wrong or says little."),
        (judged.feedback_right, Doubt.FEEDBACK, "The feedback on a wrong answer is not true."),
    ):
        if not right:
            yield ItemIssue(doubt, f"{words} {remark}".strip())


def _remark(text: str) -> str:
    return plain_line(text)[:MAX_REMARK]
