"""axe-core on every page of staff, light and dark: no serious or critical finding."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from courses.editing import edit_topic
from courses.models import Claim, Topic
from courses.revisions import propose_change
from quizzes.models import FORMAT_LABELS, Quiz
from tests.api.world import World, make_world
from tests.browser import NewPage, axe_findings, chromium, log_in, new_page
from tests.factories import make_addition, make_superuser
from tests.quizzes.formats import make_all_formats
from tests.security.routes import admin_routes, filled

__all__ = ["chromium", "new_page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
GRAVE = ("serious", "critical")
# Answered with a file or another page, or only to a form.
LISTS_AND_PAGES = re.compile(r"/admin/\w+/\w+/(add/|<path:object_id>/change/)?")


def pages_of(world: World) -> list[str]:
    """All addresses of the admin that answer a visit with a page."""
    course = world.course
    topic = Topic.objects.filter(module__course=course).earliest("pk")
    Claim.objects.filter(topic=topic).update(verdict="not_in_source")
    quiz = Quiz.objects.filter(course=course).earliest("pk")
    make_all_formats(quiz)
    change = {"title": topic.title, "content": "A proposal. [^1]"}
    author = User.objects.get(username="teacher")
    propose_change(topic, lambda: edit_topic(topic=topic, **change, by=author), by=author)
    edit_topic(topic=topic, title="Of a person", content="Better. [^1]", by=author)
    at = [reverse(f"admin:courses_course_{name}", args=[course.pk]) for name in OF_COURSE]
    desk = reverse("admin:courses_course_desk", args=[course.pk])
    claim = Claim.objects.filter(topic__module__course=course).earliest("pk")
    items = [f"topic-{topic.pk}", f"topic-{topic.pk}&edit=1", f"claim-{claim.pk}"]
    questions = list(quiz.questions.values_list("pk", flat=True))
    items += [f"question-{questions[-1]}", *(f"question-{pk}&edit=1" for pk in questions[-7:])]
    routes = [path for path in admin_routes() if LISTS_AND_PAGES.fullmatch(path)]
    new = reverse("admin:quizzes_question_add")
    return [
        "/admin/",
        reverse("admin-health"),
        *(filled(path, world) for path in routes),
        *at,
        reverse("admin:courses_course_added", args=[make_addition(course).pk]),
        f"{reverse('admin:courses_course_outline', args=[course.pk])}?cut={topic.pk}",
        reverse("admin:courses_course_versions", args=[course.pk, "topic", topic.pk]),
        *(f"{desk}?item={item}" for item in items),
        *(f"{new}?quiz={quiz.pk}&format={name}" for name in FORMAT_LABELS),
    ]


OF_COURSE = ("change", "add_documents", "desk", "ready", "plan", "outline", "results")


def looked_at(page: Page, path: str) -> list[str] | None:
    """None where the address is no page for a visitor."""
    answer = page.request.get(path)
    if not answer.ok or "text/html" not in answer.headers.get("content-type", ""):
        return None
    page.goto(path, wait_until="domcontentloaded")
    return axe_findings(page, path, impacts=GRAVE)


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_page_of_staff_has_a_grave_fault(
    new_page: NewPage, live_server: LiveServer, colours: str
) -> None:
    world = make_world()
    make_superuser()
    viewport = {"width": 1280, "height": 900}
    page = new_page(base_url=live_server.url, color_scheme=colours, viewport=viewport)
    page.goto("/admin/login/")
    wrong = axe_findings(page, "login", impacts=GRAVE)
    log_in(page, "chief")
    found = {path: looked_at(page, path) for path in dict.fromkeys(pages_of(world))}
    wrong += [line for lines in found.values() for line in lines or ()]
    assert not wrong, "\n".join(wrong)
    assert sum(lines is not None for lines in found.values()) > 60
