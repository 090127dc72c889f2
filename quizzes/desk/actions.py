"""What a reviewer does with an item. Each action names the version that it was decided on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from common.numbers import whole_number
from common.transactions import atomic
from courses.editing import add_citation, approve_topic, confirm_claim, edit_topic
from courses.models import Claim, Course, CourseStatus, Passage, Revision, Topic, UnsavedText
from courses.regeneration import PIPELINE, request_rewrite
from courses.revisions import (
    VersionError,
    accept,
    decline,
    kind_of,
    locked_row,
    proposal_for,
    propose_change,
    row_of,
    undo,
    version_of,
    versions,
)
from courses.services import CourseStateError
from jobs.models import JobStatus, Step
from quizzes.body_forms import edited_values
from quizzes.desk.forms import LessonForm, question_form
from quizzes.editing import (
    QuestionStateError,
    approve_question,
    edit_question,
    lock_question,
    reject_question,
)
from quizzes.models import Question
from quizzes.regeneration import QUESTION_PIPELINE, request_question

Row = Topic | Claim | Question
REFUSALS = (CourseStateError, QuestionStateError, VersionError)
MAX_UNSAVED = 200_000  # characters of one form


class ChangedMeanwhileError(Exception):
    """Somebody else saved something here since the page was opened."""


class RefusedFormError(Exception):
    """A form that has to be shown again; `form` says what is wrong with it."""

    def __init__(self, form: Any) -> None:
        super().__init__("The form has errors.")
        self.form = form


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words, and the version by which it can be undone, if it can."""

    words: str
    revision: int | None = None


def load(course: Course, key: str) -> Row | None:
    """Returns the row of an item of the course, by the item's key."""
    kind, _, number = key.partition("-")
    pk = whole_number(number)
    if pk is None:
        return None
    if kind == "question":
        questions = Question.objects.filter(quiz__course=course)
        return questions.select_related("quiz", "passage__document", "topic").filter(pk=pk).first()
    if kind == "claim":
        claims = Claim.objects.filter(topic__module__course=course).select_related("topic__module")
        return claims.filter(pk=pk).first()
    topics = Topic.objects.filter(module__course=course).select_related("module")
    return topics.filter(pk=pk).first() if kind == "topic" else None


def versioned_row(row: Row) -> Topic | Question:
    """Returns the row that has versions: for a sentence this is its lesson."""
    return row.topic if isinstance(row, Claim) else row


@atomic
def decide(action: str, row: Row, data: Mapping[str, Any], user: Any) -> Done:
    """Does an action of ACTIONS.

    Raises ChangedMeanwhileError where the row is another one than `data["version"]` names, and
    RefusedFormError or one of REFUSALS where it cannot be done.
    """
    subject = versioned_row(row)
    if isinstance(subject, Question):
        lock_question(subject, regrade=data.get("regrade") or None)
    locked = locked_row(subject)
    if data.get("version") != version_of(locked):
        raise ChangedMeanwhileError
    before = _latest(locked)
    words = ACTIONS[action](row, data, user)
    after = _latest(locked)
    return Done(words, after if after != before else None)


def _latest(row: Topic | Question) -> int | None:
    newest = versions(row).first()
    return newest.pk if newest else None


def _approve(row: Row, _data: Mapping[str, Any], user: Any) -> str:
    if isinstance(row, Claim):
        confirm_claim(row, by=user)
        return "The sentence is confirmed."
    if isinstance(row, Topic):
        approve_topic(row, by=user)
        return f"\u201c{row}\u201d is approved."
    approve_question(row, by=user)
    return "The question is approved."


def _reject(row: Row, data: Mapping[str, Any], user: Any) -> str:
    if not isinstance(row, Question):
        raise CourseStateError("A lesson is not rejected: edit it, or have it written again.")
    reason = " ".join(str(data.get("reason", "")).split())
    if not reason:
        raise QuestionStateError("Say why the question is rejected; one word is enough.")
    reject_question(row, reason=reason[:500], by=user)
    return "The question is not used any more."


def _edit(row: Row, data: Mapping[str, Any], user: Any) -> str:
    """Saves the change at once. In a published course it is kept as a proposal if
    `later` is sent.
    """
    subject = versioned_row(row)
    change = _change(subject, data, user)
    if "later" in data:
        propose_change(subject, change, by=user)
        words = "Your change is kept; learners see it once the changes are published."
    else:
        change()
        words = "Saved."
    UnsavedText.objects.filter(author=user, kind=kind_of(subject), row=subject.pk).delete()
    return words


def _change(subject: Topic | Question, data: Mapping[str, Any], user: Any) -> Callable[[], object]:
    """Returns what the form changes. Raises RefusedFormError."""
    form: Any
    if isinstance(subject, Topic):
        form = LessonForm(subject, data)
        if not form.is_valid():
            raise RefusedFormError(form)
        values = form.cleaned_data
        return lambda: edit_topic(topic=subject, **values, by=user)
    form = question_form(Question.objects.get(pk=subject.pk), data)
    if not form.is_valid():
        raise RefusedFormError(form)
    values = edited_values(form)

    def change() -> None:
        try:
            with transaction.atomic():
                edit_question(question=subject, **values, by=user)
        except ValidationError as error:
            asked = question_form(Question.objects.get(pk=subject.pk), {**data, "ask_regrade": "1"})
            asked.is_valid()
            asked.add_error(None, error.messages)
            raise RefusedFormError(asked) from error

    return change


def _cite(row: Row, data: Mapping[str, Any], user: Any) -> str:
    if isinstance(row, Question):
        raise CourseStateError("A question has one source; only lessons cite several.")
    claim = row if isinstance(row, Claim) else None
    topic = row.topic if isinstance(row, Claim) else row
    key = whole_number(str(data.get("passage", "")))
    found = Passage.objects.filter(document__course=topic.module.course_id)
    passage = found.filter(pk=key).first() if key is not None else None
    if passage is None:
        raise CourseStateError("This passage is not in the course's documents any more.")
    quote = str(data.get("quote", ""))
    made = add_citation(topic=topic, passage=passage, quote=quote, claim=claim, by=user)
    place = "behind the sentence" if claim else "at the end of the text"
    return f"Cited as [{made.position}], {place}."


def _accept(row: Row, _data: Mapping[str, Any], user: Any) -> str:
    accept(_proposal(row), by=user)
    return "The new text is in place of the old one, which stays among the versions."


def _decline(row: Row, _data: Mapping[str, Any], _user: Any) -> str:
    decline(_proposal(row))
    return "Everything stays as it was."


def _proposal(row: Row) -> Revision:
    proposal = proposal_for(versioned_row(row))
    if proposal is None:
        raise VersionError("There is no proposal here any more.")
    return proposal


ACTIONS: dict[str, Callable[[Row, Mapping[str, Any], Any], str]] = {
    "approve": _approve,
    "reject": _reject,
    "edit": _edit,
    "cite": _cite,
    "accept": _accept,
    "decline": _decline,
}


def regenerate(course: Course, row: Row, instruction: str, user: Any) -> Done:
    """Queues a job that makes a lesson or a question again. Raises CourseStateError."""
    subject = versioned_row(row)
    if isinstance(subject, Question):
        request_question(question=subject, requested_by=user, instruction=instruction)
        return Done("Another question is being made. It comes as a proposal beside this one.")
    request_rewrite(course=course, topics=[subject], requested_by=user, instruction=instruction)
    if course.status == CourseStatus.PUBLISHED:
        return Done("The lesson is being written again. The new text comes as a proposal.")
    return Done("The lesson is being written again. What stands here stays among its versions.")


def failure_of(subject: Topic | Question) -> str:
    """Returns why the last job that should have made a row again did not; "" if none failed."""
    if isinstance(subject, Question):
        course, kind = subject.quiz.course_id, QUESTION_PIPELINE
        about = Q(parameters__question=subject.pk)
    else:
        course, kind = subject.module.course_id, PIPELINE
        about = Q(parameters__topics__has_key=str(subject.pk))
    steps = Step.objects.filter(about, job__kind=kind, job__parameters__course=course)
    last = steps.select_related("job").order_by("-pk").first()
    return last.job.error if last and last.job.status == JobStatus.FAILED else ""


def take_back(course: Course, number: int, user: Any) -> tuple[str, str]:
    """Takes back the change that made a version. Returns words about it and the item's key. Raises
    VersionError.
    """
    revision = course.revisions.filter(pk=number, author=user).first()
    if revision is None:
        raise VersionError("This was not done by you, or not in this course.")
    row_of(revision)
    undo(revision, by=user)
    return f"Undone: {revision.action}.", f"{revision.kind}-{revision.row}"


def keep_unsaved(course: Course, row: Row, data: Mapping[str, str], user: Any) -> None:
    """Keeps what somebody is typing. Raises ValidationError for what no form could hold."""
    fields = {name: text for name, text in data.items() if name not in {"csrfmiddlewaretoken"}}
    if sum(map(len, fields.values())) > MAX_UNSAVED:
        raise ValidationError("This text is too long to be kept unsaved; save it.")
    subject = versioned_row(row)
    UnsavedText.objects.update_or_create(
        author=user,
        kind=kind_of(subject),
        row=subject.pk,
        defaults={
            "course": course,
            "fields": fields,
            "version": str(data.get("version", ""))[:16],
        },
    )


def unsaved(row: Row, user: Any) -> UnsavedText | None:
    subject = versioned_row(row)
    return UnsavedText.objects.filter(author=user, kind=kind_of(subject), row=subject.pk).first()
