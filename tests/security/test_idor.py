"""Other people's rows, by their numbers: pages and the admin. The API's table of everybody's
rights is tests/api/test_roles.py, that of tokens tests/accounts/test_scopes.py."""

from __future__ import annotations

from itertools import product

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from courses.models import Course
from tests.api.world import PEOPLE, World
from tests.factories import make_learner, make_superuser, make_teacher
from tests.security.routes import PART, admin_routes, filled, routes

NOT_THERE, LOG_IN = 404, 302
# A page of the learners' side that names a row, and what each of PEOPLE is answered for the draft
# of "teacher": anonymous, learner, other teacher, owner, editor.
PAGES = {
    "/courses/<slug:slug>/": ("slug", "GET", (302, 404, 404, 200, 200)),
    "/courses/<slug:slug>/search/": ("slug", "GET", (302, 404, 404, 200, 200)),
    "/courses/<slug:slug>/glossary/": ("slug", "GET", (302, 404, 404, 200, 200)),
    "/courses/<slug:slug>/ask/": ("slug", "GET", (302, 404, 404, 200, 200)),
    # 400 for those who may: without a question.
    "/courses/<slug:slug>/ask/stream/": ("slug", "POST", (302, 404, 404, 400, 400)),
    "/topics/<int:pk>/": ("topic", "GET", (302, 404, 404, 200, 200)),
    "/topics/<int:pk>/sources/<int:position>/": ("topic", "GET", (302, 404, 404, 200, 200)),
    "/figures/<int:pk>/picture/": ("figure", "GET", (302, 404, 404, 200, 200)),
    "/documents/<int:pk>/pages/<int:page>/picture/": (
        *("document", "GET"),
        (302, 404, 404, 200, 200),
    ),
    # 302 for those who may: to the next lesson.
    "/topics/<int:pk>/read/": ("topic", "POST", (302, 404, 404, 302, 302)),
    # 302 for those who may: to the lesson, with a bookmark.
    "/topics/<int:pk>/notes/": ("topic", "POST", (302, 404, 404, 302, 302)),
    # Of "taker": not even the course's teacher reads them.
    "/notes/<int:pk>/": ("note", "GET", (302, 404, 404, 404, 404)),
    "/practice/cards/<int:pk>/": ("card", "POST", (302, 404, 404, 404, 404)),
    "/practice/cards/<int:pk>/aside/": ("card", "POST", (302, 404, 404, 404, 404)),
    "/quizzes/<int:pk>/": ("quiz", "GET", (302, 404, 404, 200, 200)),
    # 302 for those who may: to the questions.
    "/quizzes/<int:pk>/start/": ("quiz", "POST", (302, 404, 404, 302, 302)),
    "/quizzes/<int:pk>/practice/": ("quiz", "POST", (302, 404, 404, 302, 302)),
    "/courses/<slug:slug>/certificate/": ("slug", "GET", (302, 404, 404, 200, 200)),
    # Of "taker": nobody else's pages, not even those of the course's own teacher.
    "/attempts/<uuid:pk>/": ("attempt", "GET", (302, 404, 404, 404, 404)),
    "/attempts/<uuid:pk>/questions/": ("attempt", "POST", (302, 404, 404, 404, 404)),
    "/attempts/<uuid:pk>/questions/<int:position>/": ("attempt", "POST", (302, 404, 404, 404, 404)),
    "/attempts/<uuid:pk>/answers/": ("attempt", "POST", (302, 404, 404, 404, 404)),
    "/attempts/<uuid:pk>/review/": ("attempt", "POST", (302, 404, 404, 404, 404)),
    # Of "holder".
    "/account/tokens/<int:pk>/revoke/": ("token", "POST", (302, 404, 404, 404, 404)),
}
# For everybody who has what is in the address.
PUBLIC = {
    "/certificates/<str:code>/",
    "/account/email/<str:token>/",
    "/account/reset/<str:uidb64>/<str:token>/",
}


def address_of(path: str, names: dict[str, object]) -> str:
    """A page of PAGES with the world's row in it."""
    numbered = path.replace("<int:position>", "1").replace("<int:page>", "1")
    return PART.sub(str(names[PAGES[path][0]]), numbered)


def browser(name: str) -> Client:
    client, make = Client(), PEOPLE[name]
    if make:
        client.force_login(make())
    return client


def test_the_table_names_every_page_with_a_row() -> None:
    there = {path for path in routes() if PART.search(path)}
    pages = {path for path in there if not path.startswith(("/admin/", "/api/"))}
    assert pages == {*PAGES, *PUBLIC}


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_those_who_may(path: str, draft: World) -> None:
    _name, method, expected = PAGES[path]
    address = address_of(path, draft.names)
    found = []
    for person in PEOPLE:
        answer = browser(person).generic(method, address)
        found.append(answer.status_code)
        if person == "anonymous":
            assert answer["Location"].startswith("/login/")
    assert tuple(found) == expected


@pytest.mark.slow
def test_the_admin_shows_and_changes_nobody_elses_rows(draft: World) -> None:
    """Every address of it, by GET and by POST, to learners and to a teacher of other courses."""
    other, learner = Client(), Client()
    other.force_login(make_teacher("other"))
    learner.force_login(make_learner("curious"))
    before = list(Course.objects.values())
    paths = [path for path in admin_routes() if PART.search(path)]
    for path, method in product(paths, ("GET", "POST")):
        address = filled(path, draft)
        assert Client().generic(method, address).status_code == LOG_IN, path
        assert learner.generic(method, address).status_code == LOG_IN, path
        answer = other.generic(method, address)
        # Django's admin sends people with a wrong number to its first page, and from an
        # address without its last part to the whole one.
        assert answer.status_code in {302, 403, 404, 405}, path
        assert "Rivers" not in answer.content.decode(), path
    assert len(paths) > 50
    assert list(Course.objects.values()) == before


def test_lists_of_the_admin_name_nothing_of_others(draft: World) -> None:
    other = Client()
    other.force_login(make_teacher("other"))
    assert draft.course.title == "Rivers"
    for path in admin_routes():
        if PART.search(path):
            continue
        answer = other.get(path)
        assert answer.status_code in {200, 403}, path
        words = answer.content.decode()
        assert not [w for w in ("Rivers", "rivers-1.pdf", "taker", "1.1.1.1") if w in words], path


def test_the_link_to_the_site_is_for_those_who_see_the_row(draft: World) -> None:
    kind = ContentType.objects.get_for_model(Course)
    address = f"/admin/r/{kind.pk}/{draft.course.pk}/"
    other, owner = Client(), browser("owner")
    other.force_login(make_teacher("other"))
    assert other.get(address).status_code == NOT_THERE
    assert owner.get(address)["Location"].endswith(f"/courses/{draft.course.slug}/")
    for wrong in ("/admin/r/0/1/", f"/admin/r/{kind.pk}/x/"):
        assert owner.get(wrong).status_code == NOT_THERE
    nobody = ContentType.objects.get(app_label="sessions")
    chief = Client()
    chief.force_login(make_superuser())
    assert chief.get(f"/admin/r/{nobody.pk}/1/").status_code == NOT_THERE


@pytest.mark.parametrize("action", ["publish", "unpublish", "delete_selected"])
def test_actions_on_others_rows_do_nothing(action: str, draft: World) -> None:
    other = Client()
    other.force_login(make_teacher("other"))
    data = {"action": action, "_selected_action": [draft.course.pk], "post": "yes"}
    assert other.post("/admin/courses/course/", data).status_code in {200, 302}
    draft.course.refresh_from_db()
    assert draft.course.status == "draft"
