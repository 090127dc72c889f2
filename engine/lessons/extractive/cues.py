"""Signs that a sentence refers back to another, defines a term, or is a cross-reference."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.language.words import base_language, tokens

_DANGLING = {
    "en": """this these that those it its they their them he she his her him however therefore
thus hence
moreover furthermore also such but and or so then both nevertheless nonetheless instead otherwise
consequently similarly likewise accordingly another again finally second secondly third thirdly
meanwhile besides additionally conversely here yet still neither either afterwards indeed
alternatively rather subsequently except later too same similar latter former since because""",
    "de": """dies diese dieser dieses diesem diesen das er sie es ihr ihre sein seine jedoch daher
deshalb
deswegen somit folglich außerdem zudem ferner aber und oder auch dann dennoch trotzdem stattdessen
ebenso hier dort dabei damit dadurch dafür dazu darum hierbei hierzu hiermit schließlich zweitens
drittens
solche solcher beide letztere erstere sonst allerdings hingegen dagegen andererseits""",
    "fr": """ce cette ces cela ceci il elle ils elles son sa ses leur leurs cependant toutefois
donc ainsi
alors mais et ou or aussi puis ensuite enfin néanmoins pourtant deuxièmement ici là c'est c en y
celui-ci celle-ci ceux-ci celles-ci finalement autrement""",
    "es": """este esta estos estas esto ese esa eso esos esas aquel ella ellos ellas su sus sin
embargo por
así entonces pero y o también además luego después finalmente ambos ambas aquí allí dicho dicha tal
tales no obstante""",
    "it": """questo questa questi queste ciò esso essa essi suo sua suoi sue tuttavia quindi
dunque però ma e
o anche inoltre poi infine entrambi qui lì tale tali così""",
    "pt": """este esta estes estas isto esse essa isso ele ela eles elas seu sua seus suas porém
contudo
portanto assim então mas e ou também além depois finalmente ambos aqui ali tal tais""",
    "nl": """dit deze dat die het hij zij ze hun echter daarom dus maar en of ook dan toch bovendien
vervolgens hier daar beide ten""",
}
_DANGLING_PHRASES = re.compile(
    r"(?:(?:some|all|most|many|others|several|none|few) (?:are|have|provide|can|do|will|may)"
    r"|for (?:example|instance|this|that|these)|in (?:this|that|these|such|addition|contrast"
    r"|particular|fact|other words|both)"
    r"|on the (?:other|contrary)|as (?:a result|such|above|before|mentioned|described|shown|noted"
    r"|we|you)"
    r"|at (?:this|that)|by (?:this|that|doing)|the (?:former|latter|above|following|same|other"
    r"|next|first|second)"
    r"|to (?:this|that|do (?:this|so|that))|with (?:this|that|these)|because of (?:this|that)"
    r"|after (?:this|that|these)"
    r"|from (?:this|these|here)|one of (?:these|those|them)|some of (?:these|those|them)"
    r"|most of (?:these|those|them)"
    r"|all of (?:these|those|them)|each of (?:these|those|them)|under (?:this|these)|if (?:this"
    r"|so|not|it|they)"
    r"|when (?:this|it|they)|zum beispiel|im gegensatz|in diese[mnr]?|bei diese[mnr]?|par exemple"
    r"|en effet|dans ce"
    r"|por ejemplo|en este|en esta|sin embargo|por (?:lo|eso)|no obstante)\b",
    re.IGNORECASE,
)
_DEFINING = {
    "en": r"\b(?:is|are) (?:an?|the|any|one|called|known as|defined (?:as|by)|used (?:to|for)"
    r"|a kind of)\b"
    r"|\b(?:refers? to|means|consists? of|denotes?|called|known as|stands for|describes?"
    r"|represents|measures|specifies|determines|provides|stores|holds)\b"
    r"|\b(?:is|are) (?!\w+(?:ed|ing)\b|not\b|also\b)(?:\w+ ){1,4}(?:that|which|who)\b",
    "de": r"\b(?:ist|sind) (?:ein|eine|der|die|das|einer)\b|\b(?:bezeichnet|heißt|nennt man"
    r"|besteht aus|versteht man|bedeutet)\b",
    "fr": r"\b(?:est|sont) (?:une?|le|la|les|des|l)\b|\b(?:désigne|signifie|se compose|appelée?s?"
    r"|on appelle)\b",
    "es": r"\b(?:es|son) (?:una?|el|la|los|las|unos|unas)\b|\b(?:se llama|significa|consiste"
    r"|se denomina|se define)\b",
    "it": r"\b(?:è|sono) (?:una?|il|la|lo|i|gli|le|l)\b|\b(?:significa|consiste|si chiama"
    r"|indica)\b",
    "pt": r"\b(?:é|são) (?:uma?|o|a|os|as)\b|\b(?:significa|consiste|chama-se|designa)\b",
    "nl": r"\b(?:is|zijn) (?:een|de|het)\b|\b(?:heet|betekent|bestaat uit|noemt men)\b",
}
_POINTING = re.compile(
    r"\b(?:see|cf|refer to|read|consult|voir|siehe|véase)\b.{0,40}\b(?:section|chapter|page"
    r"|appendix|figure|table|manual|help|below"
    r"|above|abschnitt|kapitel|seite|chapitre|capítulo|página|sección)|\b(?:this|next|previous"
    r"|following|later|earlier|preceding) "
    r"(?:section|chapter|manual|book|document|paragraph|page|part|guide|lecture)s?\b|^(?:see"
    r"|note that|recall|remember)\b"
    r"|\bwe (?:will|shall)\b|https?://|\bpage \d|\b(?:fig|figure|table|chapter|section"
    r"|listing)\.? \d|@\w",
    re.IGNORECASE,
)


_REFERENCE = re.compile(r"\(?(?:see|cf|siehe|vgl|voir|véase|ver|vedi|zie)\b[.:]?\s", re.IGNORECASE)
_CODE = re.compile(r"<-|(?:^|\s)[>$%#]\s|[{};=].*[{};=]|[\w)]\(\).*[\w)]\(\)|\[\d+\]")


@lru_cache
def _dangling_words(language: str) -> frozenset[str]:
    return frozenset(_DANGLING.get(language, "").split())


def needs_sentence_before(sentence: str, language: str) -> bool:
    """Whether the sentence cannot be understood without the one before it."""
    words = tokens(sentence)
    if not words:
        return False
    first = words[0].casefold().replace("\u2019", "'")
    opening = first.split("'")[0]
    known = _dangling_words(base_language(language))
    return first in known or opening in known or bool(_DANGLING_PHRASES.match(sentence))


@lru_cache
def _defining_pattern(language: str) -> re.Pattern[str] | None:
    pattern = _DEFINING.get(language)
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def defines(sentence: str, language: str) -> bool:
    pattern = _defining_pattern(base_language(language))
    return bool(pattern and pattern.search(sentence))


_NAMING = {
    "en": "called|known as|termed|named|referred to as|refers to as",
    "de": "genannt|heißt|bezeichnet als|nennt man",
    "fr": "appelée?s?|nommée?s?|on appelle|s'appelle",
    "es": "llamad[oa]s?|denominad[oa]s?|se llaman?|se denominan?",
}
_ARTICLES = frozenset(
    [
        *("a", "an", "the", "each", "every", "der", "die", "das", "ein", "eine", "jede", "jeder"),
        *("le", "la", "les", "l", "un", "une", "chaque", "el", "los", "las", "una", "cada"),
        *("il", "lo", "i", "gli", "o", "os", "as", "um", "uma", "de", "het", "een"),
    ]
)
# What may stand between a term and the verb that defines it: "(NA)", a comma.
_BETWEEN = re.compile(r"\s*\([^()]{1,25}\)[\s,]*|[\s,]*")


def defining_begins(before: str, after: str, language: str) -> bool:
    """Whether the words before and after a term show a sentence that starts by defining it."""
    pattern = _defining_pattern(base_language(language))
    words = [word.casefold() for word in tokens(before)]
    if not pattern or (words and (len(words) > 1 or words[0] not in _ARTICLES)):
        return False
    found = _BETWEEN.match(after)
    return bool(found and pattern.match(after, found.end()))


@lru_cache
def _naming_pattern(language: str) -> re.Pattern[str] | None:
    words = _NAMING.get(language)
    article = (
        r"(?:\s+(?:an?|the|ein|eine|der|die|das|une?|le|la|los|las|el))?\s+[\"'\u2018\u201c]?$"
    )
    return re.compile(rf"\b(?:{words}){article}", re.IGNORECASE) if words else None


def naming_ends(text: str, language: str) -> bool:
    """Whether the words before a term end with "is called a" or the like."""
    pattern = _naming_pattern(base_language(language))
    return bool(pattern and pattern.search(text))


def looks_like_code(sentence: str) -> bool:
    """Whether the sentence contains code or the output of a program."""
    return bool(_CODE.search(sentence))


def only_points(sentence: str) -> bool:
    """Whether it is a cross-reference and nothing else."""
    return bool(_REFERENCE.match(sentence))


def points_elsewhere(sentence: str) -> bool:
    """Whether it speaks of the book, a figure or an address instead of the subject."""
    return bool(_POINTING.search(sentence))


_REASON = {
    "en": r"(?:This|That|It) is because\b|The reason (?:for this )?is\b",
    "de": r"(?:Das|Dies) liegt (?:daran|an)\b|Der Grund (?:dafür|hierfür) ist\b",
    "fr": r"C[\u2019']est parce que\b|Cela s[\u2019']explique\b|Cela vient\b",
    "es": r"Esto se debe a\b|Es(?:to es)? porque\b",
    "it": r"(?:Questo|Ciò) (?:accade|avviene|succede) perché\b|(?:Questo|Ciò) è dovuto\b",
    "pt": r"Isso (?:acontece|ocorre) porque\b|Isso se deve\b|Isto deve-se\b",
    "nl": r"(?:Dit|Dat) komt (?:doordat|door|omdat)\b",
}


def gives_reason(sentence: str, language: str) -> bool:
    """Whether a sentence says why the one before it is so."""
    pattern = _REASON.get(base_language(language))
    return bool(pattern and re.match(pattern, sentence))


_EXAMPLE_HEADING = re.compile(
    r"(?:worked |solved |sample )?examples?(?: \d[\d.]*)?(?:[:.].*)?"
    r"|(?:rechen|muster)?beispiele?(?: \d[\d.]*)?(?:[:.].*)?"
    r"|exemples?(?: r\u00e9solus?)?(?:[:.].*)?"
    r"|ejemplos?(?: resueltos?)?(?:[:.].*)?|esempi[o]?(?:[:.].*)?|exemplos?(?:[:.].*)?"
    r"|voorbeeld(?:en)?(?:[:.].*)?",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\b(?:is|are|be) (?:found|calculated|computed|obtained|worked out) (?:by|from|as)\b"
    r"|\bberechnet man\b|\bwird berechnet\b|\bse calcula\b|\b(?:se|on) calcule\b|\bsi calcola\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_MIN_FIGURES = 2


def is_example(title: str) -> bool:
    """Whether a heading announces a worked example."""
    return bool(_EXAMPLE_HEADING.fullmatch(title))


def starts_example(sentence: str, following: str) -> bool:
    """Whether a sentence says how something is calculated and the next one does it."""
    return bool(_RULE.search(sentence)) and len(_FIGURE.findall(following)) >= _MIN_FIGURES


_MISCONCEPTION = re.compile(
    r"\bcommon (?:misconception|misunderstanding|mistake|error)\b"
    r"|\b(?:often|widely|commonly|wrongly) (?:believed|thought|assumed|confused)\b"
    r"|\b(?:many|some|most) people (?:wrongly )?(?:think|believe|assume)\b"
    r"|\bh(?:\u00e4|ae)ufiger (?:Irrtum|Fehler)\b|\bviele (?:glauben|denken|meinen)\b"
    r"|\bid\u00e9e re\u00e7ue\b|\berreur (?:fr\u00e9quente|courante)\b"
    r"|\berror (?:com\u00fan|frecuente)\b",
    re.IGNORECASE,
)


def is_misconception(sentence: str) -> bool:
    """Whether a sentence tells what many wrongly believe."""
    return bool(_MISCONCEPTION.search(sentence))


# Stricter than what marks a defining sentence: "Chalk stores water" names no term.
_TERM_VERB = re.compile(
    r"\b(?:is|are) (?:an?|the|any)\b|\b(?:refers? to|means|is called|is defined as)\b"
    r"|\b(?:is|are) (?!\w+(?:ed|ing)\b|not\b|also\b)(?:\w+ ){1,4}(?:that|which|who)\b"
)
_MAX_TERM_WORDS = 4
_TERM_START = re.compile(r"[^\W\d_]")
_NO_TERM = re.compile(
    r"^(?:one|two|three|four|five|six|many|most|some|all|both|first|second|third|last|others?|only"
    r"|main|figure|table)\b|est$|[,;:()]",
    re.IGNORECASE,
)


def defined_term(sentence: str, language: str) -> str:
    """Returns the term with which a sentence that defines it begins; "" for any other sentence."""
    base = base_language(language)
    pattern = _TERM_VERB if base == "en" else _defining_pattern(base)
    found = pattern.search(sentence) if pattern else None
    if found is None or needs_sentence_before(sentence, language) or points_elsewhere(sentence):
        return ""
    words = sentence[: found.start()].split()
    has_article = bool(words) and words[0].casefold() in _ARTICLES
    words = words[1:] if has_article else words
    term = " ".join(words)
    # "Rivers are the..." without an article begins with a capital that is the sentence's own.
    if not has_article and language.startswith("en"):
        term = term[:1].lower() + term[1:]
    is_term = 0 < len(words) <= _MAX_TERM_WORDS and _TERM_START.match(term)
    return term if is_term and not _NO_TERM.search(term) else ""


_CALCULATED = re.compile(
    r"(?P<what>(?:An?|The)? ?[A-Za-z][\w' -]{2,50}?) (?:is|are) (?:found|calculated|computed"
    r"|obtained|worked out) by \w+ing\b"
)
_PROCEDURE = re.compile(r"To (?P<what>[a-z]+ [^,;:.]{3,80}):$")


def calculated(sentence: str) -> str:
    """Returns what an English sentence says how to calculate, with its article; or ""."""
    found = _CALCULATED.match(sentence)
    if found is None or needs_sentence_before(sentence, "en"):
        return ""
    what = found["what"].strip()
    first, _, rest = what.partition(" ")
    return f"{first.casefold()} {rest}" if first in ("A", "An", "The") else f"the {what.lower()}"


def procedure(sentence: str) -> str:
    """Returns what the steps after an English sentence are for, as in "To dye wool:"; or ""."""
    found = _PROCEDURE.search(sentence)
    return found["what"] if found else ""
