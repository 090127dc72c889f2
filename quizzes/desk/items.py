"""What there is to review in a course, in the order in which it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from courses.models import Checkers, Claim, Course, RevisionState, Topic, TopicStatus, Verdicts
from engine.lessons.schemas import DOUBTFUL
from quizzes.editing import REJECTED_BY_PERSON
from quizzes.models import Question, QuestionStatus

OPEN, DONE, UNUSED = "open", "done", "unused"
FINAL = 0  # stands for the final quiz among the modules' numbers
_OPEN_QUESTION = {QuestionStatus.DRAFT, QuestionStatus.PROPOSED}


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence, a lesson or a question. `module` is FINAL for the course's final quiz.

    Open is what nobody has decided on, and what has a proposal beside it; unused is what the
    checks kept from learners.
    """

    kind: str
    pk: int
    title: str
    module: int
    state: str
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == OPEN


@dataclass(frozen=True, slots=True)
class Branch:
    """A module of the tree, or the final quiz; `items` are loaded for the open branch only."""

    title: str
    first: str
    items: Sequence[Item]
    open_count: int
    is_current: bool


class Items:
    """A course's items: a fixed number of queries, whatever its size."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.modules = list(course.modules.order_by("position"))
        proposed = course.revisions.filter(state=RevisionState.PROPOSED)
        self._proposed = set(proposed.values_list("kind", "row"))
        self.all = list(self._in_order())
        self._place = {item.key: place for place, item in enumerate(self.all)}

    @property
    def total(self) -> int:
        return sum(item.state != UNUSED for item in self.all) + self._confirmed

    @property
    def done(self) -> int:
        return sum(item.state == DONE for item in self.all) + self._confirmed

    def open_of(self, kind: str) -> int:
        return sum(item.is_open and item.kind == kind for item in self.all)

    def find(self, key: str) -> Item | None:
        place = self._place.get(key)
        return None if place is None else self.all[place]

    def first_open(self) -> Item | None:
        return next((item for item in self.all if item.is_open), self.all[0] if self.all else None)

    def beside(self, item: Item, step: int) -> Item:
        """Returns the item before or after. After the last one comes the last one itself."""
        place = self._place[item.key] + step
        return self.all[min(max(place, 0), len(self.all) - 1)]

    def next_open(self, key: str, kind: str = "") -> Item | None:
        """Returns the next open item; after the last one it starts again at the first."""
        place = self._place.get(key, -1)
        wanted = [*self.all[place + 1 :], *self.all[: place + 1]]
        return next((one for one in wanted if one.is_open and kind in {"", one.kind}), None)

    def tree(self, current: Item | None) -> Iterator[Branch]:
        names = [(one.pk, f"{one.position}. {one.title}") for one in self.modules]
        for number, title in [*names, (FINAL, "Final quiz")]:
            own = [item for item in self.all if item.module == number]
            if own:
                is_current = current is not None and current.module == number
                yield Branch(
                    title=title,
                    first=next((one.key for one in own if one.is_open), own[0].key),
                    items=own if is_current else (),
                    open_count=sum(item.is_open for item in own),
                    is_current=is_current,
                )

    def _in_order(self) -> Iterator[Item]:
        topics = Topic.objects.filter(module__course=self.course).order_by("position")
        by_module = _grouped(topics.values("pk", "module", "title", "status"), "module")
        claims = Claim.objects.filter(topic__module__course=self.course).order_by("position")
        doubted = claims.filter(verdict__in=DOUBTFUL).values("pk", "topic", "text")
        by_topic = _grouped(doubted, "topic")
        # Claims that a person confirmed are counted as done.
        confirmed = claims.filter(verdict=Verdicts.STATED, checked_by=Checkers.PERSON)
        self._confirmed = confirmed.count()
        questions = Question.objects.filter(quiz__course=self.course).order_by("quiz", "position")
        questions = questions.annotate(module=F("quiz__module"))
        rows = questions.values("pk", "stem", "status", "module", "check_results")
        asked = _grouped(rows, "module")
        for module in self.modules:
            for topic in by_module[module.pk]:
                for claim in by_topic[topic["pk"]]:
                    yield Item("claim", claim["pk"], claim["text"], module.pk, OPEN, "doubtful")
                yield self._topic(topic, module.pk)
            yield from (self._question(row, module.pk) for row in asked[module.pk])
        yield from (self._question(row, FINAL) for row in asked[None])

    def _topic(self, row: Any, module: int) -> Item:
        waits = row["status"] == TopicStatus.WRITTEN or ("topic", row["pk"]) in self._proposed
        state = OPEN if waits else DONE
        if row["status"] == TopicStatus.PENDING:
            state = UNUSED
        return Item(
            "topic", row["pk"], row["title"], module, state, TopicStatus(row["status"]).label
        )

    def _question(self, row: Any, module: int) -> Item:
        label = QuestionStatus(row["status"]).label
        state = DONE
        if row["status"] in _OPEN_QUESTION or ("question", row["pk"]) in self._proposed:
            state = OPEN
        elif row["status"] == QuestionStatus.REJECTED:
            by_person = any(one.get("code") == REJECTED_BY_PERSON for one in row["check_results"])
            state, label = (DONE if by_person else UNUSED), "Not used"
        return Item("question", row["pk"], row["stem"], module, state, label)


def _grouped(rows: Iterable[Any], name: str) -> dict[int | None, list[Any]]:
    """Returns rows by the key `name` that each has, in their order."""
    found: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found
