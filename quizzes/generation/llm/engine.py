"""The engine itself: ask by batches, check every question, ask again for those that fail."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from courses.generation.llm.clean import plain_line
from courses.generation.llm.topics import quoted_words
from courses.generation.support import Source
from profai.ai.errors import AnswerError
from profai.ai.prompting import Asks
from profai.ai.providers import Task
from quizzes.generation.item_checks import IssueCode, balance_positions, check_question, check_quiz
from quizzes.generation.llm.batches import Batch, batches
from quizzes.generation.llm.prompts import quiz_prompt
from quizzes.generation.llm.schemas import WrittenQuestion, WrittenQuestions
from quizzes.generation.notes import shortfall
from quizzes.generation.schemas import (
    Difficulty,
    ItemIssue,
    QuestionDraft,
    QuestionKind,
    QuizDraft,
    QuizRequest,
    RejectedQuestion,
)

ROUNDS = 3


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
        """Asks at most ROUNDS times for what is missing. Raises AIError."""
        quiz = _Quiz(request, [_Open(b) for b in batches(request, budget=self._batch_tokens)])
        for _ in range(ROUNDS):
            still = [piece for piece in quiz.pieces if piece.missing]
            answers = await asyncio.gather(*(self._ask(request, piece) for piece in still))
            await asyncio.to_thread(quiz.take, list(zip(still, answers, strict=True)))
        return quiz.draft()

    async def _ask(self, request: QuizRequest, piece: _Open) -> list[WrittenQuestion]:
        """Nothing where the model gives no usable answer: its other questions may still do."""
        batch = replace(piece.batch, wanted=piece.missing)
        own = {passage.id for passage in batch.passages}
        asked = [question.stem for question in request.asked if question.passage_id in own]
        asked += [question.stem for question in piece.accepted]
        prompt = quiz_prompt(request, batch, asked, piece.complaints)
        try:
            answer = await self._model.ask(Task.QUIZ, prompt, WrittenQuestions)
        except AnswerError:
            return []
        return answer.questions[: batch.count]


@dataclass
class _Open:
    """A batch and how far it has come."""

    batch: Batch
    accepted: list[QuestionDraft] = field(default_factory=list)
    rejected: list[RejectedQuestion] = field(default_factory=list)
    # Questions that the model did not write though it was asked: it found no more.
    unwritten: int = 0

    @property
    def missing(self) -> Counter[Difficulty]:
        """Questions still to be asked for; their number counts before their difficulty."""
        missing = Counter(self.batch.wanted)
        missing.subtract(question.difficulty for question in self.accepted)
        left = self.batch.count - len(self.accepted) - self.unwritten
        wanted = [level for level in Difficulty for _ in range(max(missing[level], 0))]
        return Counter(wanted[: max(left, 0)])

    @property
    def complaints(self) -> list[str]:
        return [
            f"“{one.question.stem}”: {' '.join(issue.message for issue in one.issues)}"
            for one in self.rejected
        ]


class _Quiz:
    """The questions of all batches beside each other."""

    def __init__(self, request: QuizRequest, pieces: Sequence[_Open]) -> None:
        self.pieces = pieces
        self._request = request

    def take(self, answers: Sequence[tuple[_Open, list[WrittenQuestion]]]) -> None:
        """Accept the questions that pass, and remember why the others do not."""
        for piece, questions in answers:
            piece.unwritten += piece.missing.total() - len(questions)
            for written in questions:
                self._take_one(piece, self._draft_of(written, piece.batch))

    def _take_one(self, piece: _Open, found: tuple[QuestionDraft, str]) -> None:
        question, passage = found
        issues = check_question(question, passage, language=self._request.language)
        issues = issues or self._issues_with_others(question)
        if issues:
            piece.rejected.append(RejectedQuestion(question, issues))
        else:
            piece.accepted.append(question)

    def _issues_with_others(self, question: QuestionDraft) -> tuple[ItemIssue, ...]:
        others = [other for piece in self.pieces for other in piece.accepted]
        *_, last = check_quiz(
            [*others, question],
            language=self._request.language,
            avoid_stems=self._request.avoid_stems,
        )
        # Positions are given out when the quiz is whole.
        return tuple(issue for issue in last if issue.code != IssueCode.POSITION_CUE)

    def _draft_of(self, written: WrittenQuestion, batch: Batch) -> tuple[QuestionDraft, str]:
        """The question as all engines give it, and the text of the passage it names. A question
        that names none that was handed in fails the checks: its quote is nowhere."""
        known = 1 <= written.passage <= len(batch.passages)
        passage = batch.passages[written.passage - 1 if known else 0]
        text = passage.text if known else ""
        quote = quoted_words(written.quote, text)
        stem, answer = plain_line(written.stem), plain_line(written.answer)
        wrong = [(plain_line(d.text), plain_line(d.why_wrong)) for d in written.distractors]
        draft = QuestionDraft(
            kind=QuestionKind.WRITTEN,
            stem=stem,
            choices=(answer, *(choice for choice, _ in wrong)),
            correct=0,
            explanation=plain_line(written.explanation),
            difficulty=written.difficulty,
            bloom=written.bloom,
            topic_id=batch.topic_of(passage).id,
            passage_id=passage.id,
            quote=quote or plain_line(written.quote),
            support=self._support(quote, stem, answer),
            feedback=("", *(why for _, why in wrong)),
        )
        return draft, text

    def _support(self, quote: str, stem: str, answer: str) -> float:
        """How well the quoted words carry the answer, read with the words of the question."""
        language = self._request.source_language or self._request.language
        source = Source([quote, stem] if language == self._request.language else [quote], language)
        return source.support(answer, self._request.language) if quote else 0.0

    def draft(self) -> QuizDraft:
        questions = [question for piece in self.pieces for question in piece.accepted]
        return QuizDraft(
            questions=balance_positions(questions[: self._request.size]),
            rejected=tuple(one for piece in self.pieces for one in piece.rejected),
            notes=shortfall(len(questions), self._request.size),
        )
