"""Lists by a title or a name are in the order of the alphabet, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from common.alphabet import Alphabetical
from courses.models import Course, KeyTerm, Module, Topic
from jobs.models import Job
from quizzes.models import Attempt, Quiz
from tests.api.test_walks import lists
from tests.api.world import client
from tests.factories import make_course, make_document, make_superuser

pytestmark = pytest.mark.django_db

# By code points, capitals would come first, and letters with accents and Faust's quotes last.
IN_ORDER = [
    "algebra",
    "Ärzte",
    "e-Learning",
    "État et société",
    "„Faust“ lesen",
    "fjord",
    "Łódź",
    "nature",
    "Ökologie",
    "Straße",
    "Strategie",
    "Übungen",
    "Zoologie",
    "История",
    "Йога",
    "Кино",
    "אלגברה",
]
MIXED = sorted(IN_ORDER)
LISTS = {
    "/api/courses/": "title",
    "/api/courses/{slug}/additions/": "title",
    "/api/courses/{slug}/modules/": "title",
    "/api/courses/{slug}/topics/": "title",
    "/api/courses/{slug}/key-terms/": "term",
    "/api/quizzes/": "title",
}


@pytest.fixture
def course(db: None) -> Course:
    """Of which modules, topics, terms and quizzes have the titles, in another order."""
    course = make_course("Ärzte", modules=len(MIXED), topics=1, questions=0)
    course.documents.update(original_name=MIXED[0])
    for number, title in enumerate(MIXED, start=1):
        rows = {"course": course, "position": number}
        Module.objects.filter(**rows).update(title=title)
        Topic.objects.filter(module__course=course, module__position=number).update(title=title)
        KeyTerm.objects.filter(topic__module__course=course, topic__module__position=number).update(
            term=title
        )
        Quiz.objects.filter(course=course, module__position=number).update(title=title)
    Quiz.objects.filter(module=None).delete()
    return course


def walked(api: APIClient, address: str, name: str) -> list[str]:
    following: str | None = address
    met: list[str] = []
    while following:
        cache.clear()
        page: Any = api.get(following).json()
        met += [row[name] for row in page["results"]]
        following = page["next"]
    return met


def test_these_are_the_lists_by_a_text() -> None:
    texts = {"title", "name", "term", "original_name", "username"}
    found = {path: name for path, names in lists().items() for name in texts & set(names)}
    assert found == LISTS


@pytest.mark.parametrize("path", LISTS)
def test_a_walk_meets_texts_in_the_order_of_the_alphabet(course: Course, path: str) -> None:
    api, name = client(make_superuser()), LISTS[path]
    if path == "/api/courses/":
        Course.objects.bulk_create(
            Course(title=title, slug=f"c{n}") for n, title in enumerate(MIXED) if title != "Ärzte"
        )
    if path.endswith("/additions/"):
        Course.objects.bulk_create(
            Course(title=title, slug=f"c{n}", adds_to=course) for n, title in enumerate(MIXED)
        )
    address = f"{path.format(slug=course.slug)}?page_size=5&ordering="
    assert walked(api, f"{address}{name}", name) == IN_ORDER
    assert walked(api, f"{address}-{name}", name) == IN_ORDER[::-1]


def test_the_glossary_is_in_order_without_being_asked(course: Course) -> None:
    address = f"/api/courses/{course.slug}/key-terms/?page_size=5"
    assert walked(client(make_superuser()), address, "term") == IN_ORDER


def test_titles_that_differ_only_by_case_and_accents_keep_an_order_of_their_own() -> None:
    for number, title in enumerate(("resume", "Résumé", "Resume", "résumé", "Resume")):
        Course.objects.create(title=title, slug=f"c{number}")
    met = walked(client(make_superuser()), "/api/courses/?page_size=2&ordering=title", "title")
    assert met == ["Resume", "Resume", "Résumé", "resume", "résumé"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ÉTÉ", "ete"),
        ("İstanbul", "istanbul"),
        ("ﬁnal x²", "final x2"),
        ("¿Qué?", "que?"),
        ("Œuvre, Æther, Große", "oeuvre, aether, grosse"),
        ("Smørrebrød", "smorrebrod"),
        ("Ёлка и йод", "елка и йод"),
        ("Άλφα", "αλφα"),
        ("C++ & C#: 100%", "c++ & c#: 100%"),
        ("", ""),
    ],
)
def test_texts_are_compared_like_this(text: str, expected: str) -> None:
    found = Course.objects.create(title=text, slug="one")
    key = Course.objects.filter(pk=found.pk).values_list(Alphabetical("title"), flat=True)
    assert list(key) == [expected]


ADMIN: dict[str, tuple[str, str]] = {
    "courses_course": ("title", "title"),
    "courses_module": ("title", "title"),
    "courses_topic": ("module", "module"),
    "courses_sourcedocument": ("original_name", "original_name"),
    "courses_keyterm": ("topic", "topic"),
    "quizzes_quiz": ("title", "title"),
    "quizzes_attempt": ("quiz", "quiz"),
    "jobs_job": ("name", "title"),
    "auth_user": ("username", "username"),
}


def _column(page: Any, name: str) -> int:
    columns: list[str] = page.context["cl"].list_display
    return columns.index(name)


def rows_for_admin(course: Course, chief: User) -> None:
    for number, title in enumerate(MIXED, start=1):
        if title != course.title:
            Course.objects.create(title=title, slug=f"c{number}", owner=chief)
        Job.objects.create(kind="course", title=title, requested_by=chief)
        if number > 1:
            User.objects.create(username=title)
            make_document(course, original_name=title)
    quizzes = Quiz.objects.filter(course=course)
    Attempt.objects.bulk_create(
        Attempt(quiz=quiz, learner=chief, pass_mark=60, total=1) for quiz in quizzes
    )


@pytest.mark.parametrize("model", ADMIN)
def test_columns_of_the_admin_are_in_the_order_of_what_they_show(
    course: Course, model: str
) -> None:
    chief = make_superuser(MIXED[0])
    browser = Client()
    browser.force_login(chief)
    column, shown = ADMIN[model]
    rows_for_admin(course, chief)
    address = reverse(f"admin:{model}_changelist")
    number = _column(browser.get(address), column)
    for sign, expected in (("", IN_ORDER), ("-", IN_ORDER[::-1])):
        page: Any = browser.get(address, {"o": f"{sign}{number}"})
        assert [str(getattr(row, shown)) for row in page.context["cl"].result_list] == expected
