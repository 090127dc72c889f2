"""How versions of quizzes and questions are kept; `courses.revisions` does the rest."""

from __future__ import annotations

from typing import Any

from common.transactions import lock
from courses.models import Passage, RevisionKind, Topic
from courses.revisions import Content, Versioned, register
from engine.questions.formats import QuestionFormat, read_body
from engine.questions.schemas import QuestionDraft
from quizzes.models import (
    FORMAT_LABELS,
    NOT_REJECTED,
    Choice,
    Question,
    QuestionStatus,
    Quiz,
    QuizStatus,
    stored_body,
)

_PLAIN = (
    *("kind", "format", "body", "stem", "explanation", "difficulty", "bloom"),
    *("quote", "support", "status", "check_results"),
)


def update_quiz(quiz_id: int) -> None:
    """Updates the quiz's status: it can be taken as long as it has a question to ask."""
    asked = Question.objects.filter(quiz=quiz_id, status__in=NOT_REJECTED).exists()
    Quiz.objects.filter(pk=quiz_id).exclude(status=QuizStatus.GENERATING).update(
        status=QuizStatus.READY if asked else QuizStatus.EMPTY
    )


def drafted_question(draft: QuestionDraft) -> Content:
    """Returns a question that was made anew, as a version."""
    choices = [
        {
            "text": text,
            "is_correct": place == draft.correct,
            "feedback": draft.feedback[place] if place < len(draft.feedback) else "",
        }
        for place, text in enumerate(draft.choices)
    ]
    return {
        "kind": draft.kind.value,
        "format": draft.format.value,
        "body": stored_body(draft.body),
        "stem": draft.stem,
        "explanation": draft.explanation,
        "difficulty": draft.difficulty.value,
        "bloom": draft.bloom.value,
        "quote": draft.quote,
        "support": draft.support,
        "status": QuestionStatus.DRAFT.value,
        "check_results": [
            {"code": one.code, "message": one.message, "severity": "note"} for one in draft.notes
        ],
        "topic": draft.topic_id,
        "passage": draft.passage_id,
        "choices": choices,
    }


def _read_question(question: Question) -> Content:
    choices = Choice.objects.filter(question=question).order_by("position")
    return {
        **{name: getattr(question, name) for name in _PLAIN},
        "topic": question.topic_id,
        "passage": question.passage_id,
        "choices": list(choices.values("text", "is_correct", "feedback")),
    }


def _write_question(question: Question, content: Content) -> None:
    for name in _PLAIN:
        setattr(question, name, content[name])
    question.topic = Topic.objects.filter(pk=content["topic"]).first()
    question.passage = Passage.objects.filter(pk=content["passage"]).first()
    question.full_clean()
    question.save(update_fields=[*_PLAIN, "topic", "passage"])
    # Replaced, not updated: the database allows no moment with two correct choices.
    question.choices.all().delete()
    Choice.objects.bulk_create(
        Choice(question=question, position=position, **one)
        for position, one in enumerate(content["choices"])
    )
    update_quiz(question.quiz_id)


def _lock_question(question: Question) -> Question:
    """Locks the question, and before it its quiz: starting an attempt copies the quiz's
    questions.
    """
    lock(Quiz.objects.filter(pk=question.quiz_id)).get()
    return lock(Question.objects.filter(pk=question.pk)).get()


def _question_lines(content: Content) -> dict[str, str]:
    shown = {
        "Question": content["stem"],
        "Format": FORMAT_LABELS[QuestionFormat(content["format"])],
    }
    if content["format"] == QuestionFormat.SINGLE:
        shown["Choices"] = "\n".join(
            f"{'right' if one['is_correct'] else 'wrong'}: {one['text']} {one['feedback']}".strip()
            for one in content["choices"]
        )
    else:
        shown["Right answer"] = "\n".join(read_body(content["body"]).key_lines)
    return shown | {
        "Explanation": content["explanation"],
        "Difficulty": content["difficulty"],
        "Bloom level": content["bloom"],
        "Status": content["status"],
    }


def _read_quiz(quiz: Quiz) -> Content:
    return {"title": quiz.title, "pass_mark": quiz.pass_mark}


def _write_quiz(quiz: Quiz, content: Content) -> None:
    quiz.title, quiz.pass_mark = content["title"], content["pass_mark"]
    quiz.save(update_fields=["title", "pass_mark"])


def _quiz_lines(content: Content) -> dict[str, str]:
    return {"Title": content["title"], "Pass mark": f"{content['pass_mark']}%"}


def _course_of(question: Any) -> int:
    found: int = question.quiz.course_id
    return found


register(
    RevisionKind.QUESTION,
    Versioned(
        model=Question,
        read=_read_question,
        write=_write_question,
        lock=_lock_question,
        course=_course_of,
        lines=_question_lines,
        accepted=QuestionStatus.APPROVED.value,
    ),
)
register(
    RevisionKind.QUIZ,
    Versioned(
        model=Quiz,
        read=_read_quiz,
        write=_write_quiz,
        lock=lambda quiz: lock(Quiz.objects.filter(pk=quiz.pk)).get(),
        course=lambda quiz: quiz.course_id,
        lines=_quiz_lines,
    ),
)
