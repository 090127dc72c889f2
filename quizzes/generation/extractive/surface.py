"""What can be told of a sentence from its characters alone."""

from __future__ import annotations

import re

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
    """The sentence as a question can show it: no opening connective, no pointer elsewhere."""
    text = " ".join(sentence.split())
    text = _GLUED_NOTE.sub("", text)
    text = _POINTER.sub("", text)
    text = _ALSO.sub(" ", text)
    opening = _CONNECTIVE.match(text)
    if opening and not opening.group().lower().startswith(_KEEP):
        rest = text[opening.end() :]
        text = rest[:1].upper() + rest[1:] if _first_word_is_plain(rest) else rest
    return text.replace(" ,", ",").strip()


def _first_word_is_plain(text: str) -> bool:
    return bool(re.match(r"[a-z]+(?=[\s,])", text))


_SINGLE_LETTER = re.compile(r"\b[b-z]\b(?!['\u2019])")
_PLAIN_WORD = re.compile(r"[(\u201c]?[^\W\d_]+(?:['\u2019-][^\W\d_]+)*['\u2019]?[,.)\u201d]*")
_MAX_CAPITALS = {"de": 0.6}


def looks_whole(text: str, language: str = "en") -> bool:
    """Whether the text has the outward form of one plain sentence."""
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
    allowed = max(3, _MAX_CAPITALS.get(language, 0.4) * len(words))
    return plain >= 0.75 * len(words) and capitals <= allowed
