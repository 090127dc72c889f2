"""A topic's Markdown: chosen pieces in reading order, each paragraph with its sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from courses.generation.extractive.glossary import key_terms
from courses.generation.extractive.markdown import code_block, escape, list_block, table_block
from courses.generation.extractive.reading import Block, Piece, Sentence, read, without_bullet
from courses.generation.extractive.selection import Selection, shown, shown_items
from courses.generation.schemas import CitationDraft, SourcePassage, TopicDraft, TopicRequest
from courses.generation.titles import clean_title
from courses.ingestion.document import PassageKind
from courses.language.words import normalise

_PLAIN_WORDS = 160
_DEEPEST = 4


def write(request: TopicRequest) -> TopicDraft:
    ordered = sorted(request.passages, key=lambda p: (p.document, p.position))
    passages = [passage for passage in ordered if passage.text.strip()]
    pieces = read(passages, request.language)
    chosen = Selection(pieces, request.title, request.language).choose()
    page = _Page(request.title)
    for path, group in groupby(chosen, key=lambda piece: piece.passage.heading_path):
        page.section(path, _common(passages), list(group))
    if not page.blocks:
        page.plain(passages)
    content = "\n\n".join(page.blocks)
    return TopicDraft(content, tuple(page.citations), key_terms(pieces, request.language))


def _common(passages: Sequence[SourcePassage]) -> int:
    """How many headings all passages share."""
    paths = [passage.heading_path for passage in passages]
    count = 0
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        count += 1
    return count


class _Page:
    """The blocks written so far, and the citations their markers count."""

    def __init__(self, title: str) -> None:
        self.blocks: list[str] = []
        self.citations: list[CitationDraft] = []
        self._shown: tuple[str, ...] = ()
        self._title = normalise(title)

    def section(self, path: tuple[str, ...], common: int, pieces: Sequence[Piece]) -> None:
        self._headings(path, common)
        for piece_group in _paragraphs(pieces):
            first = piece_group[0]
            if isinstance(first, Block):
                self._block(first)
            else:
                self._paragraph([p for p in piece_group if isinstance(p, Sentence)])

    def plain(self, passages: Sequence[SourcePassage]) -> None:
        """The beginning of a text in which no sentence was found."""
        for passage in passages[:1]:
            end = _end_of_words(passage.text, _PLAIN_WORDS)
            quote = passage.text[:end].strip()
            self.blocks.append(escape(quote) + self._cite(passage, quote))

    def _headings(self, path: tuple[str, ...], common: int) -> None:
        """The headings of a section that are not shown yet; none for the topic's own."""
        titles = tuple(clean_title(heading) for heading in path[common:])
        level = 1
        for depth, title in enumerate(titles):
            if not title or normalise(title) == self._title:
                continue
            level = min(level + 1, _DEEPEST)
            if titles[: depth + 1] != self._shown[: depth + 1]:
                self.blocks.append(f"{'#' * level} {escape(title)}")
        self._shown = titles

    def _paragraph(self, sentences: Sequence[Sentence]) -> None:
        text = ""
        for run in _runs(sentences):
            passage = run[0].passage
            quote = passage.text[run[0].start : run[-1].end]
            shown_text = escape(without_bullet(quote) or quote)
            text += (" " if text else "") + shown_text + self._cite(passage, quote)
        self.blocks.append(text)

    def _block(self, block: Block) -> None:
        quote = shown(block)
        mark = self._cite(block.passage, quote)
        if block.kind is PassageKind.LIST:
            items = [without_bullet(item) for item in shown_items(block)]
            self.blocks.append(list_block([item for item in items if item]) + mark)
            return
        render = code_block if block.kind is PassageKind.CODE else table_block
        self.blocks += [render(quote), mark]

    def _cite(self, passage: SourcePassage, quote: str) -> str:
        self.citations.append(CitationDraft(passage.id, quote, 1.0))
        return f"[^{len(self.citations)}]"


def _paragraphs(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Blocks alone, sentences by passage."""
    keyed = groupby(
        pieces,
        key=lambda p: (p.passage.document, p.passage.position, p.order * isinstance(p, Block)),
    )
    for _, group in keyed:
        yield list(group)


def _runs(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Sentences that follow each other directly: each run is one quote."""
    run: list[Sentence] = []
    for sentence in sentences:
        if run and sentence.order != run[-1].order + 1:
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def _end_of_words(text: str, count: int) -> int:
    position = 0
    for word in text.split()[:count]:
        position = text.index(word, position) + len(word)
    return position
