"""Adds to a lesson's HTML what readers need: places, contents, key terms, and words to look for.

It works on HTML that was sanitised already, and puts in nothing but text that it escapes itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import escape
from html.parser import HTMLParser

import Stemmer
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

# A note belongs to one of these; what is nested in one belongs to it.
PLACES = {"p", "li", "pre", "table", "blockquote", "figure"}
HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
VOID = {"br", "hr", "img", "wbr", "col", "input"}
# Words of these are neither terms nor marked: links lead elsewhere, code means what it says.
NO_TERMS = {"a", "code", "pre", "button", "label", *HEADINGS}
AIMS = "lesson-objectives"  # as `templates/courses/_lesson.html` names the block
QUOTE_LENGTH = 300
MAX_TERMS = 200
# A word without spaces around it in these scripts may stand anywhere in a text.
UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
# Fewer words in a row than these may stand anywhere.
MIN_RUN = 4
_WORD = re.compile(r"[\w\u0900-\u0dff]+")
_stemmer = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class Term:
    id: int
    term: str
    definition: str


@dataclass(slots=True)
class Place:
    """A passage of a lesson that a note can belong to, named by how it begins."""

    id: str
    quote: str
    # As a list of places shows it.
    short: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Sought:
    """The words of a source that a reader wants to see in the lesson, and its number there, 0 for
    none."""

    words: str
    source: int = 0


@dataclass(slots=True)
class LessonHtml:
    html: SafeString
    places: list[Place] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    marks: int = 0


def annotate(
    html: str,
    *,
    terms: Sequence[Term] = (),
    glossary: str = "",
    words: Iterable[str] = (),
    sought: Sought | None = None,
) -> LessonHtml:
    """Returns the lesson with an id for each place and heading, its key terms as links to
    `glossary` with their definitions, each once, and `words` marked; the first mark has the id
    `found`.

    Of `sought`, the longest run of words in the lesson is marked; where the lesson says it in other
    words, the first place that cites its source has the id `found`.
    """
    parser = _Annotator(terms, glossary, words_pattern(words), heading_levels(html))
    if sought:
        parser.seek(_find(html, sought))
    parser.feed(html)
    parser.close()
    for place in (*parser.places, *parser.headings):
        place.quote = place.quote.strip()
        place.short = Truncator(place.quote).chars(70)
    # Blocks of one kind have one name: the contents lead to the first of them.
    named = {place.quote: place.id for place in reversed(parser.headings)}
    headings = [
        Heading(place.id, place.quote)
        for place in parser.headings
        if named[place.quote] == place.id
    ]
    return LessonHtml(
        # Markup of the input, which was sanitised, and text that was escaped here.
        mark_safe("".join(parser.out)),  # noqa: S308
        parser.places,
        headings,
        parser.marks,
    )


def heading_levels(html: str) -> dict[str, str]:
    """Returns which heading each of the text becomes: the highest below the page's title, and none
    is left out. An h2 is a block's name, which stands beside the text's highest."""
    used = sorted(set(re.findall(r"<(h[13-6])\b", html)))
    return {tag: f"h{min(level, 6)}" for level, tag in enumerate(used, start=2)}


def words_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Matches words that begin as one of `words` does; English ones by their base form."""
    stems = set()
    for word in {word.casefold() for word in words if word}:
        stem: str = _stemmer.stemWord(word)
        # "happy" has the base form "happi", which stands in no text.
        shorter = stem if word.startswith(stem) else stem[:-1]
        stems.add(shorter if word.startswith(shorter) else word)
    # The longer first: a pattern takes the first that fits.
    found = [_pattern(stem) for stem in sorted(stems, key=len, reverse=True)]
    return re.compile("|".join(found), re.IGNORECASE) if found else None


def _pattern(stem: str) -> str:
    word = re.escape(stem)
    # Vowel signs of Indic scripts are no letters to `\w`.
    return word if UNSPACED.search(stem) else rf"(?<![^\W_]){word}[\w\u0900-\u0dff]*"


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the sought words stand: a stretch of each piece of text, by the piece's number; or else
    the number of the place that cites their source."""

    stretches: dict[int, tuple[int, int]]
    place: int | None


def _find(html: str, sought: Sought) -> _Found:
    reader = _PlaceReader(sought.source)
    reader.feed(html)
    reader.close()
    wanted = [word.casefold() for word in _WORD.findall(sought.words[:QUOTE_LENGTH])]
    said = [word for word, *_where in reader.words]
    matcher = SequenceMatcher(None, wanted, said, autojunk=False)
    best = matcher.find_longest_match()
    stretches: dict[int, tuple[int, int]] = {}
    if best.size and best.size >= min(MIN_RUN, len(wanted)):
        for _word, piece, start, end in reader.words[best.b : best.b + best.size]:
            # Words of one piece are marked together with what stands between them.
            stretches[piece] = (stretches.get(piece, (start, end))[0], end)
    return _Found(stretches, None if stretches else reader.citing)


class _PlaceReader(HTMLParser):
    """Collects the words of a lesson with the number of their piece of text and their place in it,
    and the number of the first place that cites `source`."""

    def __init__(self, source: int) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[tuple[str, int, int, int]] = []
        self.citing: int | None = None
        self._link = f"#citation-{source}"
        self._places = -1
        self._pieces = -1
        self._open: list[str] = []
        # How deep the learning aims stand. They say in the same words what the text then teaches.
        self._aims = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if AIMS in (dict(attrs).get("class") or "").split():
            self._aims = len(self._open) + 1
        if tag in PLACES and PLACES.isdisjoint(self._open):
            self._places += 1
        is_cited = tag == "a" and dict(attrs).get("href") == self._link
        if is_cited and self.citing is None and not PLACES.isdisjoint(self._open):
            self.citing = self._places
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if len(self._open) < self._aims:
            self._aims = 0

    def handle_data(self, data: str) -> None:
        self._pieces += 1
        if "sup" not in self._open and not self._aims:
            self.words += [
                (match[0].casefold(), self._pieces, *match.span()) for match in _WORD.finditer(data)
            ]


class _Annotator(HTMLParser):
    def __init__(
        self,
        terms: Sequence[Term],
        glossary: str,
        words: re.Pattern[str] | None,
        levels: dict[str, str],
    ) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.places: list[Place] = []
        self.headings: list[Place] = []
        self.marks = 0
        self._open: list[str] = []
        # How deep an element stands whose words are the page's, such as a block's name: only these
        # say their language.
        self._interface = 0
        self._filled: Place | None = None
        self._sought = _Found({}, None)
        self._pieces = -1
        self._outer_places = -1
        self._glossary, self._words, self._levels = glossary, words, levels
        self._terms = {one.term.casefold(): one for one in terms[:MAX_TERMS] if one.term.strip()}
        longest = sorted(self._terms, key=len, reverse=True)
        joined = "|".join(re.escape(term) for term in longest)
        self._pattern = (
            re.compile(rf"(?<![^\W_])(?:{joined})(?![\w\u0900-\u0dff])", re.IGNORECASE)
            if joined
            else None
        )

    def seek(self, found: _Found) -> None:
        self._sought = found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = self._levels.get(tag, tag)
        is_found = False
        if tag in PLACES and PLACES.isdisjoint(self._open):
            self._outer_places += 1
            is_found = self._outer_places == self._sought.place
        if "lang" in dict(attrs) and not self._interface:
            self._interface = len(self._open) + 1
        written = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs)
        is_outer = not any(one in PLACES or one in HEADINGS for one in self._open)
        is_place = tag in HEADINGS or (tag in PLACES and not self._interface)
        if is_outer and "id" not in dict(attrs) and is_place:
            found = self.headings if tag in HEADINGS else self.places
            kind = "section" if tag in HEADINGS else "place"
            self._filled = Place(f"{kind}-{len(found) + 1}", "")
            found.append(self._filled)
            written += f' id="{self._filled.id}"'
        anchor = ""
        if is_found:
            self.marks += 1
            anchor = '<span id="found" class="found-place" tabindex="-1"></span>'
        # A table holds nothing but its rows.
        is_before = tag in {"table", "pre"}
        start = f"<{tag}{written}>"
        self.out.append(f"{anchor}{start}" if is_before else f"{start}{anchor}")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = self._levels.get(tag, tag)
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if len(self._open) < self._interface:
            self._interface = 0
        self.out.append(f"</{tag}>")
        if not any(one in PLACES or one in HEADINGS for one in self._open):
            self._filled = None
        elif self._filled:
            self._filled.quote = f"{self._filled.quote} "[:QUOTE_LENGTH]

    def handle_data(self, data: str) -> None:
        self._pieces += 1
        if self._filled and "sup" not in self._open:
            quote = " ".join(f"{self._filled.quote}{data}".split(" "))
            self._filled.quote = re.sub(r"\s+", " ", quote).lstrip()[:QUOTE_LENGTH]
        if self._interface or "math" in self._open:
            self.out.append(escape(data))
            return
        stretch = self._sought.stretches.get(self._pieces)
        if stretch is not None:
            start, end = stretch
            mark = self._mark_tag() + escape(data[start:end]) + "</mark>"
            self.out += [escape(data[:start]), mark, escape(data[end:])]
            return
        if self._pattern is None or not NO_TERMS.isdisjoint(self._open):
            self.out.append(self._marked(data))
            return
        end = 0
        for match in self._pattern.finditer(data):
            term = self._terms.pop(match[0].casefold(), None)
            if term is not None:
                self.out += [self._marked(data[end : match.start()]), self._explained(term, match)]
                end = match.end()
        self.out.append(self._marked(data[end:]))

    def _explained(self, term: Term, match: re.Match[str]) -> str:
        return (
            f'<span class="term-box"><a class="term" href="{escape(self._glossary)}#term-{term.id}"'
            f' aria-describedby="meaning-{term.id}">{self._marked(match[0])}</a>'
            f'<span class="meaning" role="tooltip" id="meaning-{term.id}" dir="auto">'
            f"{escape(term.definition)}</span></span>"
        )

    def _marked(self, text: str) -> str:
        html = mark_words(text, self._words)
        found = html.count("<mark>")
        if found:
            html = html.replace("<mark>", self._mark_tag(), 1)
            self.marks += found - 1
        return html

    def _mark_tag(self) -> str:
        self.marks += 1
        return '<mark id="found" tabindex="-1">' if self.marks == 1 else "<mark>"


def mark_words(text: str, pattern: re.Pattern[str] | None) -> str:
    """Returns plain text as HTML, with what the pattern matches marked."""
    parts, end = [], 0
    for match in pattern.finditer(text) if pattern else ():
        parts += [escape(text[end : match.start()]), f"<mark>{escape(match[0])}</mark>"]
        end = match.end()
    return "".join([*parts, escape(text[end:])])
