"""What reviewers change in a written course. Each change locks the row and checks it whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from common.transactions import atomic, lock
from courses.models import (
    Checkers,
    Citation,
    Claim,
    Course,
    Module,
    Passage,
    Topic,
    TopicStatus,
    Verdicts,
)
from courses.revisions import versioned
from courses.services import CourseStateError
from engine.language.typed import one_line, with_line_feeds
from engine.lessons.claims.lesson import lesson_says
from engine.lessons.schemas import DOUBTFUL
from jobs.models import Job, JobStatus
from jobs.pipelines import StepSpec
from jobs.services import create_job

# Markdown's footnote marker, by which a topic's text refers to its citations.
CHECK_PIPELINE = "check"
MARKER = re.compile(r"\[\^(\d+)\]")
_MARKERS = re.compile(r"[*_`]*(?:\s*\[\^\d+\])*")
# What may stand between two words of a sentence in a lesson's Markdown.
IN_MARKDOWN = r"(?:\s|[*_`\\]|\[\^\d{1,4}\])*"


@atomic
def edit_course(
    *,
    course: Course,
    title: str,
    description: str,
    audience: str | None = None,
    prerequisites: str | None = None,
    asks_drafts: bool | None = None,
    shows_pages: bool | None = None,
    by: Any = None,
) -> Course:
    """Changes what staff say about a course. None leaves a value as it is.

    The course's address does not change, so links to it still work.
    """
    locked = lock(Course.objects.filter(pk=course.pk)).get()
    with versioned(locked, by=by, action="edited"):
        locked.title, locked.description = one_line(title), with_line_feeds(description)
        if audience is not None:
            locked.audience = one_line(audience)
        if prerequisites is not None:
            locked.prerequisites = one_line(prerequisites)
        if asks_drafts is not None:
            locked.asks_drafts = asks_drafts
        if shows_pages is not None:
            locked.shows_pages = shows_pages
        locked.full_clean()
        switches = ["asks_drafts", "shows_pages"]
        texts = ["title", "description", "audience", "prerequisites"]
        locked.save(update_fields=[*texts, *switches, "updated_at"])
    return locked


@atomic
def edit_module(
    *, module: Module, title: str, summary: str, objectives: Sequence[str], by: Any = None
) -> Module:
    locked = lock(Module.objects.filter(pk=module.pk)).get()
    with versioned(locked, by=by, action="edited"):
        locked.title, locked.summary = one_line(title), with_line_feeds(summary)
        lines = [line for line in map(one_line, objectives) if line]
        locked.levels, locked.objectives = levels_of(locked, lines), lines
        locked.full_clean()
        locked.save(update_fields=["title", "summary", "objectives", "levels"])
    return locked


def levels_of(module: Module, objectives: Sequence[str]) -> list[str]:
    """Returns the Bloom levels of the new objectives. An objective that was there before keeps its
    level.
    """
    known = dict(module.levelled_objectives)
    return [known.get(objective, "") for objective in objectives]


@atomic
def edit_topic(
    *, topic: Topic, title: str, content: str, by: Any = None, reason: str = ""
) -> Topic:
    """Changes a written topic, and marks it as edited if its words differ.

    Raises ValidationError for a reference to a citation that the topic does not have.
    """
    locked = _written(topic)
    title, content = one_line(title), with_line_feeds(content)
    # A form strips texts.
    is_other = content.strip() != with_line_feeds(locked.content).strip()
    if title == one_line(locked.title) and not is_other:
        return locked
    check_markers(locked, content)
    with versioned(locked, by=by, action="edited", reason=reason):
        if is_other:
            # They were about the engine's words; a person answers for these.
            locked.statements, locked.flags, locked.refused = [], [], ""
        locked.title, locked.content = title, content
        locked.status = TopicStatus.EDITED
        locked.full_clean()
        if is_other:
            reset_claims(locked)
        words = ["title", "content", "status", "statements", "flags", "refused"]
        locked.save(update_fields=[*words, "updated_at"])
    return locked


def reset_claims(topic: Topic) -> None:
    """Makes the claims of the topic's new words; unchanged ones keep their verdicts.

    The others are not checked until a worker has read them, which is asked for at once: the
    dictionaries of the rules have no place in a web process.
    """
    known = {(claim.place, claim.text): claim for claim in topic.claims.all()}
    terms = topic.key_terms.order_by("term").values_list("term", "definition")
    said = lesson_says(topic.content, list(terms), topic.module.course.language)
    topic.claims.all().delete()
    claims = []
    for position, one in enumerate(said, start=1):
        # A lesson may say the same twice in one place; each is a claim of its own.
        claim = copy(known.get((one.place, one.text))) or Claim(
            place=one.place,
            text=one.text,
            verdict=Verdicts.NOT_CHECKED,
            checked_by=Checkers.PERSON,
        )
        claim.pk, claim.topic, claim.position = None, topic, position
        claim.citations = list(one.citations)
        claims.append(claim)
    Claim.objects.bulk_create(claims, batch_size=500)
    transaction.on_commit(partial(request_check, topic.pk), robust=True)


def request_check(topic: int) -> Job | None:
    """Queues a check of a topic's claims by the rules; returns None if one waits already."""
    waiting = Job.objects.filter(
        kind=CHECK_PIPELINE, status=JobStatus.PENDING, parameters__topic=topic
    )
    title = Topic.objects.filter(pk=topic).values_list("title", flat=True).first()
    if title is None or waiting.exists():
        return None
    return create_job(
        kind=CHECK_PIPELINE,
        title=f"Check what it says: {title}"[:255],
        parameters={"topic": topic},
        steps=[StepSpec(key="check", stage="check", name="Check the lesson's sentences")],
    )


@atomic
def approve_topic(topic: Topic, *, by: Any = None) -> Topic:
    locked = _written(topic)
    with versioned(locked, by=by, action="approved"):
        locked.status, locked.refused = TopicStatus.APPROVED, ""
        locked.save(update_fields=["status", "refused", "updated_at"])
    return locked


@atomic
def confirm_claim(claim: Claim, *, by: Any = None) -> Claim:
    """Records that a person found a doubted claim to be supported by its source."""
    topic = _written(claim.topic)
    found = topic.claims.filter(pk=claim.pk, verdict__in=DOUBTFUL).first()
    if found is None:
        raise CourseStateError("Nobody doubts this sentence any more; somebody was faster.")
    with versioned(topic, by=by, action="confirmed a sentence", reason=found.text):
        found.verdict, found.checked_by = Verdicts.STATED, Checkers.PERSON
        found.checked_at = timezone.now()
        found.save(update_fields=["verdict", "checked_by", "checked_at"])
        topic.save(update_fields=["updated_at"])
    return found


@atomic
def add_citation(
    *, topic: Topic, passage: Passage, quote: str, claim: Claim | None = None, by: Any = None
) -> Citation:
    """Cites words of a passage in a topic: for a claim of it, which is then no longer doubted, or
    for its text as a whole.

    Raises CourseStateError for words that do not stand in the passage.
    """
    locked = _written(topic)
    words = _phrase(quote).search(passage.text) if quote.split() else None
    if words is None:
        raise CourseStateError(
            "These words do not stand in the passage. Mark them in its text, or copy them from it."
        )
    last = locked.citations.aggregate(last=Max("position"))["last"] or 0
    with versioned(locked, by=by, action="cited the source", reason=claim.text if claim else ""):
        made = Citation(topic=locked, position=last + 1, passage=passage, quote=words[0])
        made.full_clean()
        made.save()
        locked.sources.add(passage)
        if claim is not None:
            stated = {"verdict": Verdicts.STATED, "checked_by": Checkers.PERSON}
            found = locked.claims.filter(place=claim.place, text=claim.text)
            found.update(**stated, evidence=made.quote, checked_at=timezone.now())
        locked.content = _marked(with_line_feeds(locked.content), claim, made.position)
        locked.status = TopicStatus.EDITED
        reset_claims(locked)
        locked.save(update_fields=["content", "status", "updated_at"])
    return made


def _phrase(text: str, between: str = r"\s+") -> re.Pattern[str]:
    return re.compile(between.join(map(re.escape, text.split())))


def _marked(content: str, claim: Claim | None, number: int) -> str:
    """Returns the text with a marker behind the claim's sentence and its other markers, or at the
    end."""
    found = _phrase(claim.text, IN_MARKDOWN).search(content) if claim else None
    if found is None:
        return f"{content.rstrip()} [^{number}]"
    behind = _MARKERS.match(content, found.end())
    place = behind.end() if behind else found.end()
    return f"{content[:place]} [^{number}]{content[place:]}"


def check_markers(topic: Topic, content: str) -> None:
    known = set(topic.citations.values_list("position", flat=True))
    used = {int(number) for number in MARKER.findall(content)}
    unknown = sorted(used - known)
    if unknown:
        numbers, choices = (
            ", ".join(f"[^{number}]" for number in group) for group in (unknown, sorted(known))
        )
        advice = f"Use one of {choices}, or" if known else "It has none;"
        raise ValidationError(
            {"content": f"This topic has no citation for {numbers}. {advice} take the marker out."}
        )


def _written(topic: Topic) -> Topic:
    locked = lock(Topic.objects.filter(pk=topic.pk)).get()
    if locked.status == TopicStatus.PENDING:
        raise CourseStateError(
            f"\u201c{locked.title}\u201d is not written yet; wait for the job or retry it."
        )
    return locked
