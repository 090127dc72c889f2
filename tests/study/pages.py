"""A learner's world with something on every page, and the addresses of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from courses.models import Course, CourseStatus, Topic
from courses.study import add_note, set_read
from quizzes.models import Attempt, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.factories import make_course, make_learner

LESSON = """Most of the water of the earth is in the sea. [^1] A spring 1.1 is where it comes back.

### Where the water is

- In the **sea**: 97 of 100 litres. [^1]
- In ice, groundwater, lakes and rivers.

| place | share | drinkable |
|---|---:|---|
| sea | 97% | no |
| ice | 2% | if melted |

### How it moves

The sun drives the cycle. Water evaporates, falls as rain, and runs back.

> What falls on land runs to the sea.

`discharge = area * speed`
"""


def make_study_world(name: str = "learner") -> Course:
    """A course that was begun: a lesson read, a note, an attempt submitted and one open."""
    learner = make_learner(name)
    course = make_course(
        "Water on Earth", status=CourseStatus.PUBLISHED, modules=3, topics=3, questions=3
    )
    Course.objects.filter(pk=course.pk).update(description="Rivers, ice and rain. " * 10)
    first, second, *_ = topics_of(course)
    Topic.objects.filter(pk=first.pk).update(content=LESSON, title="Where water is")
    first.refresh_from_db()
    set_read(learner, first, is_read=True)
    set_read(learner, second, is_read=True)
    add_note(learner=learner, topic=first, text="Ask in class: why salt?")
    quote = "The sun drives the cycle. Water evaporates, falls as rain, and runs back."
    add_note(learner=learner, topic=first, text="Draw this.", quote=quote)
    add_note(learner=learner, topic=second, text="")
    one, two, *_ = course.quizzes.order_by("pk")
    submit_attempt(attempt=start_attempt(quiz=one, learner=learner), responses={1: 0, 2: 2})
    start_attempt(quiz=two, learner=learner)
    Quiz.objects.filter(pk=two.pk).update(due_at=timezone.now() - timedelta(hours=1))
    make_course("Empty so far", status=CourseStatus.PUBLISHED, modules=0, questions=0)
    return course


def topics_of(course: Course) -> list[Topic]:
    return list(
        Topic.objects.filter(module__course=course).order_by("module__position", "position")
    )


def learners_pages(course: Course) -> dict[str, str]:
    """By name: every page of a learner that shows a course, study or results."""
    topic = topics_of(course)[0]
    done = Attempt.objects.exclude(submitted_at=None).get()
    opened = Attempt.objects.get(submitted_at=None)
    note = topic.notes.latest("pk")
    return {
        "home": "/",
        "course": course.get_absolute_url(),
        "lesson": reverse("topic-detail", args=[topic.pk]),
        "found lesson": f"{reverse('topic-detail', args=[topic.pk])}?q=water",
        "glossary": reverse("course-glossary", args=[course.slug]),
        "search": f"{reverse('search')}?q=water",
        "search nothing": f"{reverse('search')}?q=zzzz",
        "practice": reverse("practice"),
        "notes": reverse("note-list"),
        "note": reverse("note-change", args=[note.pk]),
        "quiz": done.quiz.get_absolute_url(),
        "take": reverse("attempt-take", args=[opened.pk]),
        "result": done.get_absolute_url(),
        "history": reverse("history"),
        "offline": reverse("offline"),
        "missing": "/nothing-here",
    }


def open_menu(page: Page) -> None:
    """Shows the links at the head of a page, which are folded where it is narrow."""
    menu = page.locator(".menu-button summary")
    if menu.is_visible():
        menu.click()


def logged_in(page: Page, address: str, user: User) -> Page:
    """The page, in the session of a person."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie: Any = {"name": name, "value": client.cookies[name].value, "url": address}
    page.context.add_cookies([cookie])
    return page
