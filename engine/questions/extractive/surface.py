"""What the characters of a sentence show without a parser, and how it is cut into tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

MIN_WORDS = 7
MAX_WORDS = 34

# Openings that tie a sentence to the one before and say nothing themselves.
_CONNECTIVE = re.compile(
    r"^(?:however|therefore|thus|hence|moreover|furthermore|in addition|additionally|consequently"
    r"|of course|in fact|indeed|naturally|in general|generally|basically|essentially|finally"
    r"|(?:please )?note that|note,? also,? that|remember that|also|as a result|by default"
    r"|nevertheless|nonetheless|in particular|more precisely|in short|that is|notice that"
    r"|it is important to note that|in summary|for example|for instance|in other words"
    r"|it should be noted that),?\s+",
    re.IGNORECASE,
)
_KEEP = ("by default", "in general", "generally")
_POINTER = re.compile(
    r"\s*[(\[](?:see|cf\.|compare|refer|e\.g\.|i\.e\.|for example|default|section|chapter|as in"
    r"|\d+)[^()\[\]]*(?:\[[^\]]*\][^()]*)?[)\]]"
    r"|\s*\([A-Z][\w.]{0,6} for short\)|\s*\^\[[^\[\]]*\]"
    r"|,? see (?:also )?(?:section|chapter|appendix)\b[^.]*"
    r"|\s*\[[^\]]*\]",
    re.IGNORECASE,
)
_ALSO = re.compile(r",? (?:also|of course|however|therefore|in fact|actually),? |, too, ")
_NOISE = re.compile(
    r"https?:|www\.|[|<>{}=;\\^#*\u2022\ufffd\u2192\u2190\u21d2~]|\.\.\.|\u2026|\b\d+\.\d+\.\d+|:\s|"
    r"\w@\w|\u00b1|\u00d7|\?|!|\s[-+/&]\s|\s['`\u2018]|\b(?:foo|bar|baz|foobar|my\w+)\b"
)
_GLUED_NOTE = re.compile(r"(?<=[a-z]{3}[.,])\d{1,2}$|(?<=[a-z]{4})\d(?=[\s.,])")


def cleaned(sentence: str) -> str:
    """Returns the sentence without an opening connective and references elsewhere."""
    text = " ".join(sentence.split())
    text = _GLUED_NOTE.sub("", text)
    text = _POINTER.sub("", text)
    text = _ALSO.sub(" ", text)
    opening = _CONNECTIVE.match(text)
    if opening and not opening.group().lower().startswith(_KEEP):
        rest = text[opening.end() :]
        text = rest[:1].upper() + rest[1:] if re.match(r"[a-z]+(?=[\s,])", rest) else rest
    return text.replace(" ,", ",").strip()


_SINGLE_LETTER = re.compile(r"(?<!['\u2019])\b[b-z]\b(?!['\u2019])")
_PLAIN_WORD = re.compile(r"[(\u201c]?[^\W\d_]+(?:['\u2019-][^\W\d_]+)*['\u2019]?[,.)\u201d]*")
_MAX_CAPITALS = {"de": 0.6}


def looks_whole(text: str, language: str = "en") -> bool:
    """Whether the text has the form of one plain sentence."""
    words = text.split()
    if not MIN_WORDS <= len(words) <= MAX_WORDS or not text.endswith("."):
        return False
    if not (text[0].isupper() or re.match(r"[a-z][\w./-]*[\w)] ", text)) or _NOISE.search(text):
        return False
    if language == "en" and _SINGLE_LETTER.search(text):
        return False
    if text.count("(") != text.count(")") or text.count("\u201c") != text.count("\u201d"):
        return False
    if text.count('"') % 2:
        return False
    plain = sum(bool(_PLAIN_WORD.fullmatch(word)) for word in words)
    capitals = sum(word[:1].isupper() for word in words)
    allowed = max(3, _MAX_CAPITALS.get(language, 0.5) * len(words))
    return plain >= 0.75 * len(words) and capitals <= allowed


# spaCy was trained to find clitics apart. Everything else between spaces stays one token, so
# that "debian/control" and "read.table()" are single nouns to the parser.
_CLITIC = re.compile(r"(?:n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m))$", re.IGNORECASE)
_OPENING = "([{\u201c\u2018\"'"
_CLOSING = ")]}\u201d\u2019\"',;:.!?"


def tokenise(sentence: str) -> tuple[list[str], list[bool]]:
    """Returns the tokens, and whether a space follows each."""
    words: list[str] = []
    spaces: list[bool] = []
    for chunk in sentence.split():
        parts = list(_split_chunk(chunk))
        words += parts
        spaces += [False] * (len(parts) - 1) + [True]
    if spaces:
        spaces[-1] = False
    return words, spaces


def _split_chunk(chunk: str) -> Iterator[str]:
    start, end = 0, len(chunk)
    while start < end - 1 and chunk[start] in _OPENING:
        yield chunk[start]
        start += 1
    tail: list[str] = []
    while end - start > 1 and chunk[end - 1] in _CLOSING:
        inside = chunk[start:end]
        opened, closed = sum(map(inside.count, "([{")), sum(map(inside.count, ")]}"))
        if chunk[end - 1] in ")]}" and opened >= closed:
            break
        end -= 1
        tail.append(chunk[end])
    yield from _split_clitic(chunk[start:end])
    yield from reversed(tail)


def _split_clitic(word: str) -> Iterator[str]:
    found = _CLITIC.search(word)
    if found and found.start() > 0:
        yield word[: found.start()]
        yield found.group()
    else:
        yield word
