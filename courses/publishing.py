"""What stands in the way of showing a course to learners, and the way from draft to archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from common.transactions import atomic, lock
from courses.models import (
    Claim,
    Course,
    CourseStatus,
    RevisionState,
    SourceDocument,
    Topic,
    TopicStatus,
)
from courses.revisions import accept, open_proposals
from courses.services import CourseStateError
from courses.signals import changes_published
from engine.lessons.schemas import DOUBTFUL


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that a reviewer should settle before the course is published. `item` is what the
    review desk opens.
    """

    words: str
    item: str = ""


def obstacles(course: Course) -> Iterator[Obstacle]:
    """Returns what stands in the way of publishing, as far as this app knows. Other apps add theirs
    in the admin.
    """
    if not course.description.strip():
        yield Obstacle("The course has no description: learners see one in the list of courses.")
    topics = Topic.objects.filter(module__course=course)
    unread = topics.filter(status=TopicStatus.WRITTEN).order_by("module__position", "position")
    if count := unread.count():
        first = unread[0].pk
        yield Obstacle(f"Lessons that nobody has approved: {count}.", f"topic-{first}")
    claims = Claim.objects.filter(topic__module__course=course, verdict__in=DOUBTFUL)
    doubtful = claims.order_by("topic__module__position", "topic__position", "position")
    if count := doubtful.count():
        yield Obstacle(f"Doubtful sentences: {count}.", f"claim-{doubtful[0].pk}")
    machine = course.revisions.filter(state=RevisionState.PROPOSED, author=None)
    if count := machine.count():
        first_proposal = machine.order_by("pk")[0]
        words = f"Proposals that nobody has decided on: {count}."
        yield Obstacle(words, f"{first_proposal.kind}-{first_proposal.row}")


@atomic
def send_to_review(course: Course) -> Course:
    """Tells editors that a draft is ready to be read."""
    return _move(course, {CourseStatus.DRAFT}, CourseStatus.IN_REVIEW, "Only a draft can be sent.")


@atomic
def archive_course(course: Course) -> Course:
    """Archives a course: learners do not see it any more. Attempts and scores are kept."""
    known = {CourseStatus.DRAFT, CourseStatus.IN_REVIEW, CourseStatus.PUBLISHED}
    return _move(
        course,
        known,
        CourseStatus.ARCHIVED,
        "This course is still being made, or is in the archive already.",
    )


@atomic
def unarchive_course(course: Course) -> Course:
    """Takes a course out of the archive, as a draft."""
    words = "This course is not in the archive."
    return _move(course, {CourseStatus.ARCHIVED}, CourseStatus.DRAFT, words)


def _move(course: Course, before: set[CourseStatus], after: CourseStatus, words: str) -> Course:
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    if locked.status not in before:
        raise CourseStateError(words)
    locked.status = after
    locked.save(update_fields=["status", "updated_at"])
    return locked


@atomic
def publish_changes(course: Course, *, by: Any) -> int:
    """Shows learners the changes that people kept for later. Returns how many there were."""
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    kept = open_proposals(locked).exclude(author=None)
    # Lessons before questions: the order in which rows are locked.
    ordered = sorted(kept, key=lambda one: (one.kind == "question", one.row))
    # Added lessons need these rows after the proposals below have locked questions, so they are
    # locked now, in the order of `common.transactions`.
    list(lock(Course.objects.filter(adds_to=locked)))
    list(lock(SourceDocument.objects.filter(course__adds_to=locked)))
    list(lock(Topic.objects.filter(module__course=locked)))
    for proposal in ordered:
        accept(proposal, by=by)
    # Last, because added lessons are appended to the texts that were changed above.
    others = changes_published.send(sender=Course, course=locked, by=by)
    total = len(ordered) + sum(int(number or 0) for _, number in others)
    if not total:
        raise CourseStateError("There are no changes to publish.")
    return total
