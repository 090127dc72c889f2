"""The rules of a quiz: how often it may be taken, when again, and when answers are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes.attempt_errors import AttemptError
from quizzes.models import AnswersShown, Attempt, DrawnBy, Quiz

# Fields of a quiz that say how it is taken.
RULES = (
    "time_limit",
    "grace",
    "max_attempts",
    "wait_minutes",
    "counts",
    "answers_shown",
    "shuffle",
    "draw",
    "draw_by",
    "layout",
    "due_at",
)
# Of a course file: when a quiz is due is a matter of one year's class.
KEPT_IN_FILES = tuple(name for name in RULES if name != "due_at")
# An attempt of fewer questions says little.
MIN_DRAWN = 5


def rules_of_new_quiz(questions: int, *, is_final: bool) -> dict[str, Any]:
    """Returns the rules of a quiz that was just made: it counts for the certificate, so right
    answers are shown once it is passed, and an attempt draws half of its questions, so that the
    next one asks others.

    A quiz of few questions asks all of them each time.
    """
    drawn = max((questions + 1) // 2, MIN_DRAWN)
    rules: dict[str, Any] = {"answers_shown": AnswersShown.AFTER_PASS}
    if drawn < questions:
        rules |= {"draw": drawn, "draw_by": DrawnBy.MODULE if is_final else DrawnBy.TOPIC}
    return rules


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a learner stands with a quiz. Practice is not counted.

    `left` is None where the number of attempts is not limited. `waits_until` is set while the next
    attempt may not begin yet. `has_passed` in any attempt.
    """

    quiz: Quiz
    used: int
    has_passed: bool
    open_attempt: Attempt | None
    waits_until: datetime | None

    @property
    def left(self) -> int | None:
        most = self.quiz.max_attempts
        open_one = self.open_attempt is not None
        return None if most is None else max(most - self.used - open_one, 0)

    @property
    def may_start(self) -> bool:
        return self.left != 0 and self.waits_until is None

    @property
    def answers_shown(self) -> bool:
        """Whether results tell the right answers now."""
        match self.quiz.answers_shown:
            case AnswersShown.AT_ONCE:
                return True
            case AnswersShown.AFTER_LAST:
                return self.left == 0 and self.open_attempt is None
            case AnswersShown.AFTER_PASS:
                return (self.has_passed or self.left == 0) and self.open_attempt is None
            case _:
                return False

    @property
    def may_practise(self) -> bool:
        """Returns whether a learner may practise: only if results show right answers now, and no
        attempt is open.
        """
        return self.used > 0 and self.answers_shown and self.open_attempt is None


def standing(quiz: Quiz, learner: Any) -> Standing:
    """Returns where the learner stands, in one query."""
    return standing_of(quiz, Attempt.objects.filter(quiz=quiz, learner=learner, is_practice=False))


def standing_of(quiz: Quiz, attempts: Iterable[Attempt]) -> Standing:
    """Returns where a learner stands, by all of their attempts at the quiz."""
    counted = [attempt for attempt in attempts if not attempt.is_practice]
    ended = [attempt.submitted_at for attempt in counted if attempt.submitted_at is not None]
    has_passed = any(attempt.passed for attempt in counted)
    opened = next((attempt for attempt in counted if attempt.submitted_at is None), None)
    waits_until = None
    if ended and quiz.wait_minutes:
        again = max(ended) + timedelta(minutes=quiz.wait_minutes)
        waits_until = again if again > timezone.now() else None
    return Standing(quiz, len(ended), has_passed, opened, waits_until)


def check_may_start(now: Standing) -> None:
    """Raises AttemptError unless a new attempt may begin."""
    if now.left == 0:
        raise AttemptError(
            ngettext(
                "You have used the one attempt at this quiz.",
                "You have used all %(used)d attempts at this quiz.",
                now.used,
            )
            % {"used": now.used},
            conflict=True,
        )
    if now.waits_until is not None:
        when = date_format(localtime(now.waits_until), "DATETIME_FORMAT")
        raise AttemptError(
            _("You can take this quiz again from %(moment)s.") % {"moment": when}, conflict=True
        )


def answers_are_shown(attempt: Attempt, viewer: Any) -> bool:
    """Whether this person may see the right answers of an attempt that is submitted.

    Those who may change the course see them in any case, and learners those of their practice.
    """
    if attempt.learner_id != viewer.pk or attempt.is_practice:
        return True
    if attempt.quiz.answers_shown == AnswersShown.AT_ONCE:
        return True
    return standing(attempt.quiz, attempt.learner_id).answers_shown


def showing_answers(quizzes: QuerySet[Quiz], learner: Any) -> QuerySet[Quiz]:
    """Returns the quizzes whose right answers the learner may see now, as `Standing.answers_shown`
    has it."""
    counted = Attempt.objects.filter(quiz=OuterRef("pk"), learner=learner, is_practice=False)
    ended = counted.filter(submitted_at__isnull=False).order_by().values("quiz")
    used = Subquery(ended.annotate(used=Count("pk")).values("used"))
    none_open = ~Exists(counted.filter(submitted_at__isnull=True))
    is_over = Q(max_attempts__lte=used) & none_open
    is_passed = Q(Exists(counted.filter(passed=True))) & none_open
    return quizzes.filter(
        Q(answers_shown=AnswersShown.AT_ONCE)
        | Q(answers_shown=AnswersShown.AFTER_LAST) & is_over
        | Q(answers_shown=AnswersShown.AFTER_PASS) & (is_over | is_passed)
    )
