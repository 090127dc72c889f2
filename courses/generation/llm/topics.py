"""From a model's answer to a topic: citations that exist, sentences that were measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from courses.generation.llm.clean import plain_line, plain_markdown
from courses.generation.llm.schemas import WrittenTopic
from courses.generation.schemas import (
    CitationDraft,
    KeyTermDraft,
    SourcePassage,
    StatementDraft,
    TopicDraft,
    TopicRequest,
)
from courses.generation.statements import statements
from courses.generation.support import Source
from courses.language.words import normalise
from courses.support import support_kind

MARKER = re.compile(r"\[\^(\d{1,4})\]")
_SPACED_MARKER = re.compile(r"(?<![ \t])[ \t]*\[\^(\d{1,4})\]")
_MOSTLY = 0.5


def complaints(answer: WrittenTopic, passages: int) -> list[str]:
    """What the model has to mend; single invented citations are dropped instead."""
    if not answer.supported:
        return [] if answer.missing else ["`missing` has to say what the passages lack."]
    found = []
    if not answer.explanation:
        found.append("`explanation` is empty.")
    known = {c.number for c in answer.citations if 1 <= c.passage <= passages}
    used = {int(number) for number in MARKER.findall(answer.explanation)}
    if answer.explanation and not used & known:
        found.append(
            "No sentence of `explanation` ends with a marker [^n] whose citation names one of "
            f"the passages 1 to {passages}."
        )
    return found


def topic_draft(answer: WrittenTopic, request: TopicRequest) -> TopicDraft:
    """Computes support scores, which takes some 10 ms: to be run in a thread."""
    page = _Page(answer, request)
    content, citations = page.renumbered()
    # Words on what is missing state nothing of the subject.
    scored = tuple(page.scored(content, citations)) if answer.explanation else ()
    return TopicDraft(
        content=content,
        citations=tuple(_with_support(citations, scored)),
        key_terms=tuple(_key_terms(answer, request.passages)),
        statements=scored,
        flags=tuple(_flags(answer, scored)),
        dropped_citations=page.dropped,
    )


@dataclass(frozen=True, slots=True)
class _Cited:
    passage: SourcePassage
    quote: str

    @property
    def own_words(self) -> str:
        return quoted_words(self.quote, self.passage.text)


class _Page:
    """A topic's Markdown and what its markers point to."""

    def __init__(self, answer: WrittenTopic, request: TopicRequest) -> None:
        self._answer, self._request = answer, request
        self._source_language = request.source_language or request.language
        self._given = {
            citation.number: _Cited(request.passages[citation.passage - 1], citation.quote)
            for citation in answer.citations
            if 1 <= citation.passage <= len(request.passages)
        }
        self.dropped = 0

    def renumbered(self) -> tuple[str, list[_Cited]]:
        """The text with its markers counted from 1 in reading order. A marker of a citation that
        names no passage is taken out."""
        order: dict[int, int] = {}
        dropped: set[int] = set()

        def renumber(match: re.Match[str]) -> str:
            number = int(match[1])
            if number not in self._given:
                dropped.add(number)
                return ""
            return f" [^{order.setdefault(number, len(order) + 1)}]"

        content = _SPACED_MARKER.sub(renumber, _content(self._answer))
        invented = {c.number for c in self._answer.citations} - set(self._given)
        self.dropped = len(dropped | invented)
        return content, [self._given[number] for number in order]

    def scored(self, content: str, citations: Sequence[_Cited]) -> Iterator[StatementDraft]:
        sources: dict[tuple[int, ...], Source] = {}
        for statement in statements(content, self._request.language):
            cited = tuple(n for n in statement.citations if 1 <= n <= len(citations))
            texts = {citations[n - 1].passage.id: citations[n - 1].passage.text for n in cited}
            # Reading a passage takes longer than comparing with it.
            key = tuple(sorted(texts))
            if key not in sources:
                sources[key] = Source(list(texts.values()), self._source_language)
            score = sources[key].support(statement.text, self._request.language)
            yield StatementDraft(statement.text, cited, self._by_quotes(score, cited, citations))

    def _by_quotes(self, score: float, cited: Sequence[int], citations: Sequence[_Cited]) -> float:
        """In a translation only a quote that is really there ties a statement to its passage."""
        if self._source_language == self._request.language or not cited:
            return score
        true = sum(bool(citations[n - 1].own_words) for n in cited)
        return round(score * true / len(cited), 3)


def quoted_words(quote: str, text: str) -> str:
    """The quoted words as `text` has them, whatever their case and spacing; "" if it has not."""
    words = [re.escape(word) for word in quote.split()]
    match = re.search(r"\s+".join(words), text, re.IGNORECASE) if words else None
    return match[0] if match else ""


def _content(answer: WrittenTopic) -> str:
    if not answer.explanation.strip():
        return plain_markdown(answer.missing)
    parts = []
    if answer.objectives:
        items = "\n".join(f"- {_one_line(objective)}" for objective in answer.objectives)
        parts.append(f"## {_one_line(answer.objectives_heading)}\n\n{items}")
    parts.append(plain_markdown(answer.explanation))
    if answer.worked_example:
        example = plain_markdown(answer.worked_example)
        parts.append(f"## {_one_line(answer.example_heading)}\n\n{example}")
    return "\n\n".join(parts)


def _one_line(text: str) -> str:
    return plain_markdown(" ".join(text.split()))


def _with_support(
    citations: Sequence[_Cited], scored: Sequence[StatementDraft]
) -> Iterator[CitationDraft]:
    """A citation is as strong as the weakest statement that rests on it. Its quote is the
    model's where it is really there, else the sentence of the passage that comes nearest."""
    for number, cited in enumerate(citations, start=1):
        resting = [statement for statement in scored if number in statement.citations]
        support = min((statement.support for statement in resting), default=0.0)
        quote = cited.own_words or _nearest(cited, resting)
        yield CitationDraft(cited.passage.id, quote, support)


def _nearest(cited: _Cited, resting: Sequence[StatementDraft]) -> str:
    source = Source([cited.passage.text], "")
    return source.best_sentence(" ".join(statement.text for statement in resting))


def _key_terms(answer: WrittenTopic, passages: Sequence[SourcePassage]) -> Iterator[KeyTermDraft]:
    seen: set[str] = set()
    for term in answer.key_terms:
        name, definition = plain_line(term.term), plain_line(term.definition)
        known = 1 <= term.passage <= len(passages)
        if known and name and definition and normalise(name) not in seen:
            seen.add(normalise(name))
            yield KeyTermDraft(name, definition, passages[term.passage - 1].id)


def _flags(answer: WrittenTopic, scored: Sequence[StatementDraft]) -> Iterator[str]:
    if not answer.supported:
        yield f"The passages do not carry this topic. {plain_line(answer.missing)}".strip()
    weak = sum(support_kind(statement.support) == "weak" for statement in scored)
    if weak:
        share = "Most" if weak > _MOSTLY * len(scored) else f"{weak} of {len(scored)}"
        yield f"{share} sentences are weakly supported by what they cite: check them."
