"""Flashcards: which there are, which are due, and what an answer does to them.

Cards are made of the key terms of lessons that the learner marked as read, and of questions that
the learner missed. FSRS says when a card comes again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import fsrs
from django.core.exceptions import ValidationError
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from common.transactions import atomic, lock
from courses.models import Course, KeyTerm, Reading
from courses.queries import visible_courses
from engine.questions.formats import QuestionFormat
from quizzes.models import (
    Answer,
    Card,
    CardReview,
    CardState,
    PracticePlan,
    Question,
    Quiz,
    Rating,
)
from quizzes.queries import is_asked
from quizzes.rules import showing_answers

User = Any
# A day for practice begins at this hour, so that an evening that runs late is one day.
DAY_BEGINS = timedelta(hours=4)
# A card that is due so soon is asked when nothing else is left, so that nobody has to wait for it.
AHEAD = timedelta(minutes=20)
MAX_COLLECTED = 20_000
MAX_NEW_PER_DAY = 100
STREAK_LOOKS_BACK = timedelta(days=800)

_scheduler = fsrs.Scheduler()


class CardAnsweredError(Exception):
    """The card was answered already, in another tab or on another device."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What there is to practise today. `waiting` are new cards for other days."""

    due: int
    new: int
    waiting: int
    answered_today: int
    streak: int | None
    card: Card | None
    next_due: datetime | None

    @property
    def total(self) -> int:
        return self.due + self.new


def plan_of(learner: User) -> PracticePlan:
    """Returns the learner's plan, which is not saved if it is the default."""
    return PracticePlan.objects.filter(learner=learner).first() or PracticePlan(learner=learner)


def set_plan(learner: User, *, new_per_day: int, shows_streak: bool) -> PracticePlan:
    """Changes the learner's plan. Raises ValidationError if the number of new cards is out of
    range.
    """
    if not 0 <= new_per_day <= MAX_NEW_PER_DAY:
        raise ValidationError(
            {"new_per_day": _("Choose a number from 0 to %(most)d.") % {"most": MAX_NEW_PER_DAY}}
        )
    return PracticePlan.objects.update_or_create(
        learner=learner, defaults={"new_per_day": new_per_day, "shows_streak": shows_streak}
    )[0]


def collect_cards(learner: User) -> None:
    """Makes the cards that are missing. Of two requests at the same time, only one
    makes each card.
    """
    now = timezone.now()
    have_term = Card.objects.filter(learner=learner, topic=OuterRef("topic"), term=OuterRef("term"))
    read = Reading.objects.filter(learner=learner, read_at__isnull=False)
    terms = KeyTerm.objects.filter(
        ~Exists(have_term),
        topic__in=read.values("topic"),
        topic__module__course__in=visible_courses(learner),
    )
    have_question = Card.objects.filter(learner=learner, question=OuterRef("pk"))
    questions = Question.objects.filter(
        ~Exists(have_question),
        is_asked(),
        pk__in=_missed(learner).values("question"),
        quiz__course__in=visible_courses(learner),
    )
    made = [
        *(Card(learner=learner, topic_id=topic, term=term, due=now)
          for topic, term in terms.values_list("topic", "term")[:MAX_COLLECTED]),
        *(Card(learner=learner, question_id=pk, due=now)
          for pk in questions.values_list("pk", flat=True)[:MAX_COLLECTED]),
    ]  # fmt: skip
    if made:
        Card.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)


def _missed(learner: User) -> QuerySet[Answer]:
    """Returns answers of submitted attempts that were not wholly right, of quizzes whose results
    show the right answers."""
    return Answer.objects.filter(
        attempt__learner=learner,
        attempt__submitted_at__isnull=False,
        attempt__quiz__in=showing_answers(Quiz.objects.all(), learner),
        is_correct=False,
        question__isnull=False,
    )


def own_cards(learner: User, course: Course | None = None) -> QuerySet[Card]:
    """Returns the cards that can be asked: of a term that there is, or a question that is still
    asked.

    As a card shows the answer, the question is in no attempt that is open, and of a quiz that shows
    its answers now: its rule may have changed since the card was made.
    """
    courses = visible_courses(learner)
    if course:
        courses = courses.filter(pk=course.pk)
    term = KeyTerm.objects.filter(topic=OuterRef("topic"), term=OuterRef("term"))
    in_open_quiz = Answer.objects.filter(
        question=OuterRef("question"),
        attempt__learner=learner,
        attempt__submitted_at__isnull=True,
    )
    shown = showing_answers(Quiz.objects.filter(course__in=courses), learner)
    asked = Question.objects.filter(is_asked(), quiz__in=shown)
    return Card.objects.filter(
        Exists(term.filter(topic__module__course__in=courses))
        | (Q(question__in=asked.values("pk")) & ~Exists(in_open_quiz)),
        learner=learner,
        is_set_aside=False,
    )


def with_faces(cards: QuerySet[Card]) -> QuerySet[Card]:
    """Cards with all that is shown of them."""
    term = KeyTerm.objects.filter(topic=OuterRef("topic"), term=OuterRef("term"))
    return (
        cards.annotate(definition=Subquery(term.values("definition")[:1]))
        .select_related("topic__module__course", "question__quiz__course", "question__topic")
        .prefetch_related("question__choices")
    )


@dataclass(frozen=True, slots=True)
class Face:
    """The two sides of a card. Questions may have `choices`, or a `sentence` with blanks."""

    kind: str
    front: str
    sentence: str
    choices: list[str]
    back: list[str]
    explanation: str
    course: Course
    topic: Any


def face_of(card: Card) -> Face:
    """Returns both sides of a card, which must come from `with_faces`."""
    known: Any = card
    if card.question is None:
        topic = known.topic
        return Face("term", card.term, "", [], [known.definition], "", topic.module.course, topic)
    question = card.question
    body = question.typed_body
    review = question.review
    if question.format == QuestionFormat.TRUE_FALSE:
        right = [str(_("True")) if body.model_dump()["correct"] else str(_("False"))]
    elif review.choices:
        right = [choice.text for choice in review.choices if choice.is_right]
    elif review.rows:
        right = [f"{row.label}: {row.right}" for row in review.rows]
    else:
        right = list(review.accepted)
    return Face(
        "question",
        question.stem,
        review.text,
        [] if question.format == QuestionFormat.TRUE_FALSE else _choices(body.shown()),
        right,
        question.explanation,
        question.quiz.course,
        question.topic,
    )


def _choices(shown: dict[str, Any]) -> list[str]:
    """Returns what a question offers to choose from, whatever its format."""
    for name in ("choices", "right", "items"):
        if shown.get(name):
            return [str(one) for one in shown[name]]
    return []


def queue_of(learner: User, course: Course | None = None) -> Queue:
    """Returns today's queue with its first card: due ones, then new ones, then those learnt just
    now."""
    now = timezone.now()
    plan = plan_of(learner)
    local = timezone.localtime(now) - DAY_BEGINS
    day = local.replace(hour=0, minute=0, second=0, microsecond=0) + DAY_BEGINS
    cards = own_cards(learner, course)
    counted = cards.aggregate(
        due=Count("pk", filter=Q(last_review__isnull=False, due__lte=now)),
        new=Count("pk", filter=Q(last_review__isnull=True)),
    )
    today = CardReview.objects.filter(learner=learner, reviewed_at__gte=day).aggregate(
        all=Count("pk"), new=Count("pk", filter=Q(was_new=True))
    )
    left = max(0, plan.new_per_day - today["new"])
    new = min(left, counted["new"])
    later = cards.filter(last_review__isnull=False, due__gt=now + AHEAD).order_by("due")
    return Queue(
        due=counted["due"],
        new=new,
        waiting=counted["new"] - new,
        answered_today=today["all"],
        streak=_streak(learner, now) if plan.shows_streak else None,
        card=_first_card(cards, now, with_new=bool(new)),
        next_due=later.values_list("due", flat=True).first(),
    )


def _first_card(cards: QuerySet[Card], now: datetime, *, with_new: bool) -> Card | None:
    """Returns the first card: of those that are due, then new ones, then those that are due in a
    moment."""
    is_new = Q(last_review__isnull=True)
    ready = Q(last_review__isnull=False, due__lte=now + AHEAD)
    turn = Case(When(is_new, then=1), When(due__gt=now, then=2), default=0)
    found = with_faces(cards.filter(ready | is_new if with_new else ready))
    return found.order_by(turn, "due", "pk").first()


def _streak(learner: User, now: datetime) -> int:
    """Returns on how many days in a row something was practised, up to today or yesterday."""
    rows = (
        CardReview.objects.filter(learner=learner, reviewed_at__gte=now - STREAK_LOOKS_BACK)
        .annotate(day=TruncDate(F("reviewed_at") - DAY_BEGINS))
        .values_list("day", flat=True)
        .distinct()
        .order_by("-day")
    )
    return streak_of(rows, (timezone.localtime(now) - DAY_BEGINS).date())


def streak_of(days: Iterable[date], today: date) -> int:
    """Returns the length of the run of days, the latest first, that reaches today or yesterday."""
    count, expected = 0, today
    for day in days:
        if count == 0 and day == today - timedelta(days=1):
            expected = day
        if day != expected:
            break
        count += 1
        expected = day - timedelta(days=1)
    return count


@atomic
def answer_card(
    *, card: Card, rating: int, seen: datetime | None, now: datetime | None = None
) -> Card:
    """Writes down how well a card was known, and when it comes again.

    `seen` is its last review as it was shown: CardAnsweredError if it was answered since, so that
    a second click counts nothing. ValidationError for a rating that there is not.
    """
    if rating not in Rating.values:
        raise ValidationError({"rating": _("Choose 1, 2, 3 or 4.")})
    locked = lock(Card.objects.filter(pk=card.pk)).get()
    if locked.last_review != seen:
        raise CardAnsweredError(_("This card was answered already; here is the next one."))
    now = (now or timezone.now()).astimezone(UTC)
    before = fsrs.Card(
        card_id=locked.pk,
        state=fsrs.State(locked.state),
        step=locked.step,
        stability=locked.stability,
        difficulty=locked.difficulty,
        due=locked.due,
        last_review=locked.last_review,
    )
    after, _log = _scheduler.review_card(before, fsrs.Rating(rating), now)
    CardReview.objects.create(
        learner_id=locked.learner_id,
        card=locked,
        rating=rating,
        was_new=locked.last_review is None,
        reviewed_at=now,
    )
    locked.state, locked.step = CardState(after.state.value), after.step
    locked.stability, locked.difficulty = after.stability, after.difficulty
    locked.due, locked.last_review = after.due, now
    locked.save()
    return locked


def set_aside(card: Card, *, is_set_aside: bool = True) -> None:
    """Stops asking a card, or asks it again. What was learnt about it is kept."""
    Card.objects.filter(pk=card.pk).update(is_set_aside=is_set_aside)
