"""Chooses the questions of a quiz together, so that none gives another away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle

from engine.language.words import content_lemmas, normalise
from engine.questions.extractive.items import Item, draw
from engine.questions.formats import QuestionFormat
from engine.questions.question_text import choice_key
from engine.questions.schemas import QuestionKind, QuizRequest

# Of the context of a question: so much of it beside its answer gives it away.
_LEAK_SHARE = 0.4
_MIN_LEAK = 2
_REPEATED_KIND = 0.15
_REPEATED_SECTION = 0.08
_ASKED_ELSEWHERE = 0.5
_OTHERS_TO_TRUE_FALSE = 3
_FEW_STATEMENTS = 2
_MAX_STEM = 420  # letters
_BROKEN = re.compile(
    r"\(cid:|[\ufffd\uf000-\uf8ff\u25a1]|https?:|www\.|\s[.,;:]\s|(?:\. ){3}|\.{4}|_{6}|\w{32}"
    r"|[\u00b4\u00a8\u02da`](?=[a-z])"
)
# What follows was a listing or a picture, which is not in the text.
_CUT_OFF = re.compile(
    r"\b(?:like|such as|as|is|are|to|with|type|for|of|and|or|the|an?|by|from|just|than"
    r"|example|following|e\.g|i\.e|namely|called|command)[.,:;\s\u201d]*$"
)
_PIECES = re.compile(r"(?<=[.!?\u201d;])\s+")


def select(items: Iterable[Item], request: QuizRequest) -> list[Item]:
    """Returns at most `request.size` items in reading order."""
    picker = _Picker(request)
    by_topic: dict[int, list[Item]] = {topic.id: [] for topic in request.topics}
    for item in items:
        if is_sound(item):
            by_topic[item.place.topic].append(item)
    statements = [[i for i in pool if i.twin] for pool in by_topic.values()]
    by_topic = {t: [i for i in pool if not i.twin] for t, pool in by_topic.items()}
    weights = {t.id: sum(len(p.text) for p in t.passages) + 1 for t in request.topics}
    taken: Counter[int] = Counter()
    while by_topic and len(picker.chosen) < request.size:
        topic = min(by_topic, key=lambda t: (taken[t] + 1) / weights[t])
        if picker.take_best(by_topic[topic]):
            taken[topic] += 1
        else:
            del by_topic[topic]
    # True or false last: there is room for few beside the other forms.
    for pool in cycle(statements):
        if len(picker.chosen) >= request.size or not any(statements):
            break
        picker.take_best(pool)
    return picker.result()


def is_sound(item: Item) -> bool:
    """Whether all that is shown is whole text of a fair length."""
    texts = item.shown
    if len(item.stem) > _MAX_STEM or any(_BROKEN.search(text) for text in texts):
        return False
    if any(_CUT_OFF.search(text) for text in texts):
        return False
    if not re.search(r"[^\W\d_]{3}", item.stem) or any(not text.strip() for text in texts):
        return False
    return all(_balanced(text) for text in texts)


def _balanced(text: str) -> bool:
    german = "\u201e" in text
    quotes = "\u201e\u201c" if german else "\u201c\u201d"
    pairs = (("(", ")"), ("[", "]"), tuple(quotes), ("\u00ab", "\u00bb"))
    return all(text.count(a) == text.count(b) for a, b in pairs) and text.count('"') % 2 == 0


@dataclass(slots=True)
class _Picker:
    request: QuizRequest
    chosen: list[Item] = field(default_factory=list)

    def take_best(self, pool: list[Item]) -> bool:
        """Moves the best item that fits to the chosen ones out of `pool`; others leave it, too."""
        while pool:
            best = max(pool, key=self._rank)
            pool.remove(best)
            if self._fits(best):
                self.chosen.append(best)
                return True
        return False

    def _rank(self, item: Item) -> tuple[float, int, str]:
        kinds = sum(one.kind is item.kind and one.format is item.format for one in self.chosen)
        near = sum(one.place.section == item.place.section for one in self.chosen)
        asked = item.place.passage.id in {one.passage_id for one in self.request.asked}
        worth = item.worth - _REPEATED_KIND * kinds - _REPEATED_SECTION * near
        return worth - _ASKED_ELSEWHERE * asked, -item.place.order, item.stem

    def _fits(self, item: Item) -> bool:
        if item.format is QuestionFormat.TRUE_FALSE:
            # There are to be three others to each statement, or one to the only one. Two that tell
            # similar terms apart need none: one is true, one false.
            used = sum(one.format is QuestionFormat.TRUE_FALSE for one in self.chosen)
            others = len(self.chosen) - used
            few = item.kind is QuestionKind.DEFINITION and used < _FEW_STATEMENTS
            if not few and used >= others // _OTHERS_TO_TRUE_FALSE and (used or not others):
                return False
        stem = normalise(item.stem)
        if any(normalise(other) == stem for other in self.request.avoid_stems):
            return False
        # Another quiz asks of this sentence or row: in whatever form, it would be the same again.
        quote = normalise(item.quote)
        if quote and any(normalise(other.quote) == quote for other in self.request.asked):
            return False
        return not any(
            stem == normalise(other.stem) or _collide(item, other) for other in self.chosen
        )

    def result(self) -> list[Item]:
        """Returns the chosen items, about half of the true-or-false statements left true.

        A single one is true or false by its words: one that is always false tells its answer.
        """
        changed = sorted(
            (item for item in self.chosen if item.twin), key=lambda item: draw(item.stem)
        )
        first = draw(changed[0].stem, "true") % 2 if changed else 0
        true = {item.stem for item in changed[first::2]}
        final = [item.twin if item.twin and item.stem in true else item for item in self.chosen]
        return sorted(final, key=lambda item: (item.place.order, item.stem))


def _collide(one: Item, other: Item) -> bool:
    """Whether they ask of one sentence, share two choices, or one tells the other's answer.

    Who meets choices again knows more.
    """
    mine, theirs = (
        {
            choice_key(text)
            for text in item.choices
            or getattr(item.body, "choices", ())
            or getattr(item.body, "left", ())
        }
        for item in (one, other)
    )
    if one.sentences & other.sentences or len(mine & theirs) >= _MIN_LEAK:
        return True
    return leaks(one, other) or leaks(other, one)


def leaks(asked: Item, telling: Item) -> bool:
    """Whether what `telling` shows holds an answer of `asked` beside what asks for it."""
    context = set(content_lemmas(asked.context, "en"))
    for answer in asked.answers:
        key = set(content_lemmas(answer, "en"))
        rest = context - key
        if not key:
            continue
        for text in telling.shown:
            for piece in _PIECES.split(text):
                words = set(content_lemmas(piece, "en"))
                shared = sum(word in words for word in rest)
                enough = shared >= max(_MIN_LEAK, _LEAK_SHARE * min(len(rest), 8))
                if key <= words and enough:
                    return True
    return False
