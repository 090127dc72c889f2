"""Finds terms with their descriptions: in sentences, lists, tables and glossaries.

Better none than poor: a term stands in a dictionary or is used again and again, and what it is
said to be has the form "a kind that ...".
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.language.words import base_language, is_known, word_set, zipf
from engine.questions import phrases
from engine.questions.extractive import english
from engine.questions.extractive.material import (
    CODE,
    Headed,
    Material,
    Place,
    TableText,
    TextList,
)
from engine.questions.extractive.surface import looks_whole

_MAX_TERM_WORDS = 4
_MIN_WORDS, _MAX_WORDS = 3, 30
_GLOSSARY = 3  # entries side by side
_USED = 3  # times
_EARLY = 3  # sentences under a title: translations may come first
_LABELLED = re.compile(
    r"^(?P<term>[^:;.!?()]{2,45}?)(?: ?: | [\u2013\u2014] | - )(?P<text>\S.{8,240})$"
)
_DESCRIBED = re.compile(
    r"(?:description|meaning|definition|explanation|function|purpose|role|task|action|effect"
    r"|bedeutung|beschreibung|erkl\u00e4rung|zweck|funktion|wirkung|signification|d\u00e9finition|fonction"
    r"|significado|descripci\u00f3n|definici\u00f3n|funci\u00f3n|significato|descrizione|definizione|funzione"
    r"|descri\u00e7\u00e3o|defini\u00e7\u00e3o|fun\u00e7\u00e3o|betekenis|beschrijving|omschrijving|functie"
    r"|\u0437\u043d\u0430\u0447\u0435\u043d\u0438\u0435|\u043e\u043f\u0438\u0441\u0430\u043d\u0438\u0435|\u043e\u043f\u0440\u0435\u0434\u0435\u043b\u0435\u043d\u0438\u0435)\W*",
    re.IGNORECASE,
)
_NOUN = r"(?P<term>[^\W\d_][\w\u2019'-]*(?: [^\W\d_][\w\u2019'-]*){0,2})"
_DEFINES = {
    "de": rf"(?:(?:Der|Die|Das|Ein|Eine) )?{_NOUN} (?:ist|sind)"
    rf" (?P<text>(?:ein|eine|der|die|das) .+)",
    "fr": rf"(?:L['\u2019]|Le |La |Les |Un |Une ){_NOUN} (?:est|sont)"
    rf" (?P<text>(?:une?|la|le|les|l['\u2019]) ?.+)",
    "es": rf"(?:El|La|Los|Las|Un|Una) {_NOUN} (?:es|son) (?P<text>(?:una?|el|la|los|las) .+)",
    "it": rf"(?:Il |Lo |La |L['\u2019]|I |Gli |Le |Un |Una ){_NOUN} (?:\u00e8|sono)"
    rf" (?P<text>(?:un[ao]?|il|lo|la|i|gli|le|l['\u2019]) ?.+)",
    "pt": rf"(?:O|A|Os|As|Um|Uma) {_NOUN} (?:\u00e9|s\u00e3o) (?P<text>(?:uma?|os?|as?) .+)",
    "nl": rf"(?:De|Het|Een) {_NOUN} (?:is|zijn) (?P<text>(?:een|de|het) .+)",
    "ru": rf"{_NOUN} [\u2013\u2014] (?:\u044d\u0442\u043e )?(?P<text>.+)",
}
# "One of the ..." places a thing and does not define it.
_ONE_OF = re.compile(
    r"(?:ein(?:er|e|es) der|une? des|un[oa] de l|un[oa] de[gil]|um[ao]? d[ao]s|een van"
    r"|\u043e\u0434\u0438\u043d \u0438\u0437)\b",
    re.I,
)
_IMPERATIVE_LEAD = re.compile(r"\b(?:steps?|procedure|proceed|do the following)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and its description; `look` is equal for entries that may stand side by side.

    `genus` is the kind that the description names, `sort` the sort of thing that it is. Entries of
    one `run` are defined one behind the other, 0 for what stands alone.
    """

    term: str
    text: str
    look: str
    genus: str
    sort: str
    quote: str
    place: Place
    run: int = 0


class Usage:
    """How a text and its siblings write words. It is read when it is first asked of a word, and
    once for all words."""

    def __init__(self, material: Material) -> None:
        self._material = material

    @cached_property
    def text(self) -> str:
        parts = [self._material, *filter(None, [self._material.siblings])]
        return "\n".join(sentence.text for part in parts for sentence in part.sentences)

    @cached_property
    def lowered(self) -> str:
        return self.text.lower()

    @cached_property
    def apart(self) -> frozenset[str]:
        """The words that are no part of a name such as "read.table" or "and/or"."""
        return frozenset(re.findall(r"(?<![\w/.-])[^\W\d_]+(?![\w/-])", self.text))

    @cached_property
    def _inside(self) -> Counter[str]:
        """How often each word has a capital inside a sentence; one that is repeated counts once."""
        found: Counter[str] = Counter()
        ends: dict[str, int] = {}
        for match in re.finditer(r"(?<=[a-z,;] )[^\W\d_]\w*", self.text):
            name = match.group()
            if match.start() - ends.get(name, -_APART) >= _APART:
                found[name] += 1
                ends[name] = match.end()
        return found

    @cached_property
    def _words(self) -> list[str]:
        return sorted(re.findall(r"\w+", self.text))

    def is_product(self, word: str) -> bool:
        """Whether the text writes the word with a capital inside sentences more often than
        without."""
        name, small = word.capitalize(), word.lower()
        if re.fullmatch(r"[^\W\d_]\w*", name):
            inside = self._inside[name]
            first = bisect_left(self._words, small)
            others = bisect_left(self._words, small + chr(sys.maxunicode), first) - first
        else:
            inside = len(re.findall(rf"[a-z,;] {re.escape(name)}\b", self.text))
            others = len(re.findall(rf"\b{re.escape(small)}", self.text))
        return inside > others


_APART = 2  # letters between two uses of a word: its own space, and what is in front of that


def entries(material: Material) -> Sequence[Entry]:
    """Returns the terms that a text defines, which are looked for once."""
    if material.entries is None:
        material.entries = tuple(_entries(material))
    return material.entries


def _entries(material: Material) -> Iterator[Entry]:
    in_english = base_language(material.language) == "en"
    usage = Usage(material) if in_english else None
    for table in material.tables:
        yield from _of_table(table, usage)
    for one in material.lists:
        yield from _of_list(one, usage)
    if usage:
        yield from _of_sentences(material, usage)
        yield from _of_glossary(material, usage)
    else:
        yield from _of_patterns(material)


_PROCESS = re.compile(
    r"(?:tion|sion|ing|ment|(?<!im)(?<!gu)(?<!ck)(?<!ss)age|sis|flow|runoff|lysis|fall|change)s?$"
)
_QUALITY = re.compile(r"(?:ity|ness|ance|ence|ability|rate|ratio|time|speed|point|level|capacity)$")
_QUANTITIES = word_set(
    "amount share volume time rate number ratio energy quantity distance length speed "
    "pressure temperature ease ability measure percentage sum difference degree power "
    "weight period total average price cost value income profit"
)
_PEOPLE = word_set(
    "person someone people worker employee member user man woman scientist doctor company "
    "organization organisation individual party institution"
)
_ANGLES = word_set("angle")
_FIGURES = word_set("circle line point pole path plane sphere axis arc curve")
_PLACES = word_set("place area region zone site location landscape city country")
_SUBSTANCES = word_set(
    "water substance material liquid gas fluid solid rain snow ice matter fuel acid metal rock soil"
)
_METHODS = word_set("method technique way procedure practice approach")
_MONEY = word_set(
    "fee payment money tax charge gain loan debt investment security asset fund share bond transfer"
    " expense deposit account bill"
)
_STATES = word_set("state condition situation period tendency phase")
_EVENTS = word_set("event flood overflow storm accident failure attack error crash fault")
_ACTS = word_set(
    "process change movement motion release removal act action use control transfer "
    "wearing laying settling killing addition supply capture flow rise passing making "
    "activity operation conversion loss growth formation force"
)
_SORTS = (
    ("quantity", _QUANTITIES), ("figure", _FIGURES), ("angle", _ANGLES),
    ("person", _PEOPLE), ("process", _ACTS), ("place", _PLACES),
    ("substance", _SUBSTANCES), ("method", _METHODS), ("state", _STATES),
    ("event", _EVENTS), ("money", _MONEY),
)  # fmt: skip


def sort_of(term: str, genus: str = "") -> str:
    """Returns what sort of thing is named: who mixes sorts tells the answers."""
    for sort, words in _SORTS:
        if genus in words:
            return sort
    last = term.rsplit(maxsplit=1)[-1].lower()
    if _PROCESS.search(last) or re.search(r"\w{4}ing$", genus):
        return "process"
    return "quantity" if _QUALITY.search(last) else "thing"


def is_term(term: str) -> bool:
    """Whether a phrase names something in words of a dictionary, and is no name of a product."""
    words = re.findall(r"[^\W\d_]+", term)
    if CODE.search(term) or not 0 < len(term.split()) <= _MAX_TERM_WORDS or term.isupper():
        return False
    if len(words) > 1 and words[0].lower() in _ANY_OLD:
        return False
    capitals = sum(word[:1].isupper() for word in words)
    return capitals <= 1 and all(word[1:].islower() or len(word) == 1 for word in words)


_ANY_OLD = word_set(
    "final basic second first third last possible optional original actual whole entire new old "
    "current default main simple special additional other same following single complete general"
)
# A program and its like has a name; only a book about it would have that learnt.
_PRODUCTS = word_set(
    "program tool package library utility editor interface simulator application software module "
    "daemon command script function option file flag parameter plugin driver project website site "
    "server language distribution camera scanner keyword directive button menu dialog variable"
)


def _is_taught(entry: Entry, usage: Usage, *, side_by_side: bool) -> bool:
    """Whether a term that a sentence defines is one to learn: no product, and used again.

    Definitions side by side are made for teaching; there, any term of theirs is.
    """
    words = re.findall(r"[^\W\d_]+", entry.term)
    # "The Zenith", "Parallels": names of products have no article and no plural.
    noun = re.search(rf"\b(?:an?|the) {re.escape(entry.term)}\b", entry.quote, re.IGNORECASE)
    common = noun or entry.look == "plural" or entry.sort in _ABSTRACT
    common = common and all(zipf(word.lower(), "en") >= _IN_USE for word in words)
    if not common and any(map(usage.is_product, words)):
        return False
    if entry.genus in _PRODUCTS and not re.match(r"An? ", entry.quote):
        return False
    known = all(is_known(word, "en") and zipf(word.lower(), "en") >= _IN_USE for word in words)
    if side_by_side:
        return True
    one = re.sub(r"s$", "", entry.term.lower()) if entry.look == "plural" else entry.term.lower()
    pattern = rf"\b{re.escape(one)}(?:s|es)?\b"
    # Counting letters is quicker than looking for words.
    often = known and usage.lowered.count(one) >= _USED
    return often and len(re.findall(pattern, usage.lowered)) >= _USED


_NAMED_SORTS = frozenset(["person", "place"])
_ABSTRACT = frozenset(["figure", "angle", "quantity", "state", "process"])
_IN_USE = 1.5  # of the scale of word frequencies


def _of_sentences(material: Material, usage: Usage) -> Iterator[Entry]:
    wanted = [s for s in material.sentences if may_define(s.text)]
    analysed = english.analyse([(s.text, s.before) for s in wanted])
    found: list[Entry] = []
    last, run = -2, 0
    for sentence, analysis in zip(wanted, analysed, strict=True):
        one = analysis.defined
        written = _as_common(one, usage, sentence.text) if one else ""
        if one and is_term(written):
            look = "plural" if one.plural else "word"
            term, sort = _plain_case(written, usage), sort_of(written, one.genus)
            run += sentence.number != last + 1
            last = sentence.number
            found.append(Entry(term, one.definition, look, one.genus, sort, sentence.text,
                               sentence.place, run))  # fmt: skip
    sections = Counter(entry.place.section for entry in found)
    for entry in found:
        if _is_taught(entry, usage, side_by_side=sections[entry.place.section] >= _GLOSSARY):
            yield entry


def may_define(text: str) -> bool:
    return bool(
        re.search(r"\b(?:is|are|means?|refers? to|denotes?|called|known as|named|termed)\b", text)
    )


def _of_glossary(material: Material, usage: Usage) -> Iterator[Entry]:
    """Titles that are terms, each with "A kind that ..." behind it or under it."""
    begins = re.compile(r"An? |The |Any ")
    run_in = [one for one in material.headed if begins.match(one.sentence.text)]
    under: dict[str, Headed] = {}
    counts: Counter[str] = Counter()
    for sentence in material.sentences:
        counts[sentence.place.section] += 1
        early = counts[sentence.place.section] <= _EARLY
        if early and begins.match(sentence.text):
            under.setdefault(sentence.place.section, Headed(sentence.place.subject, sentence))
    by_section: defaultdict[str, list[Entry]] = defaultdict(list)
    by_chapter: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in _of_titles(run_in, usage):
        by_section[entry.place.section].append(entry)
    for entry in _of_titles(list(under.values()), usage):
        by_chapter[entry.place.chapter].append(entry)
    for groups, least in ((by_section, _GLOSSARY), (by_chapter, _GLOSSARY + 2)):
        for group in groups.values():
            if len(group) >= least:
                yield from group


def _of_titles(headed: Sequence[Headed], usage: Usage) -> Iterator[Entry]:
    for one, genus in zip(headed, _kinds([h.sentence.text for h in headed]), strict=True):
        said = one.sentence.text
        if not genus or genus in _PRODUCTS or not is_term(one.label):
            continue
        if is_description(said.rstrip(".")):
            term = _plain_case(one.label, usage)
            yield Entry(
                term, lowered(_first(said)), "word", genus, sort_of(term, genus), said,
                one.sentence.place,
            )  # fmt: skip


def _as_common(one: english.Defined, usage: Usage, sentence: str) -> str:
    """Returns the term in small letters if it is written so elsewhere or names no thing.

    "Retrograde Motion" in a book that writes its terms with capitals is no name, nor is
    "Throughflow" that has a capital only because it opens its sentence.
    """
    words = re.findall(r"[^\W\d_]+", one.term)
    common = sort_of(one.term, one.genus) not in _NAMED_SORTS
    if common and sentence.startswith(one.term) and not usage.is_product(one.term):
        return one.term if " " in one.term else one.term.lower()
    small = all(word.lower() in usage.apart for word in words)
    in_use = all(zipf(word.lower(), "en") >= _IN_USE for word in words)
    abstract = in_use and not one.plural and sort_of(one.term, one.genus) in _ABSTRACT
    return one.term.lower() if small or abstract else one.term


def _plain_case(term: str, usage: Usage) -> str:
    """Returns the term as it stands inside a sentence: names keep their capital."""
    first = term.split(maxsplit=1)[0]
    name = not first[1:].islower() or (first[0].isupper() and usage.is_product(first))
    known = zipf(first.lower(), "en") >= _IN_USE or first.lower() in usage.text
    return term if name or not known else term[0].lower() + term[1:]


def _kinds(texts: Sequence[str]) -> list[str]:
    """Returns the kind that each text names: "layer" for "a layer that holds water"."""
    spelt = [f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in texts]
    return [found.fragment for found in english.analyse([(text, ()) for text in spelt])]


def _of_patterns(material: Material) -> Iterator[Entry]:
    """Descriptions by the verb "is" in other languages: what follows it needs no inflection."""
    base = base_language(material.language)
    pattern, leaning = _DEFINES.get(base), phrases.DANGLING.get(base)
    if pattern is None:
        return
    matcher = re.compile(rf"{pattern}\.")
    for sentence in material.sentences:
        found = matcher.fullmatch(sentence.text)
        if not found or not looks_whole(sentence.text, base) or _ONE_OF.match(found["text"]):
            continue
        if leaning and leaning.search(sentence.text):
            continue
        text = found["text"].split(";")[0].strip()
        if 5 <= len(text.split()) <= _MAX_WORDS:  # noqa: PLR2004 - fewer define nothing
            genus = text.split()[1].casefold()
            term = found["term"]
            yield Entry(term, text, "word", genus, "", sentence.text, sentence.place)


def _of_list(one: TextList, usage: Usage | None) -> Iterator[Entry]:
    """A list whose items all have the form "term: description"."""
    if one.numbered or _IMPERATIVE_LEAD.search(one.lead):
        return
    found = [_LABELLED.match(item) for item in one.items]
    labelled = [match for match in found if match and is_term(match["term"].strip())]
    if len(labelled) < _GLOSSARY or len(labelled) * 4 < len(found) * 3:
        return
    yield from _described(
        [(match["term"].strip(), match["text"], match.group(), one.place) for match in labelled],
        usage,
    )  # fmt: skip


def _described(rows: Sequence[tuple[str, str, str, Place]], usage: Usage | None) -> Iterator[Entry]:
    """Yields the rows (term, description, quote, place) that say "a kind that ...".

    `usage` is None for a language whose kinds nothing finds.
    """
    said = [_first(description) for _, description, *_ in rows]
    kinds = ["row"] * len(rows) if usage is None else _kinds(said)
    for (term, _, quote, place), description, genus in zip(rows, said, kinds, strict=True):
        if genus and is_description(description):
            name = term if usage is None else _plain_case(term, usage)
            sort = "" if usage is None else sort_of(term, genus)
            yield Entry(name, lowered(description), "word", genus, sort, quote, place)


def _of_table(table: TableText, usage: Usage | None) -> Iterator[Entry]:
    header, *body = table.rows or ((),)
    if len(header) != 2 or not _DESCRIBED.fullmatch(header[1]):  # noqa: PLR2004 - term, meaning
        return
    rows = [
        (row[0], row[1], line, place)
        for row, line, place in zip(body, table.lines[1:], table.places[1:], strict=True)
        if len(row) == 2 and row[0] and is_term(row[0])  # noqa: PLR2004
    ]
    if len(rows) * 4 >= len(body) * 3:
        yield from _described(rows, usage)


_SENTENCES = re.compile(r"(?<=[a-z\u00df-\u00ff)][.!?])\s+(?=[A-Z\u00c0-\u00dc])")


_POINTING = re.compile(
    r"\b(?:this|these|those|above|below|see|section|chapter|following|you|your|we|our|placeholder"
    r"|e\.g\.|etc)\b|https?:|[{}|]",
    re.IGNORECASE,
)


def _first(text: str) -> str:
    """Returns the first sentence without what stands in brackets."""
    return re.sub(r"\s*\([^()]*\)", "", _SENTENCES.split(text)[0]).rstrip(" .;,")


def is_description(text: str) -> bool:
    if _CONDITION.match(text) or _POINTING.search(text) or text.count("\u2018") > 1:
        return False
    return _MIN_WORDS <= len(text.split()) <= _MAX_WORDS


_CONDITION = re.compile(
    r"(?:when|if|see|(?:the )?same|as|like|not|no|yes|default|wenn|si|se)\b", re.IGNORECASE
)


def lowered(text: str) -> str:
    """Returns the text as it stands inside a sentence; names and German nouns keep capitals."""
    first = text.split(maxsplit=1)[0]
    small = first in ("A", "An", "The") or first.casefold() in _ARTICLES
    return text[0].lower() + text[1:] if small else text


_ARTICLES = frozenset(
    [
        "ein",
        "eine",
        "der",
        "die",
        "das",
        "un",
        "une",
        "le",
        "la",
        "les",
        "el",
        "los",
        "las",
        "il",
        "lo",
        "uma",
        "um",
        "o",
        "een",
        "de",
        "het",
    ]
)
