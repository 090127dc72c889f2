"""Search in the lessons, key terms and own notes of all courses that a person may read.

It compares words, in the database: it needs no index of vectors, and can say that it found nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from courses.lesson_html import UNSPACED, mark_words, words_pattern
from courses.models import Course, KeyTerm, Note, Topic, searched_words
from courses.queries import visible_courses
from engine.language.words import stop_words

User = Any
MAX_QUERY_LENGTH = 200
MAX_WORDS = 12
MAX_LESSONS, MAX_OTHERS = 20, 10
# Of so many lessons that have the words, the best are looked for.
MAX_RANKED = 200
SNIPPET_LENGTH = 240
# Indic vowel signs belong to their words, and are no letters to `\w`.
_WORD = re.compile(r"[\w\u0300-\u036f\u0900-\u0dff]+")
_MARKUP = re.compile(
    r"^ {0,3}:::.*$|\[\^\d+\]|[*_`|]+|^\s*[>#]+|^\s*[-+]\s+|^\s*\d+\.\s+|:?-{3,}:?", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class LessonHit:
    topic: Topic
    snippet: SafeString


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`is_partial`: nothing has all the words, and these have some of them."""

    lessons: list[LessonHit]
    terms: list[tuple[KeyTerm, SafeString]]
    notes: list[tuple[Note, SafeString]]
    is_partial: bool
    has_more: bool

    @property
    def count(self) -> int:
        return len(self.lessons) + len(self.terms) + len(self.notes)


def cleaned_query(request: HttpRequest) -> str:
    """Returns what was typed as one line of limited length."""
    typed = normalize("NFC", request.GET.get("q", "").replace("\0", " "))
    return " ".join(typed.split())[:MAX_QUERY_LENGTH]


def words_of(query: str) -> list[str]:
    """Returns the words of the query, each once. Leaves out words like "the", unless there are no
    others.
    """
    words = list(dict.fromkeys(_WORD.findall(query)))[:MAX_WORDS]
    content = [word for word in words if word.casefold() not in stop_words("en")]
    return content or words


def search_everything(user: User, query: str, course: Course | None = None) -> SearchResult:
    """Returns what has all words of the query, the best first. If nothing has all, what has some of
    them.
    """
    words = words_of(query)
    found = _search(user, words, course, is_partial=False)
    if found.count or len(words) < 2:  # noqa: PLR2004 - one word has no parts
        return found
    return _search(user, words, course, is_partial=True)


def _search(
    user: User, words: Sequence[str], course: Course | None, *, is_partial: bool
) -> SearchResult:
    if not words:
        return SearchResult([], [], [], is_partial=False, has_more=False)
    courses = visible_courses(user)
    if course:
        courses = courses.filter(pk=course.pk)
    topics = list(_topics(courses, words, is_partial=is_partial)[: MAX_LESSONS + 1])
    in_terms = _contains("term", words, is_partial=is_partial)
    terms = KeyTerm.objects.filter(in_terms, topic__module__course__in=courses)
    in_notes = _contains("text", words, is_partial=is_partial)
    notes = Note.objects.filter(in_notes, learner=user, topic__module__course__in=courses)
    pattern = words_pattern(words)
    return SearchResult(
        lessons=[LessonHit(one, snippet(one.content, pattern)) for one in topics[:MAX_LESSONS]],
        terms=[
            (term, mark_safe(mark_words(term.term, pattern)))  # noqa: S308 - escaped there
            for term in terms.select_related("topic__module__course").order_by("term")[:MAX_OTHERS]
        ],
        notes=[
            (note, snippet(note.text, pattern))
            for note in notes.select_related("topic__module__course")[:MAX_OTHERS]
        ],
        is_partial=is_partial,
        has_more=len(topics) > MAX_LESSONS,
    )


def _topics(
    courses: QuerySet[Course], words: Sequence[str], *, is_partial: bool
) -> QuerySet[Topic]:
    spaced = [word for word in words if not UNSPACED.search(word)]
    topics = Topic.objects.filter(module__course__in=courses).select_related("module__course")
    query = _text_query(spaced, is_partial=is_partial)
    unspaced = [word for word in words if UNSPACED.search(word)]
    if unspaced:
        inside = _contains("title", unspaced, is_partial=is_partial) | _contains(
            "content", unspaced, is_partial=is_partial
        )
        if query is None:
            return topics.filter(inside).order_by(
                "module__course_id", "module__position", "position"
            )
        matches = topics.alias(searched=searched_words())
        both = inside | Q(searched=query) if is_partial else inside & Q(searched=query)
        matches = matches.filter(both)
    else:
        matches = topics.alias(searched=searched_words()).filter(searched=query)
    # Ranking reads whole lessons again, so not all that have a common word.
    best = Topic.objects.filter(pk__in=list(matches.values_list("pk", flat=True)[:MAX_RANKED]))
    return (
        best.select_related("module__course")
        .annotate(rank=SearchRank(searched_words(), query, normalization=1))
        .order_by("-rank", "module__course_id", "module__position", "position")
    )


def _text_query(words: Sequence[str], *, is_partial: bool) -> Any:
    """Words that begin so, or English words of the same base form. None without words."""
    joined = (" | " if is_partial else " & ").join(f"'{word}':*" for word in words)
    if not joined:
        return None
    as_typed = SearchQuery(joined, config="simple", search_type="raw")
    return as_typed | SearchQuery(joined, config="english", search_type="raw")


def _contains(field: str, words: Sequence[str], *, is_partial: bool) -> Q:
    found = Q(**{f"{field}__icontains": words[0]})
    for word in words[1:]:
        one = Q(**{f"{field}__icontains": word})
        found = found | one if is_partial else found & one
    return found


def snippet(text: str, pattern: re.Pattern[str] | None) -> SafeString:
    """Returns a piece of a text around the first word that was looked for, as HTML, with words
    marked."""
    plain = " ".join(_MARKUP.sub(" ", text[:100_000]).split())
    match = pattern.search(plain) if pattern else None
    start = max(0, match.start() - SNIPPET_LENGTH // 3) if match else 0
    if start:
        # From the start of a word, where there are spaces.
        start = plain.find(" ", start, match.start() if match else None) + 1 or start
    piece, is_cut = plain[start : start + SNIPPET_LENGTH], start + SNIPPET_LENGTH < len(plain)
    if is_cut and " " in piece[SNIPPET_LENGTH // 2 :]:
        piece = piece[: piece.rindex(" ")]
    shown = mark_words(piece, pattern)
    before, after = "… " if start else "", " …" if is_cut else ""
    return mark_safe(f"{before}{shown}{after}")  # noqa: S308 - escaped by mark_words
