"""The page on which a course's modules and topics are added, moved, merged, split, deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from common.numbers import whole_number
from courses.admin.course import CourseAdmin, CourseAdminExtension, extend_course_admin
from courses.models import Course, Module, Topic
from courses.services import CourseStateError
from engine.lessons.blocks import pieces
from quizzes.outline import (
    add_module,
    add_topic,
    arrange,
    delete_module,
    delete_topic,
    merge_modules,
    merge_topics,
    move_topic,
    shift_module,
    shift_topic,
    split_module,
    split_topic,
)


def outline_view(page: CourseAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Shows modules and topics. Every button names what it does and to which row: no JavaScript is
    needed."""
    course = page.changeable_course(request, pk)
    if request.method == "POST":
        return _act(page, request, course)
    cut = course_topic(course, request.GET.get("cut", ""))
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": f"Modules and topics of {course}",
        "course": course,
        "modules": course.modules.order_by("position").prefetch_related("topics"),
        "cut": cut,
        "blocks": pieces(cut.content) if cut else [],
    }
    return render(request, "admin/courses/course/outline.html", context)


def _act(page: CourseAdmin, request: HttpRequest, course: Course) -> HttpResponse:
    name, _, number = request.POST.get("do", "").partition(":")
    action = ACTIONS.get(name)
    if action is None:
        messages.error(request, "There is no such action.")
        return redirect("admin:courses_course_outline", course.pk)
    try:
        said = action(request, course, number)
    except (CourseStateError, ValidationError) as error:
        words = error.messages[0] if isinstance(error, ValidationError) else str(error)
        messages.error(request, words)
    else:
        page.log_change(request, course, said)
        messages.success(request, said)
    return redirect("admin:courses_course_outline", course.pk)


def course_topic(course: Course, number: str) -> Topic | None:
    topics = Topic.objects.filter(module__course=course).select_related("module__course")
    return topics.filter(pk=whole_number(number) or 0).first()


def _topic(course: Course, number: str) -> Topic:
    found = course_topic(course, number)
    if found is None:
        raise CourseStateError("This topic was deleted meanwhile.")
    return found


def _module(course: Course, number: str) -> Module:
    modules = course.modules.select_related("course")
    found = modules.filter(pk=whole_number(number) or 0).first()
    if found is None:
        raise CourseStateError("Choose a module; this one may have been deleted meanwhile.")
    return found


def _add_module(request: HttpRequest, course: Course, _number: str) -> str:
    made = add_module(course, title=request.POST.get("module-title", ""), by=request.user)
    return f"Added the module \u201c{made}\u201d."


def _add_topic(request: HttpRequest, course: Course, number: str) -> str:
    made = add_topic(
        _module(course, number),
        title=request.POST.get(f"title-{number}", ""),
        content=request.POST.get(f"content-{number}", ""),
        by=request.user,
    )
    return f"Added the topic \u201c{made}\u201d."


def _move(request: HttpRequest, course: Course, number: str) -> str:
    module = _module(course, request.POST.get(f"to-{number}", ""))
    move_topic(_topic(course, number), module=module, by=request.user)
    return f"Moved the topic to \u201c{module}\u201d."


def _arrange(request: HttpRequest, course: Course, _number: str) -> str:
    """Takes a list of modules, each followed by its topics: what was dragged."""
    order: list[tuple[int, list[int]]] = []
    for entry in request.POST.getlist("order"):
        kind, _, number = entry.partition("-")
        if kind == "module":
            order.append((whole_number(number) or 0, []))
        elif order:
            order[-1][1].append(whole_number(number) or 0)
    arrange(course, order, by=request.user)
    return "The new order is saved."


def _cut(request: HttpRequest, course: Course, number: str) -> str:
    block = whole_number(request.POST.get("block", "")) or 0
    made = split_topic(_topic(course, number), block=block, by=request.user)
    return f"Made the topic \u201c{made}\u201d."


def _change(
    request: HttpRequest,
    course: Course,
    number: str,
    *,
    find: Callable[[Course, str], Any],
    change: Callable[..., Any],
    said: str,
) -> str:
    """Changes the row that a button names; `said` may have a place for what the change returns."""
    return said.format(change(find(course, number), by=request.user))


_on_module, _on_topic = partial(_change, find=_module), partial(_change, find=_topic)
MERGED, MOVED_MODULE, MOVED_TOPIC = (
    "Merged into \u201c{}\u201d.",
    "Moved the module.",
    "Moved the topic.",
)
ACTIONS: dict[str, Callable[[HttpRequest, Course, str], str]] = {
    "add-module": _add_module,
    "add-topic": _add_topic,
    "module-up": partial(_on_module, change=partial(shift_module, step=-1), said=MOVED_MODULE),
    "module-down": partial(_on_module, change=partial(shift_module, step=1), said=MOVED_MODULE),
    "topic-up": partial(_on_topic, change=partial(shift_topic, step=-1), said=MOVED_TOPIC),
    "topic-down": partial(_on_topic, change=partial(shift_topic, step=1), said=MOVED_TOPIC),
    "move": _move,
    "arrange": _arrange,
    "split-module": partial(
        _on_topic, change=partial(split_module, title=""), said="Made the module \u201c{}\u201d."
    ),
    "cut": _cut,
    "merge-modules": partial(_on_module, change=merge_modules, said=MERGED),
    "merge-topics": partial(_on_topic, change=merge_topics, said=MERGED),
    "delete-module": partial(_on_module, change=delete_module, said="Deleted the module."),
    "delete-topic": partial(_on_topic, change=delete_topic, said="Deleted the topic."),
}


class OutlineOfCourse(CourseAdminExtension):
    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        view: Any = page.admin_site.admin_view(partial(outline_view, page))
        return [path("<int:pk>/outline/", view, name="courses_course_outline")]


extend_course_admin(OutlineOfCourse())
