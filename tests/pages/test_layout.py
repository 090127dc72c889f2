"""What people wrote, as browsers lay it out: long words, lines, direction, and paper."""

from __future__ import annotations

import contextlib
from typing import Any

import pypdfium2
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import Scope
from accounts.services import make_token
from courses.indexing import index_course
from courses.models import (
    Citation,
    Course,
    CourseStatus,
    KeyTerm,
    Module,
    Passage,
    SourceDocument,
    Topic,
)
from jobs.models import Step
from quizzes.models import Attempt, Choice, Question, Quiz
from quizzes.services import start_attempt, submit_attempt
from tests.admin.rows import make_job
from tests.browser import NewPage
from tests.factories import make_course, make_superuser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]

# 34 letters, as German has them.
WORD = "Donaudampfschifffahrtsgesellschaft"
ADDRESS = "https://www.example.org/courses/2026/introduction/reading-list/index.html?part=17&of=23"
WORDS = f"{WORD} {ADDRESS}"
POEM = "Uber allen Gipfeln\n    Ist Ruh,\n\nIn allen Wipfeln"
HEBREW = "\u05de\u05d4\u05d5 \u05de\u05e2\u05d9\u05d9\u05df?"
# Texts that stand in no box that scrolls by itself, and reach beyond their block or the page.
OUTSIDE = """() => {
    const scrolls = (one) =>
        ["auto", "scroll"].includes(getComputedStyle(one).overflowX) &&
        (one.matches("pre, textarea, select, .inline-group") ||
            one.querySelector(":scope > table, :scope > fieldset > table"));
    const found = [];
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) {
        found.push(`the page: ${page.scrollWidth} of ${page.clientWidth}`);
    }
    for (const box of document.querySelectorAll("body *")) {
        const moves = ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
        if (moves && box.checkVisibility() && box.scrollWidth > box.clientWidth && !scrolls(box)) {
            found.push(`${box.tagName}.${box.className} scrolls, ${box.scrollWidth} pixels`);
        }
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        let box = texts.currentNode.parentElement;
        const forReadersOnly = box.closest(
            ".hidden, .visually-hidden, .pa-hidden-text, .skip-link, .skip-to-content-link",
        );
        if (!texts.currentNode.data.trim() || forReadersOnly || !box.checkVisibility()) continue;
        const words = document.createRange();
        words.selectNodeContents(texts.currentNode);
        const right = Math.max(...Array.from(words.getClientRects(), (one) => one.right));
        const isPart = (one) => ["inline", "contents"].includes(getComputedStyle(one).display);
        while (isPart(box)) box = box.parentElement;
        let around = box;
        while (around && !scrolls(around)) around = around.parentElement;
        if (around) continue;
        const edge = Math.min(box.getBoundingClientRect().right, page.clientWidth);
        if (right > edge + 1) {
            const start = texts.currentNode.data.trim().slice(0, 40);
            found.push(`${box.tagName}.${box.className}: ${start}`);
        }
    }
    return found;
}"""  # fmt: skip


# Texts that hold a line of the poem, and stand where lines are run together.
RUN_TOGETHER = """() => {
    const found = {kept: 0, lost: []};
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const box = texts.currentNode.parentElement;
        // Headlines, paths and menus show the beginning of a question as its name.
        const names = ".breadcrumbs, #content > h2, td.original, option, title, textarea";
        const isName = box.closest(names);
        if (isName || !texts.currentNode.data.includes("Gipfeln\\n    Ist Ruh")) continue;
        if (getComputedStyle(box).whiteSpaceCollapse === "preserve") found.kept += 1;
        else found.lost.push(`${box.tagName}.${box.className}`);
    }
    return found;
}"""
# Hebrew that is laid out from the left, and fields whose text would be.
FROM_THE_LEFT = """() => {
    const found = [];
    const byContent = (one) => {
        const style = getComputedStyle(one);
        return style.direction === "rtl" || style.unicodeBidi === "plaintext";
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const box = texts.currentNode.parentElement;
        const code = box.closest("pre, code, option, textarea");
        if (code || !/[\u05d0-\u05ea]/.test(texts.currentNode.data) || byContent(box)) continue;
        let block = box;
        while (getComputedStyle(block).display === "inline" && !byContent(block)) {
            block = block.parentElement;
        }
        const where = box.closest("[class]")?.className;
        if (!byContent(block)) found.push(`${box.tagName}.${box.className} in ${where}`);
    }
    const fields = "input[type=text], input[type=search], textarea";
    for (const field of document.querySelectorAll(fields)) {
        if (!byContent(field)) found.push(`field ${field.name}`);
    }
    return found;
}"""


def make_world(words: str, *, asked: str = "") -> Course:
    """Everything that a person may write says `words`; questions say what is `asked`."""
    asked = asked or words
    chief = make_superuser(WORD)
    User.objects.update(first_name=WORD, last_name=WORD, email=f"{WORD}@example.org")
    course = make_course(owner=chief, status=CourseStatus.PUBLISHED, modules=2, topics=1)
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    Passage.objects.update(text=words, heading_path=[words])
    SourceDocument.objects.update(original_name=f"{WORD}.pdf", warnings=[words])
    Module.objects.update(title=words, summary=words, objectives=[words])
    Topic.objects.update(
        title=words, flags=[words], content=f"{words} [^1]\n\n{table}\n\n```\n{words}\n```"
    )
    KeyTerm.objects.update(term=words, definition=words)
    Citation.objects.update(quote=asked)
    Quiz.objects.update(title=words, notes=[words])
    checks = [{"code": "imported", "message": words}]
    Question.objects.update(stem=asked, explanation=asked, quote=f"{asked}.", check_results=checks)
    for choice in Choice.objects.all():
        numbered = f"{asked} {choice.position}"
        Choice.objects.filter(pk=choice.pk).update(text=numbered, feedback=asked)
    course.job = make_job(chief, title=words[:255], message=words, error=words)
    Step.objects.update(name=words[:255], error=words)
    course.title, course.description, course.notes = words, words, [words]
    course.save()
    final = course.quizzes.get(module=None)
    submit_attempt(attempt=start_attempt(quiz=final, learner=chief), responses={1: 2})
    start_attempt(quiz=Quiz.objects.filter(course=course).exclude(module=None)[0], learner=chief)
    make_token(user=chief, name=WORD, scopes=list(Scope.values), days=1)
    return course


def logged_in(page: Page, live_server: LiveServer, user: User) -> Page:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie: Any = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def learners_pages(course: Course) -> list[str]:
    open_one = Attempt.objects.get(submitted_at=None)
    done = Attempt.objects.exclude(submitted_at=None).get()
    topic = Topic.objects.filter(module__course=course)[0]
    token = User.objects.get(username=WORD).personal_tokens.get()
    return [
        "/",
        course.get_absolute_url(),
        reverse("topic-detail", args=[topic.pk]),
        done.quiz.get_absolute_url(),
        reverse("attempt-take", args=[open_one.pk]),
        done.get_absolute_url(),
        reverse("history"),
        f"{reverse('course-search', args=[course.slug])}?q={WORD}",
        reverse("token-list"),
        reverse("token-revoke", args=[token.pk]),
        f"/{WORD}",
    ]


def staffs_pages() -> list[str]:
    """Lists, forms, histories and deletions of every model, by the admin's own front page."""
    client = Client()
    client.force_login(User.objects.get(username=WORD))
    models = [one for app in client.get("/admin/").context["app_list"] for one in app["models"]]
    found = ["/admin/", "/admin/health/", "/admin/password_change/"]
    for model in models:
        found += [address for address in (model["admin_url"], model["add_url"]) if address]
        row = model["model"].objects.first()
        meta = model["model"]._meta
        for page in ("change", "history", "delete"):
            address = row and reverse(
                f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[row.pk]
            )
            if address and client.get(address).status_code == 200:
                found.append(address)
    return found


def test_long_words_stay_in_their_boxes_at_320_pixels(
    new_page: NewPage, live_server: LiveServer, chroma: int
) -> None:
    """320 by 256 is what a desktop of 1280 by 1024 shows at 400%."""
    course = make_world(WORDS)
    index_course(course)
    page = new_page(viewport={"width": 320, "height": 256}, base_url=live_server.url)
    logged_in(page, live_server, User.objects.get(username=WORD))
    paths = [*learners_pages(course), *staffs_pages()]
    assert len(paths) > 50
    wrong: list[str] = []
    for path in paths:
        page.goto(path)
        page.locator("body").wait_for()
        wrong += [f"{path} {one}" for one in page.evaluate(OUTSIDE)]
    page.goto(learners_pages(course)[4])
    page.get_by_role("button", name="Review and submit").click()
    page.locator("[name=hand_in]").wait_for()
    wrong += [f"unanswered {one}" for one in page.evaluate(OUTSIDE)]
    assert not wrong, "\n".join(wrong)


def staffs_pages_of_questions(course: Course) -> list[str]:
    done = Attempt.objects.exclude(submitted_at=None).get()
    return [
        reverse("admin:courses_course_change", args=[course.pk]),
        reverse("admin:quizzes_quiz_change", args=[done.quiz_id]),
        reverse("admin:quizzes_question_change", args=[done.quiz.questions.all()[0].pk]),
    ]


def test_poems_and_code_of_questions_keep_their_lines(
    new_page: NewPage, live_server: LiveServer
) -> None:
    course = make_world("Springs", asked=POEM)
    page = new_page(base_url=live_server.url)
    logged_in(page, live_server, User.objects.get(username=WORD))
    _, _, topic, _, take, result, *_ = learners_pages(course)
    for path in [topic, take, result, *staffs_pages_of_questions(course)]:
        page.goto(path)
        lines = page.evaluate(RUN_TOGETHER)
        assert lines["lost"] == [], path
        assert lines["kept"], path
    done = Attempt.objects.exclude(submitted_at=None).get()
    page.goto(reverse("admin:quizzes_attempt_change", args=[done.pk]))
    assert page.locator(".field-stem").first.inner_text().strip() == POEM
    page.goto(take)
    assert page.locator(".stem").first.inner_text() == POEM
    page.goto(result)
    for part in (".stem", ".explanation", ".feedback", ".quote blockquote"):
        assert page.locator(part).first.inner_text().startswith(POEM)
    assert page.locator(".choices .written").first.inner_text().startswith(POEM)


def test_direction_follows_the_words(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_world(HEBREW)
    page = new_page(base_url=live_server.url)
    logged_in(page, live_server, User.objects.get(username=WORD))
    pages = [*learners_pages(course), *staffs_pages()]
    wrong: list[str] = []
    for path in pages:
        page.goto(path)
        page.locator("body").wait_for()
        wrong += [f"{path} {one}" for one in page.evaluate(FROM_THE_LEFT)]
    assert not wrong, "\n".join(wrong)
    for path, part in [
        (pages[1], "h1"),
        (pages[2], "h1"),
        (pages[4], ".stem"),
        (pages[5], ".stem"),
    ]:
        page.goto(path)
        assert page.locator(part).first.get_attribute("dir") == "auto"
        left_over = page.evaluate(
            """(part) => {
                const box = document.querySelector(part);
                const words = document.createRange();
                words.selectNodeContents(box);
                return box.getBoundingClientRect().right - words.getBoundingClientRect().right;
            }""",
            part,
        )
        assert left_over == pytest.approx(0, abs=2), path


def printed(page: Page, path: str) -> str:
    """The text of a page as it comes out of a printer, without spaces."""
    page.goto(path)
    document = pypdfium2.PdfDocument(page.pdf(format="A4"))
    with contextlib.closing(document):
        texts = [one.get_textpage().get_text_bounded() for one in document]
    return "".join("".join(texts).split())


def test_all_of_a_wide_table_comes_out_on_paper(new_page: NewPage, live_server: LiveServer) -> None:
    course = make_world(HEBREW)
    names = [f"Column{letter}" for letter in "ABCDEFGHIJKLMNOP"]
    rows = [names, ["---"] * len(names), [f"Cell{WORD}{number}." for number in range(len(names))]]
    code = f"```\n{'code ' * 60}CodeEnds\n```"
    content = "\n".join(f"| {' | '.join(row)} |" for row in rows) + f"\n\n{code}"
    topic = Topic.objects.filter(module__course=course)[0]
    Topic.objects.filter(pk=topic.pk).update(content=content)
    Course.objects.update(title="Oceanography")
    SourceDocument.objects.update(warnings=["WarningEnds"])
    page = new_page(base_url=live_server.url)
    logged_in(page, live_server, User.objects.get(username=WORD))
    paper = printed(page, reverse("topic-detail", args=[topic.pk]))
    for one in (*names, *(f"Cell{WORD}{number}." for number in range(len(names))), "CodeEnds"):
        assert one in paper
    assert "Oceanography" in printed(page, reverse("history"))
    assert "Revoke" in printed(page, reverse("token-list"))
    assert "WarningEnds" in printed(page, reverse("admin:courses_course_change", args=[course.pk]))
    jobs = printed(page, "/admin/jobs/job/")
    for heading in page.locator("#result_list th .text").all_inner_texts():
        assert "".join(heading.split()) in jobs
