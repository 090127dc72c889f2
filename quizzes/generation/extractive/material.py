"""Everything that one quiz may draw on: statements to ask about, terms and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from courses.generation.schemas import SourcePassage
from courses.ingestion.document import Matter, PassageKind
from courses.language.words import content_lemmas
from profai.ai.embeddings import embedder
from quizzes.generation.extractive.facts import Fact, Reading, Statement, Term
from quizzes.generation.schemas import QuizRequest


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A statement with its place. `topic` is None in passages that only lend wrong answers."""

    statement: Statement
    passage: SourcePassage
    topic: int | None
    order: int


@dataclass(frozen=True, slots=True, eq=False)
class FactSource:
    """A source whose statement is a fact; `row` is that of its sentence's vector."""

    source: Source
    fact: Fact
    row: int


@dataclass(slots=True, eq=False)
class TermRecord:
    """A term over all passages; `own` if one of the quiz's topics has it, `defined` if the
    text says what it is."""

    term: Term
    row: int
    count: int = 0
    own: bool = False
    defined: bool = False
    articles: set[str] = field(default_factory=set)


class Material:
    """`readings` are those of the passages that `usable_passages` gives, in that order."""

    def __init__(self, request: QuizRequest, readings: Sequence[Reading]) -> None:
        self.language = request.language
        self.sources: list[Source] = []
        self.records: dict[tuple[str, bool], TermRecord] = {}
        # How often each wrong statement has been lent to a question.
        self.lent: Counter[str] = Counter()
        self._sentences: list[frozenset[str]] = []
        self._places: dict[str, set[int]] = {}
        for (passage, topic), reading in zip(usable_passages(request), readings, strict=True):
            self._add(passage, topic, reading)
        self.facts = list(_facts(self.sources))
        for item in self.facts:
            if item.fact.definition:
                self.record(item.fact.term).defined = True
        self._names = embedder().embed([record.term.text for record in self.records.values()])
        self._claims = embedder().embed([item.fact.predicate for item in self.facts])

    def _add(self, passage: SourcePassage, topic: int | None, reading: Reading) -> None:
        for lemmas in reading.lemmas:
            for lemma in lemmas:
                self._places.setdefault(lemma, set()).add(len(self._sentences))
            self._sentences.append(lemmas)
        for statement in reading.statements:
            self.sources.append(Source(statement, passage, topic, len(self.sources)))
        for term in _terms(reading):
            key = (term.key, term.plural)
            record = self.records.setdefault(key, TermRecord(term, row=len(self.records)))
            record.count += 1
            record.own = record.own or topic is not None
            record.articles.add(term.article)

    def record(self, term: Term) -> TermRecord:
        return self.records[term.key, term.plural]

    def similarity(self, first: TermRecord, second: TermRecord) -> float:
        return float(self._names[first.row] @ self._names[second.row])

    def claim_similarity(self, first: FactSource, second: FactSource) -> float:
        return float(self._claims[first.row] @ self._claims[second.row])

    def ties(self, claim: str) -> list[float]:
        """How near the meaning of each record, by its row, is to that of `claim`."""
        vector = embedder().embed([claim])[0]
        return [float(tie) for tie in self._names @ vector]

    def says(self, term: str, claim: str, share: float = 0.5) -> bool:
        """Whether some sentence names `term` with much of what `claim` says."""
        about = content_lemmas(term, self.language)
        claimed = set(content_lemmas(claim, self.language)) - set(about)
        if not about or not claimed:
            return True
        return any(
            len(self._sentences[place] & claimed) >= share * len(claimed)
            for place in self._mentions(about)
        )

    def _mentions(self, lemmas: Iterable[str]) -> set[int]:
        return set.intersection(*(self._places.get(lemma, set()) for lemma in lemmas))


def _terms(reading: Reading) -> Iterator[Term]:
    """All terms, and subjects that are longer than a term ("the maintainer of a package")."""
    yield from reading.terms
    for statement in reading.statements:
        if statement.fact and statement.fact.term not in reading.terms:
            yield statement.fact.term


def _facts(sources: Iterable[Source]) -> Iterator[FactSource]:
    found = [(source, source.statement.fact) for source in sources]
    for row, (source, fact) in enumerate((s, f) for s, f in found if f is not None):
        yield FactSource(source, fact, row)


def usable_passages(request: QuizRequest) -> list[tuple[SourcePassage, int | None]]:
    """Body text only, each passage once; those of the topics first, then the context."""
    seen: set[tuple[int, int]] = set()
    found: list[tuple[SourcePassage, int | None]] = []
    placed: list[tuple[SourcePassage, int | None]] = [
        (passage, topic.id) for topic in request.topics for passage in topic.passages
    ]
    placed += [(passage, None) for passage in request.context]
    for passage, topic in placed:
        place = (passage.document, passage.position)
        prose = passage.kind in (PassageKind.PROSE, PassageKind.LIST)
        if passage.matter is Matter.BODY and prose and place not in seen:
            seen.add(place)
            found.append((passage, topic))
    return found
