"""What a parser finds in an English sentence: whether it can stand alone, and what it defines."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.language.spacy_english import english, in_parts
from engine.language.words import word_set, zipf
from engine.questions import phrases
from engine.questions.extractive.surface import cleaned, looks_whole, tokenise

# Nouns and adjectives that name nothing by themselves.
VAGUE = word_set(
    "number lot set kind type sort way case part piece bit list example result thing one other "
    "use form amount variety series range fact time place people person user something anything "
    "everything nothing reason problem issue point matter question idea purpose need order end "
    "same different first last next new own available various several many few more most some any "
    "certain particular following previous above below such another each every all both either "
    "detail information aspect advantage disadvantage difference effect course section chapter "
    "manual document reader author page figure table note text facility output input "
    "value default goal aim step solution answer name word term exception choice "
    "file program command function package argument option format line string object data code "
    "problem message window button menu screen device machine box"
)
# "A type of rock": the kind is what comes after.
# Kinds that say nothing: anything is a process or a part.
BROAD_KINDS = word_set(
    """
process act ability amount part area state condition thing system study term use way method type
form set group number measure action event practice something person structure substance
material theory idea concept tendency approach technique
"""
)
_KINDS = word_set("type kind form sort class set group piece family collection part")
_NAMING = word_set("call term name know")
_JUDGED = word_set(
    "important useful difficult easy simple hard good bad better best nice great interesting "
    "crucial helpful powerful convenient clear possible necessary appropriate common sure likely "
    "reasonable popular major key main typical excellent perfect major serious classic ideal new "
    "modern only handy valuable essential vital favourite favorite wonderful fine big huge free"
)
_FIRST_PERSON = word_set("i we us our ours me my mine ourselves let you your yours yourself")
_PRONOUNS = word_set("it its itself he she they them their theirs his her him")
# Words that refer to what was said before, and words by which an author is not sure.
_LEANING = word_set(
    "such another others similar similarly likewise instead otherwise then therefore however "
    "here now again too else latter former aforementioned respective respectively further "
    "furthermore corresponding following previous next last equally accordingly conversely "
    "subsequently namely exactly alternatively hereby thereby therein thus hence yet "
    "nevertheless already still currently recently today nowadays unfortunately hopefully "
    "might could perhaps probably maybe possibly presumably seem seems apparently actually "
    "basically essentially simply obviously sometimes"
)
# Words by which a text speaks of itself.
_SELF = word_set(
    "section chapter appendix manual document book guide tutorial figure table page paragraph "
    "footnote example exercise reader author text introduction listing snippet lesson course"
)
_META = word_set(
    "describe discuss document explain mention illustrate cover outline refer see show present "
    "note consider suppose assume imagine recommend suggest hope think believe want like wish"
)
_SUBJECTS = ("nsubj", "nsubjpass")
_MAX_COMMAS = 4
_WITH_ARTICLE = 2  # an article or a kind, and one noun
_MAX_TERM = 4
# Pictures of what is important, and no kinds.
_FIGURES = word_set(
    "heart basis key core backbone cornerstone foundation centre center essence feature name part "
    "extension addition alternative step transcription setup matter example topic subject choice"
)
_MIN_DEFINITION, _MAX_DEFINITION = 4, 28
_COMMON = 3.5  # and of more a kind is made
# Words of praise that are part of a name.
_NAMED_SO = re.compile(
    r"(?:great circle|(?:major|main) (?:axis|sequence)|free (?:fall|energy)|ideal gas"
    r"|perfect (?:square|number))",
    re.IGNORECASE,
)
# A more common word alone is no term.
_EVERYDAY = 5.4
_SIGNPOST = re.compile(
    r"\b(?:more|further|additional) (?:information|details?)\b|\b(?:can|may|to) be found\b"
    r"|\b(?:is|are) available (?:in|at|from|on)\b|\bfor more\b|\bon next page\b",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"(?:;|,? (?:but|so|because|although|though|while|whereas|hence|thus|since|unless)\b"
    r"|, (?:and|which) (?:it|they|this|is why|means)\b).*$"
)
# Who looks at the sky is "you" in many a definition, and no user of a program.
_SEEING = re.compile(r"you (?:are looking|look|stand|are standing)\b", re.IGNORECASE)
_POINTING = re.compile(
    r"^(?:\S+ ){0,4}(?:it|they|them|its|their)\b"
    r"|\b(?:this|these|those|such|here|you(?! (?:are )?(?:look|stand))|your|we|our|following)\b"
    r"|\b(?:above|below)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Defined:
    """A term without its article, what it is ("a layer of rock that ..."), and of which kind."""

    term: str
    definition: str
    plural: bool
    genus: str


@dataclass(frozen=True, slots=True)
class Sides:
    """ "A and B `predicate`, while C and D `other_predicate`"."""

    members: tuple[str, ...]
    predicate: str
    others: tuple[str, ...]
    other_predicate: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """`text` is the sentence as questions show it. `general`: it states what always holds.

    `fragment` is the kind named by a text without a verb: "layer" of "A layer that holds water."
    `claims` counts the verbs of its subject: "is slower and needs more" makes two.
    """

    text: str
    alone: bool = False
    general: bool = False
    defined: Defined | None = None
    fragment: str = ""
    sides: Sides | None = None
    claims: int = 1


MAX_KEPT = 20_000
_NOTHING = Analysis("")
_kept: OrderedDict[tuple[str, tuple[str, ...]], Analysis] = OrderedDict()
_lock = threading.Lock()


def analyse(sentences: Sequence[tuple[str, tuple[str, ...]]]) -> list[Analysis]:
    """Returns an analysis of each sentence, given with the sentences in front of it.

    One takes some 3 ms, so they are kept for the next quiz of the same text.
    """
    with _lock:
        missing = [key for key in dict.fromkeys(sentences) if key not in _kept]
        for key, found in zip(missing, _read(missing), strict=True):
            _kept[key] = found
        result = [_kept[key] for key in sentences]
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return result


def _read(sentences: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Analysis]:
    texts = [cleaned(text) for text, _ in sentences]
    whole = [(n, text) for n, text in enumerate(texts) if looks_whole(text)]
    found: dict[int, Analysis] = {}
    for part in in_parts(whole):
        with english() as nlp:
            docs = nlp.pipe((_unparsed(nlp, text) for _, text in part), batch_size=64)
            for (number, text), doc in zip(part, docs, strict=True):
                found[number] = _analysis(doc, text, sentences[number][1])
    for number in range(len(sentences)):
        yield found.get(number, _NOTHING)


@dataclass(frozen=True, slots=True)
class Head:
    """The kind that a description names, and its `form`, "NN" or "NNS"; "" if it names none."""

    kind: str = ""
    form: str = ""


def heads(texts: Sequence[str]) -> list[Head]:
    """Returns the head of each description, such as "valve" of "one-way valves between ..."."""
    found: list[Head] = []
    for part in in_parts(texts):
        with english() as nlp:
            docs = nlp.pipe((_unparsed(nlp, text) for text in part), batch_size=64)
            found += [_head(doc) for doc in docs]
    return found


def _head(doc: Any) -> Head:
    chunk = next(iter(doc.noun_chunks), None)
    finite = any(t.dep_ == "ROOT" and t.tag_ in ("VBZ", "VBP", "VBD", "MD") for t in doc)
    if chunk is None or chunk.start > 0 or finite:
        return Head()
    noun = chunk.root
    if noun.lemma_.lower() in _KINDS:
        of = next((c for c in noun.rights if c.lower_ == "of"), None)
        noun = next((c for c in of.rights if c.dep_ == "pobj"), noun) if of is not None else noun
    return Head(str(noun.lemma_.lower()), "NNS" if chunk.root.tag_ in ("NNS", "NNPS") else "NN")


def forms(texts: Sequence[str]) -> list[str]:
    """Returns the grammatical form of each text: "clause", "noun", "verb", "quality" or "".

    "" where the parser is not to be trusted: unknown words and names.
    """
    found: list[str] = []
    with english() as nlp:
        for text in texts:
            plain = text.strip(" .")
            plain = plain[:1].lower() + plain[1:] if plain[1:2].islower() else plain
            found.append(_form(nlp(_unparsed(nlp, plain))))
    return found


def _form(doc: Any) -> str:
    root = next((token for token in doc if token.dep_ == "ROOT"), None)
    if root is None or not all(zipf(t.lower_, "en") for t in doc if t.is_alpha):
        return ""
    if any(token.dep_ in (*_SUBJECTS, "expl") for token in root.children):
        return "clause"
    if root.pos_ in ("NOUN", "PROPN", "PRON", "NUM") or root.tag_ == "VBG" or doc[0].pos_ == "DET":
        return "noun"
    if len(doc) == 1:
        return ""  # "adrenal" may be said of a gland
    return {"ADJ": "quality", "VERB": "verb", "AUX": "verb"}.get(root.pos_, "")


def _unparsed(nlp: Any, sentence: str) -> Any:
    from spacy.tokens import Doc

    words, spaces = tokenise(sentence)
    return Doc(nlp.vocab, words=words, spaces=spaces)


def _analysis(doc: Any, text: str, before: tuple[str, ...]) -> Analysis:
    roots = [token for token in doc if token.dep_ == "ROOT"]
    if len(roots) != 1 or not _is_statement(roots[0]):
        return Analysis(text, fragment=_fragment(doc, roots[0]) if len(roots) == 1 else "")
    clear = not _leans(doc) and not _pronoun_without_noun(doc)
    alone = clear and not _points_back(doc, before)
    return Analysis(
        text=text,
        alone=alone,
        general=alone and _is_general(doc, roots[0]),
        defined=_defined(doc, roots[0], before) if clear else None,
        sides=_sides(doc, roots[0]) if alone else None,
        claims=1 + sum(map(_is_claim, roots[0].children)),
    )


# --- whether the sentence can stand alone


def _is_claim(token: Any) -> bool:
    """Whether it is a verb beside that of its sentence: "and needs", ", supplying"."""
    beside = token.dep_ == "conj" and token.pos_ in ("VERB", "AUX")
    return beside or (token.dep_ == "advcl" and token.tag_ == "VBG")


def _is_statement(root: Any) -> bool:
    subject = [c for c in root.lefts if c.dep_ in (*_SUBJECTS, "csubj", "expl")]
    if not subject or root.pos_ not in ("VERB", "AUX"):
        return False
    finite = [root, *(c for c in root.lefts if c.dep_ in ("aux", "auxpass"))]
    tense = any(token.tag_ in ("VBZ", "VBP", "VBD", "MD") for token in finite)
    return tense and root.lemma_.lower() not in _META - {"refer"}


def _is_general(doc: Any, root: Any) -> bool:
    """Whether it is in the present tense and of things that are not named as examples."""
    finite = [root, *(c for c in root.lefts if c.dep_ in ("aux", "auxpass"))]
    past = any(token.tag_ == "VBD" or (token.lower_ in ("has", "have") and token.i < root.i)
               for token in finite)  # fmt: skip
    return not past and not any(token.lower_ in ("would", "should've") for token in doc)


def _leans(doc: Any) -> bool:
    text = doc.text
    if text.count(",") > _MAX_COMMAS or phrases.DANGLING["en"].search(text):
        return True
    if _SIGNPOST.search(text):
        return True
    if doc[0].pos_ in ("CCONJ", "PRON", "INTJ", "NUM") or doc[0].tag_ == "EX":
        return True
    return any(_token_leans(token) for token in doc)


def _token_leans(token: Any) -> bool:
    word = token.lower_
    seeing = word == "you" and _SEEING.match(token.doc[token.i :].text)
    # "Lasts", and "and then" behind another act of the sentence, refer to nothing before it.
    inside = token.pos_ == "VERB" or (
        word == "then" and token.i > 1 and token.nbor(-1).lower_ == "and"
    )
    if (word in _FIRST_PERSON and not seeing) or (word in _LEANING and not inside):
        return True
    if token.lemma_.lower() in _SELF and token.pos_ in ("NOUN", "PROPN"):
        # A "water table" is another thing, and so is "the course of a year".
        course = token.lower_ == "course" and token.doc[token.i + 1 : token.i + 2].text == "of"
        return not course and not any(child.dep_ == "compound" for child in token.lefts)
    if word == "other" and token.i > 0 and token.nbor(-1).lower_ == "the":
        return True
    # "Of the same length" compares things of its own sentence.
    after_of = token.i > 1 and token.nbor(-2).lower_ in ("of", "with", "by", "at", "in", "on", "to")
    if word == "same" and " as " not in token.doc[token.i :].text and not after_of:
        return True
    which = token.doc[token.i + 1 : token.i + 2].text == "which"  # "opposite that which is normal"
    return word in ("this", "these", "those") or (
        word == "that" and token.tag_ == "DT" and not which
    )


def _pronoun_without_noun(doc: Any) -> bool:
    seen_noun = False
    for token in doc:
        if token.lower_ in _PRONOUNS and not seen_noun and token.dep_ != "expl":
            return True
        if token.pos_ in ("NOUN", "PROPN"):
            seen_noun = True
    return False


def _points_back(doc: Any, before: Sequence[str]) -> bool:
    """Whether a bare "the N" refers to an N of the sentences before, or opens the sentence."""
    earlier = {_stem(word) for text in before for word in re.findall(r"\w+", text)}
    for token in doc:
        if token.lower_ != "the" or token.head.pos_ != "NOUN":
            continue
        noun = token.head
        described = any(
            child.i != token.i
            and child.dep_
            in ("compound", "amod", "prep", "relcl", "acl", "poss", "nmod", "appos", "nummod")
            for child in noun.children
        )
        if not described and (_stem(noun.lower_) in earlier or token.i == 0):
            return True
    return False


def _stem(word: str) -> str:
    return re.sub(r"(?:es|s)$", "", word.lower())


# --- what it defines


def _defined(doc: Any, root: Any, before: Sequence[str]) -> Defined | None:
    found = _by_subject(doc, root, before) or _by_name(doc, root)
    if found is None:
        return None
    text = _CUT.sub("", found.definition).rstrip(" .,")
    if doc[0].text == "In" or text.startswith("in "):
        return None
    words = len(text.split())
    if not _MIN_DEFINITION <= words <= _MAX_DEFINITION or re.match(r"the same\b", text):
        return None
    if _POINTING.search(text):
        return None
    return replace(found, definition=text)


def _fragment(doc: Any, root: Any) -> str:
    """Returns the kind in "A kind that ...", "" if the words say nothing more of it."""
    chunk = next(iter(doc.noun_chunks), None)
    if root.pos_ != "NOUN" or chunk is None or chunk.start != 0 or _leans(doc):
        return ""
    return _genus(doc, 0, root)


def _by_subject(doc: Any, root: Any, before: Sequence[str]) -> Defined | None:
    """ "A T is a G that ...", "T means ...", "T refers to ..."."""
    chunk = next(iter(doc.noun_chunks), None)
    subject = next((child for child in root.lefts if child.dep_ in _SUBJECTS), None)
    if chunk is None or subject is None or chunk.start != 0 or chunk.root.i != subject.i:
        return None
    start = _after_verb(root)
    if start is None or subject.right_edge.i + 1 != min([root.i, *(
        c.i for c in root.lefts if c.dep_ in ("aux", "auxpass"))]):  # fmt: skip
        return None
    if (
        chunk[0].lower_ == "the"
        and chunk.root.is_lower  # "the Ecliptic" is no other for having been named before
        and len(chunk) == _WITH_ARTICLE
        and any(
            _stem(chunk.root.lower_) in {_stem(w) for w in re.findall(r"\w+", text)}
            for text in before
        )
    ):
        return None
    term = _term(chunk)
    if term and chunk.end <= subject.right_edge.i:  # "cost of sales"
        linked = doc[chunk.start : subject.right_edge.i + 1]
        of = doc[chunk.end].lower_ in ("of", "in", "to", "for", "from", "at")
        if not of or len(linked) > _MAX_TERM + 1:
            return None
        term += doc[chunk.end - 1].whitespace_ + doc[chunk.end : subject.right_edge.i + 1].text
    genus = _genus(doc, start, root)
    if not term or not genus:
        return None
    return Defined(term, doc[start:].text, chunk.root.tag_ in ("NNS", "NNPS"), genus)


def _after_verb(root: Any) -> int | None:
    """Returns where the definition begins if the verb is one that defines."""
    lemma, following = root.lemma_.lower(), root.doc[root.i + 1 : root.i + 2].text
    if lemma == "be" and root.tag_ in ("VBZ", "VBP"):
        return int(root.i + 1)
    if lemma in ("mean", "denote") and root.tag_ in ("VBZ", "VBP"):
        return int(root.i + 1)
    if lemma == "refer" and root.tag_ in ("VBZ", "VBP") and following == "to":
        return int(root.i + 2)
    if lemma == "define" and root.tag_ == "VBN" and following == "as":
        return int(root.i + 2)
    return None


def _genus(doc: Any, start: int, root: Any) -> str:
    """Returns the lemma of the kind in "a kind that ..."; "" if the words define nothing."""
    chunk = next((c for c in doc.noun_chunks if c.start == start), None)
    if chunk is None:
        return ""
    noun = chunk.root
    if noun.lemma_.lower() in _KINDS:
        of = next((c for c in noun.rights if c.lower_ == "of"), None)
        noun = next((c for c in of.rights if c.dep_ == "pobj"), noun) if of is not None else noun
    # "An imaginary Great Circle": what has such an article is a kind, and no name.
    kind = noun.is_lower or (chunk[0].lower_ in ("a", "an") and zipf(noun.lower_, "en") >= _COMMON)
    if noun.pos_ not in ("NOUN", "PROPN") or (noun.pos_ == "PROPN" and not kind):
        return ""
    narrowed = any(c.dep_ in ("relcl", "acl", "prep") for c in (*noun.rights, *chunk.root.rights))
    judged = any(token.lemma_.lower() in _JUDGED or token.tag_ in ("JJS", "RBS", "CD")
                 for token in chunk if not _NAMED_SO.match(token.doc[token.i :].text))  # fmt: skip
    one_of = chunk[0].lower_ in ("one", "some", "any", "no", "another", "what", "part")
    second = any(c.dep_ == "conj" and any(g.dep_ in _SUBJECTS for g in c.children)
                 for c in root.children)  # fmt: skip
    if not narrowed or judged or one_of or second or noun.lemma_.lower() in _NO_GENUS:
        return ""
    return str(noun.lemma_.lower())


# Too general to be asked for, but good to define by.
_FINE_GENUS = word_set(
    "number amount set series range place person people file program command function package "
    "option format line string object data code message window button menu screen device machine "
    "value text time information list document table way user point"
)
_NO_GENUS = (VAGUE - _FINE_GENUS) | _FIGURES


def _by_name(doc: Any, root: Any) -> Defined | None:
    """ "A G that ... is called a T"."""
    verb = next((child for child in root.lefts if child.dep_ == "auxpass"), None)
    chunks = list(doc.noun_chunks)
    if root.lemma_.lower() not in _NAMING or root.tag_ != "VBN" or verb is None or not chunks:
        return None
    last = next((chunk for chunk in chunks if chunk.start > root.i), chunks[-1])
    described, between = doc[: verb.i], doc[root.i + 1 : last.start].text
    ends = doc[last.end : last.end + 1].text in ("", ".", ",", ";")
    if last.start <= root.i or not ends or between not in ("", "as"):
        return None
    term = _term(last)
    subject = next((c for c in root.lefts if c.dep_ in _SUBJECTS), None)
    if not term or subject is None or doc[0].pos_ == "ADV" or subject.pos_ != "NOUN":
        return None
    text = described.text
    definition = text[0].lower() + text[1:]
    if definition.split()[0] == "the" and len(described) < 4:  # noqa: PLR2004
        return None
    return Defined(term, definition, verb.lower_ == "are", str(subject.lemma_.lower()))


def _term(chunk: Any) -> str:
    """Returns the words of a term without its article; "" if they name nothing to be learnt."""
    words = [token for token in chunk if token.pos_ not in ("DET", "PUNCT")]
    if not _may_be_term(chunk, words):
        return ""
    text = "".join(token.text_with_ws for token in words).strip()
    if not any(char.isalpha() for char in text) or "'" in text or "\u2019" in text:
        return ""
    opens = words[0].i <= 1 and words[0].text[1:].islower() and words[0].pos_ != "PROPN"
    named = any(not token.is_lower for token in words[1:])  # "Julian Days"
    plain = opens or (words[0].i == 0 and _plain(text))
    return text[0].lower() + text[1:] if plain and not named else text


def _may_be_term(chunk: Any, words: Sequence[Any]) -> bool:
    if not 0 < len(words) <= _MAX_TERM or chunk[0].lower_ in ("this", "these", "each", "any"):
        return False
    alone = chunk.end > chunk.root.right_edge.i  # and no "of ..." behind it
    if alone and words[-1].lemma_.lower() in VAGUE:
        return False
    if any(token.pos_ not in ("NOUN", "PROPN", "ADJ", "VERB", "X") for token in words):
        return False
    if words[0].tag_ in ("JJR", "JJS", "VBZ", "VB") or words[0].lemma_.lower() in (_JUDGED | VAGUE):
        return False
    return len(words) > 1 or zipf(words[0].lower_, "en") <= _EVERYDAY


def _plain(text: str) -> bool:
    """Whether a word that opens a sentence is an everyday one rather than a name."""
    first = text.split(maxsplit=1)[0]
    return first[1:].islower() and zipf(first.lower(), "en") > 2.0  # noqa: PLR2004 - in no list


# --- "A and B do this, while C and D do that"


def _sides(doc: Any, root: Any) -> Sides | None:
    mark = next((t for t in doc if t.lower_ in ("while", "whereas") and t.i > root.i), None)
    if mark is None or mark.head.dep_ not in ("advcl", "conj"):
        return None
    other = mark.head
    first, second = _members(root), _members(other)
    if not first or not second or other.head.i != root.i:
        return None
    predicate = doc[first[-1][1] : mark.i].text.rstrip(" ,")
    other_predicate = doc[second[-1][1] : len(doc)].text.rstrip(" .")
    return Sides(
        tuple(text for text, _ in first), predicate, tuple(text for text, _ in second),
        other_predicate,
    )  # fmt: skip


def _members(verb: Any) -> list[tuple[str, int]]:
    """Returns the coordinated subjects of a verb, each with the index after its last word."""
    subject = next((child for child in verb.lefts if child.dep_ in _SUBJECTS), None)
    if subject is None:
        return []
    nouns = [subject]
    while nouns[-1] is not None and (more := [c for c in nouns[-1].rights if c.dep_ == "conj"]):
        nouns.append(more[0])
    found = []
    for noun in nouns:
        left = noun.left_edge.i
        end = next((c.i for c in noun.rights if c.dep_ in ("cc", "conj", "punct")), None)
        right = end if end is not None else noun.right_edge.i + 1
        text = noun.doc[left:right].text
        found.append((text[0].lower() + text[1:] if noun is subject else text, right))
    return found
