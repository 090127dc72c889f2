"""The critic: solves questions without their key and says what is wrong with them.

It has its own prompts and, if the settings name one, its own model. It looks at each question three
times: it answers it without the material, to find questions whose wording gives the answer away;
it answers it with the material, to find wrong keys and second answers; and it judges it with its
key. Many questions go into one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil
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
# The smallest number of wrong choices that must tempt a learner: a choice that nobody would take
# makes the right one easier to find.
MIN_TEMPTING = 2
MAX_REMARK = 300  # characters

# Clues in the meaning, not in the wording. An expert sees such clues where a learner does not.
_CLUES_IN_MEANING = frozenset(("question_implies", "absurd_choices", "obvious"))

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


# The doubts that only a reader who has the key can find.
_NEED_KEY = frozenset((Doubt.EXPLANATION, Doubt.FEEDBACK, Doubt.TOLD))
# The clue that each note of the item checks suspects.
_CUES: Mapping[str, str] = {IssueCode.CUE_WORDS: "cue_words", IssueCode.LENGTH_CUE: "length"}
# What staff read about each clue.
_CLUES = {
    "length": "the right choice is longer or more exact than the others",
    "grammar": "only one choice fits the grammar",
    "cue_words": "words such as “some”, “only” or “always” point to it",
    "repeated_words": "the right choice repeats words of the question",
    "question_implies": "the question itself leads to it or rules the others out",
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
- `repeated_words`: words of the question are in one choice only, or one choice only combines the \
parts that several choices repeat.
- `question_implies`: the question says in other words what one choice says, gives the reason for \
it, or rules the other choices out, so that plain reading is enough. If a rule that has to be \
learned leads from the situation that the question describes to the answer, the clue is `none`: \
such a question asks what it should.
- `absurd_choices`: the others cannot be meant. `other_question`: another question of this test \
gives it away.
- `obvious`: everybody knows it from daily life, or the everyday sense of a word says it all.
- `none`: you had to guess, or to learn something first. If the number has to be calculated by a \
rule of the subject, the clue is `none`, even if the question states every number that is needed.
`remark` says to the teacher in one sentence which words or which other question gave it away.

{sheet.HOW}"""

_SOLVE = f"""\
Solve this test from the material alone, as carefully as an expert who marks it. You do not have \
the key. Work out each question before you answer it. For a single choice name every choice that \
can be defended, not only the best; for the other formats give the one full answer, and a second \
one after it only if both can be defended. `answerable` is false if the material does not settle \
the question, if the question can be read in two ways, or if it points to something that is not \
shown. `remark` then says in one sentence, to the teacher who wrote the question, what is wrong.

{sheet.HOW}"""

_JUDGE = """\
You are a strict teacher and look at the questions of a test together with their keys. For each \
question say how many wrong choices would tempt a learner who knows the subject only partly \
(`tempting`), whether it is clear at first reading, and whether it is worth asking: something that \
a learner of this subject should know or be able to do, neither trivial nor an accident of \
wording. `explanation_right`: the explanation agrees with the key and the source, and says why. \
`feedback_right`: what is said to learners who chose a wrong answer is true and about that answer; \
true if there is no feedback. `told_by` names every other question whose wording, choices or \
explanation gives the key of this one away, so that a learner who reads the whole test need not \
know it; look at each pair. If two questions give each other's key away, list the first one in \
`told_by` of the second. A careful wording must not show that a statement is true, and the right \
choice must not be longer, more exact or more careful than the others: otherwise the question is \
not clear and fair, and `clear` is false. `remark` says in one sentence, to the teacher, what is \
wrong, if anything is."""

_RECHECK = """\
These questions were corrected. Say of each question, too, how many wrong choices would tempt a \
learner who knows the subject only partly (`tempting`), whether it is `clear` at first reading and \
gives nothing away by caution, length or sweeping words, and whether it is `worthwhile`: something \
that a learner of this subject should know or be able to do."""


@dataclass
class Verdict:
    """What the critic says about one question.

    `unchecked` is the reason why a part of the review is missing, or "". `given_away` is a clue in
    the question's meaning. `tempting` is the number of wrong choices that would tempt a learner;
    None if the critic did not say it.
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
        """Makes a clue in the meaning a doubt, unless the question is still hard enough."""
        if self.given_away and not _is_still_hard(question, self.tempting):
            self.doubts.append(self.given_away)
            self.given_away = None


class Critic:
    """Reviews the questions of one quiz. `repeats` limits how often the model is asked again after
    an unusable answer.
    """

    def __init__(self, model: Asks, system: str, repeats: Repeats) -> None:
        self._model, self._system, self._repeats = model, system, repeats

    async def review(
        self,
        questions: Sequence[tuple[QuestionDraft, Material, frozenset[str]]],
        others: Sequence[QuestionDraft] = (),
    ) -> list[Verdict]:
        """Returns a verdict for each question, in their order. Raises no AIError.

        Each entry is (question, material, doubts for which it was corrected; empty if it is new).
        A corrected question gets one call that solves and judges it without the key. Guessing, and
        judging with the key, are repeated only if one of its doubts came from there. `others` are
        questions of the quiz that are not reviewed.
        """
        verdicts = [Verdict() for _ in questions]
        drafts = [question for question, _, _ in questions]
        corrected = [doubts for _, _, doubts in questions]
        guessed = [n for n, old in enumerate(corrected) if not old or Doubt.GUESSABLE in old]
        judged = [n for n, old in enumerate(corrected) if not old or old & _NEED_KEY]
        by_material: dict[int, list[int]] = {}
        for place, (_, material, _) in enumerate(questions):
            by_material.setdefault(id(material), []).append(place)
        calls = [self._guess(drafts, places, verdicts) for places in _parts(guessed)]
        calls += [self._judge(drafts, places, verdicts, others) for places in _parts(judged)]
        for own in by_material.values():
            material = questions[own[0]][1]
            for again in (False, True):
                places = [place for place in own if bool(corrected[place]) is again]
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
            # The guess was right, so a clue that the item checks only suspected counts now.
            suspected = [_CUES[note.code] for note in question.notes if note.code in _CUES]
            clue = guess.clue if guess.clue != "none" else next(iter(suspected), "none")
            if clue != "none":
                words = f"The answer is found without the lesson: {_CLUES[clue]}."
                issue = ItemIssue(Doubt.GUESSABLE, f"{words} {_remark(guess.remark)}".strip())
                if clue in _CLUES_IN_MEANING:
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
            user += f"\n\nThe test also has these; do not judge them:\n{fenced('others', listed)}"
        for place, judged in await self._ask("JudgedQuestions", Judgement, user, places, verdicts):
            question, doubts = drafts[place], verdicts[place].doubts
            verdicts[place].tempting = judged.tempting
            doubts += _judged_doubts(question, judged, judged.remark)
            doubts += _key_doubts(judged)
            for other in (names[name] for name in dict.fromkeys(judged.told_by) if name in names):
                if other is not question:
                    words = f"Another question gives its answer away: “{other.stem}”."
                    doubts.append(_doubt(Doubt.TOLD, words, judged.remark))

    async def _ask(
        self,
        name: str,
        part: type[A],
        user: str,
        places: Sequence[int],
        verdicts: list[Verdict],
    ) -> list[tuple[int, A]]:
        """Returns the parts of one call's answer that could be read, with the places of their
        questions. Marks the other questions as not checked.
        """
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
    """Returns the passages of these questions, each with the passage before and after it, for
    questions that an earlier call solved with all material.
    """
    ids = [passage.id for passage in material.batch.passages]
    own = [ids.index(drafts[place].passage_id) for place in places]
    # `at` counts from 0, the numbers in the sheet from 1: the passage before, its own, the one
    # after.
    near = {number for at in own for number in (at, at + 1, at + 2)}
    return material.source_of([number for number in near if 1 <= number <= len(ids)])


def _parts(places: Sequence[int]) -> list[Sequence[int]]:
    """Returns the places in as few parts as possible, one for each call, of nearly equal size."""
    calls = ceil(len(places) / MAX_QUESTIONS_A_CALL)
    return [places[len(places) * n // calls : len(places) * (n + 1) // calls] for n in range(calls)]


def _listed(texts: Sequence[str]) -> str:
    """Returns the texts as q1, q2 and so on, between tags for text that is no instruction."""
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


def _is_still_hard(question: QuestionDraft, tempting: int | None) -> bool:
    """Whether a clue in the meaning does not give the answer away: every wrong choice tempts a
    learner, or the answer is a number that has to be worked out.
    """
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
    return tempting is not None and tempting >= max(wrong, MIN_TEMPTING)


def _solved_doubts(question: QuestionDraft, solved: Solution) -> Iterator[ItemIssue]:
    read, key = sheet.read(question, solved.answers), sheet.key(question)
    remark = _remark(solved.remark)
    if not solved.answerable or not read:
        words = f"The material does not settle this question. {remark}".strip()
        yield ItemIssue(Doubt.UNANSWERABLE, words)
    elif _agrees(question, read):
        return
    elif _key_is_defended(question, read):
        others = sheet.in_words(question, [one for one in read if one not in key])
        words = f"Another answer can be defended too: “{others}”. {remark}".strip()
        yield ItemIssue(Doubt.TWO_ANSWERS, words)
    else:
        words = (
            f"Solved from the material, the answer is “{sheet.in_words(question, read)}”, not "
            f"“{sheet.in_words(question, key)}”. {remark}"
        )
        yield ItemIssue(Doubt.WRONG_KEY, words.strip())


def _key_is_defended(question: QuestionDraft, read: Sequence[str]) -> bool:
    """Whether the key is one of several answers that can be defended."""
    key = sheet.key(question)
    if isinstance(question.body, Ordering):
        return tuple(read[: len(key)]) == key
    return set(key) <= set(read)


def _judged_doubts(
    question: QuestionDraft, judged: Judgement | Solved, remark: str
) -> Iterator[ItemIssue]:
    """Yields the doubts that a reader can find without the key."""
    has_choices = question.body is None or isinstance(question.body, SingleChoice | MultipleAnswers)
    if has_choices and judged.tempting < MIN_TEMPTING:
        count = max(judged.tempting, 0)
        words = (
            f"Only {count} of the wrong choices would tempt a learner who knows the subject only "
            "partly."
        )
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
