"""Which of the possible questions make the quiz."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from quizzes.generation.extractive.forms import Candidate
from quizzes.generation.item_checks import IssueCode, check_question, check_quiz
from quizzes.generation.schemas import (
    ItemIssue,
    QuestionDraft,
    QuestionKind,
    QuizRequest,
    RejectedQuestion,
)

_REPEATED_KIND = 0.12


def select(
    found: Sequence[Candidate], request: QuizRequest, texts: Mapping[int, str]
) -> tuple[list[QuestionDraft], list[RejectedQuestion]]:
    """The best question of each sentence, spread over the topics by their length."""
    picker = _Picker(request, texts)
    by_topic: dict[int, list[Candidate]] = {topic.id: [] for topic in request.topics}
    for candidate in found:
        by_topic[candidate.question.topic_id].append(candidate)
    weights = {t.id: sum(len(p.text) for p in t.passages) + 1 for t in request.topics}
    taken: Counter[int] = Counter()
    while by_topic and len(picker.chosen) < request.size:
        topic = min(by_topic, key=lambda t: (taken[t] + 1) / weights[t])
        if picker.take_best(by_topic[topic]):
            taken[topic] += 1
        else:
            del by_topic[topic]
    return picker.in_order(), picker.rejected


class _Picker:
    def __init__(self, request: QuizRequest, texts: Mapping[int, str]) -> None:
        self._request = request
        self._texts = texts
        self._kinds: Counter[QuestionKind] = Counter()
        self._answers: set[str] = set()
        self.chosen: list[Candidate] = []
        self.rejected: list[RejectedQuestion] = []

    def take_best(self, pool: list[Candidate]) -> bool:
        """Move the best sound candidate out of `pool`; those that fail a check leave it too."""
        while pool:
            best = max(pool, key=lambda c: (self._worth(c), -c.order, c.question.stem))
            pool.remove(best)
            if best.answer_key in self._answers:
                continue
            issues = self._issues(best.question)
            if issues:
                self.rejected.append(RejectedQuestion(best.question, issues))
                continue
            self.chosen.append(best)
            self._kinds[best.question.kind] += 1
            self._answers.add(best.answer_key)
            return True
        return False

    def _worth(self, candidate: Candidate) -> float:
        return candidate.worth - _REPEATED_KIND * self._kinds[candidate.question.kind]

    def _issues(self, question: QuestionDraft) -> tuple[ItemIssue, ...]:
        language = self._request.language
        alone = check_question(question, self._texts[question.passage_id], language=language)
        if alone:
            return alone
        beside = [candidate.question for candidate in self.chosen]
        *_, last = check_quiz(
            [*beside, question], language=language, avoid_stems=self._request.avoid_stems
        )
        # Positions are given out when the quiz is whole.
        return tuple(issue for issue in last if issue.code != IssueCode.POSITION_CUE)

    def in_order(self) -> list[QuestionDraft]:
        return [c.question for c in sorted(self.chosen, key=lambda c: c.order)]
