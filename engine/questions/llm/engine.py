"""The quiz engine of a language model: plans, writes, has a critic solve, and mends.

A blueprint says what is asked. What the item checks refuse or the critic doubts goes back to the
writer, whole and with the reasons, at most MAX_MENDS times, and not again for the same reasons;
what is then still in doubt is kept for staff and asked of nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.lessons.llm.fence import UNTRUSTED
from engine.lessons.llm.prompts import language_rule
from engine.llm.errors import AIError, AnswerError
from engine.llm.prompting import Asks, Prompt, Repeats
from engine.llm.providers import Task
from engine.questions.item_checks import (
    IssueCode,
    balance_positions,
    check_question,
    check_quiz,
)
from engine.questions.llm.batches import batches
from engine.questions.llm.blueprint import (
    Cell,
    can_list_passages,
    cells_of,
    plan_by_rule,
    plan_prompt,
    with_truths,
)
from engine.questions.llm.critic import Critic
from engine.questions.llm.material import Material
from engine.questions.llm.schemas import (
    WrittenQuestion,
    answers_in,
    complaint,
    plan_form,
)
from engine.questions.llm.writing import (
    QUESTIONS_A_CALL,
    draft_of,
    mend_prompt,
    misfit,
    support_of,
    write_prompt,
    written_form,
)
from engine.questions.schemas import (
    ItemIssue,
    QuestionDraft,
    QuestionKind,
    QuizDraft,
    QuizRequest,
    RejectedQuestion,
    refusals,
)

MAX_MENDS = 2
MENDED_A_CALL = 12  # all of a module's quiz
# Answers of a whole quiz that are asked for again since nothing in them could be read.
MAX_REPEATS = 4

_SYSTEM = """\
You work on quizzes for learners, made from an organisation's own documents. Sentences of the \
passages are numbered [1], [2] and so on; rows of tables and blocks of code count as sentences."""


def system_prompt(language: str, source_language: str = "") -> str:
    """Returns what writer and critic are told alike, so that their calls begin alike."""
    return f"{_SYSTEM}\n\n{UNTRUSTED}\n\n{language_rule(language, source_language)}"


@dataclass
class Item:
    """A planned question on its way. `reasons` say why it cannot be asked as it is;
    `was_refused_for` are the codes of those of the one before, and `mended_for` the critic's
    among these."""

    cell: Cell
    material: Material
    written: WrittenQuestion | None = None
    draft: QuestionDraft | None = None
    reasons: list[ItemIssue] = field(default_factory=list)
    mended_for: frozenset[str] = frozenset()
    was_refused_for: frozenset[str] = frozenset()
    is_checked: bool = False
    unchecked: str = ""

    @property
    def may_be_mended(self) -> bool:
        """Whether it needs mending, and was not mended for the very same in vain."""
        codes = frozenset(issue.code for issue in self.reasons)
        return bool(codes) and not codes <= self.was_refused_for


class LLMQuizEngine:
    name = "llm"
    uses_context = False

    def __init__(self, model: Asks, *, batch_tokens: int) -> None:
        self._model = model
        self._batch_tokens = batch_tokens

    @property
    def model(self) -> str:
        return self._model.model_name(Task.QUIZ)

    async def write_quiz(self, request: QuizRequest) -> QuizDraft:
        """Returns the quiz. Raises ProviderError if the writer's provider fails."""
        return await _Run(self._model, request, self._batch_tokens).quiz()


class _Run:
    """The making of one quiz."""

    def __init__(self, model: Asks, request: QuizRequest, budget: int) -> None:
        self._model, self._request, self._budget = model, request, budget
        self._system = system_prompt(request.language, request.source_language)
        self._repeats = Repeats(MAX_REPEATS)
        self._critic = Critic(model, self._system, self._repeats)
        self._items: list[Item] = []
        self._failures: list[str] = []
        self._left_out = 0

    async def quiz(self) -> QuizDraft:
        materials = await asyncio.to_thread(self._materials)
        planned = await asyncio.gather(*(self._plan(one) for one in materials))
        pairs = [
            (material, cell)
            for material, cells in zip(materials, planned, strict=True)
            for cell in cells
        ]
        cells = with_truths([cell for _, cell in pairs])
        self._items = [
            Item(cell, material) for (material, _), cell in zip(pairs, cells, strict=True)
        ]
        await asyncio.gather(*(self._write(part) for part in _calls(self._items, QUESTIONS_A_CALL)))
        written = [item for item in self._items if item.written]
        self._left_out, self._items = len(self._items) - len(written), written
        for round_ in range(MAX_MENDS + 1):
            await asyncio.to_thread(self._check)
            await self._review()
            poor = [item for item in self._items if item.may_be_mended]
            if not poor or round_ == MAX_MENDS:
                break
            await asyncio.gather(*(self._mend(part) for part in _calls(poor, MENDED_A_CALL)))
        return await asyncio.to_thread(self._draft)

    def _materials(self) -> list[Material]:
        request = self._request
        language = request.source_language or request.language
        made = [
            Material(batch, request.objectives, language, self._budget)
            for batch in batches(request, budget=self._budget)
        ]
        for material in made:
            _ = material.text  # made here, outside the event loop, and kept
        return made

    async def _plan(self, material: Material) -> list[Cell]:
        prompt = plan_prompt(self._system, self._request, material)
        exact = self._model.keeps_schema(Task.QUIZ) and can_list_passages(material)
        schema = plan_form(
            self._request.formats, len(material.goals), len(material.batch.passages), exact=exact
        )
        try:
            plan = await self._model.ask(Task.QUIZ, prompt, schema, None, self._repeats)
        except AnswerError:
            return plan_by_rule(self._request, material)
        return cells_of(plan, self._request, material)

    async def _write(self, items: Sequence[Item]) -> None:
        cells, material = [item.cell for item in items], items[0].material
        prompt = write_prompt(self._system, self._request, material, cells)
        try:
            await self._take(items, prompt)
        except AnswerError as error:
            self._failures.append(f"Some questions were not written. {error}")

    async def _mend(self, items: Sequence[Item]) -> None:
        """Asks for each item anew; one that does not come keeps its reasons."""
        for item in items:
            if IssueCode.ORDER_OPEN in {issue.code for issue in item.reasons}:
                item.cell = replace(item.cell, format=self._request.formats[0])
        cells, material = [item.cell for item in items], items[0].material
        poor = [
            (item.written, [issue.message for issue in item.reasons])
            for item in items
            if item.written
        ]
        others = [
            item.draft
            for item in self._items
            if item.draft and item.material is material and item not in items
        ]
        prompt = mend_prompt(self._system, self._request, material, cells, poor, others=others)
        try:
            await self._take(items, prompt)
        except AIError as error:
            # What is good already is not lost for it.
            self._failures.append(f"Some questions were not mended. {error}")

    async def _take(self, items: Sequence[Item], prompt: Prompt) -> None:
        exact = self._model.keeps_schema(Task.QUIZ)
        schema = written_form(items[0].material, [item.cell for item in items], exact=exact)
        answer = await self._model.ask(Task.QUIZ, prompt, schema, complaint, self._repeats)
        for item, written in zip(items, answers_in(answer, len(items)), strict=True):
            if written is not None:
                item.was_refused_for = frozenset(issue.code for issue in item.reasons)
                item.mended_for = item.was_refused_for if item.is_checked else frozenset()
                item.written, item.draft, item.is_checked = written, None, False
                item.reasons = []

    def _check(self) -> None:
        """Makes drafts of what is new and gives them to the item checks."""
        request = self._request
        sound = [item.draft for item in self._items if item.draft and not item.reasons]
        for item in self._items:
            if item.written is None or item.draft:
                continue
            try:
                draft, passage = draft_of(item.written, item.cell, item.material)
            except ValueError as error:
                item.draft, item.reasons = _unfit(item), [misfit(error)]
                continue
            draft = replace(draft, support=support_of(draft, request))
            (draft,) = balance_positions([draft])
            alone = check_question(draft, passage, language=request.language)
            *_, beside = check_quiz(
                [*sound, draft], language=request.language, avoid_stems=request.avoid_stems
            )
            # Right answers get their places when the quiz is whole.
            beside = tuple(one for one in beside if one.code != IssueCode.POSITION_CUE)
            issues = (*alone, *beside)
            notes = tuple(issue for issue in issues if issue.is_note)
            item.draft = replace(draft, notes=(*draft.notes, *notes))
            item.reasons = list(refusals(issues))
            if not item.reasons:
                sound.append(item.draft)

    async def _review(self) -> None:
        """Gives what passed the item checks, and was not seen by it, to the critic."""
        new = [
            (item, item.draft)
            for item in self._items
            if item.draft and not item.reasons and not item.is_checked
        ]
        reviewed = {id(item) for item, _ in new}
        others = [
            item.draft
            for item in self._items
            if item.draft and not item.reasons and id(item) not in reviewed
        ]
        verdicts = await self._critic.review(
            [(draft, item.material, item.mended_for) for item, draft in new], others
        )
        for (item, draft), verdict in zip(new, verdicts, strict=True):
            item.is_checked, item.unchecked = True, verdict.unchecked
            item.reasons = verdict.doubts
            item.draft = replace(draft, notes=(*draft.notes, *verdict.notes))

    def _draft(self) -> QuizDraft:
        good = [item.draft for item in self._items if item.draft and not item.reasons]
        rejected = [
            RejectedQuestion(item.draft, tuple(item.reasons))
            for item in self._items
            if item.draft and item.reasons
        ]
        questions = balance_positions(good)
        return QuizDraft(questions, tuple(rejected), tuple(self._notes(len(good), len(rejected))))

    def _notes(self, good: int, rejected: int) -> Iterator[str]:
        """Yields in a teacher's words why questions are missing or unchecked."""
        size = self._request.size + self._request.beside
        good += self._request.beside
        if good < size:
            words = f"This quiz has {good} question{'s' * (good != 1)}, {size} were asked for."
            if len(self._items) + self._left_out < self._request.size and not self._failures:
                words += " The model planned no more from this material."
            if self._left_out and not self._failures:
                words += f" The model left out {self._left_out} that were planned."
            if rejected:
                words += (
                    f" {rejected} with doubts that could not be cleared are kept for you, under "
                    "“rejected”, with the reasons."
                )
            yield words
        yield from dict.fromkeys(self._failures)
        unchecked = {item.unchecked: None for item in self._items if item.unchecked}
        if unchecked:
            count = sum(bool(item.unchecked) for item in self._items)
            why = " ".join(unchecked)
            yield f"{count} questions were not checked, so read them before learners do. {why}"
        for task in (Task.QUIZ, Task.CRITIC):
            if words := self._model.weaker_mode(task):
                yield words
                return


def _calls(items: Sequence[Item], most: int) -> Iterator[list[Item]]:
    """Yields the items of each call: of one material, at most so many, in equal parts."""
    by_material: dict[int, list[Item]] = {}
    for item in items:
        by_material.setdefault(id(item.material), []).append(item)
    for own in by_material.values():
        calls = -(-len(own) // most)
        for n in range(calls):
            yield own[len(own) * n // calls : len(own) * (n + 1) // calls]


def _unfit(item: Item) -> QuestionDraft:
    """Returns a question that does not fit its format, with what can be shown of it to staff."""
    passage = item.material.batch.passages[0]
    return QuestionDraft(
        kind=QuestionKind.WRITTEN,
        stem=item.written.stem if item.written else "",
        choices=(),
        correct=0,
        explanation=item.written.explanation if item.written else "",
        difficulty=item.cell.difficulty,
        bloom=item.cell.bloom,
        topic_id=item.material.batch.topic_of(passage).id,
        passage_id=passage.id,
        quote="",
        support=0.0,
        objective=item.cell.objective,
    )
