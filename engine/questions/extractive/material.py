"""Cuts the passages of a quiz into sentences, lists and tables, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.language.sentences import split_sentences
from engine.language.words import content_lemmas, normalise, zipf
from engine.lessons.document_parts import in_glossary
from engine.lessons.schemas import SourcePassage
from engine.questions.schemas import QuizRequest, QuizTopic
from engine.reading.document import DocumentPart, PassageKind

if TYPE_CHECKING:
    from engine.questions.extractive.definitions import Entry

_NUMBERING = re.compile(
    r"^(?:(?:chapter|section|part|unit|module|lesson|week|day|session|step|rule|article|appendix"
    r"|kapitel|abschnitt|chapitre|cap[ií]tulo|capitolo|hoofdstuk|глава)\s+)?"
    r"(?:\d{1,3}(?:\.\d{1,3})*|[A-Z]\.\d[\d.]*|[IVX]{1,5}\.|[A-Z][.)])"
    r"(?=[\s.:)])[.:)]?\s+(?:[-\u2013\u2014] )?",
    re.IGNORECASE,
)
# Headings that name no subject, and headings over text that teaches nothing of its own.
_GENERAL = re.compile(
    r"(?:introduction|overview|general|basics|background|usage|use|options|notes?|details?|summary"
    r"|description|definitions?|examples?|getting started|syntax|commands?|parameters?|settings?"
    r"|features?|procedure|steps|objectives?|materials?|theory|results?|discussion|concepts?|terms"
    r"|glossary|key terms|tables?|rules?|einführung|einleitung|überblick|allgemeines|übersicht"
    r"|introducción|introduzione|introdução|inleiding|введение)\W*",
    re.IGNORECASE,
)
# Titles that stand over a whole chapter's text in many books, but name nothing.
_NO_SUBJECT = re.compile(
    r"(?:learning )?(?:objectives|outcomes|goals)|appendix\b.*|practice|check your understanding"
    r"|(?:rule|article|step|paragraph|clause|section|item|no\.?|tip) [\dA-Z]{1,4}(?:\.\d+)*"
    r"|the bottom line|(?:key )?takeaways?|in (?:brief|short)|remember|warning|caution|important"
    r"|(?:chapter|section) (?:outline|contents?)",
    re.IGNORECASE,
)
_NOT_TAUGHT = re.compile(
    r"^\W*practice\W*$"
    r"|\b(?:exercises?|worksheet|homework|quiz|self-test|examples?|summary|review|recap|key points"
    r"|references?|bibliography|further reading|acknowledge?ments?|copyright|licen[cs]e|preface"
    r"|foreword|credits|authors?|contributors?|about this|conventions|changelog|release notes"
    r"|test prep|short answer|concept items"
    r"|what'?s new|history of (?:this|changes)|upgrading checklist|known (?:bugs|issues)|see also"
    r"|todo|thanks|index|how to read|reporting bugs|questions|zusammenfassung|übungen|aufgaben"
    r"|literatur|beispiele?|résumé|exercices|resumen|ejercicios|riassunto|esercizi|resumo"
    r"|exercícios|samenvatting|oefeningen|упражнения|литература)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^[ \t]*(?:(?P<bullet>[-\u2022*])|\(?(?P<number>\d{1,2})[.)])[ \t]+(?=\S)")
_BULLET = re.compile(r"^[\u2022\u25aa\u25cf\u25e6\u2013*-]\s+(?=\S)")
_CAPTION = re.compile(
    r"^(?:table|tabelle|tableau|tabla|tabella|tabela|tabel|таблица)"
    r"\s*(?:[\dA-Z]+(?:[.\-]\d+)*)?\s*[:.]?\s+(?P<text>\S.*)$",
    re.IGNORECASE,
)
# A title that runs into its text: "Missing values By default the file ...".
_RUN_IN = re.compile(
    r"(?P<label>[A-Z][\w/-]*(?: [A-Za-z][\w/-]*){0,4}?) (?P<text>(?:A|An|The|By|If|In|When|This"
    r"|These|It|To|For|You|Some|Unless|Use|There|As|On|At|Each|Every|Many|Most|Any|All) [a-z].*)"
)
# What programs read rather than people: names with signs or capitals inside, options, addresses.
CODE = re.compile(
    r"[a-z][A-Z]|[_\\<>$~@{}]|\w=|\w[.:]{1,2}[a-z]|\w\(|\)\(|^-{1,2}\w|^[./]\w|\w/\w*[./]|[a-z]\d|\d[a-z]{2}"
    r"|^(?:Ctrl|Alt|Shift)\b|^F\d"
)
_UNIT = re.compile(
    r"(?:[kMGTmcdn\u00b5\u03bc]?(?:Pa|Hz|eV|Wh|Ah|VA|[WVAJNKgmlL])|dB[A-Z]?|pH|kcal)(?:/\w+)?"
)
_MAX_CODE = 0.05
_LOOK_BACK = 3
_SHORT_LINE = 4  # words
_TITLED_COLUMNS = 2
_MAX_SUBJECT = 90
_MAX_SIBLINGS = 200  # passages: those nearby in a long book
_MAX_KNOWN = 2048  # texts and headings: those of some neighbouring modules


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. `section` and `chapter` are equal for neighbours."""

    topic: int
    passage: SourcePassage
    subject: str
    section: str
    chapter: str
    order: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` has single spaces; `before` are the sentences in front of it. It is the sentence
    `number` of its material."""

    text: str
    place: Place
    before: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Headed:
    """A sentence with the title that runs into it, as in a glossary without lines of its own."""

    label: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class TextList:
    """A list with the sentence or the short line that leads to it, "" if there is none.

    `numbers` are those of its items, 0 for a bullet.
    """

    lead: str
    items: tuple[str, ...]
    numbers: tuple[int, ...]
    place: Place

    @property
    def numbered(self) -> bool:
        return self.numbers == tuple(range(1, len(self.items) + 1))


@dataclass(frozen=True, slots=True)
class TableText:
    """`caption` is the line beside it that names it, "" if there is none.

    `places` are those of its lines: one that goes on on the next page has several.
    """

    rows: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...]
    caption: str
    places: tuple[Place, ...]

    @property
    def place(self) -> Place:
        return self.places[0]


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """`place` is where the text first uses the term, with the passage of the glossary."""

    term: str
    text: str
    line: str
    place: Place


@dataclass
class Material:
    """`siblings` are other passages nearby, for wrong answers only; they are read with
    `read_siblings` if they are asked for. `entries` are kept for all forms of question.

    `glossary` holds what the document's glossaries say of terms that this text is the first to use,
    `other_terms` the rest of these glossaries.
    """

    language: str
    sentences: list[Sentence] = field(default_factory=list)
    headed: list[Headed] = field(default_factory=list)
    lists: list[TextList] = field(default_factory=list)
    tables: list[TableText] = field(default_factory=list)
    read_siblings: Callable[[], Material] | None = None
    entries: tuple[Entry, ...] | None = None
    glossary: list[GlossaryEntry] = field(default_factory=list)
    other_terms: list[GlossaryEntry] = field(default_factory=list)

    @cached_property
    def siblings(self) -> Material | None:
        return self.read_siblings() if self.read_siblings else None


def read_material(request: QuizRequest) -> Material:
    taught = list(_taught(request))
    material = _read(request, taught)
    own = {(passage.document, passage.position) for _, passage in taught}
    others = [
        (request.topics[0], passage)
        for passage in request.context
        if _is_taught(passage)
        and (passage.document, passage.position) not in own
        and not in_glossary(passage)
    ]
    around = {passage.position for _, passage in taught}
    middle = sum(around) / max(1, len(around))
    others.sort(key=lambda pair: abs(pair[1].position - middle))
    near = sorted(others[:_MAX_SIBLINGS], key=lambda pair: pair[1].position)
    material.read_siblings = partial(_read, request, near)
    _add_glossaries(material, request, taught, [passage for _, passage in others])
    return material


_ENTRY = re.compile(
    r"^[-\u2022*\s]*(?P<term>[^:|]{2,60}?)\s*(?::|\s[\u2013\u2014-])\s+(?P<text>\S.{5,})$"
)


_ENTRY_WORDS, _ENTRY_LEAST, _TERM_WORDS = 28, 4, 4
_TERM_LETTERS, _SPELT_ALIKE = 3, 3
# A sentence whose first words are no term of its own, or a term that goes on.
_RUNS_ON = re.compile(
    r"(?:is|are|was|were|has|have|can|may|of|and|or|in|to|for|by|with|on|at|from)\b|[^\w(]"
)
_OPEN_ENDED = re.compile(r"\b(?:an?|the|of|in|to|and|or|for|by|with|on|at|from|is|are)$", re.I)


def _add_glossaries(
    material: Material,
    request: QuizRequest,
    taught: Sequence[tuple[QuizTopic, SourcePassage]],
    others: Sequence[SourcePassage],
) -> None:
    """Adds the entries of glossaries over this text or the whole document.

    A term is this text's if it is used here first, so each is asked in one module.
    """
    glossaries = {
        (passage.document, passage.position): passage
        for passage in (*(passage for _, passage in taught), *request.context)
        if in_glossary(passage) and passage.matter is DocumentPart.BODY
    }
    if not glossaries:
        return
    pairs = [*((topic, passage) for topic, passage in taught if not in_glossary(passage)),
             *((None, passage) for passage in others)]  # fmt: skip
    pairs.sort(key=lambda pair: (pair[1].document, pair[1].position))
    texts = [(topic, passage, f" {passage.text.casefold()} ") for topic, passage in pairs]
    order = {(p.document, p.position): at for at, (_, p) in enumerate(taught)}
    holders = {(passage.document, passage.position): topic for topic, passage in taught}
    seen: set[str] = set()
    for _, glossary in sorted(glossaries.items()):
        above = glossary.heading_path[:-1]
        near = [one for one in texts if one[1].document == glossary.document
                and one[1].heading_path[: len(above)] == above]  # fmt: skip
        body = "\n".join(text for _, _, text in near)
        for term, said, line in _entries(glossary.text, body):
            if normalise(term) in seen:
                continue
            seen.add(normalise(term))
            used = _first_use(term, near)
            topic, passage = used or (holders.get((glossary.document, glossary.position)), glossary)
            place = Place(
                topic=topic.id if topic else request.topics[0].id,
                passage=glossary,
                subject=subject_of(passage.heading_path) if used else "",
                section=f"{glossary.document} {' > '.join(above)}",
                chapter=f"{glossary.document} {above[0] if above else ''}",
                order=order.get((passage.document, passage.position), 0),
            )
            entry = GlossaryEntry(term, said, line, place)
            (material.other_terms if topic is None else material.glossary).append(entry)


def _entries(glossary: str, body: str) -> Iterator[tuple[str, str, str]]:
    """Yields the terms of a glossary with their descriptions, and the line of both.

    Where nothing parts them, as in a book that prints its terms in bold, a paragraph begins with
    its term: the longest beginning that the body uses. Paragraphs that ran together are left out.
    """
    lines = [" ".join(line.split()) for line in glossary.splitlines()]
    found = [match for match in map(_ENTRY.match, lines) if match]
    if found:
        yield from ((match["term"], match["text"], match.group()) for match in found)
        return
    paragraphs = [" ".join(one.split()) for one in re.split(r"\n[ \t]*\n", glossary)]
    lengths = sorted(len(one.split()) for one in paragraphs)
    if not lengths or lengths[len(lengths) // 2] > _ENTRY_WORDS:
        return
    for one in paragraphs:
        words = one.split()
        for count in range(min(_TERM_WORDS, len(words) - _ENTRY_LEAST), 0, -1):
            term, rest = " ".join(words[:count]), " ".join(words[count:])
            if len(words) <= _ENTRY_WORDS and _parts_well(term, rest, body):
                yield term, rest, one
                break


def _parts_well(term: str, rest: str, body: str) -> bool:
    """Whether the text uses the words of a term, and they end where the description begins."""
    following = re.findall(rf"(?<!\w){re.escape(term.casefold())}(?:s|es)?(?!\w)(?= ?(\w*))", body)
    if not following or len(term) < _TERM_LETTERS or _OPEN_ENDED.search(term):
        return False
    if _RUNS_ON.match(rest) or _goes_on_in(following, rest):
        return False
    first = re.match(r"[^\W\d_]+", rest)  # "marketing mixthe four elements" ran together
    return bool(first and (zipf(first[0].casefold(), "en") or first[0].casefold() in body))


def _goes_on_in(following: Sequence[str], word: str) -> bool:
    """Whether a text always has one word behind a term, and the term has nearly that one here.

    "Ad" of "ad hominem", which its glossary spells otherwise.
    """
    only = next(iter(following), "")
    begins = word.casefold()[:_SPELT_ALIKE]
    return set(following) == {only} and len(begins) == _SPELT_ALIKE and only.startswith(begins)


def _first_use(
    term: str, texts: Sequence[tuple[QuizTopic | None, SourcePassage, str]]
) -> tuple[QuizTopic | None, SourcePassage] | None:
    plain = re.sub(r"\s*\([^()]*\)", "", term).casefold().strip()
    wanted = re.compile(rf"(?<!\w){re.escape(plain)}(?:s|es)?(?!\w)")
    return next(((topic, passage) for topic, passage, text in texts if wanted.search(text)), None)


def _read(request: QuizRequest, taught: Sequence[tuple[QuizTopic, SourcePassage]]) -> Material:
    material = Material(request.language)
    for index, (topic, passage) in enumerate(taught):
        place = _place(request, topic, passage, index)
        if passage.kind is PassageKind.TABLE:
            longer = _goes_on(material.tables[-1], passage, place) if material.tables else None
            if longer:
                material.tables[-1] = longer
                continue
            around = [taught[at][1] for at in (index + 1, index - 1) if 0 <= at < len(taught)]
            material.tables.append(_table(passage, place, around))
        elif code_share(passage.text) <= _MAX_CODE:
            _add_prose(material, passage, place)
    return material


@lru_cache(maxsize=_MAX_KNOWN)
def code_share(text: str) -> float:
    """Returns how much of a text is written for programs: such text defines no terms."""
    words = [word.strip("()[].,;:'\"\u2018\u2019\u201c\u201d") for word in text.split()]
    coded = sum(bool(CODE.search(word)) and not _UNIT.fullmatch(word) for word in words)
    return coded / max(1, len(words))


def _taught(request: QuizRequest) -> Iterator[tuple[QuizTopic, SourcePassage]]:
    """Yields the body passages in the topics' order, each once."""
    seen: set[tuple[int, int]] = set()
    for topic in request.topics:
        for passage in topic.passages:
            key = (passage.document, passage.position)
            if key not in seen and _is_taught(passage):
                seen.add(key)
                yield topic, passage


def _is_taught(passage: SourcePassage) -> bool:
    if passage.matter is not DocumentPart.BODY or passage.kind is PassageKind.CODE:
        return False
    return not any(map(_teaches_nothing, passage.heading_path))


@lru_cache(maxsize=_MAX_KNOWN)
def _teaches_nothing(heading: str) -> bool:
    return bool(_NOT_TAUGHT.search(heading))


def _place(request: QuizRequest, topic: QuizTopic, passage: SourcePassage, order: int) -> Place:
    path = passage.heading_path
    return Place(
        topic=topic.id,
        passage=passage,
        subject=subject_of(path) or topic.title or request.title.partition(": ")[2],
        section=f"{passage.document} {' > '.join(path)}",
        chapter=f"{passage.document} {path[0] if path else ''}",
        order=order,
    )


def subject_of(path: Sequence[str]) -> str:
    """Returns the title that tells what it is about: a general one with the title above it."""
    titles = [_NUMBERING.sub("", " ".join(title.split())).strip(" :.") for title in path]
    titles = [
        title
        for title in titles
        if re.search(r"[^\W\d_]{4}", title) and not _NO_SUBJECT.fullmatch(title)
    ]
    if not titles:
        return ""
    if _GENERAL.fullmatch(titles[-1]) and len(titles) > 1:
        return f"{titles[-2]}, {titles[-1][:1].lower()}{titles[-1][1:]}"
    return titles[-1] if len(titles[-1]) <= _MAX_SUBJECT else titles[0]


def about(subject: str, question: str, language: str) -> str:
    """Returns the subject to stand in front of a question, "" if the question names it."""
    words = set(content_lemmas(subject, language))
    return "" if words and words <= set(content_lemmas(question, language)) else subject


_REASON = re.compile(
    r"\b(?:because|so that|since|therefore|which is why|this is why|otherwise|as a result"
    r"|consequently|for this reason)\b",
    re.IGNORECASE,
)


_TAKES_UP = re.compile(
    r"(?:This|That|It|They|These|Otherwise|Therefore|As a result|Consequently|For this reason)\b"
)


def reason_for(material: Material, sentence: Sentence) -> str:
    """Returns the next sentence of the passage if it gives a reason or a consequence, else ""."""
    at = sentence.number + 1
    if at == len(material.sentences):
        return ""
    following = material.sentences[at]
    if following.place.passage is not sentence.place.passage:
        return ""
    text = following.text
    return text if _TAKES_UP.match(text) and _REASON.search(text) else ""


def gives_reason(text: str) -> bool:
    return bool(_REASON.search(text))


def _table(passage: SourcePassage, place: Place, around: Sequence[SourcePassage]) -> TableText:
    body = _rows(passage)
    titles = _title_rows(body)
    title = titles[-1] if titles else ""
    body = _without_empty_columns(body[len(titles) :])
    caption = next(
        (
            found["text"]
            for other in around
            if other.heading_path == passage.heading_path
            and (found := _CAPTION.match(" ".join(other.text.split("\n\n")[0].split())))
        ),
        "",
    )
    return TableText(
        rows=tuple(row for _, row in body),
        lines=tuple(line for line, _ in body),
        caption=caption or title,
        places=(place,) * max(len(body), 1),
    )


def _rows(passage: SourcePassage) -> list[tuple[str, tuple[str, ...]]]:
    """Returns the lines of a table with their cells, without the rule under its header."""
    lines = [line for line in passage.text.split("\n") if line.strip().startswith("|")]
    rows = ((line, _cells(line)) for line in lines)
    return [(line, row) for line, row in rows if not all(set(cell) <= set("-: ") for cell in row)]


def _title_rows(body: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    """Returns the titles that stand in rows of their own above the header of a table."""
    titles: list[str] = []
    for (_, row), (_, following) in pairwise(body[:-1]):
        first, second = (list(filter(None, one)) for one in (row, following))
        if len(row) < _TITLED_COLUMNS or len(first) != 1:
            return titles
        titles.append(first[0])
        if len(second) >= _TITLED_COLUMNS:
            return titles
    return []


def _without_empty_columns(
    body: Sequence[tuple[str, tuple[str, ...]]],
) -> list[tuple[str, tuple[str, ...]]]:
    """Returns the rows; columns that are empty in all of them came of how the table was drawn."""
    width = max((len(row) for _, row in body), default=0)
    full = [at for at in range(width) if any(len(row) > at and row[at] for _, row in body)]
    if len(full) == width:
        return list(body)
    return [(line, tuple(row[at] for at in full if at < len(row))) for line, row in body]


def _goes_on(table: TableText, passage: SourcePassage, place: Place) -> TableText | None:
    """Returns the table with the rows of a passage that goes on with it, or None if it does not.

    A table that breaks at the end of a page begins again with its title or its header, as do the
    parts of a long one.
    """
    last = table.place.passage
    if passage.heading_path != last.heading_path or passage.document != last.document:
        return None
    begun, more = _rows(last), _rows(passage)
    same = 0
    while same < min(len(begun), len(more)) and begun[same][1] == more[same][1]:
        same += 1
    if not same or same == len(more):
        return None
    header = begun[len(_title_rows(begun))][1]
    if any(len(row) != len(header) for _, row in more):
        return None
    rest = _without_empty_columns([(begun[0][0], header), *more[same:]])[1:]
    if any(len(row) != len(table.rows[0]) for _, row in rest):
        return None
    return TableText(
        rows=(*table.rows, *(row for _, row in rest)),
        lines=(*table.lines, *(line for line, _ in rest)),
        caption=table.caption,
        places=(*table.places, *(place for _ in rest)),
    )


def _cells(line: str) -> tuple[str, ...]:
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    plain = (_BULLET.sub("", " ".join(cell.replace("\\|", "|").split())) for cell in cells)
    return tuple(_FOOTNOTE.sub("", _MARK.sub("", cell)).strip() for cell in plain)


# "(T)" for what a note under the table explains, "(Smith et al., 2022)" and "(Smith, n.d.)".
_MARK = re.compile(r"\s*\((?:[A-Z]|[A-Z][^()]*,? (?:\d{4}[a-z]?|n\.d\.))\)(?=[.,;]?$|[.,;] )")


# Signs that lead to a note; a number so printed cannot be told from an exponent.
_SIGNS = r"[*\u2020\u2021\u00a7\u00b6]+"
_FOOTNOTE = re.compile(rf"(?<=[^\W_)]){_SIGNS}(?!\w)|^{_SIGNS}(?=\w)")


def _add_prose(material: Material, passage: SourcePassage, place: Place) -> None:
    before: list[str] = []
    for block in re.split(r"\n[ \t]*\n", passage.text):
        lines = block.split("\n")
        if _ITEM.match(lines[0]):
            last = before[-1] if before else ""
            leads = last.endswith(":") or len(last.split()) <= _SHORT_LINE
            found = _text_list(lines, last if leads else "", place)
            _add_list(material, found)
            for item in found.items:
                _add_sentences(material, item, place, before)
            continue
        if _CAPTION.match(block):
            continue
        _add_sentences(material, block, place, before)


def _add_sentences(material: Material, text: str, place: Place, before: list[str]) -> None:
    for piece in split_sentences(text, material.language):
        # "Dividends Dividends are payments ...": a title stands once more before its text.
        sentence = re.sub(r"^([A-Z][\w -]{2,30}?) (?=\1\b)", "", " ".join(piece.split()))
        sentence = sentence[:1].upper() + sentence[1:]
        if run_in := _RUN_IN.fullmatch(sentence):
            number = len(material.sentences)
            label, rest = run_in["label"], Sentence(run_in["text"], place, (), number)
            named = re.match(rf"(?:An?|The) {re.escape(label)}\b", rest.text, re.IGNORECASE)
            if named:
                material.sentences.append(rest)
            else:
                material.headed.append(Headed(label, rest))
        else:
            earlier = tuple(before[-_LOOK_BACK:])
            material.sentences.append(Sentence(sentence, place, earlier, len(material.sentences)))
        before.append(sentence)


def _text_list(lines: Sequence[str], lead: str, place: Place) -> TextList:
    items: list[str] = []
    numbers: list[int] = []
    for line in lines:
        marker = _ITEM.match(line)
        if marker or not items:
            items.append(line[marker.end() :] if marker else line)
            numbers.append(int((marker and marker["number"]) or 0))
        else:
            items[-1] += f" {line}"
    clean = tuple(" ".join(item.split()) for item in items)
    return TextList(lead, clean, tuple(numbers), place)


def _add_list(material: Material, found: TextList) -> None:
    """Adds a list; one that goes on counting belongs to the list before it."""
    last = material.lists[-1] if material.lists else None
    same = last is not None and last.place.section == found.place.section
    goes_on = last is not None and 0 < last.numbers[-1] == found.numbers[0] - 1
    if last is not None and same and goes_on:
        material.lists[-1] = TextList(
            last.lead, (*last.items, *found.items), (*last.numbers, *found.numbers), last.place
        )
    else:
        material.lists.append(found)
