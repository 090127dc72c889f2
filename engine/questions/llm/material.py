"""What one call shows a model: numbered sentences, the lessons, and what learners should be able
to do. It stands before whatever changes from call to call, so that providers can cache it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from engine.language.sentences import sentence_spans
from engine.lessons.blocks import BlockKind, claimed, lesson_blocks
from engine.lessons.llm.fence import fenced, fenced_passages
from engine.lessons.schemas import SourcePassage
from engine.llm.prompting import estimate_tokens
from engine.questions.llm.batches import Batch

MAX_OBJECTIVES = 30
# Lessons are shown beside the passages, up to this share of what these may take.
LESSONS_SHARE = 0.5
_REPEATING = (BlockKind.CHECK, BlockKind.SUMMARY)
_MARKERS = re.compile(r"[ \t]*\[\^\d{1,4}\]")
_EMPTY_LINES = re.compile(r"\n\s*\n")
_CODE = re.compile(r"^```.*?^```[^\S\n]*$|^```.*\Z", re.M | re.S)
_RULE = re.compile(r"[\s|:-]*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, table row or block of code; `passage` is the place of its passage, from 0."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True)
class Material:
    """A batch as a model sees it. Sentences are numbered from 1 through all its passages."""

    batch: Batch
    objectives: tuple[str, ...]
    language: str
    budget: int

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(
            Sentence(place, start, end)
            for place, passage in enumerate(self.batch.passages)
            for start, end in _spans(passage.text, self.language)
        )

    @cached_property
    def source(self) -> str:
        """The passages. Runs some milliseconds: keep it out of event loops."""
        return fenced_passages([*self._numbered()])

    def source_of(self, passages: Sequence[int]) -> str:
        """Returns these passages alone, under the same numbers, as are their sentences."""
        numbers = sorted(set(passages))
        numbered = [*self._numbered()]
        return fenced_passages([numbered[number - 1] for number in numbers], numbers)

    @cached_property
    def text(self) -> str:
        """The prompt's part on the material: it begins with `source`."""
        parts = [self.source]
        lessons = "\n\n".join(self._lessons())
        if lessons:
            parts.append(f"The lessons that learners read:\n{fenced('lessons', lessons)}")
        goals = "\n".join(f"{n}. {goal}" for n, goal in enumerate(self.goals, start=1))
        parts.append(f"What learners should be able to do:\n{fenced('objectives', goals)}")
        return "\n\n".join(parts)

    @property
    def goals(self) -> tuple[str, ...]:
        """The objectives; the topics' titles where there are none."""
        return self.objectives[:MAX_OBJECTIVES] or tuple(t.title for t in self.batch.topics)

    def numbers_of(self, passages: Sequence[int]) -> tuple[int, ...]:
        """Returns the numbers of the sentences of these passages, which are counted from 1."""
        wanted = {number - 1 for number in passages}
        return tuple(n for n, one in enumerate(self.sentences, start=1) if one.passage in wanted)

    def passages_of(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Returns the passages, counted from 1, that hold these sentences."""
        known = (self.sentences[n - 1] for n in numbers if 1 <= n <= len(self.sentences))
        return tuple(dict.fromkeys(one.passage + 1 for one in known))

    def quoted(self, numbers: Sequence[int]) -> tuple[SourcePassage, str] | None:
        """Returns the passage with most of the named sentences, and those of it as a quote.

        Of several such passages it is the one that is named first. None if no such sentence was
        given. Sentences that do not follow each other are parted by
        an ellipsis.
        """
        known = sorted({n for n in numbers if 1 <= n <= len(self.sentences)})
        if not known:
            return None
        places = [self.sentences[n - 1].passage for n in dict.fromkeys(numbers) if n in known]
        ((place, _),) = Counter(places).most_common(1)
        text = self.batch.passages[place].text
        quote = ""
        last = None
        for number in known:
            one = self.sentences[number - 1]
            if one.passage != place:
                continue
            if last is not None:
                follows = last == number - 1
                quote += text[self.sentences[last - 1].end : one.start] if follows else " … "
            quote += text[one.start : one.end]
            last = number
        return self.batch.passages[place], quote

    def _numbered(self) -> Iterator[SourcePassage]:
        for place, passage in enumerate(self.batch.passages):
            lines = [
                f"[{number}] {passage.text[one.start : one.end]}"
                for number, one in enumerate(self.sentences, start=1)
                if one.passage == place
            ]
            yield replace(passage, text="\n".join(lines))

    def _lessons(self) -> Iterator[str]:
        left = round(self.budget * LESSONS_SHARE)
        for topic in self.batch.topics:
            # What goes beyond the source, or is wrong on purpose, is nothing to ask for; checks and
            # summaries say once more what the explanation says.
            blocks = (one for one in lesson_blocks(topic.lesson) if one.kind not in _REPEATING)
            said = "\n\n".join(filter(None, map(claimed, blocks)))
            # Numbers in it would be taken for those of sentences.
            said = _EMPTY_LINES.sub("\n\n", _MARKERS.sub("", said)).strip()
            size = estimate_tokens(said)
            if said and size <= left:
                left -= size
                yield f"# {topic.title}\n{said}"


def _spans(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yields sentences, rows of tables, and blocks of code, each whole."""
    at = 0
    for code in [*(match.span() for match in _CODE.finditer(text)), (len(text), len(text))]:
        for start, end in sentence_spans(text[at : code[0]], language):
            yield from _rows(text, at + start, at + end)
        if code[0] < code[1]:
            yield code
        at = code[1]


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yields the rows of what is a table, without the rule below its heading."""
    lines = text[start:end].split("\n")
    if not all(line.lstrip().startswith("|") for line in lines):
        yield start, end
        return
    for line in lines:
        if not _RULE.fullmatch(line):
            yield start, start + len(line)
        start += len(line) + 1
