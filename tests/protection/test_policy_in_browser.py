"""The policy in a browser: no page of ours breaks it, things work, injected scripts do not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEntry, Session
from courses.models import Course, CourseStatus, Module, SourceDocument, Topic
from jobs.models import Job, Step
from profai.local.first_start import SAMPLE
from quizzes.models import Attempt, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job
from tests.browser import NewPage
from tests.factories import PASSWORD, make_course, make_learner, make_superuser
from tests.waiting import LONG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]

LISTEN = """
window.broken = JSON.parse(sessionStorage.getItem("broken") || "[]");
document.addEventListener("securitypolicyviolation", (event) => {
    window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    sessionStorage.setItem("broken", JSON.stringify(window.broken));
});
"""


class Watched:
    """A page of somebody who is logged in, with all that its policy kept from happening."""

    def __init__(self, page: Page, server: str) -> None:
        self.page, self._server = page, server
        self.complaints: list[str] = []
        page.add_init_script(LISTEN)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Permissions-Policy" in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def log_in(self, name: str) -> None:
        self.page.goto(f"{self._server}/login/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(f"{self._server}/")

    def visit(self, path: str) -> Page:
        self.page.goto(self._server + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def visit_all(self, paths: list[str]) -> None:
        """In several tabs at once, because each is looked at until it has been quiet for long."""
        tabs = [Watched(self.page.context.new_page(), self._server) for _ in range(6)]
        for start in range(0, len(paths), len(tabs)):
            used = list(zip(tabs, paths[start:], strict=False))
            for tab, path in used:
                tab.page.goto(self._server + path, wait_until="commit")
            for tab, _ in used:
                tab.page.wait_for_load_state("networkidle")
        for tab in tabs:
            self.complaints += tab.problems()
            tab.page.close()

    def answers(self, path: str) -> int:
        """The status of a page that is visited."""
        answer = self.page.goto(self._server + path)
        assert answer is not None
        self.page.wait_for_load_state("networkidle")
        return answer.status

    def problems(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.broken || []")
        return self.complaints + found


@pytest.fixture
def watched(new_page: NewPage, live_server: LiveServer) -> Iterator[Watched]:
    found = Watched(new_page(), live_server.url)
    yield found
    assert found.problems() == []


def make_world() -> Course:
    chief = make_superuser()
    course = make_course(owner=chief, status=CourseStatus.PUBLISHED)
    course.job = make_job(chief, title="Rivers")
    course.save()
    quiz = Quiz.objects.filter(course=course).first()
    assert quiz is not None
    submit_attempt(attempt=start_attempt(quiz=quiz, learner=chief), responses={1: 1})
    return course


def test_learners_pages_keep_to_the_policy(watched: Watched) -> None:
    course = make_world()
    watched.log_in("chief")
    topic, quiz = Topic.objects.first(), Quiz.objects.first()
    assert topic is not None
    assert quiz is not None
    attempt = Attempt.objects.get()
    pages = [
        "/",
        course.get_absolute_url(),
        reverse("topic-detail", args=[topic.pk]),
        quiz.get_absolute_url(),
    ]
    pages += [attempt.get_absolute_url(), reverse("history"), "/account/tokens/", "/nothing-here"]
    pages += [f"{course.get_absolute_url()}search/?q=topic", "/?q=rivers", "/search/?q=spring"]
    pages += [f"{course.get_absolute_url()}glossary/", "/practice/", "/notes/", "/offline/"]
    watched.visit_all(pages)


def test_the_admin_keeps_to_the_policy(watched: Watched) -> None:
    make_world()
    watched.log_in("chief")
    client = Client()
    client.force_login(make_superuser("second"))
    index = client.get("/admin/")
    lists = [
        (model["admin_url"], model["add_url"])
        for app in index.context["app_list"]
        for model in app["models"]
    ]
    assert len(lists) > 15
    paths = [path for pair in lists for path in pair if path]
    for model in (Course, Module, Topic, SourceDocument, Quiz, Question, Attempt, Job, Step):
        row = model.objects.first()
        assert row is not None
        meta = model._meta
        paths += [
            reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[row.pk])
            for page in ("change", "history")
        ]
    watched.visit_all([*paths, "/admin/health/", "/admin/password_change/"])


def test_pages_about_access_keep_to_the_policy(watched: Watched) -> None:
    make_world()
    watched.visit("/admin/login/")
    for _ in range(5):
        watched.visit("/login/")
        watched.page.get_by_label("Username").fill("learner")
        watched.page.get_by_label("Password").fill("wrong")
        watched.page.get_by_role("button", name="Log in").click()
    expect(watched.page.get_by_text("too many failed logins")).to_be_visible()
    watched.log_in("chief")
    page = watched.visit("/admin/axes/accessattempt/")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page = watched.visit("/admin/accounts/auditentry/?q=learner")
    watched.visit("/admin/accounts/auditentry/?action__exact=lock-out")
    entry = AuditEntry.objects.filter(action="lock-out").get()
    page = watched.visit(reverse("admin:accounts_auditentry_change", args=[entry.pk]))
    expect(page.get_by_text("lock-out").first).to_be_visible()
    page = watched.visit("/account/")
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.locator(".message:visible").first).to_be_visible()


def test_pages_of_errors_keep_to_the_policy(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_args: Any, **_kwargs: Any) -> None:
        raise PermissionDenied

    def breaks(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("Broken.")

    make_world()
    watched.log_in("chief")
    assert watched.answers("/no-such-page") == 404
    monkeypatch.setattr("quizzes.home.listed_courses", refuses)
    assert watched.answers("/") == 403
    monkeypatch.setattr("quizzes.home.listed_courses", breaks)
    assert watched.answers("/") == 500
    page = watched.visit("/admin/password_change/")
    page.context.clear_cookies()
    with page.expect_navigation() as gone:
        page.evaluate("document.querySelector('#content form').submit()")
    assert gone.value is not None
    assert gone.value.status == 403


def test_filters_and_dates_of_the_admin_work(watched: Watched) -> None:
    make_world()
    watched.log_in("chief")
    page = watched.visit("/admin/courses/course/")
    page.get_by_role("link", name="Published", exact=True).click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page = watched.visit(reverse("admin:quizzes_quiz_change", args=[Attempt.objects.get().quiz_id]))
    page.locator("summary", has_text="Rules").click()
    page.get_by_role("link", name="Today").first.click()
    expect(page.locator("#id_due_at_0")).not_to_have_value("")
    page.locator(".datetimeshortcuts a:has(.date-icon)").first.click()
    expect(page.locator(".calendarbox").first).to_be_visible()
    page.get_by_role("link", name="Cancel").first.click()


def test_an_upload_lists_its_files_and_the_job_is_followed_live(watched: Watched) -> None:
    make_world()
    watched.log_in("chief")
    page = watched.visit("/admin/courses/course/add/")
    page.locator("input[type=file]").set_input_files(str(SAMPLE))
    expect(page.locator("#pa-upload-files li")).to_have_count(1)
    page.get_by_role("button", name="Make the course").click()
    page.wait_for_url("**/admin/jobs/job/*/change/")
    job = Job.objects.exclude(title="Rivers").get()
    assert str(job.pk) in page.url
    Job.objects.filter(pk=job.pk).update(message="Seen while it happens")
    expect(page.get_by_text("Seen while it happens")).to_be_visible(timeout=LONG * 1000)


def test_the_documentation_of_the_api_works(watched: Watched) -> None:
    make_world()
    watched.log_in("chief")
    page = watched.visit("/api/docs/")
    operation = page.locator("#operations-courses-courses_list").first
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )


def test_a_change_is_sent_from_the_documentation_of_the_api(watched: Watched) -> None:
    course = make_world()
    watched.log_in("chief")
    page = watched.visit("/api/docs/")
    operation = page.locator("#operations-courses-courses_unpublish_create")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("slug").fill(course.slug)
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )
    course.refresh_from_db()
    assert course.status == CourseStatus.DRAFT


INJECTED = """
<script>window.ran = "script"</script>
<img src="/nothing" onerror="window.ran = 'handler'">
<a id="link" href="javascript:window.ran = 'link'">x</a>
<base href="https://evil.example/">
<style>body { background: rgb(255, 0, 0) }</style>
<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>
"""


def test_what_is_injected_into_a_page_does_not_run(
    new_page: NewPage, live_server: LiveServer, tmp_path: Path, settings: Any
) -> None:
    """As if escaping had been forgotten in a template: only the policy is left."""
    folder = tmp_path / "templates" / "registration"
    folder.mkdir(parents=True)
    (folder / "login.html").write_text(f"<!doctype html><title>x</title>{INJECTED}<p>End</p>")
    templates = [{**settings.TEMPLATES[0], "DIRS": [str(folder.parent)]}]
    settings.TEMPLATES = templates
    page = new_page()
    page.add_init_script(LISTEN)
    page.goto(f"{live_server.url}/login/")
    page.locator("#link").click()
    expect(page.get_by_text("End")).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.baseURI").startswith(live_server.url)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 0, 0)"
    broken = " ".join(page.evaluate("window.broken"))
    for directive in ("script-src-elem", "script-src-attr", "base-uri", "style-src-elem"):
        assert directive in broken


def test_answers_are_kept_when_the_session_ends_during_a_quiz(
    new_page: NewPage, live_server: LiveServer
) -> None:
    make_learner()
    make_course(status=CourseStatus.PUBLISHED)
    quiz = Quiz.objects.first()
    assert quiz is not None
    watched = Watched(new_page(), live_server.url)
    watched.log_in("learner")
    page = watched.visit(quiz.get_absolute_url())
    page.get_by_role("button", name="Start the quiz").click()
    page.get_by_label("Choice 1.1").check()
    expect(page.get_by_text("Saved. 2 without an answer.")).to_be_visible()
    Session.objects.all().delete()
    page.get_by_role("button", name="Review and submit").click()
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Choice 1.1")).to_be_checked()
    assert watched.problems() == []
