"""The critic: solves questions without their key and says what is wrong with them.

It has prompts, calls and, if the settings name one, a model of its own. It answers each question
once without the material, to find those that their wording gives away, once with it, to find wrong
keys and second answers, and then judges them beside their key. Many questions go into one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from engine.lessons.llm.clean import plain_line
from engine.lessons.llm.fence import fenced
from engine.llm.errors import AIError
from engine.llm.prompting import Asks, Prompt, Repeats
from engine.llm.providers import Task
from engine.questions.formats import (
    MultipleAnswers,
    Numeric,
    Ordering,
    SingleChoice,
    TrueFalse,
)
from engine.questions.item_checks import IssueCode
from engine.questions.llm import sheet
from engine.questions.llm.material import Material
from engine.questions.llm.schemas import (
    Answer,
    Guess,
    Judgement,
    Solution,
    Solved,
    answers_in,
    complaint,
    form,
)
from engine.questions.schemas import ItemIssue, QuestionDraft

MAX_QUESTIONS_A_CALL = 20
# A choice that nobody would take makes the others easier to find.
TEMPTING = 2
MAX_REMARK = 300  # characters

# A clue in what is said, not in how: who knows the subject sees one where no learner does.
_OF_CONTENT = frozenset(("case", "absurd_choices", "obvious"))

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
    TOLD = "critic_told"
    NOT_CHECKED = "not_checked"


# What only a reader who has the key can find.
_JUDGED = frozenset((Doubt.EXPLANATION, Doubt.FEEDBACK, Doubt.TOLD))
_CUES: Mapping[str, str] = {IssueCode.CUE_WORDS: "cue_words", IssueCode.LENGTH_CUE: "length"}
_CLUES = {
    "length": "the right choice is longer or more exact than the others",
    "grammar": "only one choice fits the grammar",
    "cue_words": "words such as “some”, “only” or “always” point to it",
    "repeated_words": "the right choice repeats words of the question",
    "case": "the question itself leads to it or rules the others out",
    "absurd_choices": "the other choices are absurd",
    "other_question": "another question gives it away",
    "obvious": "anybody answers it without having learned anything",
}

_GUESS = f"""\
You take this test without having studied. You have no material, and you use no knowledge of the \
subject that a course would teach: only the wording, and what everybody knows from daily life. For \
each question give the answer that you would mark, and in `clue` what gave it away, the strongest \
one if there are several:
- `length`: one choice is longer or more exact than the others. `grammar`: only one fits the stem.
- `cue_words`: a sweeping "always", "never", "only" or "all" that sounds false, or a careful \
"some", "may" or "often" that sounds true, in a statement or in one kind of choice alone.
- `repeated_words`: words of the question stand in one choice alone, or the parts that several \
choices repeat meet in one choice alone.
- `case`: the question says in other words what one choice says, gives the reason of it, or rules \
the other choices out, so that plain reading is enough. It is none where a rule that has to be \
learned leads from the case to the answer: such a question asks what it should.
- `absurd_choices`: the others cannot be meant. `other_question`: another one of this test tells it.
- `obvious`: everybody knows it from daily life, or the everyday sense of a word says it all.
- `none`: you had to guess, or to learn something first. A number that is reckoned by a rule of \
the subject is none, even if all that it is reckoned from stands in the question.
`remark` tells the teacher in one sentence which words or which other question gave it away.

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
chose wrong answers is true and about that answer; true where there is none. `told_by` names every \
other question whose wording, choices or explanation holds the key of this one, so that whoever \
reads the whole test need not know it; look at each pair. Of two that tell each other's key, name \
the earlier at the later. Whether a statement is true must not show by its caution, nor a right \
choice by being longer, more exact or more careful than the others: that is not clear and fair, so \
`clear` is false. `remark` says in one sentence, to the teacher, what is wrong, if anything is."""

_RECHECK = """\
These questions were mended. Say of each, too, how many wrong choices would tempt a learner who \
half knows (`tempting`), whether it is `clear` at first reading and gives nothing away by caution, \
length or sweeping words, and whether it is `worthwhile`: something that a learner of this subject \
should know or be able to do."""


@dataclass
class Verdict:
    """What the critic says of one question. `unchecked` says why a part of it is missing.

    `given_away` is a clue in what the question says, and `tempting` the number of wrong choices
    that would tempt a learner, if the critic said it.
    """

    doubts: list[ItemIssue] = field(default_factory=list)
    unchecked: str = ""
    given_away: ItemIssue | None = None
    tempting: int | None = None

    @property
    def notes(self) -> tuple[ItemIssue, ...]:
        notes = (replace(self.given_away, is_note=True),) if self.given_away else ()
        if not self.unchecked:
            return notes
        message = "Nobody checked this question: read it before learners do."
        return (*notes, ItemIssue(Doubt.NOT_CHECKED, message, is_note=True))

    def weigh(self, question: QuestionDraft) -> None:
        """Makes a clue of content a doubt, unless the question holds in spite of it."""
        if self.given_away and not _holds_out(question, self.tempting):
            self.doubts.append(self.given_away)
            self.given_away = None


class Critic:
    """Reviews the questions of one quiz. `repeats` bounds answers asked for again."""

    def __init__(self, model: Asks, system: str, repeats: Repeats) -> None:
        self._model, self._system, self._repeats = model, system, repeats

    async def review(
        self,
        questions: Sequence[tuple[QuestionDraft, Material, frozenset[str]]],
        others: Sequence[QuestionDraft] = (),
    ) -> list[Verdict]:
        """Returns a verdict for each question, in their order. Raises no AIError.

        With each question stand its material and the doubts that it was mended for, if it was:
        such a question is solved and judged again in one call, without its key, and otherwise
        looked at for these only. `others` are questions of the quiz that are not reviewed.
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
        calls += [self._judge(drafts, places, verdicts, others) for places in _parts(judged)]
        for own in by_material.values():
            material = questions[own[0]][1]
            for again in (False, True):
                places = [place for place in own if bool(mended[place]) is again]
                calls += [
                    self._solve(
                        drafts,
                        part,
                        verdicts,
                        _near(material, drafts, part) if again else material.source,
                        again=again,
                    )
                    for part in _parts(places)
                ]
        await asyncio.gather(*calls)
        for draft, verdict in zip(drafts, verdicts, strict=True):
            verdict.weigh(draft)
        return verdicts

    async def _guess(
        self, drafts: Sequence[QuestionDraft], places: Sequence[int], verdicts: list[Verdict]
    ) -> None:
        user = f"{_GUESS}\n\n{_listed([sheet.shown(drafts[place]) for place in places])}"
        for place, guess in await self._ask("GuessedAnswers", Guess, user, places, verdicts):
            question = drafts[place]
            if not _agrees(question, sheet.read(question, guess.answers)):
                continue
            # What a rule suspected, a reader without the lesson has found as well.
            suspected = [_CUES[note.code] for note in question.notes if note.code in _CUES]
            clue = guess.clue if guess.clue != "none" else next(iter(suspected), "none")
            if clue != "none":
                words = f"The answer is found without the lesson: {_CLUES[clue]}."
                issue = ItemIssue(Doubt.GUESSABLE, f"{words} {_remark(guess.remark)}".strip())
                if clue in _OF_CONTENT:
                    verdicts[place].given_away = issue
                else:
                    verdicts[place].doubts.append(issue)

    async def _solve(
        self,
        drafts: Sequence[QuestionDraft],
        places: Sequence[int],
        verdicts: list[Verdict],
        source: str,
        *,
        again: bool,
    ) -> None:
        listed = _listed([sheet.shown(drafts[place]) for place in places])
        task = f"{_SOLVE}\n\n{_RECHECK}" if again else _SOLVE
        user = f"{source}\n\n{task}\n\n{listed}"
        part: type[Solution] = Solved if again else Solution
        for place, solved in await self._ask("SolvedQuestions", part, user, places, verdicts):
            doubts = verdicts[place].doubts
            doubts += _solved_doubts(drafts[place], solved)
            if isinstance(solved, Solved):
                verdicts[place].tempting = solved.tempting
                doubts += _judged_doubts(drafts[place], solved, solved.remark)

    async def _judge(
        self,
        drafts: Sequence[QuestionDraft],
        places: Sequence[int],
        verdicts: list[Verdict],
        others: Sequence[QuestionDraft],
    ) -> None:
        user = f"{_JUDGE}\n\n{_listed([_with_key(drafts[place]) for place in places])}"
        rest = [*others, *(draft for at, draft in enumerate(drafts) if at not in places)]
        names = {f"q{n}": drafts[place] for n, place in enumerate(places, start=1)}
        names |= {f"r{n}": draft for n, draft in enumerate(rest, start=1)}
        if rest:
            listed = "\n\n".join(
                f"r{n}: {_with_key(draft)}" for n, draft in enumerate(rest, start=1)
            )
            user += f"\n\nThe test also has these; judge them not:\n{fenced('others', listed)}"
        for place, judged in await self._ask("JudgedQuestions", Judgement, user, places, verdicts):
            question, doubts = drafts[place], verdicts[place].doubts
            verdicts[place].tempting = judged.tempting
            doubts += _judged_doubts(question, judged, judged.remark)
            doubts += _key_doubts(judged)
            for other in (names[name] for name in dict.fromkeys(judged.told_by) if name in names):
                if other is not question:
                    words = f"Another question tells its answer: “{other.stem}”."
                    doubts.append(_doubt(Doubt.TOLD, words, judged.remark))

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


def _near(material: Material, drafts: Sequence[QuestionDraft], places: Sequence[int]) -> str:
    """Returns the passages of these questions and those around them, for questions that were
    solved with all of the material before."""
    ids = [passage.id for passage in material.batch.passages]
    own = [ids.index(drafts[place].passage_id) for place in places]
    near = {number for at in own for number in (at, at + 1, at + 2)}
    return material.source_of([number for number in near if 1 <= number <= len(ids)])


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


def _holds_out(question: QuestionDraft, tempting: int | None) -> bool:
    """Whether a clue of content does not tell the answer: every wrong choice tempts a learner, or
    there are none and the answer is a number that has to be worked out."""
    body = question.body
    if isinstance(body, Numeric):
        return True
    if isinstance(body, SingleChoice):
        wrong = len(body.choices) - 1
    elif isinstance(body, MultipleAnswers):
        wrong = len(body.choices) - len(body.correct)
    elif body is None:
        wrong = len(question.choices) - 1
    else:
        return False
    return tempting is not None and tempting >= max(wrong, TEMPTING)


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


def _judged_doubts(
    question: QuestionDraft, judged: Judgement | Solved, remark: str
) -> Iterator[ItemIssue]:
    """Yields what a reader need not have the key for."""
    chosen = question.body is None or isinstance(question.body, SingleChoice | MultipleAnswers)
    if chosen and judged.tempting < TEMPTING:
        count = max(judged.tempting, 0)
        words = f"Only {count} of the wrong choices would tempt a learner who half knows."
        yield _doubt(Doubt.IMPLAUSIBLE, words, remark)
    if not judged.clear:
        yield _doubt(Doubt.UNCLEAR, "The question is not clear.", remark)
    if not judged.worthwhile:
        yield _doubt(Doubt.TRIVIAL, "The question tests nothing worth knowing.", remark)


def _key_doubts(judged: Judgement) -> Iterator[ItemIssue]:
    if not judged.explanation_right:
        words = "The explanation is wrong or says little."
        yield _doubt(Doubt.EXPLANATION, words, judged.remark)
    if not judged.feedback_right:
        words = "The feedback on a wrong answer is not true."
        yield _doubt(Doubt.FEEDBACK, words, judged.remark)


def _doubt(doubt: Doubt, words: str, remark: str) -> ItemIssue:
    return ItemIssue(doubt, f"{words} {_remark(remark)}".strip())


def _remark(text: str) -> str:
    return plain_line(text)[:MAX_REMARK]
