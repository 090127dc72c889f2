"""Reading without a network: what is kept, for whom, and until when."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from common.offline import KEPT_FOR
from courses.models import Course, CourseStatus, Note, Reading
from profai.environment import BASE_DIR
from quizzes.models import Attempt
from quizzes.practice import begin_practice
from tests.browser import NewPage
from tests.factories import PASSWORD, make_course, make_learner
from tests.security.test_answer_leak import TOLD
from tests.study.pages import learners_pages, make_study_world, topics_of
from tests.waiting import wait_until

MOST_BYTES = 150_000
IN_CACHES = """async () => {
    const found = {};
    for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) {
            const page = await (await caches.open(name)).match(request);
            found[new URL(request.url).pathname] = await page.text();
        }
    }
    return found;
}"""


@pytest.mark.django_db
def test_only_lessons_courses_and_the_running_quiz_are_kept(client: Client) -> None:
    course = make_study_world("ann")
    client.force_login(User.objects.get(username="ann"))
    pages = {**learners_pages(course), "tokens": "/account/tokens/"}
    kept = {name for name, path in pages.items() if KEPT_FOR in client.get(path).headers}
    assert kept == {"course", "lesson", "found lesson", "glossary", "take"}


@pytest.mark.django_db
def test_every_page_of_a_running_quiz_is_kept_and_none_of_practice(client: Client) -> None:
    make_study_world("ann")
    ann = User.objects.get(username="ann")
    client.force_login(ann)
    opened = Attempt.objects.get(submitted_at=None)
    practised = Attempt.objects.exclude(submitted_at=None).get().quiz
    practice = begin_practice(quiz=practised, learner=ann)
    for name, args in (("take", []), ("question", [1]), ("review", [])):
        address = reverse(f"attempt-{name}", args=[opened.pk, *args])
        assert KEPT_FOR in client.get(address).headers
        assert KEPT_FOR not in client.post(address, {"question-1": "zzz"}).headers
        address = reverse(f"attempt-{name}", args=[practice.pk, *args])
        assert KEPT_FOR not in client.get(address).headers


@pytest.mark.django_db
def test_the_mark_of_an_account_is_its_own_and_says_nothing(client: Client, course: Course) -> None:
    marks = set()
    for name in ("ann", "bob"):
        client.force_login(make_learner(name))
        marks |= {client.get(course.get_absolute_url()).headers[KEPT_FOR] for _ in range(2)}
    assert len(marks) == 2
    assert all(re.fullmatch("[0-9a-f]{20}", mark) for mark in marks)
    assert "data-account=" not in Client().get("/offline/").text
    assert 'data-account=""' in Client().get("/login/").text


@pytest.mark.django_db
def test_the_manifest_and_the_worker_are_for_everybody() -> None:
    manifest = Client().get("/manifest.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        answer = Client().get(icon["src"])
        assert answer.status_code == 200
        answer.close()
    worker = Client().get("/service-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "&quot;" not in worker.text
    assert "csrfmiddlewaretoken" not in Client().get("/offline/").text


@pytest.mark.django_db
def test_the_worker_changes_with_its_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = Client().get("/service-worker.js").text
    assert Client().get("/service-worker.js").text == before
    changed = tmp_path / "x.css"
    changed.write_text("p {}")
    monkeypatch.setattr("common.offline.finders.find", lambda _name: str(changed))
    assert Client().get("/service-worker.js").text != before


@pytest.mark.django_db
def test_pages_are_small() -> None:
    course = make_study_world("ann")
    client = Client()
    client.force_login(User.objects.get(username="ann"))
    for name, path in learners_pages(course).items():
        html = client.get(path).text
        files = set(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', html))
        assert len(files) >= 4, name
        size = len(html.encode()) + sum(
            (BASE_DIR / "static" / file).stat().st_size for file in files
        )
        assert size < MOST_BYTES, f"{name}: {size} bytes"


def log_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


def wait_for(page: Page, state: str, arg: str = "") -> None:
    """Until a script says that it is so. Playwright's own waiting is against the page's policy."""
    wait_until(lambda: bool(page.evaluate(state, arg)))


def with_worker(page: Page) -> None:
    """Waits until the worker looks after the page."""
    wait_for(page, "() => navigator.serviceWorker.controller !== null")


def kept_pages(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate(IN_CACHES)
    return {path: text for path, text in found.items() if not path.startswith("/static/")}


def wait_until_kept(page: Page, path: str) -> None:
    wait_for(page, f"async (path) => path in await ({IN_CACHES})()", path)


@pytest.fixture
def world(transactional_db: None) -> Course:
    make_learner("learner")
    make_learner("bob")
    return make_course(status=CourseStatus.PUBLISHED)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("phone", [pytest.param(False, marks=pytest.mark.slow), True])
def test_lessons_and_the_quiz_can_be_read_without_a_network(
    new_page: NewPage, live_server: LiveServer, world: Course, *, phone: bool
) -> None:
    options: dict[str, Any] = {"viewport": {"width": 390, "height": 844}} if phone else {}
    page = new_page(base_url=live_server.url, **options)
    log_in(page, "learner")
    with_worker(page)
    lesson = f"/topics/{topics_of(world)[0].pk}/"
    page.goto(lesson)
    wait_until_kept(page, lesson)
    page.goto(world.get_absolute_url())
    page.get_by_role("link", name="Quiz: Module 1").click()
    page.get_by_role("button", name="Start the quiz").click()
    take = f"/attempts/{Attempt.objects.get().pk}/questions/"
    wait_until_kept(page, take)
    page.context.set_offline(True)
    page.goto(lesson)
    expect(page.get_by_role("heading", name="Topic 1.1")).to_be_visible()
    expect(page.get_by_text("You are offline. This page was kept")).to_be_visible()
    page.goto(take)
    page.get_by_label("Choice 1.1").check()
    # What was not opened says what there is.
    page.goto(f"/topics/{topics_of(world)[3].pk}/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    # It says one thing only.
    expect(page.get_by_text("Nothing was kept yet")).to_be_hidden()
    expect(page.get_by_text("This page was kept")).to_have_count(0)
    page.get_by_role("link", name="Topic 1.1").click()
    expect(page.locator(".prose")).to_be_visible()
    page.goto(f"/topics/{topics_of(world)[3].pk}/")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Topic 2.2")).to_be_visible()


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_saved_offline_waits_and_is_sent(
    new_page: NewPage, live_server: LiveServer, world: Course
) -> None:
    page = new_page(base_url=live_server.url, viewport={"width": 360, "height": 740})
    log_in(page, "learner")
    with_worker(page)
    first = topics_of(world)[0]
    page.goto(f"/topics/{first.pk}/")
    wait_until_kept(page, f"/topics/{first.pk}/")
    page.get_by_label("Your note").fill("With a network")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator(".note")).to_contain_text("With a network")
    page.context.set_offline(True)
    page.get_by_label("Your note").fill("Written in\nthe train")
    page.get_by_role("button", name="Save the note").click()
    outbox = page.locator("#outbox")
    expect(outbox).to_contain_text("Not sent yet. This waits")
    expect(outbox).to_contain_text("the train")
    expect(page.get_by_label("Your note")).to_have_value("")
    page.get_by_role("button", name="Mark as read and go on").click()
    expect(outbox).to_contain_text("These 2 wait")
    # Another page of the same account still has them, and sends them.
    page.goto(f"/topics/{first.pk}/")
    expect(outbox).to_contain_text("These 2 wait")
    assert Note.objects.count() == 1
    page.context.set_offline(False)
    expect(outbox).to_contain_text("what waited is saved")
    assert Note.objects.latest("pk").text == "Written in\nthe train"
    assert Reading.objects.get(topic=first).read_at
    page.reload()
    expect(outbox).to_be_hidden()
    expect(page.locator(".note")).to_have_count(2)


@pytest.mark.browser
@pytest.mark.slow
def test_what_the_server_refuses_is_not_lost(
    new_page: NewPage, live_server: LiveServer, world: Course
) -> None:
    page = new_page(base_url=live_server.url)
    log_in(page, "learner")
    first = topics_of(world)[0]
    page.goto(f"/topics/{first.pk}/")
    # A note that cannot be saved comes back with what was typed.
    page.get_by_label("Your note").fill("x" * 5001)
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("The note is 1 letter too long")).to_be_visible()
    expect(page.get_by_label("Your note")).to_have_value("x" * 5001)
    # One that waited for a lesson that is gone stays until its writer throws it away.
    page.context.set_offline(True)
    page.get_by_label("Your note").fill("Too late")
    page.get_by_role("button", name="Save the note").click()
    outbox = page.locator("#outbox")
    expect(outbox).to_contain_text("Too late")
    first.delete()
    page.context.set_offline(False)
    expect(outbox).to_contain_text("(could not be saved)")
    page.goto("/notes/")
    expect(outbox).to_contain_text("Too late")
    # Nobody else who uses this browser sees it.
    page.context.clear_cookies()
    log_in(page, "bob")
    expect(outbox).to_be_hidden()
    page.context.clear_cookies()
    log_in(page, "learner")
    outbox.get_by_role("button", name="Discard").click()
    expect(outbox).to_be_hidden()


@pytest.mark.slow
@pytest.mark.browser
def test_no_answer_and_no_key_is_kept(
    new_page: NewPage, live_server: LiveServer, world: Course
) -> None:
    for quiz in world.quizzes.all():
        quiz.questions.update(explanation=TOLD[0], quote=TOLD[2])
    page = new_page(base_url=live_server.url)
    log_in(page, "learner")
    with_worker(page)
    quiz = world.quizzes.earliest("pk")
    page.goto(quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    take = f"/attempts/{Attempt.objects.get().pk}/questions/"
    wait_until_kept(page, take)
    page.goto("/account/tokens/")
    page.get_by_label("Name", exact=True).fill("A key")
    page.get_by_label("Read courses and their topics").check()
    page.get_by_role("button", name="Make the token").click()
    key = page.locator("code.secret").inner_text()
    kept = kept_pages(page)
    assert set(kept) == {"/offline/", take}
    for text in kept.values():
        assert not [told for told in (*TOLD, key) if told in text]
    # Once it is submitted none of its pages is shown as running.
    page.goto(take)
    for label in ("Choice 1.1", "Choice 2.2", "Choice 3.0"):
        page.get_by_label(label).check()
    page.get_by_role("button", name="Show one question at a time").click()
    page.wait_for_url("**/questions/1/")
    page.goto(f"{take}2/")
    wait_until_kept(page, f"{take}2/")
    page.get_by_role("button", name="Review and submit").click()
    page.wait_for_url("**/review/")
    page.reload()
    review = take.replace("questions", "review")
    wait_until_kept(page, review)
    page.get_by_role("button", name="Submit the answers").click()
    expect(page.locator(".score-number")).to_be_visible()
    for path in (take, f"{take}2/", review):
        wait_for(page, f"async (path) => !(path in await ({IN_CACHES})())", path)


@pytest.mark.slow
@pytest.mark.browser
def test_a_logout_and_another_account_delete_what_was_kept(
    new_page: NewPage, live_server: LiveServer, world: Course
) -> None:
    page = new_page(base_url=live_server.url)
    log_in(page, "learner")
    with_worker(page)
    lesson = f"/topics/{topics_of(world)[0].pk}/"
    page.goto(lesson)
    wait_until_kept(page, lesson)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/")
    wait_for(page, f"async (path) => !(path in await ({IN_CACHES})())", lesson)
    assert set(kept_pages(page)) == {"/offline/"}
    log_in(page, "learner")
    page.goto(lesson)
    wait_until_kept(page, lesson)
    # A session that ends without a logout, and somebody else on the same device.
    page.context.clear_cookies()
    log_in(page, "bob")
    page.goto(world.get_absolute_url())
    wait_until_kept(page, world.get_absolute_url())
    assert set(kept_pages(page)) == {"/offline/", world.get_absolute_url()}
    page.context.set_offline(True)
    page.goto(lesson)
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
