"""Parts of pages: those that stand there dozens of times, which as templates were slow, and what
learners are told of questions that nobody has read."""

from __future__ import annotations

from typing import Any

from django import template
from django.db import connection
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from common.kept_html import KeptHtml
from courses.models import Course
from engine.questions.formats import QuestionFormat
from quizzes.answer_sheet import Asked
from quizzes.models import NOT_REJECTED, QuestionStatus, Quiz

register = template.Library()
# Each page of a course asks: as SQL it takes a third of the time that the ORM needs to write it.
STATUSES = """
    SELECT DISTINCT question.status
    FROM quizzes_question AS question JOIN quizzes_quiz AS quiz ON quiz.id = question.quiz_id
    WHERE quiz.course_id = %s AND question.status = ANY(%s)
"""
_links: KeptHtml[SafeString] = KeptHtml(1_000_000, len)


@register.filter
def described(question: Asked) -> SafeString:
    """Returns the attributes by which a field names its unit, or what is wrong with its answer."""
    if question.problem:
        return format_html(' aria-invalid="true" aria-describedby="{}-problem"', question.field)
    if question.format == QuestionFormat.NUMERIC and question.unit:
        return format_html(' aria-describedby="{}-unit"', question.field)
    return SafeString("")


@register.simple_tag
def choice_items(question: Asked, language: str) -> SafeString:
    """Returns the choices of a question, each with its box. Only words of a course have its
    language."""
    words = (
        SafeString("<span>")
        if question.format == QuestionFormat.TRUE_FALSE
        else format_html('<span class="written" lang="{}" dir="auto">', language)
    )
    kind = "checkbox" if question.format == QuestionFormat.MULTIPLE else "radio"
    field = format_html('<input type="{}" name="{}" value="', kind, question.field)
    more = described(question)
    return format_html_join(
        "\n",
        '<label class="choice">{}{}"{}{}>{}{}</span></label>',
        (
            (
                field,
                index,
                SafeString(" checked") if index in question.chosen else "",
                more,
                words,
                choice,
            )
            for index, choice in enumerate(question.choices)
        ),
    )


@register.simple_tag
def quiz_link(quiz: Quiz, language: str) -> SafeString:
    """Returns the title of a quiz in the `language` of its course, how much it asks, and until
    when.

    `question_count` is on the quiz.
    """
    count: int = vars(quiz)["question_count"]
    key = (
        *(quiz.pk, quiz.title, quiz.draw, count, quiz.pass_mark, quiz.due_at),
        *(language, get_language(), get_current_timezone_name()),
    )
    context = {"quiz": quiz, "language": language}
    return _links.get(key, lambda: render_to_string("courses/_quiz_link.html", context))


@register.inclusion_tag("quizzes/_unread.html")
def unread_questions(course: Course, place: str = "") -> dict[str, Any]:
    """Nothing, at no cost, for a course that asks only what a person has approved.

    `place` is "all" for the whole text, "course" for the text under a fold; other pages have a line
    that leads to it, unless the quiz is "closed".
    """
    if not course.asks_drafts:
        return {"unread": False}
    with connection.cursor() as cursor:
        cursor.execute(STATUSES, [course.pk, [status.value for status in NOT_REJECTED]])
        found = {status for (status,) in cursor.fetchall()}
    return {
        "course": course,
        "place": place,
        "unread": QuestionStatus.DRAFT in found,
        "is_partly_read": found > {QuestionStatus.DRAFT},
    }
