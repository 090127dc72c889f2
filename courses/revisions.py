"""Versions of what people review: who changed it, when, why; proposals; restoring.

A text that nobody has changed has no versions yet: its first one is kept when it is first changed,
so that making a course costs nothing. `versioned` is put around every change:

    with versioned(topic, by=user, action="edited"):
        topic.content = ...
        topic.save()

Whoever changes a row has locked it before, so that versions follow each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.timezone import localtime

from common.transactions import atomic, lock
from courses.models import (
    Citation,
    Claim,
    Course,
    CourseOutline,
    KeyTerm,
    Module,
    Passage,
    Revision,
    RevisionKind,
    RevisionState,
    Topic,
    TopicStatus,
)
from engine.lessons.schemas import TopicDraft

Content = dict[str, Any]


class VersionError(Exception):
    """What was asked for does not fit the versions; the message says why."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """How the versions of one kind of row are kept.

    `read` gives a row's content, `write` puts one back into a locked row, `lock` locks rows in the
    project's order, `course` names the course, `lines` shows a content to people by headings, and
    `accepted` says what the status becomes when a person accepts a proposal.
    """

    model: type[Model]
    read: Callable[[Any], Content]
    write: Callable[[Any, Content], None]
    lock: Callable[[Any], Any]
    course: Callable[[Any], int]
    lines: Callable[[Content], dict[str, str]]
    accepted: str = ""


_kinds: dict[str, Versioned] = {}


def register(kind: RevisionKind, how: Versioned) -> None:
    _kinds[kind.value] = how


def kind_of(row: Model) -> RevisionKind:
    """Returns the kind of the row's versions. Raises KeyError for a row without versions."""
    found = {how.model: kind for kind, how in _kinds.items()}
    return RevisionKind(found[type(row)])


def locked_row(row: Any) -> Any:
    """Returns the row as it is now, locked in the project's order. Raises the model's
    DoesNotExist."""
    return _kinds[kind_of(row)].lock(row)


def content_of(row: Model) -> Content:
    return _kinds[kind_of(row)].read(row)


def version_of(row: Model) -> str:
    """Returns a short name of the row's present content. It is different after every change."""
    written = json.dumps(content_of(row), sort_keys=True, default=str)
    return sha256(written.encode()).hexdigest()[:16]


def shown(revision: Revision) -> dict[str, str]:
    """Returns the texts of a version by their headings."""
    return _kinds[revision.kind].lines(revision.content)


def shown_now(row: Model) -> dict[str, str]:
    return _kinds[kind_of(row)].lines(content_of(row))


def versions(row: Model) -> QuerySet[Revision]:
    """Returns the versions of a row, newest first, without proposals."""
    revisions = Revision.objects.filter(kind=kind_of(row), row=row.pk, state=RevisionState.VERSION)
    return revisions.select_related("author")


def proposal_for(row: Model) -> Revision | None:
    return Revision.objects.filter(
        kind=kind_of(row), row=row.pk, state=RevisionState.PROPOSED
    ).first()


def is_outdated(proposal: Revision) -> bool:
    """Returns whether the text was changed or deleted since the proposal was made for it.

    Proposals of earlier releases do not know what they were made for, and count as made for the
    present text.
    """
    if not proposal.started_from:
        return False
    model: Any = _kinds[proposal.kind].model
    row = model.objects.filter(pk=proposal.row).first()
    return row is None or version_of(row) != proposal.started_from


def row_of(revision: Revision) -> Any:
    """Returns the row of a version. Raises VersionError if it was deleted."""
    model: Any = _kinds[revision.kind].model
    row = model.objects.filter(pk=revision.row).first()
    if row is None:
        raise VersionError(
            f"This {revision.get_kind_display().lower()} was deleted; its texts can be copied from "
            "here."
        )
    return row


@contextmanager
def versioned(
    row: Any, *, by: Any, action: str, reason: str = "", engine: str = "", model: str = ""
) -> Iterator[None]:
    """Keeps what the block changes in a locked row as a version, if it changes anything."""
    before = content_of(row)
    _keep_first(row, before)
    yield
    after = content_of(row)
    if after != before:
        values = {"author": by, "reason": reason, "engine": engine, "model": model}
        _new(row, after, action=action, **values)


@contextmanager
def completed(row: Any) -> Iterator[None]:
    """Keeps what the block changes in a locked row within its newest version, if that is the row's
    present content.

    A check that finds something in a text does not change the text, and must not prevent people
    from undoing the last change.
    """
    newest = versions(row).first()
    stands = newest is not None and newest.content == content_of(row)
    yield
    if newest is not None and stands:
        newest.content = content_of(row)
        newest.save(update_fields=["content"])


def _keep_first(row: Any, content: Content) -> None:
    last = versions(row).first()
    if last is None:
        course = Course.objects.get(pk=_kinds[kind_of(row)].course(row))
        engine = content.get("engine") or course.engine
        _new(row, content, action="first version", engine=engine, model=course.model)
    elif last.content != content:
        # Something that keeps no versions has changed it: the release before, an import.
        _new(row, content, action="changed elsewhere")


def keep_last(row: Any, *, by: Any, action: str) -> None:
    """Keeps the content of a row that is about to be deleted."""
    _new(row, content_of(row), action=action, author=by)


def _new(row: Any, content: Content, **values: Any) -> Revision:
    kind = kind_of(row)
    return Revision.objects.create(
        course_id=_kinds[kind].course(row), kind=kind, row=row.pk, content=content, **values
    )


@atomic
def restore(revision: Revision, *, by: Any, action: str = "restored") -> Any:
    """Puts a version back. The present content is kept as a version too."""
    how = _kinds[revision.kind]
    row = how.lock(row_of(revision))
    when = f"the version of {localtime(revision.created_at):%d %b %Y, %H:%M %Z}"
    with versioned(row, by=by, action=action, reason=when if action == "restored" else ""):
        how.write(row, revision.content)
    return row


@atomic
def undo(revision: Revision, *, by: Any) -> Any:
    """Takes back the change that made a version. Raises VersionError if other changes
    followed it.
    """
    how = _kinds[revision.kind]
    row = how.lock(row_of(revision))
    kept = versions(row)
    if kept.first() != revision or content_of(row) != revision.content:
        raise VersionError("Something else was changed here since; restore a version instead.")
    before = kept.filter(pk__lt=revision.pk).first()
    if before is None:
        raise VersionError("There is nothing before this version.")
    return restore(before, by=by, action="undone")


# --- proposals


@atomic
def propose(
    row: Any,
    content: Content,
    *,
    by: Any = None,
    reason: str = "",
    engine: str = "",
    model: str = "",
) -> Revision:
    """Keeps new text as a proposal until somebody decides. It replaces an earlier proposal."""
    locked = _kinds[kind_of(row)].lock(row)
    earlier = proposal_for(locked)
    if earlier is not None:
        _decide(earlier, RevisionState.DECLINED)
    values = {"author": by, "reason": reason, "engine": engine, "model": model}
    return _new(
        locked,
        content,
        action="proposed",
        state=RevisionState.PROPOSED,
        started_from=version_of(locked),
        **values,
    )


def propose_change(
    row: Any, change: Callable[[], object], *, by: Any, reason: str = ""
) -> Revision:
    """Proposes the text that `change` would make, without changing the row."""
    with transaction.atomic():
        change()
        content = content_of(locked_row(row))
        transaction.set_rollback(True)
    return propose(row, content, by=by, reason=reason)


@atomic
def accept(revision: Revision, *, by: Any) -> Any:
    """Puts a proposal in the place of the present content, which is kept as a version."""
    how = _kinds[revision.kind]
    row = how.lock(row_of(revision))
    _decide(revision, RevisionState.ACCEPTED)
    content = {**revision.content, **({"status": how.accepted} if how.accepted else {})}
    origin = {"engine": revision.engine, "model": revision.model}
    with versioned(row, by=by, action="accepted a proposal", reason=revision.reason, **origin):
        how.write(row, content)
    return row


@atomic
def decline(revision: Revision) -> Revision:
    """Keeps the present content. The proposal can still be read."""
    _kinds[revision.kind].lock(row_of(revision))
    return _decide(revision, RevisionState.DECLINED)


def _decide(revision: Revision, state: RevisionState) -> Revision:
    """Records the decision on a proposal. Raises VersionError if somebody else has
    decided before.
    """
    opened = Revision.objects.filter(pk=revision.pk, state=RevisionState.PROPOSED)
    if not opened.update(state=state):
        raise VersionError("Somebody has decided on this proposal already.")
    revision.state = state
    return revision


def open_proposals(course: Course) -> QuerySet[Revision]:
    proposals = course.revisions.filter(state=RevisionState.PROPOSED)
    return proposals.select_related("author").order_by("pk")


# --- courses, modules, topics


def _read_course(course: Course) -> Content:
    return {"title": course.title, "description": course.description}


def _write_course(course: Course, content: Content) -> None:
    course.title, course.description = content["title"], content["description"]
    course.save(update_fields=["title", "description", "updated_at"])


def _read_module(module: Module) -> Content:
    return {
        "title": module.title,
        "summary": module.summary,
        "objectives": list(module.objectives),
        "levels": list(module.levels),
    }


def _write_module(module: Module, content: Content) -> None:
    module.title, module.summary = content["title"], content["summary"]
    module.objectives, module.levels = content["objectives"], content.get("levels", [])
    module.save(update_fields=["title", "summary", "objectives", "levels"])


_CLAIM = ("place", "text", "citations", "verdict", "evidence", "reason", "doubt", "checked_by")


def _read_topic(topic: Topic) -> Content:
    citations = topic.citations.order_by("position").values("position", "passage", "quote")
    terms = topic.key_terms.order_by("term").values("term", "definition", "passage")
    return {
        "title": topic.title,
        "content": topic.content,
        "status": topic.status,
        "engine": topic.engine,
        "flags": list(topic.flags),
        "dropped_citations": topic.dropped_citations,
        "citations": list(citations),
        "terms": list(terms),
        "claims": list(topic.claims.order_by("position").values(*_CLAIM)),
    }


def drafted_topic(topic: Topic, draft: TopicDraft, engine: str) -> Content:
    """Returns a topic that was written anew, as a version."""
    return {
        "title": topic.title,
        "content": draft.content,
        "status": TopicStatus.WRITTEN.value,
        "engine": engine,
        "flags": list(draft.flags),
        "dropped_citations": draft.dropped_citations,
        "citations": [
            {"position": position, "passage": one.passage_id, "quote": one.quote}
            for position, one in enumerate(draft.citations, start=1)
        ],
        "terms": [
            {"term": one.term[:200], "definition": one.definition, "passage": one.passage_id}
            for one in draft.key_terms
        ],
        "claims": [
            {
                name: list(value) if isinstance(value := getattr(one, name), tuple) else value
                for name in _CLAIM
            }
            for one in draft.claims
        ],
    }


def _write_topic(topic: Topic, content: Content) -> None:
    """Citations and terms whose passages are gone are left out."""
    plain = ("title", "content", "status", "engine", "flags", "dropped_citations")
    for name in plain:
        setattr(topic, name, content[name])
    # What the engine noted of other words.
    topic.statements, topic.refused = [], ""
    topic.save(update_fields=[*plain, "statements", "refused", "updated_at"])
    named = {one["passage"] for one in [*content["citations"], *content["terms"]]}
    known = set(Passage.objects.filter(pk__in=named).values_list("pk", flat=True))
    for rows in (topic.citations, topic.key_terms, topic.claims):
        rows.all().delete()
    Citation.objects.bulk_create(
        Citation(
            topic=topic, position=one["position"], passage_id=one["passage"], quote=one["quote"]
        )
        for one in content["citations"]
        if one["passage"] in known
    )
    KeyTerm.objects.bulk_create(
        KeyTerm(
            topic=topic,
            term=one["term"],
            definition=one["definition"],
            passage_id=one["passage"],
        )
        for one in content["terms"]
        if one["passage"] in known
    )
    Claim.objects.bulk_create(
        (
            Claim(topic=topic, position=position, **one)
            for position, one in enumerate(content["claims"], start=1)
        ),
        batch_size=500,
    )


def _read_outline(course: Course) -> Content:
    modules = course.modules.order_by("position").prefetch_related("topics")
    return {
        "modules": [
            {
                "id": module.pk,
                **_read_module(module),
                "topics": [
                    {"id": topic.pk, "title": topic.title}
                    for topic in sorted(module.topics.all(), key=lambda topic: topic.position)
                ],
            }
            for module in modules
        ]
    }


def _write_outline(course: Course, content: Content) -> None:
    """Modules and topics that were deleted come back with their latest texts, but modules without
    their quizzes. What was added since stays, at the end."""
    modules = {module.pk: module for module in course.modules.all()}
    topics = {topic.pk: topic for topic in Topic.objects.filter(module__course=course)}
    named = [one["id"] for one in content["modules"]]
    added = sorted((pk for pk in modules if pk not in named), key=lambda pk: modules[pk].position)
    for position, one in enumerate(content["modules"], start=1):
        texts = {name: one[name] for name in ("title", "summary", "objectives")}
        levels = one.get("levels", [])
        values = {"course": course, "position": position, "levels": levels, **texts}
        module, _ = Module.objects.update_or_create(pk=one["id"], defaults=values)
        for place, part in enumerate(one["topics"], start=1):
            topic = topics.pop(part["id"], None)
            _place_topic(module, place, part, topic)
    for position, pk in enumerate(added, start=len(named) + 1):
        Module.objects.filter(pk=pk).update(position=position)
    for topic in topics.values():
        # Added since: after those that the version names.
        last = Topic.objects.filter(module=topic.module_id).exclude(pk=topic.pk).count()
        Topic.objects.filter(pk=topic.pk).update(position=last + 1)


def _place_topic(module: Module, place: int, part: Content, topic: Topic | None) -> None:
    if topic is not None:
        Topic.objects.filter(pk=topic.pk).update(module=module, position=place)
        return
    kept = Revision.objects.filter(kind=RevisionKind.TOPIC, row=part["id"]).order_by("-pk").first()
    if kept is None:
        return
    made = Topic.objects.create(pk=part["id"], module=module, position=place, title=part["title"])
    _write_topic(made, kept.content)


def _outline_lines(content: Content) -> dict[str, str]:
    lines = []
    for number, module in enumerate(content["modules"], start=1):
        lines.append(f"{number}. {module['title']}")
        lines += [f"    {number}.{n} {one['title']}" for n, one in enumerate(module["topics"], 1)]
    return {"Modules and topics": "\n".join(lines)}


register(
    RevisionKind.OUTLINE,
    Versioned(
        model=CourseOutline,
        read=_read_outline,
        write=_write_outline,
        lock=lambda course: lock(CourseOutline.objects.filter(pk=course.pk)).get(),
        course=lambda course: course.pk,
        lines=_outline_lines,
    ),
)
register(
    RevisionKind.COURSE,
    Versioned(
        model=Course,
        read=_read_course,
        write=_write_course,
        lock=lambda course: lock(Course.objects.filter(pk=course.pk)).get(),
        course=lambda course: course.pk,
        lines=lambda content: {"Title": content["title"], "Description": content["description"]},
    ),
)
register(
    RevisionKind.MODULE,
    Versioned(
        model=Module,
        read=_read_module,
        write=_write_module,
        lock=lambda module: lock(Module.objects.filter(pk=module.pk)).get(),
        course=lambda module: module.course_id,
        lines=lambda content: {
            "Title": content["title"],
            "Summary": content["summary"],
            "Learning objectives": "\n".join(content["objectives"]),
        },
    ),
)
register(
    RevisionKind.TOPIC,
    Versioned(
        model=Topic,
        read=_read_topic,
        write=_write_topic,
        lock=lambda topic: lock(Topic.objects.filter(pk=topic.pk)).get(),
        course=lambda topic: topic.module.course_id,
        lines=lambda content: {
            "Title": content["title"],
            "Text": content["content"],
            "Status": content["status"],
        },
        accepted=TopicStatus.APPROVED.value,
    ),
)
