"""Writes a lesson from the source's own words: its blocks, and citations of its passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from engine.language.words import normalise
from engine.lessons.blocks import BlockKind, LessonBlock, markdown_of, objectives_block
from engine.lessons.document_parts import in_glossary
from engine.lessons.extractive.checks import Check, checks_of
from engine.lessons.extractive.cues import (
    is_example,
    is_misconception,
    needs_sentence_before,
    starts_example,
)
from engine.lessons.extractive.glossary import key_terms
from engine.lessons.extractive.markdown import code_block, escape, list_block, table_block
from engine.lessons.extractive.objectives import objectives
from engine.lessons.extractive.practice import practice_markdown
from engine.lessons.extractive.reading import Block, Piece, Sentence, read, without_bullet
from engine.lessons.extractive.selection import Selection, shown, shown_items
from engine.lessons.schemas import (
    CitationDraft,
    ClaimDraft,
    ClaimPlace,
    SourcePassage,
    TopicDraft,
    TopicRequest,
    Verdict,
)
from engine.lessons.titles import clean_title, is_summary
from engine.reading.document import PassageKind

_MAX_PLAIN_WORDS = 160
_MAX_OBJECTIVES = 3
_MAX_HEADING_LEVEL = 4
_CAPTION = re.compile(
    r"(?:table|tabelle|tableau|tabla|tabella|tabela|tabel)\b[^.!?]{0,8}[:.]", re.I
)
_STEP = re.compile(r"(?:^|\n[ \t]*\n)[ \t]*\(?(\d{1,2})[.)]\s+$")


def write(request: TopicRequest) -> TopicDraft:
    ordered = sorted(request.passages, key=lambda p: (p.document, p.position))
    passages = [passage for passage in ordered if passage.text.strip()]
    pieces = read(passages, request.language)
    closing = [piece for piece in pieces if _is_closing(piece.passage)]
    taught = pieces
    # The topic ends with its chapter's summary, and holds more than that.
    if 0 < len(closing) < len(pieces) and list(pieces[-len(closing) :]) == list(closing):
        taught = pieces[: len(pieces) - len(closing)]
    chosen = _with_all_steps(Selection(taught, request.title, request.language).choose(), taught)
    terms = key_terms(pieces, request.language, request.supplements)
    page = _Page(request.title, request.language)
    page.teach(chosen, passages, list(checks_of(chosen, terms, request.language)))
    if len(taught) < len(pieces):
        page.summary(closing)
    if not page.blocks:
        page.plain(passages)
    if page.blocks:
        shown_here = {piece.passage.id for piece in chosen}
        read_here = [one for one in passages if one.id in shown_here] or passages
        aims = objectives([(request.title, read_here)], request.language)[:_MAX_OBJECTIVES]
        page.blocks.insert(0, objectives_block(escape(aim.text) for aim in aims))
    given = [one for one in request.supplements if not in_glossary(one)]
    page.practice(given, request.kept_for_quiz)
    claims = [*page.claims, *(_quoted(ClaimPlace.TERM, term.definition) for term in terms)]
    return TopicDraft(markdown_of(page.blocks), tuple(page.citations), terms, tuple(claims))


def _is_closing(passage: SourcePassage) -> bool:
    path = passage.heading_path
    return bool(path) and is_summary(clean_title(path[-1]))


def _with_all_steps(chosen: Sequence[Piece], pieces: Sequence[Piece]) -> list[Piece]:
    """Returns the choice with the other steps of numbered procedures: none can be left out."""
    wanted = {piece.order for piece in chosen}
    run: list[int] = []
    for piece in pieces:
        number = _step_number(piece)
        if number in {0, 1}:
            wanted.update(run if wanted.intersection(run) else ())
            run = []
        if number:
            run.append(piece.order)
    wanted.update(run if wanted.intersection(run) else ())
    return [piece for piece in pieces if piece.order in wanted]


def _step_number(piece: Piece) -> int:
    """Returns the number before a sentence that is a numbered step; 0 for any other piece."""
    if not isinstance(piece, Sentence):
        return 0
    found = _STEP.search(piece.passage.text[max(0, piece.start - 12) : piece.start])
    return int(found[1]) if found else 0


def _quoted(place: ClaimPlace, text: str, *citations: int) -> ClaimDraft:
    """Returns a claim in the source's own words."""
    plain = " ".join(text.split())
    return ClaimDraft(place, plain, citations, Verdict.STATED, evidence=plain)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Sentences that stand together, of one passage; a block of the source stands alone."""

    pieces: tuple[Piece, ...]
    kind: BlockKind = BlockKind.TEXT
    is_list: bool = False

    @property
    def orders(self) -> frozenset[int]:
        return frozenset(piece.order for piece in self.pieces)


@dataclass
class _Page:
    """The blocks written so far, and the citations that their markers number."""

    title: str
    language: str
    blocks: list[LessonBlock] = field(default_factory=list)
    citations: list[CitationDraft] = field(default_factory=list)
    claims: list[ClaimDraft] = field(default_factory=list)
    _shown: tuple[str, ...] = ()
    # The citation of each sentence that is shown, by its order.
    _numbers: dict[int, int] = field(default_factory=dict)

    def teach(
        self,
        pieces: Sequence[Piece],
        passages: Sequence[SourcePassage],
        checks: Sequence[Check],
    ) -> None:
        """Writes the pieces in order, with a check in the middle and one at the end."""
        common = _common(passages)
        opening = _opening(passages)
        paragraphs: list[tuple[SourcePassage, _Paragraph]] = [
            (group[0].passage, paragraph)
            for _, of_heading in groupby(pieces, key=lambda piece: piece.passage.heading_path)
            for group in [list(of_heading)]
            for paragraph in _paragraphs(group, self.language)
        ]
        half = _middle([paragraph for _, paragraph in paragraphs])
        early, late = _placed(checks, [one.orders for _, one in paragraphs], half)
        for number, (passage, paragraph) in enumerate(paragraphs, start=1):
            self._headings(passage.heading_path, common)
            self._paragraph(paragraph, in_opening=passage in opening)
            self._numbers |= dict.fromkeys(paragraph.orders, len(self.citations))
            if early and number == half:
                self._check(early)
        for check in late:
            self._check(check)

    def plain(self, passages: Sequence[SourcePassage]) -> None:
        """Writes the beginning of a text in which no sentence was found."""
        for passage in passages[:1]:
            text = passage.text
            end = 0
            for word in text.split()[:_MAX_PLAIN_WORDS]:
                end = text.index(word, end) + len(word)
            quote = passage.text[:end].strip()
            self._add(BlockKind.TEXT, escape(quote) + self._cite(passage, quote))
            self.claims.append(_quoted(ClaimPlace.SENTENCE, quote, len(self.citations)))

    def summary(self, pieces: Sequence[Piece]) -> None:
        """Writes the summary that the source gives."""
        for paragraph in _paragraphs(pieces, self.language):
            self._write(paragraph, BlockKind.SUMMARY, ClaimPlace.SUMMARY)

    def practice(
        self, passages: Sequence[SourcePassage], for_quiz: Sequence[tuple[int, int, int]]
    ) -> None:
        """Writes the source's own exercises but those that quizzes ask."""
        text = practice_markdown(passages, lambda one: self._cite(one, one.text.strip()), for_quiz)
        self.blocks.append(LessonBlock(BlockKind.PRACTICE, text))

    def _headings(self, path: tuple[str, ...], common: int) -> None:
        """Writes the headings of a section that are not shown yet, except the topic's own."""
        titles = tuple(clean_title(heading) for heading in path[common:])
        level = 1
        for depth, title in enumerate(titles):
            if not title or normalise(title) == normalise(self.title):
                continue
            level = min(level + 1, _MAX_HEADING_LEVEL)
            if titles[: depth + 1] != self._shown[: depth + 1]:
                self._add(BlockKind.TEXT, f"{'#' * level} {escape(title)}")
        self._shown = titles

    def _paragraph(self, paragraph: _Paragraph, *, in_opening: bool) -> None:
        kind = BlockKind.INTRODUCTION if in_opening else paragraph.kind
        if kind is BlockKind.MISCONCEPTION:
            first, *others = paragraph.pieces
            text = escape(first.text)
            right = " ".join(escape(one.text) for one in others)
            mark = self._cite(first.passage, _quote(paragraph.pieces))
            self.blocks.append(
                LessonBlock(kind, text + ("" if right else mark), right and right + mark)
            )
            self.claims += [
                _quoted(ClaimPlace.SENTENCE, one.text, len(self.citations))
                for one in others or [first]
            ]
        else:
            self._write(paragraph, kind, ClaimPlace.SENTENCE)

    def _write(self, paragraph: _Paragraph, kind: BlockKind, place: ClaimPlace) -> None:
        first = paragraph.pieces[0]
        if isinstance(first, Block):
            self._block(first, kind)
            return
        sentences = [piece for piece in paragraph.pieces if isinstance(piece, Sentence)]
        mark = self._cite(first.passage, _quote(sentences))
        self.claims += [_quoted(place, one.text, len(self.citations)) for one in sentences]
        if paragraph.is_list:
            lines = [f"{_step_number(one)}. {escape(one.text)}" for one in sentences]
            self._add(kind, "\n".join(lines) + mark, joins_list=True)
        elif _CAPTION.match(first.text):
            words = " ".join(escape(one.text) for one in sentences)
            self._caption(kind, f"*{words}*{mark}")
        else:
            shown_text = [escape(without_bullet(one.text) or one.text) for one in sentences]
            self._add(kind, " ".join(shown_text) + mark)

    def _block(self, block: Block, kind: BlockKind) -> None:
        quote = shown(block)
        mark = self._cite(block.passage, quote)
        place = ClaimPlace.CELL if block.kind is PassageKind.TABLE else ClaimPlace.SENTENCE
        self.claims.append(_quoted(place, quote, len(self.citations)))
        if block.kind is PassageKind.LIST:
            items = [without_bullet(item) for item in shown_items(block)]
            self._add(kind, list_block([item for item in items if item]) + mark)
            return
        render = code_block if block.kind is PassageKind.CODE else table_block
        self._add(kind, f"{render(quote)}\n\n{mark}")

    def _caption(self, kind: BlockKind, text: str) -> None:
        """Adds a caption with the marker of the table above, which then does not stand alone."""
        last = self.blocks[-1] if self.blocks else None
        alone = re.search(r"\n\n(\[\^\d+\])$", last.text) if last else None
        if last is None or alone is None or last.kind is not kind:
            self._add(kind, text)
            return
        marks = f"{text[: text.rindex('*') + 1]}{alone[1]}{text[text.rindex('*') + 1 :]}"
        self.blocks[-1] = LessonBlock(kind, f"{last.text[: alone.start()]}\n\n{marks}")

    def _check(self, check: Check) -> None:
        """Writes a question; its answer is shown already, and has that place's citation."""
        numbers = {self._numbers[one.order]: None for one in check.answer}
        answer = " ".join(escape(one.text) for one in check.answer)
        marks = "".join(f"[^{number}]" for number in numbers)
        self.blocks.append(LessonBlock(BlockKind.CHECK, escape(check.question), answer + marks))
        self.claims += [_quoted(ClaimPlace.SENTENCE, one.text, *numbers) for one in check.answer]

    def _add(self, kind: BlockKind, text: str, *, joins_list: bool = False) -> None:
        """Adds Markdown to the last block if that is of the same kind, else as a new one."""
        last = self.blocks[-1] if self.blocks else None
        if last is None or last.kind is not kind or kind is BlockKind.EXAMPLE:
            self.blocks.append(LessonBlock(kind, text))
            return
        # Steps that go on in the next passage are one list.
        is_next_step = joins_list and re.search(r"(?:^|\n)\d{1,2}\. [^\n]*$", last.text)
        between = "\n" if is_next_step and not text.startswith("1. ") else "\n\n"
        self.blocks[-1] = LessonBlock(kind, f"{last.text}{between}{text}")

    def _cite(self, passage: SourcePassage, quote: str) -> str:
        self.citations.append(CitationDraft(passage.id, quote))
        return f"[^{len(self.citations)}]"


def _common(passages: Sequence[SourcePassage]) -> int:
    """Counts the headings that all passages share."""
    paths = [passage.heading_path for passage in passages if not _is_closing(passage)]
    count = 0
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        count += 1
    return count


def _opening(passages: Sequence[SourcePassage]) -> list[SourcePassage]:
    """Returns the passages of a chapter's introduction: those under its own heading alone."""
    found: list[SourcePassage] = []
    for passage, following in pairwise(passages):
        path, next_path = passage.heading_path, following.heading_path
        found.append(passage)
        if next_path != path:
            is_deeper = bool(path) and path == next_path[: len(path)]
            return found if is_deeper and not _is_closing(following) else []
    return []


def _paragraphs(pieces: Sequence[Piece], language: str) -> Iterator[_Paragraph]:
    """Yields the paragraphs of one section as the source has them, examples by themselves."""
    path = pieces[0].passage.heading_path if pieces else ()
    in_example = bool(path) and is_example(clean_title(path[-1]))
    kind = BlockKind.EXAMPLE if in_example else BlockKind.TEXT
    run: list[Piece] = []
    for piece in pieces:
        if run and not _same_paragraph(run[-1], piece):
            yield from _told_apart(run, kind, language)
            run = []
        run.append(piece)
    if run:
        yield from _told_apart(run, kind, language)


def _same_paragraph(before: Piece, piece: Piece) -> bool:
    if before.passage is not piece.passage:
        return False
    if isinstance(before, Block) or isinstance(piece, Block):
        return False
    if _step_number(before) and _step_number(piece):
        return True
    return not re.search(r"\n[ \t]*\n", piece.passage.text[before.end : piece.start])


def _told_apart(run: Sequence[Piece], kind: BlockKind, language: str) -> Iterator[_Paragraph]:
    """Yields a paragraph, its worked examples and misconceptions apart from the rest."""
    if isinstance(run[0], Block) or kind is BlockKind.EXAMPLE:
        yield _Paragraph(tuple(run), kind)
        return
    if _step_number(run[0]):
        yield _Paragraph(tuple(run), kind, is_list=True)
        return
    rest: list[Piece] = []
    at = 0
    while at < len(run):
        apart, size = _set_apart(run[at : at + 2])
        if apart is BlockKind.TEXT:
            rest.append(run[at])
            at += size
            continue
        # "It is found by ..." needs the sentence that names it.
        led = rest[-1:] if needs_sentence_before(run[at].text, language) else []
        if rest[: len(rest) - len(led)]:
            yield _Paragraph(tuple(rest[: len(rest) - len(led)]))
        yield _Paragraph((*led, *run[at : at + size]), apart)
        rest = []
        at += size
    if rest:
        yield _Paragraph(tuple(rest))


def _set_apart(pieces: Sequence[Piece]) -> tuple[BlockKind, int]:
    """Returns what begins with the first of two sentences, and how many of them belong to it."""
    first, *others = [piece.text for piece in pieces]
    if others and starts_example(first, others[0]):
        return BlockKind.EXAMPLE, 2
    if is_misconception(first):
        return BlockKind.MISCONCEPTION, len(pieces)
    return BlockKind.TEXT, 1


def _middle(paragraphs: Sequence[_Paragraph]) -> int:
    """Returns after how many paragraphs the lesson is half read; not between a table and its
    caption."""
    half = max(len(paragraphs) // 2, 1)
    while half < len(paragraphs) and isinstance(paragraphs[half - 1].pieces[0], Block):
        half += 1
    return half


def _placed(
    checks: Sequence[Check], paragraphs: Sequence[frozenset[int]], half: int
) -> tuple[Check | None, list[Check]]:
    """Returns the check to stand in the middle and those at the end, each after its answer."""
    before = frozenset(order for orders in paragraphs[:half] for order in orders)
    early = next((one for one in checks if one.orders <= before), None)
    others = [one for one in checks if one is not early]
    later = [one for one in others if not one.orders & before]
    return early, (later or others)[: 1 if early else 2]


def _quote(pieces: Sequence[Piece]) -> str:
    """Returns the passage's words from the first of some pieces to the last."""
    return pieces[0].passage.text[pieces[0].start : pieces[-1].end]
