"""What making a course will take: calls, tokens, dollars and minutes, before it is started."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from django.conf import settings

from courses.engines import EXTRACTIVE
from courses.models import Course, CourseStatus, TopicStatus

# As measured: an outline with repairs, a lesson with its claims, a module's quiz with its critic.
WORDS_A_PAGE = 400
WORDS_A_LESSON = 900
LESSONS_A_MODULE = 5
OUTLINE_OUT, LESSON_OUT, QUIZ_OUT = 1_800, 3_200, 7_000  # tokens
QUIZ_CALLS, QUIZ_IN = 8, 50_000
PROMPT_TOKENS = 1_500
SECONDS_A_TOKEN_OUT = 0.02
PAGES_A_MINUTE = 120
MINUTE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Estimate:
    """`cost` is in US dollars, None where no price of the model is set."""

    pages: int
    lessons: int
    calls: int
    tokens_in: int
    tokens_out: int
    cost: Decimal | None
    minutes: int

    def __str__(self) -> str:
        minutes = "1 minute" if self.minutes == 1 else f"{self.minutes} minutes"
        if not self.calls:
            return f"some {minutes}; no language model is used"
        cost = "no price set" if self.cost is None else f"some ${self.cost:.2f}"
        return (
            f"some {self.calls:,} calls, {self.tokens_in:,} tokens in and {self.tokens_out:,} out, "
            f"{cost}, {minutes}"
        )


def estimate_pages(pages: int) -> Estimate:
    """Returns the estimate for so many pages that nobody has read yet."""
    lessons = max(round(pages * WORDS_A_PAGE / WORDS_A_LESSON), 1)
    modules = max(round(lessons / LESSONS_A_MODULE), 1)
    return _estimate(pages, lessons, modules, outline=1)


def estimate(course: Course) -> Estimate | None:
    """Returns the estimate for what is still to be written of an outline that waits; None for
    others."""
    if course.status != CourseStatus.OUTLINED:
        return None
    topics = [t for m in course.modules.all() for t in m.topics.all()]
    pending = [topic for topic in topics if topic.status == TopicStatus.PENDING]
    pages = sum(document.pages or 0 for document in course.documents.all())
    return _estimate(pages, len(pending), course.modules.count(), outline=0)


def _estimate(pages: int, lessons: int, modules: int, *, outline: int) -> Estimate:
    reading = ceil(pages / PAGES_A_MINUTE) if outline else 0
    if settings.COURSE_ENGINE == EXTRACTIVE:
        return Estimate(pages, lessons, 0, 0, 0, None, max(reading + modules // 4, 1))
    quizzes = modules + 1
    shown = min(pages * WORDS_A_PAGE // 3, settings.LLM_OUTLINE_TOKENS) * outline
    read = settings.LLM_TOPIC_TOKENS // 2
    # A lesson is written, and its claims are checked against the same passages.
    tokens_in = shown + lessons * 2 * (read + PROMPT_TOKENS) + quizzes * QUIZ_IN
    tokens_out = outline * OUTLINE_OUT + lessons * LESSON_OUT + quizzes * QUIZ_OUT
    seconds = tokens_out * SECONDS_A_TOKEN_OUT / settings.LLM_CONCURRENCY
    return Estimate(
        pages,
        lessons,
        outline + lessons * 2 + quizzes * QUIZ_CALLS,
        tokens_in,
        tokens_out,
        _dollars(tokens_in, tokens_out),
        max(reading + ceil(seconds / MINUTE), 1),
    )


def _dollars(tokens_in: int, tokens_out: int) -> Decimal | None:
    price = settings.LLM_PRICES.get(settings.LLM_MODEL)
    if price is None:
        return None
    per_in, per_out = (Decimal(str(value)) for value in price)
    return (per_in * tokens_in + per_out * tokens_out) / 1_000_000
