"""From a model's answer to a lesson: its blocks, citations that exist, claims that were checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.language.sentences import split_sentences
from engine.language.words import normalise
from engine.lessons.blocks import BlockKind, LessonBlock, markdown_of, objectives_block
from engine.lessons.claims.lesson import lesson_claims
from engine.lessons.document_parts import in_glossary
from engine.lessons.extractive.practice import practice_markdown
from engine.lessons.llm.clean import plain_line, plain_markdown
from engine.lessons.llm.schemas import Paragraph, WrittenTopic
from engine.lessons.llm.text_faults import (
    SPEAKS_OF_SOURCE,
    foreign_script,
    repetition,
    tidied,
    wrong_language_script,
)
from engine.lessons.schemas import (
    CitationDraft,
    ClaimDraft,
    KeyTermDraft,
    SourcePassage,
    TopicDraft,
    TopicRequest,
)
from engine.search.embeddings import embedder


def complaints_of(request: TopicRequest) -> Callable[[WrittenTopic], list[str]]:
    """Returns the check of one lesson's answers: what to do better, in words for the model.

    Matters of style are asked for once: a second answer with them is better than none.
    """
    first = iter([True])
    source = "\n".join(passage.text for passage in request.passages)

    def complaints(answer: WrittenTopic) -> list[str]:
        found = _grave(answer, request, source)
        if next(first, False) and not found:
            found = list(_of_style(answer))
        return found

    return complaints


def _grave(answer: WrittenTopic, request: TopicRequest, source: str) -> list[str]:
    if not answer.supported and answer.missing and not answer.sections:
        return []
    texts = _texts(answer)
    whole = "\n".join(texts)
    found = []
    if not any(_known(one.passages, request) for one in _explaining(answer)):
        found.append(
            "Give `sections` with paragraphs, and with each paragraph the ids of its passages, "
            f"from 1 to {len(request.passages)}."
        )
    if repetition(texts):
        found.append("Say each thing once.")
    if foreign_script(whole, source, request.language) or (
        whole and wrong_language_script(whole, request.language)
    ):
        found.append("Write every sentence in the language that was asked for.")
    return found


def _of_style(answer: WrittenTopic) -> Iterator[str]:
    if any(SPEAKS_OF_SOURCE.search(tidied(text)) for text in _texts(answer)):
        yield "Write about the subject itself, as a textbook does."
    if answer.supported and len(answer.checks) < _CHECKS:
        yield "Give two `checks`."


_CHECKS = 2


def _explaining(answer: WrittenTopic) -> list[Paragraph]:
    return [one for section in answer.sections for one in section.paragraphs if one.text.strip()]


def _texts(answer: WrittenTopic) -> list[str]:
    """Returns the texts of a lesson that should not repeat each other."""
    return [one.text for one in (*answer.why, *_explaining(answer))] + [
        one.text for one in answer.examples
    ]


def _known(numbers: Sequence[int], request: TopicRequest) -> list[int]:
    return list(dict.fromkeys(n for n in numbers if 1 <= n <= len(request.passages)))


def topic_draft(answer: WrittenTopic, request: TopicRequest) -> TopicDraft:
    """Returns the lesson with what the rules say of its claims.

    Takes some 10 ms a sentence of it and of its passages: run it in a thread.
    """
    page = _Page(request)
    page.write(answer)
    terms = tuple(_key_terms(answer, request.passages))
    content = markdown_of(page.blocks)
    claims: list[ClaimDraft] = []
    if content:
        texts = {passage.id: passage.text for passage in request.passages}
        texts |= {passage.id: passage.text for passage in request.supplements}
        claims = lesson_claims(
            content,
            [(term.term, term.definition) for term in terms],
            [texts[citation.passage_id] for citation in page.citations],
            language=request.language,
            source_language=request.source_language,
        )
    flags = []
    if not answer.supported:
        flags.append(f"The material is thin here. {plain_line(answer.missing)}".strip())
    return TopicDraft(
        # Words on what is missing state nothing of the subject.
        content=content or plain_markdown(answer.missing),
        citations=tuple(page.citations),
        key_terms=terms,
        claims=tuple(claims),
        flags=tuple(flags),
        dropped_citations=page.dropped,
    )


@dataclass
class _Page:
    """The blocks of a lesson; code puts in the markers, by the passages that each part names."""

    request: TopicRequest
    blocks: list[LessonBlock] = field(default_factory=list)
    citations: list[CitationDraft] = field(default_factory=list)
    dropped: int = 0

    def write(self, answer: WrittenTopic) -> None:
        aims = [" ".join(tidied(plain_markdown(one)).split()) for one in answer.objectives]
        for one in answer.why:
            self._add(BlockKind.WHY, one.text, one.passages)
        middle = (len(answer.sections) + 1) // 2
        for number, section in enumerate(answer.sections, start=1):
            self._explain(section.heading, section.paragraphs)
            if number == middle:
                self._checks(answer, 0, 1)
        for belief in answer.misconceptions[:1]:
            self._add(
                BlockKind.MISCONCEPTION,
                belief.correction,
                belief.passages,
                before=belief.belief,
            )
        for example in answer.examples[:1]:
            kind = BlockKind.DERIVED if example.derived else BlockKind.EXAMPLE
            self._add(kind, example.text, example.passages)
        self._checks(answer, 1, _CHECKS)
        lines = [self._marked(" ".join(one.text.split()), one.passages) for one in answer.summary]
        text = "\n".join(f"- {line}" for line in lines if line)
        self.blocks.append(LessonBlock(BlockKind.SUMMARY, text))
        given = [one for one in self.request.supplements if not in_glossary(one)]
        practice = practice_markdown(
            given, lambda one: self._mark(one, one.text.strip()), self.request.kept_for_quiz
        )
        self.blocks.append(LessonBlock(BlockKind.PRACTICE, practice))
        if _explaining(answer) and any(aims):
            self.blocks.insert(0, objectives_block(filter(None, aims)))
        if answer.supported and (beyond := tidied(plain_markdown(answer.beyond))):
            self.blocks.append(LessonBlock(BlockKind.BEYOND, beyond))

    def _explain(self, heading: str, paragraphs: Sequence[Paragraph]) -> None:
        title = " ".join(plain_markdown(heading).split())
        parts = [f"## {title}"] if title else []
        parts += filter(None, (self._marked(one.text, one.passages) for one in paragraphs))
        if len(parts) > bool(title):
            self.blocks.append(LessonBlock(BlockKind.TEXT, "\n\n".join(parts)))

    def _checks(self, answer: WrittenTopic, first: int, end: int) -> None:
        for one in answer.checks[first:end]:
            self._add(BlockKind.CHECK, one.answer, one.passages, before=one.question)

    def _add(
        self, kind: BlockKind, text: str, passages: Sequence[int], *, before: str = ""
    ) -> None:
        marked = self._marked(text, passages)
        if marked and before:
            self.blocks.append(LessonBlock(kind, tidied(plain_markdown(before)), marked))
        elif marked:
            self.blocks.append(LessonBlock(kind, marked))

    def _marked(self, text: str, passages: Sequence[int]) -> str:
        """Returns a text with the markers of its passages; "" for one without words."""
        plain = tidied(plain_markdown(text))
        known = _known(passages, self.request)
        self.dropped += len(set(passages) - set(known))
        if not plain:
            return ""
        marks = []
        for number in known:
            passage = self.request.passages[number - 1]
            marks.append(self._mark(passage, nearest_sentence(passage.text, plain)))
        # A table or code that ends a text has its markers in a paragraph of their own.
        ends_in_block = plain.rsplit("\n", 1)[-1].lstrip().startswith(("|", "`", "~"))
        return plain + ("\n\n" if ends_in_block and marks else "") + "".join(dict.fromkeys(marks))

    def _mark(self, passage: SourcePassage, quote: str) -> str:
        citation = CitationDraft(passage.id, quote or passage.text.strip())
        if citation not in self.citations:
            self.citations.append(citation)
        return f"[^{self.citations.index(citation) + 1}]"


def nearest_sentence(text: str, statement: str) -> str:
    """Returns the sentence of a passage that is most similar to a statement."""
    sentences = split_sentences(text, "")
    if not sentences:
        return ""
    vectors = embedder().embed([*sentences, statement])
    return sentences[int((vectors[:-1] @ vectors[-1]).argmax())]


def _key_terms(answer: WrittenTopic, passages: Sequence[SourcePassage]) -> Iterator[KeyTermDraft]:
    seen: set[str] = set()
    for term in answer.key_terms:
        name, definition = plain_line(term.term), tidied(plain_line(term.definition))
        known = 1 <= term.passage <= len(passages)
        if known and name and definition and normalise(name) not in seen:
            seen.add(normalise(name))
            yield KeyTermDraft(name, definition, passages[term.passage - 1].id)
