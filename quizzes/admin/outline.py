"""The page on which a course's modules and topics are added, moved, merged, split, deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

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
    """Every button names what it does and to which row; without JavaScript."""
    course = page.get_object(request, str(pk))
    if course is None:
        raise Http404("There is no such course, or it is not yours.")
    if not page.has_change_permission(request, course):
        raise PermissionDenied
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


def _row_number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 19  # noqa: PLR2004 - digits
    return int(text) if is_number else 0


def course_topic(course: Course, number: str) -> Topic | None:
    topics = Topic.objects.filter(module__course=course).select_related("module__course")
    return topics.filter(pk=_row_number(number)).first()


def _topic(course: Course, number: str) -> Topic:
    found = course_topic(course, number)
    if found is None:
        raise CourseStateError("This topic was deleted meanwhile.")
    return found


def _module(course: Course, number: str) -> Module:
    found = course.modules.select_related("course").filter(pk=_row_number(number)).first()
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


def _shift_module(request: HttpRequest, course: Course, number: str, step: int) -> str:
    shift_module(_module(course, number), step, by=request.user)
    return "Moved the module."


def _shift_topic(request: HttpRequest, course: Course, number: str, step: int) -> str:
    shift_topic(_topic(course, number), step, by=request.user)
    return "Moved the topic."


def _move(request: HttpRequest, course: Course, number: str) -> str:
    module = _module(course, request.POST.get(f"to-{number}", ""))
    move_topic(_topic(course, number), module=module, by=request.user)
    return f"Moved the topic to \u201c{module}\u201d."


def _arrange(request: HttpRequest, course: Course, _number: str) -> str:
    """What was dragged is sent as a list of modules, each followed by its topics."""
    order: list[tuple[int, list[int]]] = []
    for entry in request.POST.getlist("order"):
        kind, _, number = entry.partition("-")
        if kind == "module":
            order.append((_row_number(number), []))
        elif order:
            order[-1][1].append(_row_number(number))
    arrange(course, order, by=request.user)
    return "The new order is saved."


def _split_module(request: HttpRequest, course: Course, number: str) -> str:
    made = split_module(_topic(course, number), title="", by=request.user)
    return f"Made the module \u201c{made}\u201d."


def _cut(request: HttpRequest, course: Course, number: str) -> str:
    block = _row_number(request.POST.get("block", ""))
    made = split_topic(_topic(course, number), block=block, by=request.user)
    return f"Made the topic \u201c{made}\u201d."


def _merge_modules(request: HttpRequest, course: Course, number: str) -> str:
    merged = merge_modules(_module(course, number), by=request.user)
    return f"Merged into \u201c{merged}\u201d."


def _merge_topics(request: HttpRequest, course: Course, number: str) -> str:
    merged = merge_topics(_topic(course, number), by=request.user)
    return f"Merged into \u201c{merged}\u201d."


def _delete_module(request: HttpRequest, course: Course, number: str) -> str:
    delete_module(_module(course, number), by=request.user)
    return "Deleted the module."


def _delete_topic(request: HttpRequest, course: Course, number: str) -> str:
    delete_topic(_topic(course, number), by=request.user)
    return "Deleted the topic."


ACTIONS: dict[str, Callable[[HttpRequest, Course, str], str]] = {
    "add-module": _add_module,
    "add-topic": _add_topic,
    "module-up": partial(_shift_module, step=-1),
    "module-down": partial(_shift_module, step=1),
    "topic-up": partial(_shift_topic, step=-1),
    "topic-down": partial(_shift_topic, step=1),
    "move": _move,
    "arrange": _arrange,
    "split-module": _split_module,
    "cut": _cut,
    "merge-modules": _merge_modules,
    "merge-topics": _merge_topics,
    "delete-module": _delete_module,
    "delete-topic": _delete_topic,
}


class OutlineOfCourse(CourseAdminExtension):
    def urls(self, page: CourseAdmin) -> list[URLPattern]:
        view: Any = page.admin_site.admin_view(partial(outline_view, page))
        return [path("<int:pk>/outline/", view, name="courses_course_outline")]


extend_course_admin(OutlineOfCourse())
