"""axe-core on every learner page, light, dark and on a phone; sizes of targets; headings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser import NewPage
from tests.study.pages import learners_pages, logged_in, make_study_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]

RULES: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
SMALL = """() => Array.from(document.querySelectorAll("a, button, input, select, summary"))
    .filter((one) => one.checkVisibility({visibilityProperty: true}))
    .filter((one) => !one.closest(".skip-link"))
    .filter((one) => {
        // Links in sentences are as high as the line; what is hidden has no size.
        const inText = getComputedStyle(one).display === "inline";
        const hidden = getComputedStyle(one).clipPath !== "none" || one.closest(".hidden");
        const label = one.closest("label");
        const box = (label || one).getBoundingClientRect();
        return !inText && !hidden && (box.width < 24 || box.height < 24);
    })
    .map((one) => `${one.outerHTML.slice(0, 90)} ${JSON.stringify(one.getBoundingClientRect())}`)"""
LEVELS = """() => Array.from(document.querySelectorAll("h1, h2, h3, h4, h5, h6"))
    .filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]))"""


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page that is open."""
    found = Axe().run(page, options=RULES).response
    wrong = [
        f"{name}: {one['id']} ({one['impact']}): {node['html'][:120]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
    wrong += [f"{name}: too small: {one}" for one in page.evaluate(SMALL)]
    levels = page.evaluate(LEVELS)
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    if levels.count(1) != 1 or jumps:
        wrong.append(f"{name}: headings {levels}")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "colours"), [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")]
)
def test_every_page_is_accessible(
    new_page: NewPage, live_server: LiveServer, width: int, colours: str
) -> None:
    course = make_study_world()
    viewport = {"width": width, "height": 844}
    page = new_page(viewport=viewport, color_scheme=colours, base_url=live_server.url)
    logged_in(page, live_server.url, User.objects.get(username="learner"))
    wrong: list[str] = []
    for name, path in learners_pages(course).items():
        page.goto(path)
        wrong += look(page, name)
    page.goto("/practice/")
    page.get_by_text("Show the answer").click()
    wrong += look(page, "answer")
    page.context.clear_cookies()
    page.goto("/login/")
    wrong += look(page, "login")
    assert not wrong, "\n".join(wrong)


def test_a_page_with_faults_is_noticed(new_page: NewPage) -> None:
    page = new_page()
    page.set_content(
        '<html lang="en"><title>x</title><main><h1>A</h1><h3>B</h3><img src="x">'
        '<button style="width:10px;height:10px;padding:0">x</button></main>'
    )
    assert {one.split()[1] for one in look(page, "page")} >= {"image-alt", "too", "headings"}
