"""A course's modules and topics: added, moved, merged, split, deleted. Each change is a version.

Here and not in `courses`, because a module goes with its quiz, and a topic's questions with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max

from common.transactions import atomic, lock
from courses.editing import MARKER, check_markers, reset_claims
from courses.models import Citation, Course, CourseOutline, KeyTerm, Module, Topic, TopicStatus
from courses.regeneration import lock_idle
from courses.revisions import keep_last, versioned
from courses.services import CourseStateError
from engine.language.typed import one_line, with_line_feeds
from engine.lessons.blocks import pieces
from quizzes.models import Attempt, Question

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")


@contextmanager
def changed_outline(course: Course, action: str, by: Any) -> Iterator[Course]:
    """Locks a course that no job works on, and keeps its outline as a version.

    Raises CourseStateError while a job works on the course: it would write what is moved.
    """
    locked = lock_idle(course)
    outline = CourseOutline.objects.get(pk=locked.pk)
    with versioned(outline, by=by, action=action):
        yield locked


@atomic
def add_module(course: Course, *, title: str, by: Any = None) -> Module:
    with changed_outline(course, "added a module", by) as locked:
        last = locked.modules.aggregate(last=Max("position"))["last"] or 0
        module = Module(course=locked, position=last + 1, title=_title(title))
        module.full_clean()
        module.save()
    return module


@atomic
def add_topic(module: Module, *, title: str, content: str, by: Any = None) -> Topic:
    """Adds a lesson that a person wrote, at the end of a module."""
    with changed_outline(module.course, "added a topic", by):
        topic = _new_topic(module, title, content)
        check_markers(topic, topic.content)
        return topic


def _title(title: str) -> str:
    clean = one_line(title)
    if not clean:
        raise ValidationError("Give it a title.")
    return clean[:255]


def _new_topic(module: Module, title: str, content: str) -> Topic:
    text = with_line_feeds(content).strip()
    if not text:
        raise ValidationError("A lesson needs a text.")
    last = module.topics.aggregate(last=Max("position"))["last"] or 0
    topic = Topic(
        module=module,
        position=last + 1,
        title=_title(title),
        content=text,
        status=TopicStatus.EDITED,
    )
    topic.full_clean()
    topic.save()
    reset_claims(topic)
    return topic


@atomic
def shift_module(module: Module, step: int, *, by: Any = None) -> None:
    """Moves a module up (-1) or down (1) among the course's."""
    with changed_outline(module.course, "moved a module", by) as course:
        renumber(_shifted(list(course.modules.order_by("position")), module, step))


@atomic
def shift_topic(topic: Topic, step: int, *, by: Any = None) -> None:
    """Moves a topic up (-1) or down (1), also over the border of its module."""
    with changed_outline(topic.module.course, "moved a topic", by) as course:
        own = list(Topic.objects.filter(module=topic.module).order_by("position"))
        place = own.index(topic) + step
        if 0 <= place < len(own):
            renumber(_shifted(own, topic, step))
            return
        modules = list(course.modules.order_by("position"))
        beside = modules.index(topic.module) + step
        if 0 <= beside < len(modules):
            _put(topic, modules[beside], first=step > 0)


def _shifted(rows: list[Any], row: Any, step: int) -> list[Any]:
    place = rows.index(row)
    rows.insert(min(max(place + step, 0), len(rows) - 1), rows.pop(place))
    return rows


def renumber(rows: Sequence[Any]) -> None:
    """Numbers rows in this order. The constraints on positions are checked when the transaction
    ends."""
    for position, row in enumerate(rows, start=1):
        type(row).objects.filter(pk=row.pk).exclude(position=position).update(position=position)


@atomic
def move_topic(topic: Topic, *, module: Module, by: Any = None) -> None:
    """Puts a topic at the end of another module of its course."""
    if module.course_id != topic.module.course_id:
        raise CourseStateError("A topic stays in its course: its sources are there.")
    with changed_outline(module.course, "moved a topic", by):
        _put(topic, module, first=False)


def _put(topic: Topic, module: Module, *, first: bool) -> None:
    before = topic.module
    others = list(module.topics.exclude(pk=topic.pk).order_by("position"))
    Topic.objects.filter(pk=topic.pk).update(module=module, position=len(others) + 1)
    renumber([topic, *others] if first else [*others, topic])
    renumber(list(before.topics.exclude(pk=topic.pk).order_by("position")))


@atomic
def arrange(course: Course, order: Sequence[tuple[int, Sequence[int]]], *, by: Any = None) -> None:
    """Puts modules, each with its topics, in this order of their primary keys.

    Raises CourseStateError unless it names each of the course's modules and topics once.
    """
    with changed_outline(course, "put in another order", by) as locked:
        modules = {module.pk: module for module in locked.modules.all()}
        topics = Topic.objects.filter(module__course=locked).values_list("pk", flat=True)
        named = [pk for _, placed in order for pk in placed]
        if sorted(modules) != sorted(pk for pk, _ in order) or sorted(topics) != sorted(named):
            raise CourseStateError(
                "Somebody changed the outline meanwhile, so nothing was moved. Look at it as it is "
                "now, and move it again."
            )
        renumber([modules[pk] for pk, _ in order])
        for module, placed in order:
            for position, pk in enumerate(placed, start=1):
                moved = Topic.objects.filter(pk=pk).exclude(module=module, position=position)
                moved.update(module=module, position=position)


@atomic
def split_module(topic: Topic, *, title: str, by: Any = None) -> Module:
    """Makes a new module of a topic and those after it, right behind its module."""
    with changed_outline(topic.module.course, "split a module", by) as course:
        own = list(topic.module.topics.order_by("position"))
        going = own[own.index(topic) :]
        if len(going) == len(own):
            raise CourseStateError(
                "The first topic is where the module begins; choose a later one."
            )
        modules = list(course.modules.order_by("position"))
        made = Module.objects.create(
            course=course, position=len(modules) + 1, title=_title(title or topic.title)
        )
        for place, one in enumerate(going, start=1):
            Topic.objects.filter(pk=one.pk).update(module=made, position=place)
        modules.insert(modules.index(topic.module) + 1, made)
        renumber(modules)
    return made


@atomic
def merge_modules(module: Module, *, by: Any = None) -> Module:
    """Puts the module after this one into it: its topics, and the questions of its quiz."""
    with changed_outline(module.course, "merged modules", by) as course:
        modules = list(course.modules.order_by("position"))
        place = modules.index(module)
        if place + 1 == len(modules):
            raise CourseStateError("There is no module after this one.")
        other = modules[place + 1]
        _refuse_attempts(other)
        _move_questions(other, module)
        renumber([*module.topics.order_by("position")])
        last = module.topics.count()
        for position, topic in enumerate(other.topics.order_by("position"), start=last + 1):
            Topic.objects.filter(pk=topic.pk).update(module=module, position=position)
        keep_last(other, by=by, action="merged into another module")
        Module.objects.get(pk=other.pk).delete()
        renumber(list(course.modules.order_by("position")))
    return module


def _move_questions(source: Module, target: Module) -> None:
    """A quiz whose module has none yet goes as a whole."""
    quiz, into = getattr(source, "quiz", None), getattr(target, "quiz", None)
    if quiz is None:
        return
    if into is None:
        quiz.module = target
        quiz.save(update_fields=["module"])
        return
    last = into.questions.aggregate(last=Max("position"))["last"] or 0
    for position, question in enumerate(quiz.questions.order_by("position"), start=last + 1):
        Question.objects.filter(pk=question.pk).update(quiz=into, position=position)


def _refuse_attempts(module: Module) -> None:
    if Attempt.objects.filter(quiz__module=module).exists():
        raise CourseStateError(
            f"Learners have taken the quiz of \u201c{module}\u201d, and their attempts would go "
            "with it. Move its topics to another module instead, or archive the course."
        )


@atomic
def delete_module(module: Module, *, by: Any = None) -> None:
    """Deletes a module with its topics and its quiz. Raises CourseStateError if it was taken."""
    with changed_outline(module.course, "deleted a module", by) as course:
        _refuse_attempts(module)
        for topic in module.topics.all():
            keep_last(topic, by=by, action="deleted")
        keep_last(module, by=by, action="deleted")
        Module.objects.get(pk=module.pk).delete()
        renumber(list(course.modules.order_by("position")))


@atomic
def delete_topic(topic: Topic, *, by: Any = None) -> None:
    """Deletes a lesson. Questions about it stay, without a lesson."""
    with changed_outline(topic.module.course, "deleted a topic", by):
        keep_last(topic, by=by, action="deleted")
        module = topic.module
        Topic.objects.get(pk=topic.pk).delete()
        renumber(list(module.topics.order_by("position")))


# --- one lesson of two, two of one


@atomic
def split_topic(topic: Topic, *, block: int, by: Any = None) -> Topic:
    """Makes a new lesson of the text from a block on, counted from 0, right behind this one.

    Each lesson keeps the citations that it names.
    """
    with changed_outline(topic.module.course, "split a topic", by):
        locked = lock(Topic.objects.filter(pk=topic.pk)).get()
        parts = pieces(locked.content)
        if not 0 < block < len(parts):
            raise CourseStateError("The lesson cannot be cut there: nothing would be left of it.")
        heading = _HEADING.match(parts[block].splitlines()[0])
        title = heading[1] if heading else f"{locked.title} (2)"
        rest = parts[block + 1 :] if heading and block + 1 < len(parts) else parts[block:]
        made = _new_topic(locked.module, title, "\n\n".join(rest))
        _give_citations(made, list(locked.citations.order_by("position")))
        made.sources.set(locked.sources.all())
        with versioned(locked, by=by, action="split"):
            locked.content = "\n\n".join(parts[:block])
            locked.status = TopicStatus.EDITED
            locked.save(update_fields=["content", "status", "updated_at"])
            reset_claims(locked)
        own = [one for one in locked.module.topics.order_by("position") if one != made]
        own.insert(own.index(locked) + 1, made)
        renumber(own)
    return made


def _give_citations(topic: Topic, citations: Sequence[Citation]) -> None:
    """Copies of the citations that a text names, numbered from 1 in its order."""
    order = list(dict.fromkeys(int(number) for number in MARKER.findall(topic.content)))
    known = {one.position: one for one in citations}
    numbers = {old: new for new, old in enumerate((n for n in order if n in known), start=1)}
    Citation.objects.bulk_create(
        Citation(
            topic=topic, position=new, passage_id=known[old].passage_id, quote=known[old].quote
        )
        for old, new in numbers.items()
    )
    topic.content = _renamed(topic.content, numbers.get)
    topic.save(update_fields=["content"])
    reset_claims(topic)


def _renamed(content: str, name: Callable[[int], int | None]) -> str:
    def marker(match: re.Match[str]) -> str:
        number = name(int(match[1]))
        return f"[^{number}]" if number else ""

    return MARKER.sub(marker, content)


@atomic
def merge_topics(topic: Topic, *, by: Any = None) -> Topic:
    """Puts the lesson after this one behind it, with its title, citations and questions."""
    with changed_outline(topic.module.course, "merged topics", by):
        own = list(lock(Topic.objects.filter(module=topic.module)))
        own.sort(key=lambda one: one.position)
        place = own.index(topic)
        if place + 1 == len(own):
            raise CourseStateError("There is no topic after this one in its module.")
        join_topics(own[place], own[place + 1], by=by)
        renumber([one for one in own if one != own[place + 1]])
    return own[place]


def join_topics(first: Topic, second: Topic, *, by: Any, action: str = "merged") -> None:
    """Puts the text of the second of two locked topics behind the first's, with its title,
    citations, terms and questions, and deletes the second.
    """
    if TopicStatus.PENDING in {first.status, second.status}:
        raise CourseStateError("A topic that is not written yet cannot be merged.")
    keep_last(second, by=by, action="merged into another topic")
    last = first.citations.aggregate(last=Max("position"))["last"] or 0
    with versioned(first, by=by, action=action):
        Citation.objects.bulk_create(
            Citation(
                topic=first,
                position=last + one.position,
                passage_id=one.passage_id,
                quote=one.quote,
            )
            for one in second.citations.all()
        )
        _take_terms(first, second)
        text = _renamed(second.content, lambda number: last + number)
        first.content = f"{first.content}\n\n## {second.title}\n\n{text}"
        first.status = TopicStatus.EDITED
        first.save(update_fields=["content", "status", "updated_at"])
        reset_claims(first)
    first.sources.add(*second.sources.all())
    first.supplements.add(*second.supplements.all())
    Question.objects.filter(topic=second).update(topic=first)
    Topic.objects.get(pk=second.pk).delete()


def _take_terms(first: Topic, second: Topic) -> None:
    known = set(first.key_terms.values_list("term", flat=True))
    KeyTerm.objects.bulk_create(
        KeyTerm(topic=first, term=one.term, definition=one.definition, passage_id=one.passage_id)
        for one in second.key_terms.all()
        if one.term not in known
    )
