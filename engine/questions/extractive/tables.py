"""Questions about tables: look-ups, ranges, comparisons, matching of rows and cells.

The choices are always cells of one column. A column makes one question, a long one two: more
would repeat the choices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Unpack

from engine.language.words import base_language, is_known, lemma, zipf
from engine.questions.extractive.items import (
    Item,
    Parts,
    alike,
    draw,
    gives_away,
    shared_words,
    shuffled,
    stands_out,
)
from engine.questions.extractive.material import Material, TableText, code_share
from engine.questions.extractive.numbers import (
    Quantity,
    read_decimal,
    read_quantity,
    read_range,
    shown,
)
from engine.questions.extractive.wording import Wording, wording
from engine.questions.formats import Matching, MultipleAnswers, Numeric
from engine.questions.schemas import BloomLevel, Difficulty, QuestionKind
from engine.search.embeddings import embedder

MIN_ROWS = 3
CHOICES = 4
_MAX_HEADER_WORDS, _MAX_CELL_WORDS, _MAX_LABEL_WORDS = 10, 24, 7
_MAX_MATCHED_WORDS = 12
_LONG_WORD, _SHORT_WORD = 7, 3  # letters
_LONG = 8  # rows: enough for two questions with choices of their own
_MATCHED = 5
_JUNK = re.compile(r"\(cid:|[\ufffd\uf000-\uf8ff]|https?:|^[\W_]*$|^(?:n/?a|none|yes|no|x)$", re.I)
_PER = re.compile(
    r"(?P<unit>[^\W\d]+) (?:per|/) (?P<base>\d[\d.,]*) ?(?P<thing>[^\W\d][^()]*?)\)?$"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s")
# The extreme of a limit or of a code says nothing.
_NO_SCALE = re.compile(
    r"\b(?:highest|lowest|max\w*|min\w*|longest|shortest|digit|number|no|code|id|port|page|year|version"
    r"|symbol|chapter|signal|key|nummer|code|num[e\u00e9]ro|n[u\u00fa]mero|codice)\b",
    re.IGNORECASE,
)
# Lists of what a program or a format has, to be looked up and not to be learnt.
_LISTING = re.compile(
    r"\b(?:names?|options?|commands?|keys?|keyword|parameters?|flags?|switch|arguments?|functions?"
    r"|variables?|fields?|property|properties|files?|filename|director(?:y|ies)|path|packages?|chunks?"
    r"|class(?:es)?|methods?|attributes?|button|menu|icon|shortcut|tools?|programs?|modules?|macros?"
    r"|codes?|symbols?|syntax|format|extension|release|versions?|device|model|port|tags?|values?"
    r"|settings?|columns?|elements?|directives?|identifier|id|url|operators?|bytes?|bits?|input"
    r"|output|type)\b",
    re.IGNORECASE,
)
_NO_FACT = re.compile(
    r"\b(?:units?|dates?|versions?|pages?|ranges?|defaults?|flags?|reference|names?|sections?"
    r"|chapters?|comments?|examples?|samples?|sizes?|length|valid|status|author|syntax|parameters?"
    r"|descriptions?|(?:cumulative |relative )*frequenc(?:y|ies)|tall(?:y|ies)|totals?)\b",
    re.IGNORECASE,
)
_SUM = re.compile(r"\W*(?:(?:sub|grand )?totals?|sum|all)\W*", re.IGNORECASE)
_EXAMPLE = re.compile(r"\b(?:example|sample|foo|bar|test)\b", re.IGNORECASE)
# What a form or a set-up happens to hold.
_ACCIDENTAL = re.compile(
    r"\b(?:(?:example|sample|default)(?: values?)?|examples|settings?|remarks?|notes?)$", re.I
)
_CLAUSE = re.compile(
    r"(?:how|what|when|where|which|why|who|is|are|can|does)\b"
    r"|.*\b(?:with|by|in|of|for|to|at|from|on|as)$",
    re.I,
)
# "What is the may be appropriate?"
_NO_PHRASE = re.compile(
    r"[:?!\u2026]|^(?:may|not|can|could|should|is|are|has|have|was|were|do|does|say|the|this|if)\b",
    re.IGNORECASE,
)
_INTERVAL = re.compile(r"\w+ ?(?: to |\u2013|-) ?\d|\d ?(?: to |\u2013|-) ?\w")
# "The effect is longer", "the quality is well": no grammatical question.
_NOT_A_NAME = re.compile(
    r"(?:\w+er|\w+ly|more|less|better|worse|well|badly|high|low|large|small|fast|slow)\b", re.I
)
_NEAR_CELLS = 0.5
_MAX_CODE = 0.05


@dataclass(frozen=True, slots=True)
class _Column:
    """`cells` of one column beside the labels of their rows."""

    table: TableText
    number: int
    first: str
    header: str
    labels: tuple[str, ...]
    cells: tuple[str, ...]
    lines: tuple[str, ...]
    language: str

    @property
    def subject(self) -> str:
        caption = _SENTENCE.split(self.table.caption)[0].strip(" .:")
        return caption or self.table.place.subject

    @property
    def named(self) -> str:
        return _inside(self.header, self.language)

    def item(self, kind: QuestionKind, rows: Sequence[int], **parts: Unpack[Parts]) -> Item:
        passage = self.table.place.passage.id
        return Item(
            kind=kind,
            place=self.table.place,
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
    letters = re.sub(r"\W", "", word)
    return word.lower() if letters[:1].isupper() and letters[1:].islower() else word


def table_items(material: Material) -> Iterator[Item]:
    words = wording(material.language)
    if words is None:
        return
    for table in material.tables:
        for column in _columns(_upright(table), material.language):
            yield from _of_column(column, words)


def _upright(table: TableText) -> TableText:
    """Returns a table of properties, with things in its header, turned so that things are rows."""
    header, *body = table.rows or ((),)
    if not header or header[0] or len(header) <= MIN_ROWS or len(body) < MIN_ROWS - 1:
        return table
    if any(len(row) != len(header) for row in body):
        return table
    turned = tuple(zip(*table.rows, strict=True))
    first = (table.caption or table.place.subject, *turned[0][1:])
    lines = (table.lines[0], *(table.lines[0] for _ in turned[1:]))
    return replace(table, rows=(first, *turned[1:]), lines=lines)


def _columns(table: TableText, language: str) -> Iterator[_Column]:
    """Yields the columns beside the first, if the table has a header and labels."""
    header, *body = table.rows or ((),)
    width = len(header)
    if width < 2 or len(body) < MIN_ROWS or any(len(row) != width for row in body):  # noqa: PLR2004
        return
    repeated = any(cell in {row[at] for row in body} for at, cell in enumerate(header))
    if repeated or len(set(header)) < width or not all(_is_header(one, language) for one in header):
        return
    labels = [row[0] for row in body]
    text = " ".join((*table.place.passage.heading_path, table.caption))
    odd = any(_JUNK.search(one) or len(one.split()) > _MAX_LABEL_WORDS for one in labels)
    if odd or len(set(labels)) < len(labels) or _EXAMPLE.search(text):
        return
    if base_language(language) == "en" and not _teaches(table):
        return
    for at in range(1, width):
        if any(rule.search(header[at]) for rule in (_ACCIDENTAL, _NO_FACT, _NO_PHRASE)):
            continue
        kept = [(row, line) for row, line in zip(body, table.lines[1:], strict=True)
                if not _JUNK.search(row[at]) and not _SUM.fullmatch(row[0])
                and len(row[at].split()) <= _MAX_CELL_WORDS]  # fmt: skip
        if len(kept) >= MIN_ROWS and len(kept) * 4 >= len(body) * 3:
            yield _Column(
                table, at, header[0], header[at], tuple(row[0] for row, _ in kept),
                tuple(row[at] for row, _ in kept), tuple(line for _, line in kept), language,
            )  # fmt: skip


def _teaches(table: TableText) -> bool:
    """Whether its rows are things in ordinary words rather than names of a program or format."""
    header, *body = table.rows
    cells = [cell for row in body for cell in row]
    if _LISTING.search(header[0]) or code_share(" ".join(cells)) > _MAX_CODE:
        return False
    labels = [re.findall(r"[^\W\d_]{2,}", row[0]) for row in body]
    plain = [all(map(_is_word, words)) for words in labels]
    return sum(plain) * 10 >= len(plain) * 9


def _is_word(word: str) -> bool:
    """Whether it is a word, rather than the name of a part or a product.

    Words of a science stand in no dictionary, but are long.
    """
    if len(word) > 1 and not word[1:].islower():
        return False
    return is_known(word, "en") or (len(word) >= _LONG_WORD and zipf(word.lower(), "en") > 0)


def _is_header(cell: str, language: str) -> bool:
    """Whether a cell names a class or an attribute in ordinary words, and no single thing.

    A grid of names in columns has no header.
    """
    words = re.findall(r"[^\W_]{2,}", re.sub(r"\([^()]*\)|/ ?\w+$| per .*", "", cell))
    if not re.search(r"[^\W\d_]{2}", cell) or len(cell.split()) > _MAX_HEADER_WORDS:
        return False
    return bool(words) and all(
        word.isdigit() or (is_known(word, language) and not re.search(r"\w[A-Z]|\d", word))
        for word in words
    )


def _of_column(column: _Column, words: Wording) -> Iterator[Item]:
    rows = range(len(column.cells))
    distinct = set(column.cells)
    ranges = [read_range(label, column.language) for label in column.labels]
    if sum(found is not None for found in ranges) * 3 >= len(rows) * 2:
        yield from _in_range(column, words)
        return
    if any(not re.search(r"[^\W\d_]{2}", label) for label in column.labels):
        return
    pairs = zip(column.labels, column.cells, strict=True)
    if sum(bool(shared_words(*pair, column.language)) for pair in pairs) * 3 >= len(rows):
        return  # the labels tell the cells
    if base_language(column.language) == "en":
        yield from _per_unit(column)
    quantities = [read_quantity(cell, column.language) for cell in column.cells]
    numeric = [found for found in quantities if found is not None]
    one_unit = len(numeric) == len(rows) and len({found.unit for found in numeric}) == 1
    if one_unit and not _NO_SCALE.search(column.header):
        yield from _extreme(column, words, numeric)
    elif len(distinct) < len(rows):
        yield from _shared_cell(column, words)
    else:
        order = shuffled(map(str, rows), column.header)
        chosen = [int(row) for row in order]
        if len(chosen) >= _LONG:
            yield from _match(column, words, chosen[:CHOICES])
            yield from _look_up(column, words, chosen[CHOICES:])
        else:
            yield from _match(column, words, chosen[:_MATCHED])
            yield from _look_up(column, words, chosen)


def _look_up(column: _Column, words: Wording, rows: Sequence[int]) -> Iterator[Item]:
    """Asks for the cell of one row; the other cells of the column are the wrong choices."""
    for row in rows:
        wrong = [at for at in rows if at != row][: CHOICES - 1]
        choices = [column.cells[at] for at in (row, *wrong)]
        if len(choices) < min(CHOICES, len(column.cells)) or alike(choices):
            continue
        stem = words.cell.format(
            subject=column.subject, column=column.named, row=column.labels[row]
        )
        if gives_away(stem, choices[0], choices[1:], column.language):
            continue
        if stands_out(choices[0], choices[1:]) or _CLAUSE.match(column.header):
            continue
        if any(map(_INTERVAL.search, choices)):
            continue  # intervals that lie in each other, or a single value among them
        if base_language(column.language) == "en" and _is_plural(column.named):
            stem = stem.replace(", what is the ", ", what are the ", 1)
        pairs = [
            words.belongs.format(row=column.labels[at], cell=column.cells[at])
            for at in (row, *wrong)
        ]
        yield column.item(
            QuestionKind.TABLE,
            (row, *wrong),
            stem=stem,
            choices=tuple(choices),
            feedback=("", *pairs[1:]),
            explanation=" ".join(pairs),
            answers=(choices[0],),
            context=f"{column.labels[row]} {column.header}",
            worth=1.2,
            difficulty=Difficulty.MEDIUM,
            bloom=BloomLevel.REMEMBER,
        )
        return


def _is_plural(header: str) -> bool:
    last = re.findall(r"[a-z]+", header.partition(" (")[0].lower())[-1:]
    return bool(last) and last[0].endswith("s") and lemma(last[0], "en") != last[0]


def _near(cells: Sequence[str], language: str) -> bool:
    """Whether two of the cells mean nearly the same, so that they could be exchanged."""
    if any(shared_words(one, two, language) for one, two in combinations(cells, 2)):
        return not all(map(re.compile(r"\d").search, cells))
    vectors = embedder().embed(list(cells))
    return any(float(one @ two) > _NEAR_CELLS for one, two in combinations(vectors, 2))


def _match(column: _Column, words: Wording, rows: Sequence[int]) -> Iterator[Item]:
    left = [column.labels[row] for row in rows]
    right = [column.cells[row] for row in rows]
    if len(rows) < CHOICES or alike(right) or alike(left) or _CLAUSE.match(column.header):
        return
    if any(len(cell.split()) > _MAX_MATCHED_WORDS for cell in right):
        return
    if any(map(_INTERVAL.search, right)) or _near(right, column.language):
        return
    if sum(one[0].lower() == two[0].lower() for one, two in zip(left, right, strict=True)) > 1:
        return  # initials, such as R for resistance
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
        stem=words.match_rows.format(
            subject=column.subject,
            column=column.named,
            first=_inside(column.first, column.language),
        ),
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
    """Asks which rows have one of few values: the others are the wrong choices."""
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
    stem = words.row_with.format(subject=column.subject, column=column.named, cell=cell)
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
    values = [one.value for one in found]
    ranked = sorted(range(len(values)), key=lambda row: values[row])
    highest = draw(column.header, *column.labels) % 2 == 0
    if highest:
        ranked.reverse()
    rows = ranked[:CHOICES]
    if len(rows) < MIN_ROWS or values[rows[0]] == values[rows[1]]:
        return
    labels = [column.labels[row] for row in rows]
    stem = (words.most if highest else words.least).format(
        subject=column.subject, column=column.named
    )
    if alike(labels) or gives_away(stem, labels[0], labels[1:], column.language):
        return
    if stands_out(labels[0], labels[1:]):
        return
    pairs = [words.belongs.format(row=column.labels[row], cell=column.cells[row]) for row in rows]
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
        others = [at for at in range(len(column.cells)) if at != row][:CHOICES]
        unit = re.search(r" \(([^()]+)\)$", column.first)
        spelt = f"{shown(value)} {found.unit or (unit[1] if unit else '')}".strip()
        cells = [column.cells[at] for at in (row, *others)]
        ordered = sorted((row, *others))
        yield column.item(
            QuestionKind.TABLE,
            (row, *others),
            stem=words.in_range.format(
                subject=column.subject,
                column=column.named,
                first=_inside(re.sub(r" \([^()]+\)$", "", column.first), column.language),
                value=spelt,
            ),
            choices=tuple(column.cells[at] for at in ordered),
            correct=ordered.index(row),
            ordered=True,
            explanation=words.falls_in.format(
                value=spelt, row=column.labels[row], column=column.named, cell=cells[0]
            ),
            answers=(cells[0],),
            context=f"{column.header} {spelt}",
            worth=2.0,
            bloom=BloomLevel.APPLY,
        )
        return


def _per_unit(column: _Column) -> Iterator[Item]:
    """Scales a cell of a column such as "g per 100 g water"."""
    rate = _PER.search(column.header)
    if rate is None:
        return
    base = read_decimal(rate["base"], column.language)
    row = draw(column.header, *column.labels) % len(column.cells)
    cell = read_quantity(column.cells[row], column.language)
    if cell is None or cell.unit or base <= 0:
        return
    factor = Decimal("2.5") if draw(column.labels[row]) % 2 else Decimal("0.4")
    answer = (cell.value * factor).normalize()
    amount = f"{shown((base * factor).normalize())} {rate['thing']}"
    yield column.item(
        QuestionKind.NUMBER,
        (row,),
        stem=(
            f"{column.subject}: for \u201c{column.labels[row]}\u201d the table gives "
            f"{shown(cell.value)} under \u201c{column.header}\u201d. "
            f"How many {rate['unit']} is that for {amount}?"
        ),
        body=Numeric(answer=Decimal(shown(answer)), tolerance=abs(answer) / 200, unit=rate["unit"]),
        explanation=(
            f"The value is given per {shown(base)} {rate['thing']}, so it is multiplied by "
            f"{amount.split(maxsplit=1)[0]}/{shown(base)}: {shown(cell.value)} \u00d7 "
            f"{shown(factor)} = {shown(answer)}."
        ),
        answers=(shown(answer),),
        context=f"{column.labels[row]} {column.header}",
        worth=2.0,
        difficulty=Difficulty.HARD,
        bloom=BloomLevel.APPLY,
    )
