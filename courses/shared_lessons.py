"""What of a lesson's page is the same for all its readers, kept while its rows stay as they are.

To make it takes most of the time of a page: its text is rendered and sanitised, and the key terms
of the whole course are looked for in it. So each process keeps what it made last. Nothing in it
depends on who reads: marks, notes and what a search looks for are added at each request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from common.kept_html import KeptHtml
from courses.figures import shown_figures, shown_formulas, topic_figures
from courses.learner_queries import terms_of_course
from courses.lesson_html import LessonHtml, Sought, annotate
from courses.markdown import render_lesson
from courses.models import Topic
from courses.queries import topic_detail

# Letters of all lessons that a process keeps; a long one has some 50,000.
MAX_KEPT = 8_000_000
# PostgreSQL stores each change of a row as a new row version at a place of its own. The place with
# the transaction that wrote it (`ctid`, `xmin`) thus names what a row holds, whoever changed it and
# how: no code that changes a text has to think of this module.
VERSION = """
    SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
        SELECT concat('topic', t.ctid, t.xmin) AS one
        FROM courses_topic t WHERE t.id = %(topic)s
        UNION ALL
        SELECT concat('citation', c.ctid, c.xmin, p.ctid, p.xmin, d.ctid, d.xmin)
        FROM courses_citation c
        JOIN courses_passage p ON p.id = c.passage_id
        JOIN courses_sourcedocument d ON d.id = p.document_id
        WHERE c.topic_id = %(topic)s
        UNION ALL
        SELECT concat('figure', f.ctid, f.xmin, l.ctid, l.xmin)
        FROM courses_figure_passages l
        JOIN courses_figure f ON f.id = l.figure_id
        WHERE l.passage_id IN (SELECT passage_id FROM courses_citation WHERE topic_id = %(topic)s)
        UNION ALL
        SELECT concat('term', m.position, '.', o.position, k.ctid, k.xmin,
                      p.ctid, p.xmin, d.ctid, d.xmin)
        FROM courses_module m
        JOIN courses_topic o ON o.module_id = m.id
        JOIN courses_keyterm k ON k.topic_id = o.id
        LEFT JOIN courses_passage p ON p.id = k.passage_id AND o.id = %(topic)s
        LEFT JOIN courses_sourcedocument d ON d.id = p.document_id
        WHERE m.course_id = %(course)s
    ) AS rows
"""


@dataclass(frozen=True, slots=True)
class SharedLesson:
    """The text of a lesson, and the sections of its key terms and sources as HTML."""

    text: LessonHtml
    terms: SafeString
    sources: SafeString

    @property
    def size(self) -> int:
        return len(self.text.html) + len(self.terms) + len(self.sources)


kept_lessons: KeptHtml[SharedLesson] = KeptHtml(MAX_KEPT, lambda lesson: lesson.size)


def shared_lesson(
    topic: Topic, *, shows_pages: bool, words: Iterable[str] = (), sought: Sought | None = None
) -> SharedLesson:
    """Returns the lesson, with links to pages of its documents where `shows_pages`, and `words` or
    what is `sought` marked: one query if it was shown before and nothing was to be marked.

    Raises Topic.DoesNotExist for a topic that was deleted meanwhile.
    """
    words = tuple(words)
    if words or sought:
        return _make(topic.pk, shows_pages, words, sought)
    course = topic.module.course
    # The version is read before the rows: rows that change between the two are kept by a name that
    # is never asked for again.
    with connection.cursor() as cursor:
        cursor.execute(VERSION, {"topic": topic.pk, "course": course.pk})
        rows = cursor.fetchone()[0]
    version = topic.pk, rows, course.slug, course.language, course.source_language
    key = version, shows_pages, get_language()
    return kept_lessons.get(key, lambda: _make(topic.pk, shows_pages, (), None))


def _make(pk: int, shows_pages: bool, words: Iterable[str], sought: Sought | None) -> SharedLesson:  # noqa: FBT001 - of this module only
    topic = topic_detail(Topic.objects.all()).get(pk=pk)
    course, citations = topic.module.course, topic.citations.all()
    figures = topic_figures(topic)
    blocks = render_lesson(
        topic.content,
        {citation.position for citation in citations},
        shown_figures(figures),
        shown_formulas(figures),
    )
    context = {
        "blocks": blocks,
        "topic": topic,
        "course": course,
        "citations": citations,
        "shows_pages": shows_pages,
        "LANGUAGE_CODE": get_language(),
    }
    text = annotate(
        render_to_string("courses/_lesson.html", context),
        terms=terms_of_course(topic),
        glossary=reverse("course-glossary", args=[course.slug]),
        words=words,
        sought=sought,
    )
    return SharedLesson(
        text,
        render_to_string("courses/_terms.html", context),
        render_to_string("courses/_sources.html", context),
    )
