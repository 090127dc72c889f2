"""Short answers in words that the list of accepted ones does not hold, read by a model.

An answer that the list refuses is wrong until a job has had it read: learners wait for no model.
What the model accepts is right from then on, and marked, and staff can take that back or put the
wording on the list. A wording of the same question is read once, whoever gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from common.transactions import atomic, lock
from courses.engines import EXTRACTIVE
from courses.services import WORDINGS_PIPELINE
from engine.questions.formats import QuestionFormat, ShortAnswer, short_answer_key
from engine.questions.llm.wordings import Wording, WordingVerdict
from jobs.models import Job
from jobs.pipelines import StepSpec
from jobs.services import create_job
from quizzes.editing import QuestionStateError, edit_question, lock_question, regrade_question
from quizzes.models import READ, Answer, Attempt, Question, Quiz, Reading
from quizzes.queries import with_answers
from quizzes.regrading import Regrade
from quizzes.services import score_answers

DAY = timedelta(days=1)
MAX_SHOWN = 200  # answers of a question, for staff
_TAKEN_BACK = "Staff decided that this wording is not accepted."


def request_reading(attempt: Attempt, **_signal: Any) -> None:
    """Queues a job that has the wrong short answers of an attempt read, if there is a model.

    Of a learner it takes LLM_GRADE_DAILY answers a day. Runs in the transaction that submits the
    attempt, so that none is forgotten.
    """
    if settings.COURSE_ENGINE == EXTRACTIVE or settings.LLM_GRADE_DAILY <= 0:
        return
    short = attempt.answers.filter(asked__format=QuestionFormat.SHORT, is_correct=False)
    wrong = [answer.pk for answer in short.order_by("position") if answer.given is not None]
    if not wrong:
        return
    today = Answer.objects.filter(
        attempt__learner=attempt.learner_id, attempt__submitted_at__gt=timezone.now() - DAY
    )
    left = settings.LLM_GRADE_DAILY - today.exclude(reading=Reading.NONE).count()
    wrong = wrong[: max(left, 0)]
    if not wrong:
        return
    Answer.objects.filter(pk__in=wrong).update(reading=Reading.WAITING)
    create_job(
        kind=WORDINGS_PIPELINE,
        title=f"Read short answers: {attempt.quiz}"[:255],
        parameters={
            "course": attempt.quiz.course_id,
            "attempt": str(attempt.pk),
            "answers": wrong,
        },
        steps=[StepSpec(key="read", stage="read", name="Read the answers", units_total=len(wrong))],
    )


def attempt_of_job(job: Job) -> Attempt | None:
    """Returns the attempt whose answers a job has read; None once it is deleted."""
    return Attempt.objects.filter(pk=job.parameters.get("attempt")).first()


def reading_ended(job: Job) -> None:
    """Nobody reads what the job has not read: its learner is not told to wait for it any more."""
    waiting = Answer.objects.filter(pk__in=job.parameters["answers"], reading=Reading.WAITING)
    waiting.update(reading=Reading.NONE)


def unread_answers(job: Job) -> list[Answer]:
    """Returns the wrong answers that the job has still to have read."""
    answers = Answer.objects.filter(
        pk__in=job.parameters["answers"],
        reading__in=[Reading.NONE, Reading.WAITING],
        is_correct=False,
    )
    return list(answers.select_related("question__passage").order_by("position"))


def wording_of(answer: Answer) -> Wording:
    """Returns an answer with its question as it was asked, for a model."""
    asked = answer.asked
    body = ShortAnswer.model_validate(asked["body"])
    quote, passage = asked.get("quote") or "", answer.question and answer.question.passage
    return Wording(
        text=str(answer.given),
        stem=asked["stem"],
        accepted=body.accepted,
        rubric=body.rubric,
        explanation=asked.get("explanation") or "",
        # The passage may be another one by now; the quote was frozen.
        source=passage.text if passage and quote in passage.text else quote,
    )


def keep_readings(job: Job, read: Sequence[tuple[Answer, WordingVerdict]] = ()) -> bool:
    """Saves verdicts on answers of the job's attempt, and scores it again. Returns False where the
    attempt is gone.

    A wording that was read before, or about which staff decided, has the verdict of then. An answer
    whose right answer was corrected meanwhile stays as it is. The caller's transaction holds no
    lock below the course.
    """
    attempt = attempt_of_job(job)
    if attempt is None:
        return False
    # Who takes a wording back locks the quiz, too: a verdict of before is not saved after that.
    lock(Quiz.objects.filter(pk=attempt.quiz_id)).get()
    if not lock(Attempt.objects.filter(pk=attempt.pk)):
        return False
    verdicts = {answer.pk: (answer.asked, verdict) for answer, verdict in read}
    for answer in unread_answers(job):
        verdict = _earlier_verdict(answer)
        asked, now = verdicts.get(answer.pk, (None, None))
        if verdict is None and asked == answer.asked:
            verdict = now
        if verdict is not None:
            reading = Reading.ACCEPTED if verdict.is_accepted else Reading.DECLINED
            answer.reading, answer.reading_reason = reading, verdict.reason
            answer.save(update_fields=["reading", "reading_reason"])
    _score_again(Attempt.objects.filter(pk=attempt.pk))
    return True


def _earlier_verdict(answer: Answer) -> WordingVerdict | None:
    same = [one for one in _same_wording(answer) if one.reading in READ and one.pk != answer.pk]
    if any(one.reading == Reading.TAKEN_BACK for one in same):
        return WordingVerdict(is_accepted=False, reason=_TAKEN_BACK)
    if not same:
        return None
    return WordingVerdict(same[-1].is_accepted_by_model, same[-1].reading_reason)


def _same_wording(answer: Answer) -> list[Answer]:
    """Returns the answers that were read, to the same frozen question in the same words, and this
    one."""
    if answer.question_id is None:
        return [answer]
    frozen = {f"asked__{name}": answer.asked.get(name) for name in ("stem", "body", "explanation")}
    read = Answer.objects.filter(question=answer.question_id, reading__in=READ, **frozen)
    wanted = short_answer_key(str(answer.given))
    return [one for one in read.order_by("pk") if short_answer_key(str(one.given)) == wanted]


def _score_again(attempts: QuerySet[Attempt]) -> None:
    found = list(with_answers(attempts))
    answers = [answer for attempt in found for answer in attempt.answers.all()]
    before = {answer.pk: answer.is_correct for answer in answers}
    for attempt in found:
        score_answers(attempt, attempt.answers.all())
    changed = [answer for answer in answers if answer.is_correct != before[answer.pk]]
    Answer.objects.bulk_update(changed, ["score", "is_correct"])
    Attempt.objects.bulk_update(found, ["correct", "points", "percentage", "passed"])


# --- what staff decide


@dataclass(slots=True)
class AcceptedWording:
    """`answer` is one of those in these words."""

    answer: Answer
    times: int = 1


def accepted_wordings(question: Question) -> list[AcceptedWording]:
    """Returns the wordings that a model accepted as answers to the question, the latest first."""
    answers = question.answers.filter(reading=Reading.ACCEPTED).order_by("-pk")[:MAX_SHOWN]
    found: dict[str, AcceptedWording] = {}
    for answer in answers:
        key = short_answer_key(str(answer.given))
        if key in found:
            found[key].times += 1
        else:
            found[key] = AcceptedWording(answer)
    return list(found.values())


@atomic
def take_back(answer: Answer) -> int:
    """Makes a wording that a model accepted wrong again, for all who gave it as an answer to the
    same question. Returns how many attempts are scored again; QuestionStateError if none."""
    lock(Quiz.objects.filter(attempts=answer.attempt_id)).get()
    answers = [one.pk for one in _same_wording(answer)]
    accepted = Answer.objects.filter(pk__in=answers, reading=Reading.ACCEPTED)
    attempts = [one.pk for one in lock(Attempt.objects.filter(answers__in=accepted))]
    if not accepted.update(reading=Reading.TAKEN_BACK):
        raise QuestionStateError("No model's acceptance of this wording stands any more.")
    _score_again(Attempt.objects.filter(pk__in=attempts))
    return len(attempts)


@atomic
def accept_wording(answer: Answer, *, by: Any = None) -> Question:
    """Puts a learner's wording on the question's list, and has attempts graded by it.

    Raises QuestionStateError where the question asks something else now, or its list is full.
    """
    if answer.question is None:
        raise QuestionStateError("The question was deleted; its list cannot be changed.")
    question = lock_question(answer.question, regrade=Regrade.ALL)
    if question.stem != answer.asked["stem"] or question.format != QuestionFormat.SHORT:
        raise QuestionStateError("The question asks something else now than in this attempt.")
    body = ShortAnswer.model_validate(question.body)
    text = str(answer.given)
    if short_answer_key(text) in {short_answer_key(one) for one in body.accepted}:
        regrade_question(question=question, regrade=Regrade.ALL)
        return question
    try:
        longer = ShortAnswer(accepted=(*body.accepted, text), rubric=body.rubric)
    except ValueError as error:
        raise QuestionStateError(
            "The list of accepted answers is full; take one away on the question's page first."
        ) from error
    return edit_question(
        question=question,
        stem=question.stem,
        explanation=question.explanation,
        difficulty=question.difficulty,
        bloom=question.bloom,
        body=longer,
        regrade=Regrade.ALL,
        by=by,
    )
