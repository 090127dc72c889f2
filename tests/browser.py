"""Fixtures that drive a headless Chromium; a conftest that needs them imports them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.factories import PASSWORD
from tests.waiting import LONG

NewPage = Callable[..., Page]

# Playwright's own limits, 5 and 30 seconds, are too short for a busy machine.
expect.set_options(timeout=LONG * 1000)


def log_in(page: Page, name: str) -> None:
    """On the login page that was opened; accounts of the factories. Ends on the next page.

    Chromium leaves out a page's requests from a route that is set while the page is loading.
    """
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()


_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """$CHROMIUM where it is set, else the usual places."""
    places = [
        os.environ.get("CHROMIUM"),
        "/usr/bin/chromium",
        shutil.which("chromium"),
        shutil.which("chromium-browser"),
        shutil.which("google-chrome"),
    ]
    return next((place for place in places if place and Path(place).is_file()), None)


def axe_findings(
    page: Page, name: str, tags: Collection[str] = (), impacts: Collection[str] = ()
) -> list[str]:
    """What axe-core finds wrong with the page that is open, a line each; `name` names the page.

    By rules with one of the `tags` and findings of the `impacts`; without any, by all.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if tags:
        options["runOnly"] = {"type": "tag", "values": list(tags)}
    found = Axe().run(page, options=options).response
    return [
        f"{name}: {one['id']} ({one['impact']}): {node['html'][:120]} {node['failureSummary']}"
        for one in found["violations"]
        if not impacts or one["impact"] in impacts
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("No Chromium is installed; install it, or set CHROMIUM to its path.")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's event loop runs in this thread, and Django takes that for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
            yield browser
            browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Call it for a page in a context of its own; it takes the options of `new_context`."""
    contexts = []

    def make(**options: Any) -> Page:
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(LONG * 1000)
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()
