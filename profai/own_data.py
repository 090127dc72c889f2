"""What the apps keep about a person, for the copy that the person can take away."""

from __future__ import annotations

from typing import Any

from accounts.own_data import register_own_data
from courses.models import AnsweredQuestion, Note, Reading
from quizzes.certificates import own_certificates
from quizzes.flashcards import plan_of
from quizzes.models import Card, CardReview
from quizzes.queries import own_attempts, with_answers


def connect_own_data() -> None:
    register_own_data("attempts", _attempts)
    register_own_data("certificates", _certificates)
    register_own_data("lessons", _lessons)
    register_own_data("notes", _notes)
    register_own_data("practice", _practice)


def _attempts(user: Any) -> list[dict[str, Any]]:
    attempts = with_answers(own_attempts(user)).order_by("started_at", "pk")
    # With what was asked and answered; right answers are on the page of the result.
    return [
        {
            "course": attempt.quiz.course.title,
            "quiz": attempt.quiz.title,
            "practice": attempt.is_practice,
            "started_at": attempt.started_at,
            "submitted_at": attempt.submitted_at,
            "points": attempt.all_points,
            "total": attempt.total,
            "percentage": attempt.percentage,
            "passed": attempt.passed,
            "answers": [
                {
                    "question": answer.asked["stem"],
                    "answer": None if answer.given is None else answer.body.lines(answer.given),
                    "points": answer.share if attempt.submitted_at else None,
                }
                for answer in attempt.answers.all()
            ],
        }
        for attempt in attempts
    ]


def _certificates(user: Any) -> list[dict[str, Any]]:
    kept = ("code", "name", "course_title", "issued_at", "revoked_at", "revoked_because")
    return [dict(row) for row in own_certificates(user).values(*kept)]


def _lessons(user: Any) -> dict[str, Any]:
    """Returns which lessons were opened and read, and when a course was asked; not what was
    asked."""
    return {
        "opened": [
            {
                "course": one.topic.module.course.title,
                "lesson": one.topic.title,
                "opened_at": one.opened_at,
                "read_at": one.read_at,
            }
            for one in Reading.objects.filter(learner=user).select_related("topic__module__course")
        ],
        "asked": [
            {"course": one.course.title, "at": one.created_at}
            for one in AnsweredQuestion.objects.filter(person=user).select_related("course")
        ],
    }


def _notes(user: Any) -> list[dict[str, Any]]:
    """Bookmarks have no text."""
    notes = Note.objects.filter(learner=user).select_related("topic__module__course")
    return [
        {
            "course": note.topic.module.course.title,
            "lesson": note.topic.title,
            "passage": note.quote,
            "text": note.text,
            "created_at": note.created_at,
            "updated_at": note.updated_at,
        }
        for note in notes
    ]


def _practice(user: Any) -> dict[str, Any]:
    """Returns the plan, the cards with what is known of them, and how each was answered."""
    plan = plan_of(user)
    cards = Card.objects.filter(learner=user)
    known = ("id", "term", "question__stem", "state", "step", "stability", "difficulty")
    times = ("due", "last_review", "is_set_aside", "created_at")
    return {
        "new_cards_a_day": plan.new_per_day,
        "shows_days_in_a_row": plan.shows_streak,
        "cards": list(cards.values("topic__title", *known, *times)),
        "answers": list(
            CardReview.objects.filter(learner=user).values(
                "card_id", "rating", "was_new", "reviewed_at"
            )
        ),
    }
