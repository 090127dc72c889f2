"""Questions about tables: look-ups, ranges, comparisons, matching of rows and cells.

The choices are always cells of one column. A column makes only a few questions, and a long column
more than a short one, since questions should not repeat each other's choices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, permutations
from string import ascii_uppercase
from typing import Unpack

from engine.language.words import base_language, content_lemmas, is_known, normalise, zipf
from engine.questions.extractive.items import (
    Item,
    Parts,
    alike,
    draw,
    gives_away,
    shared_words,
    shuffled,
    stands_out,
    told_by_meaning,
)
from engine.questions.extractive.items import (
    is_everyday as is_everyday_term,
)
from engine.questions.extractive.kinds import is_everyday, kind_of, lists_properties, of_one_kind
from engine.questions.extractive.labelled import labelled_lists
from engine.questions.extractive.material import (
    Material,
    Place,
    TableText,
    code_share,
    subject_of,
)
from engine.questions.extractive.numbers import (
    Quantity,
    Range,
    read_quantity,
    read_range,
    shown,
)
from engine.questions.extractive.stems import Stems, is_plural
from engine.questions.extractive.wording import Wording, wording
from engine.questions.formats import Matching, MultipleAnswers
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

MIN_ROWS = 3
CHOICES = 4
_MAX_HEADER_WORDS, _MAX_CELL_WORDS, _MAX_LABEL_WORDS = 10, 24, 7
_MAX_MATCHED_WORDS = 12
_MAX_ASKED_WORDS = 10  # of a cell that stands in the question
# The highest or lowest value is asked for only if it differs from the next by more than this share.
_CLEAR = Decimal("0.1")
_LIST_COMMAS = 2
_OF_LIST = 3  # choices that are taken from each of two lists
_LONG_WORD, _SHORT_WORD = 7, 3  # letters
_LONG = 8  # rows: enough for two questions with choices of their own
_MATCHED = 5  # rows
_GROUPS = 3  # of rows in one column, with a question about each
# Skip cells that show a calculation ("12 / 2.2963 ≈ 5.23"), an address, broken letters or no value.
_JUNK = re.compile(
    r"\(cid:|[\ufffd\uf000-\uf8ff]|https?:|^[\W_]*$|^(?:n/?a|none|yes|no|x)$|\d\D*\s[=\u2248]\s*\d",
    re.I,
)
_DESCRIPTION = re.compile(r"(?:description|definition|meaning|explanation)s?", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s")
# Do not ask for the highest or lowest in these columns: of limits and codes it teaches nothing.
_NO_SCALE = re.compile(
    r"\b(?:highest|lowest|max\w*|min\w*|longest|shortest|digit|number|no|code|id|port|page|year|version"
    r"|symbol|chapter|signal|key|nummer|code|num[e\u00e9]ro|n[u\u00fa]mero|codice)\b",
    re.IGNORECASE,
)
# Skip tables that list the parts of a program or a format: people look these up and do not learn
# them.
_LISTING = re.compile(
    r"\b(?:names?|options?|commands?|keys?|keyword|parameters?|flags?|switch|arguments?|functions?"
    r"|variables?|fields?|property|properties|files?|filename|director(?:y|ies)|path|packages?|chunks?"
    r"|class(?:es)?|methods?|attributes?|button|menu|icon|shortcut|tools?|programs?|modules?|macros?"
    r"|codes?|symbols?|syntax|format|extension|release|versions?|device|model|port|tags?|values?"
    r"|settings?|columns?|elements?|directives?|identifier|id|url|operators?|bytes?|bits?|input"
    r"|output|type)\b",
    re.IGNORECASE,
)
# Skip columns whose values are no facts of the subject.
_NO_FACT = re.compile(
    r"\b(?:units?|dates?|versions?|pages?|ranges?|defaults?|flags?|reference|names?|sections?"
    r"|chapters?|comments?|examples?|samples?|sizes?|length|valid|status|author|syntax|parameters?"
    r"|descriptions?|(?:cumulative |relative )*frequenc(?:y|ies)|tall(?:y|ies)|totals?)\b",
    re.IGNORECASE,
)
# Skip rows of totals and the like.
_SUM = re.compile(
    r"\W*(?:(?:sub|grand )?totals?|sum|all|many|most|some|others?|various|any|several|both)\W*",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\b(?:example|sample|foo|bar|test)\b", re.IGNORECASE)
# Skip columns whose values are only an example's or a setting's.
_ACCIDENTAL = re.compile(
    r"\b(?:(?:example|sample|default)(?: values?)?|examples|settings?|remarks?|notes?)$", re.I
)
# Do not put these headers into a question: they are no nouns ("how it works", "consists of").
_CLAUSE = re.compile(
    r"(?:how|what|when|where|which|why|who|is|are|can|does)\b"
    r"|.*\b(?:with|by|in|of|for|to|at|from|on|as)$",
    re.I,
)
# Skip columns whose header makes no question, as in "What is the may be appropriate?"
_NO_PHRASE = re.compile(
    r"[:?!\u2026]|\b(?:it|they|them)\b|^(?:may|not|can|could|should|is|are|has|have|was|were|do|does|say|the|this|if)\b",
    re.IGNORECASE,
)
_INTERVAL = re.compile(r"\w+ ?(?: to |\u2013|-) ?\d|\d ?(?: to |\u2013|-) ?\w")
# Do not ask which row has one of these values: "has the effect longer" is no grammatical question.
_NOT_A_NAME = re.compile(
    r"(?:(?:very|rather|quite|fairly) )?(?:\w+er|\w+ly|more|less|better|worse|well|badly|high|low"
    r"|large|small|fast|slow)\b",
    re.I,
)
_NEAR_CELLS = 0.5  # in meaning
# Leave out the last word of such a header: "enzyme name" stands above the names of enzymes.
_NAMED = re.compile(r"(?<=\w) (?:names?|types?)$", re.IGNORECASE)
_PARTS = re.compile(r"\s*\([^()]*\)")
# Skip cells that hold several points of a list: "Manipulate food for chewing Shape food into a
# bolus".
_JAMMED = re.compile(r"[a-z)\d] (?P<word>[A-Z][a-z]{2,})(?= [a-z])")
_LETTERED = re.compile(r"[A-Z]\b")
# Skip tables whose rows are named by letters of an example: "Figure (b)", "(B) Bravo".
_CALLED = re.compile(r"^\([A-Za-z]{1,3}\)\s|\s\([A-Za-z]\)$")
_NUMBERED = re.compile(r"(?P<noun>[A-Za-z]+) (?P<letter>[A-Z])")
_LETTERS_IN_SEQUENCE = 4  # labels A, B, C, D
_IN_USE = 4.0  # on the scale of `zipf`: a word as common as this is no name
_MAX_CODE = 0.05


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a table, and the column of labels that names its rows.

    `number` counts the columns from the left, from 0. `first` is the header above the labels,
    `header` that above the cells. The other tuples have one entry for each row: `lines` the row as
    it is printed, `places` where it stands.
    """

    table: TableText
    number: int
    first: str
    header: str
    labels: tuple[str, ...]
    cells: tuple[str, ...]
    lines: tuple[str, ...]
    places: tuple[Place, ...]
    language: str

    @property
    def subject(self) -> str:
        """What the table is about: its caption, or else the title above it."""
        caption = _SENTENCE.split(self.table.caption)[0].strip(" .:")
        title, path = self.table.place.subject, self.table.place.passage.heading_path
        words = set(content_lemmas(title, self.language))
        named = [set(content_lemmas(one, self.language)) for one in self.labels]
        # A table of rivers that follows a section about one of them belongs to the whole chapter.
        if not caption and sum(bool(one) and one <= words for one in named) == 1:
            title = subject_of(path[:-1]) or title
        return caption or title

    def stems(self, words: Wording) -> Stems:
        first, column = (_inside(one, self.language) for one in (self.first, self.header))
        return Stems(self.subject, first, column, self.language, words)

    def said(self, rows: Sequence[int], words: Wording) -> list[str]:
        """Returns for each row a sentence with its label and its cell."""
        return [words.belongs.format(row=self.labels[at], cell=self.cells[at]) for at in rows]

    def item(self, kind: QuestionKind, rows: Sequence[int], **parts: Unpack[Parts]) -> Item:
        passage = self.table.place.passage.id
        return Item(
            kind=kind,
            place=self.places[rows[0]],
            quote=self.lines[rows[0]],
            sentences=frozenset(f"table {passage} {row} {self.number}" for row in rows),
            **parts,
        )


def _inside(header: str, language: str) -> str:
    """Returns a header as it stands inside an English sentence; names keep their capitals.

    "Primary Food Source" has capitals as a title only.
    """
    if base_language(language) != "en" or not header[1:2].islower():
        return header
    name, bracket, unit = header.partition(" (")
    words = name.split()
    title = len(words) > 1 and all(w[:1].isupper() for w in words if len(w) > _SHORT_WORD)
    lowered = [_small(word) if title or not at else word for at, word in enumerate(words)]
    units = [_small(word) if len(word) > _SHORT_WORD else word for word in unit.split()]
    return f"{' '.join(lowered)}{bracket}{' '.join(units)}"


def _small(word: str) -> str:
    """Returns a word in small letters, unless it has capitals inside, as "DNA" has."""
    letters = re.sub(r"\W", "", word)
    return word.lower() if letters[:1].isupper() and letters[1:].islower() else word


def table_items(material: Material) -> Iterator[Item]:
    """Yields the questions about all tables, and about lists that have labels as rows have."""
    words = wording(material.language)
    if words is None:
        return
    for table in (*material.tables, *labelled_lists(material)):
        plain = _without_headings(table)
        if _are_lists(plain, material.language):
            yield from _of_two_lists(plain, material.language, words)
            continue
        upright = _labelled(_upright(plain, material.language))
        for column in _columns(upright, material.language):
            yield from _of_column(column, words)


def _are_lists(table: TableText, language: str) -> bool:
    """Whether a table is two lists side by side: the cells of a row do not belong together."""
    header = table.rows[0] if table.rows else ()
    english = base_language(language) == "en"
    return english and len(header) == 2 and all(map(is_plural, header))  # noqa: PLR2004 - lists


def _of_two_lists(table: TableText, language: str, words: Wording) -> Iterator[Item]:
    """Asks which choices belong to one of two lists: to the "motivating factors", and not to the
    "hygiene factors"."""
    header, *body = table.rows
    last = {normalise(one).split()[-1] for one in header}
    lists = [shuffled(filter(None, (row[at] for row in body if len(row) > at)), header[at])
             for at in (0, 1)]  # fmt: skip
    texts = [text for one in lists for text in one]
    fair = all(len(text.split()) <= _MAX_LABEL_WORDS and not _JUNK.search(text) for text in texts)
    if len(last) > 1 or not fair or min(map(len, lists)) < _OF_LIST or alike(texts):
        return
    asked = draw(*header) % 2
    right, wrong = lists[asked][:_OF_LIST], lists[1 - asked][:_OF_LIST]
    column = _Column(table, asked, header[1 - asked], header[asked], tuple(texts), tuple(texts),
                     table.lines, table.places, language)  # fmt: skip
    stem = column.stems(words).members()
    if any(shared_words(text, one, language) for text in (*right, *wrong) for one in header):
        return
    choices = shuffled((*right, *wrong), stem)
    yield column.item(
        QuestionKind.TABLE,
        (0,),
        stem=stem,
        body=MultipleAnswers(
            choices=tuple(choices),
            correct=tuple(at for at, one in enumerate(choices) if one in right),
        ),
        explanation=" ".join(
            words.belongs.format(row=one, cell=", ".join(members))
            for one, members in ((header[asked], right), (header[1 - asked], wrong))
        ),
        answers=tuple(sorted(right)),
        context=f"{header[asked]} {column.subject}",
        worth=1.4,
    )


def _without_headings(table: TableText) -> TableText:
    """Removes rows that are only a heading for the next rows. If only such rows had text in the
    first column, removes that column too."""
    if len(table.rows) <= MIN_ROWS:
        return table
    kept = [0, *(at for at, row in enumerate(table.rows) if at and sum(map(bool, row)) > 1)]
    rows = [table.rows[at] for at in kept]
    if len(kept) < len(table.rows) and not any(row[:1] != ("",) for row in rows[1:]):
        rows = [row[1:] for row in rows]
    return replace(
        table,
        rows=tuple(rows),
        lines=tuple(table.lines[at] for at in kept),
        places=tuple(table.places[at] for at in kept),
    )


def _labelled(table: TableText) -> TableText:
    """Drops the first column if it only groups the rows (its values repeat) and the second column
    names each row.

    An example is "Gastric enzymes | Pepsin | ...", with more rows of gastric enzymes.
    """
    header, *body = table.rows or ((),)
    width = len(header)
    if width <= MIN_ROWS or any(len(row) != width for row in body):
        return table
    groups, names = ({row[at] for row in body} for at in (0, 1))
    if len(groups) == len(body) or len(names) < len(body):
        return table
    return replace(table, rows=tuple(row[1:] for row in table.rows))


def _upright(table: TableText, language: str) -> TableText:
    """If the header names things and each row is a property, swaps rows and columns, so that each
    thing is a row. Leaves no rows if there are too few things."""
    header, *body = table.rows or ((),)
    if len(header) < 2 or not body or any(len(row) != len(header) for row in body):  # noqa: PLR2004
        return table
    if header[0] and not lists_properties(table.rows, language):
        return table
    if len(header) <= MIN_ROWS:
        return replace(table, rows=())  # too few things to choose among
    turned = tuple(zip(*table.rows, strict=True))
    first = (table.caption or table.place.subject, *turned[0][1:])
    lines = (table.lines[0], *(table.lines[0] for _ in turned[1:]))
    places = (table.place,) * len(lines)
    return replace(table, rows=(first, *turned[1:]), lines=lines, places=places)


def _columns(table: TableText, language: str) -> Iterator[_Column]:
    """Yields the columns that can be asked about, if the table has a header and labels."""
    header, *body = table.rows or ((),)
    width = len(header)
    if width < 2 or len(body) < MIN_ROWS or any(len(row) != width for row in body):  # noqa: PLR2004
        return
    repeated = any(cell in {row[at] for row in body} for at, cell in enumerate(header))
    repeated = repeated or _is_a_row(header[0], [row[0] for row in body])
    if repeated or len(set(header)) < width or not all(_is_header(one, language) for one in header):
        return
    labels = [row[0] for row in body]
    text = " ".join((*table.place.passage.heading_path, table.caption))
    odd = any(_JUNK.search(one) or len(one.split()) > _MAX_LABEL_WORDS for one in labels)
    odd = odd or _of_an_example(labels)
    if odd or len(set(labels)) < len(labels) or _EXAMPLE.search(text):
        return
    if base_language(language) == "en" and not _teaches(table):
        return
    for at in range(1, width):
        no_fact = any(rule.search(header[at]) for rule in (_ACCIDENTAL, _NO_FACT, _NO_PHRASE))
        if no_fact and not _DESCRIPTION.fullmatch(header[at]):
            continue
        kept = _asked_rows(body, at, language)
        if len(kept) >= MIN_ROWS and len(kept) * 4 >= len(body) * 3:
            yield _Column(
                table, at, header[0], header[at], tuple(body[row][0] for row in kept),
                tuple(body[row][at] for row in kept), tuple(table.lines[row + 1] for row in kept),
                tuple(table.places[row + 1] for row in kept), language,
            )  # fmt: skip


def _of_an_example(labels: Sequence[str]) -> bool:
    """Whether rows have letters as names, as in "State A", that only their example explains.

    "Vitamin A" and "hepatitis B" are names. There the letters do not run A, B, C, D without a gap,
    or the noun is rare.
    """
    if any(map(_CALLED.search, labels)):
        return True
    named = [match for one in labels if (match := _NUMBERED.fullmatch(one))]
    letters = "".join(sorted(one["letter"] for one in named))
    return letters[:_LETTERS_IN_SEQUENCE] == ascii_uppercase[:_LETTERS_IN_SEQUENCE] and all(
        zipf(one["noun"], "en") >= _IN_USE for one in named
    )


def _asked_rows(body: Sequence[tuple[str, ...]], at: int, language: str) -> list[int]:
    """Returns the rows whose cells in one column can stand side by side as choices."""
    rows = [
        number for number, row in enumerate(body)
        if not _JUNK.search(row[at]) and not _SUM.fullmatch(row[0])
        and not _is_jammed(row[at]) and len(row[at].split()) <= _MAX_CELL_WORDS
    ]  # fmt: skip
    cells, labels = [body[row][at] for row in rows], [body[row][0] for row in rows]
    if is_everyday(cells, language) or is_everyday(labels, language):
        return []
    return [rows[one] for one in of_one_kind(cells, language)]


def _is_jammed(cell: str) -> bool:
    """Whether a cell holds several points of a list, or a label with its text ("Acute: nausea")."""
    if ": " in cell:
        return True
    words = (found["word"].lower() for found in _JAMMED.finditer(cell))
    return any(zipf(word, "en") >= _IN_USE for word in words)


def _teaches(table: TableText) -> bool:
    """Whether most rows are named in ordinary words, and not by names of a program or a format."""
    header, *body = table.rows
    cells = [cell for row in body for cell in row]
    if _LISTING.search(_NAMED.sub("", header[0])) or code_share(" ".join(cells)) > _MAX_CODE:
        return False
    labels = [re.findall(r"[^\W\d_]{2,}", _PARTS.sub("", row[0])) for row in body]
    plain = [all(map(_is_word, words)) for words in labels]
    return sum(plain) * 10 >= len(plain) * 8


def _is_word(word: str) -> bool:
    """Whether this is an ordinary word or a term of a science, and not the name of a product.

    Many terms are in no dictionary. They count if they are long, and are in use or begin with a
    capital letter, as the labels of a table do.
    """
    if len(word) > 1 and not word[1:].islower():
        return False
    in_use = zipf(word.lower(), "en") > 0 or word[0].isupper()
    return is_known(word, "en") or (len(word) >= _LONG_WORD and in_use)


def _is_header(cell: str, language: str) -> bool:
    """Whether a cell can head a column: a few ordinary words that name a kind of thing.

    If names stand in the first row, as in all others, the table has no header.
    """
    words = re.findall(r"[^\W_]{2,}", re.sub(r"\([^()]*\)|/ ?\w+$| per .*", "", cell))
    if not re.search(r"[^\W\d_]{2}", cell) or len(cell.split()) > _MAX_HEADER_WORDS:
        return False
    if cell.count(",") >= _LIST_COMMAS:
        return False  # a list of examples
    return bool(words) and all(
        word.isdigit() or (is_known(word, language) and not re.search(r"\w[A-Z]|\d", word))
        for word in words
    )


def _is_a_row(header: str, labels: Sequence[str]) -> bool:
    """Whether a header is only the first label of a table without a header: "Circulatory system"
    above "Immune system"."""
    words = normalise(header).split()
    last = [normalise(label).split()[-1:] for label in labels]
    return len(words) == 2 and last.count(words[-1:]) * 2 > len(last)  # noqa: PLR2004 - "a b"


def _of_column(column: _Column, words: Wording) -> Iterator[Item]:
    """Yields the questions about a column, of the kinds that fit what its cells hold."""
    rows = range(len(column.cells))
    if _DESCRIPTION.fullmatch(column.header):
        yield from _described(column, words)
        return
    ranges = [read_range(label, column.language) for label in column.labels]
    if sum(found is not None for found in ranges) * 3 >= len(rows) * 2:
        yield from _in_range(column, words)
        return
    if any(not re.search(r"[^\W\d_]{2}", label) for label in column.labels):
        return
    pairs = zip(column.labels, column.cells, strict=True)
    if sum(bool(shared_words(*pair, column.language)) for pair in pairs) * 3 >= len(rows):
        return  # the labels give away the cells
    quantities = [read_quantity(cell, column.language) for cell in column.cells]
    numeric = [found for found in quantities if found is not None]
    one_unit = len(numeric) == len(rows) and len({found.unit for found in numeric}) == 1
    if one_unit and not _NO_SCALE.search(column.header):
        yield from _extreme(column, words, numeric)
        return
    if len(set(column.cells)) < len(rows):
        yield from _shared_cell(column, words)
        # One row of each value: "3 to 4 days" may hold for several.
        order = shuffled(map(str, rows), column.header)
        first = {column.cells[int(row)]: int(row) for row in order}
        if all(kind_of(cell, column.language) not in ("words", "truth") for cell in first):
            yield from _look_up(column, words, list(first.values()))
            return
    yield from _of_single_cells(column, words)


def _of_single_cells(column: _Column, words: Wording) -> Iterator[Item]:
    """Yields the questions about cells that only one row has."""
    alone = [row for row, cell in enumerate(column.cells) if column.cells.count(cell) == 1]
    chosen = [int(row) for row in shuffled(map(str, alone), column.header)]
    if len(chosen) >= MIN_ROWS:
        is_long = len(chosen) >= _LONG
        yield from _match(column, words, chosen[: CHOICES if is_long else _MATCHED])
        yield from _look_up(column, words, chosen[CHOICES:] if is_long else chosen)
        groups = max(1, min(len(chosen) // CHOICES, _GROUPS))
        for part in range(groups):
            yield from _row_of(column, words, chosen[part::groups])


def _like_in_length(texts: Sequence[str], row: int, rows: Sequence[int]) -> list[int]:
    """Returns the other rows for the wrong choices: those whose texts are about as long."""
    others = [at for at in rows if at != row]
    others.sort(key=lambda at: abs(len(texts[at]) - len(texts[row])))
    return others[: CHOICES - 1]


def _row_of(column: _Column, words: Wording, rows: Sequence[int]) -> Iterator[Item]:
    """Asks which row has a cell that no other has; other rows are the wrong choices."""
    if any(map(_INTERVAL.search, column.cells)):
        return
    for row in rows:
        if _initialled(column.labels[row], column.cells[row]):
            continue
        wrong = _like_in_length(column.labels, row, rows)
        choices = [column.labels[at] for at in (row, *wrong)]
        cell = column.cells[row].rstrip(".")
        stem = column.stems(words).row_with(cell)
        if len(choices) < CHOICES or alike(choices) or stands_out(choices[0], choices[1:]):
            continue
        if _CLAUSE.match(column.header) or _NOT_A_NAME.match(cell):
            continue
        if len(cell.split()) > _MAX_ASKED_WORDS or _SENTENCE.search(cell):
            continue
        if _is_revealed(stem, cell, choices, column.language):
            continue
        pairs = column.said((row, *wrong), words)
        yield column.item(
            QuestionKind.TABLE,
            (row, *wrong),
            stem=stem,
            choices=tuple(choices),
            feedback=("", *pairs[1:]),
            explanation=" ".join(pairs),
            answers=(choices[0],),
            context=f"{column.header} {cell}",
            worth=1.3,
            difficulty=Difficulty.MEDIUM,
            bloom=BloomLevel.REMEMBER,
        )
        return


def _rarest(label: str, column: _Column) -> float:
    """Returns how common the rarest word of a label is."""
    return min((zipf(word, column.language) for word in normalise(label).split()), default=0.0)


def _described(column: _Column, words: Wording) -> Iterator[Item]:
    """Asks which row a description belongs to; leaves out rows whose label shares a word with the
    description."""
    # A rare name does not reveal its meaning, so ask about rare names first.
    left = sorted(range(len(column.cells)), key=lambda at: _rarest(column.labels[at], column))
    while len(left) >= CHOICES:
        row = left.pop(0)
        cell, labels = column.cells[row].rstrip(" .;"), column.labels
        named = {at for at in left if shared_words(labels[at], cell, column.language)}
        wrong = _like_in_length(labels, row, [at for at in left if at not in named])
        choices = [labels[at] for at in (row, *wrong)]
        stem = column.stems(words).described(cell)
        if len(choices) < CHOICES or alike(choices):
            continue
        if stands_out(choices[0], choices[1:]) or _is_revealed(
            stem, cell, choices, column.language
        ):
            continue
        if shared_words(labels[row], cell, column.language) or is_everyday_term(
            labels[row], choices[1:], column.language
        ):
            continue
        left = [at for at in left if at not in wrong]
        pairs = column.said((row, *wrong), words)
        yield column.item(
            QuestionKind.TABLE,
            (row, *wrong),
            stem=stem,
            choices=tuple(choices),
            feedback=("", *pairs[1:]),
            explanation=" ".join(pairs),
            answers=(choices[0],),
            context=cell,
            worth=1.4,
            bloom=BloomLevel.REMEMBER,
        )


def _initialled(label: str, cell: str) -> bool:
    """Whether a letter reveals the row: "S cells" make secretin, M. pneumoniae is a Mycoplasma."""
    return bool(_LETTERED.match(label)) or bool(
        re.search(rf"(?<!\w){re.escape(label[:1])}\. ", cell)
    )


def _is_revealed(stem: str, clue: str, choices: Sequence[str], language: str) -> bool:
    """Whether words of the question, or the meaning of the clue, reveal the first choice."""
    right, *wrong = choices
    return gives_away(stem, right, wrong, language) or told_by_meaning(clue, right, wrong)


def _look_up(column: _Column, words: Wording, rows: Sequence[int]) -> Iterator[Item]:
    """Asks for the cell of one row; the other cells of the column are the wrong choices."""
    for row in rows:
        wrong = _like_in_length(column.cells, row, rows)
        choices = [column.cells[at] for at in (row, *wrong)]
        if len(choices) < CHOICES or alike(choices):
            continue
        stem = column.stems(words).cell_of(column.labels[row])
        if _is_revealed(stem, column.labels[row], choices, column.language):
            continue
        if stands_out(choices[0], choices[1:]) or _CLAUSE.match(column.header):
            continue
        measured = any(map(_INTERVAL.search, choices))
        ranges = _ranges(choices, column.language) if measured else []
        if measured and not ranges:
            continue  # not all are intervals of one unit, or one lies inside another
        if any(cell.count(",") >= _LIST_COMMAS for cell in choices):
            continue  # "beer, wine, liquor": one known member of a long list reveals the row
        pairs = column.said((row, *wrong), words)
        order = sorted(range(CHOICES), key=lambda at: ranges[at] if ranges else at)
        yield column.item(
            QuestionKind.TABLE,
            (row, *wrong),
            stem=stem,
            choices=tuple(choices[at] for at in order),
            correct=order.index(0),
            ordered=bool(ranges),
            feedback=tuple(["", *pairs[1:]][at] for at in order),
            explanation=" ".join(pairs),
            answers=(choices[0],),
            context=f"{column.labels[row]} {column.header}",
            worth=1.2,
            difficulty=Difficulty.MEDIUM,
            bloom=BloomLevel.REMEMBER,
        )
        return


_IN_DAYS = {
    "second": Decimal(1) / 86400, "minute": Decimal(1) / 1440, "hour": Decimal(1) / 24,
    "day": Decimal(1), "week": Decimal(7), "month": Decimal(30), "year": Decimal(365),
}  # fmt: skip


def _ranges(cells: Sequence[str], language: str) -> list[tuple[Decimal, Decimal]]:
    """Returns the lower and the upper limit of each cell.

    Returns nothing if a cell is no interval or number, or has another unit than the others, or if
    one interval lies inside another.
    """
    found: list[tuple[Decimal, Decimal]] = []
    units: set[str] = set()
    for cell in cells:
        value = read_range(cell, language) or _single(cell, language)
        if value is None or value.low is None or value.high is None:
            return []
        days = _IN_DAYS.get(value.unit.rstrip("s"))
        units.add("time" if days else value.unit)
        found.append((value.low * (days or 1), value.high * (days or 1)))
    apart = all(
        not (low <= other and most <= high) for (low, high), (other, most) in permutations(found, 2)
    )
    return found if apart and len(units) == 1 else []


def _single(cell: str, language: str) -> Range | None:
    """Returns the number in a cell as an interval that begins and ends with it."""
    quantity = read_quantity(cell, language)
    return Range(quantity.value, quantity.value, quantity.unit) if quantity else None


def _near(cells: Sequence[str], language: str) -> bool:
    """Whether two cells share a word or are so close in meaning that they could be exchanged."""
    if any(shared_words(one, two, language) for one, two in combinations(cells, 2)):
        return not all(map(re.compile(r"\d").search, cells))
    vectors = embedder().embed(list(cells))
    return any(float(one @ two) > _NEAR_CELLS for one, two in combinations(vectors, 2))


def _match(column: _Column, words: Wording, rows: Sequence[int]) -> Iterator[Item]:
    """Asks which cell belongs to which row."""
    left = [column.labels[row] for row in rows]
    right = [column.cells[row] for row in rows]
    if len(rows) < CHOICES or alike(right) or alike(left) or _CLAUSE.match(column.header):
        return
    if any(len(cell.split()) > _MAX_MATCHED_WORDS for cell in right):
        return
    if any(map(_INTERVAL.search, right)) or _near(right, column.language):
        return
    if sum(one[0].lower() == two[0].lower() for one, two in zip(left, right, strict=True)) > 1:
        return  # first letters give pairs away, as R does for resistance
    for at, cell in enumerate(right):
        if gives_away(left[at], cell, right[:at] + right[at + 1 :], column.language):
            return
    units = {found.unit for cell in right if (found := read_quantity(cell, column.language))}
    if len(units) > 1:  # units give the pairs away
        return
    shown_right = shuffled(right, column.header)
    yield column.item(
        QuestionKind.TABLE,
        rows,
        stem=column.stems(words).match_rows(),
        body=Matching(
            left=tuple(left),
            right=tuple(shown_right),
            pairs=tuple(shown_right.index(cell) for cell in right),
        ),
        explanation=" ".join(
            words.belongs.format(row=row, cell=cell) for row, cell in zip(left, right, strict=True)
        ),
        answers=tuple(right),
        context=" ".join((*left, column.header)),
        worth=1.3,
        bloom=BloomLevel.REMEMBER,
    )


def _shared_cell(column: _Column, words: Wording) -> Iterator[Item]:
    """Asks which rows share one value, in a column with few different values; other rows are the
    wrong choices."""
    groups: dict[str, list[int]] = {}
    for row, cell in enumerate(column.cells):
        groups.setdefault(cell, []).append(row)
    fitting = [
        cell for cell, rows in groups.items()
        if 2 <= len(rows) <= 3 and len(column.cells) - len(rows) >= 2  # noqa: PLR2004
    ]  # fmt: skip
    if len(groups) > len(column.cells) / 2 + 1 or not fitting:
        return
    if any(map(_NOT_A_NAME.match, groups)) or _CLAUSE.match(column.header):
        return
    cell = min(fitting, key=lambda text: draw(column.header, text))
    right = groups[cell]
    wrong = [row for row in range(len(column.cells)) if row not in right][:3]
    choices = [column.labels[row] for row in (*right, *wrong)]
    stem = column.stems(words).row_with(cell, several=True)
    for row in right:
        others = [column.labels[one] for one in wrong]
        if gives_away(stem, column.labels[row], others, column.language):
            return
    shown_choices = shuffled(choices, column.header)
    keys = {column.labels[row] for row in right}
    yield column.item(
        QuestionKind.TABLE,
        (*right, *wrong),
        stem=stem,
        body=MultipleAnswers(
            choices=tuple(shown_choices),
            correct=tuple(at for at, one in enumerate(shown_choices) if one in keys),
        ),
        explanation=" ".join(
            words.belongs.format(row=column.labels[row], cell=column.cells[row])
            for row in (*right, *wrong)
        ),
        answers=tuple(sorted(keys)),
        context=f"{column.header} {cell}",
        worth=1.3,
    )


def _extreme(column: _Column, words: Wording, found: Sequence[Quantity]) -> Iterator[Item]:
    """Asks which row has the highest value of a column, or the lowest."""
    values = [one.value for one in found]
    ranked = sorted(range(len(values)), key=lambda row: values[row])
    highest = draw(column.header, *column.labels) % 2 == 0
    if highest:
        ranked.reverse()
    rows = ranked[:CHOICES]
    if len(rows) < CHOICES:
        return
    first, second = values[rows[0]], values[rows[1]]
    if abs(first - second) <= _CLEAR * max(abs(first), abs(second)):
        return  # two values are so close that nobody can be expected to know which is higher
    labels = [column.labels[row] for row in rows]
    stem = column.stems(words).extreme(highest=highest)
    if not stem:
        return
    if alike(labels) or gives_away(stem, labels[0], labels[1:], column.language):
        return
    if stands_out(labels[0], labels[1:]):
        return
    pairs = column.said(rows, words)
    yield column.item(
        QuestionKind.TABLE,
        rows,
        stem=stem,
        choices=tuple(labels),
        feedback=("", *pairs[1:]),
        explanation=" ".join(pairs),
        answers=(labels[0],),
        context=column.header,
        worth=1.4,
    )


def _in_range(column: _Column, words: Wording) -> Iterator[Item]:
    """Asks which cell applies to a value inside one of the ranges of the first column."""
    if len(set(column.cells)) < len(column.cells):
        return
    rows = sorted(range(len(column.cells)), key=lambda at: draw(column.header, str(at)))
    closed = [at for at in rows if (r := read_range(column.labels[at], column.language))
              and r.low is not None and r.high is not None]  # fmt: skip
    for row in [*closed, *(at for at in rows if at not in closed)]:
        found = read_range(column.labels[row], column.language)
        value = found.inside() if found else None
        if found is None or value is None:
            continue
        others = _like_in_length(column.cells, row, range(len(column.cells)))
        unit = re.search(r" \(([^()]+)\)$", column.first)
        spelt = f"{shown(value)} {found.unit or (unit[1] if unit else '')}".strip()
        cells = [column.cells[at] for at in (row, *others)]
        ordered, stems = sorted((row, *others)), column.stems(words)
        yield column.item(
            QuestionKind.TABLE,
            (row, *others),
            stem=stems.in_range(spelt),
            choices=tuple(column.cells[at] for at in ordered),
            correct=ordered.index(row),
            ordered=True,
            explanation=words.falls_in.format(
                value=spelt, row=column.labels[row], column=stems.column, cell=cells[0]
            ),
            answers=(cells[0],),
            context=f"{column.header} {spelt}",
            worth=2.0,
            bloom=BloomLevel.APPLY,
        )
        return
