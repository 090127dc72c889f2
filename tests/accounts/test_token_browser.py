"""A person makes a token in a browser, a program uses it, the person revokes it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.accounts.tokens import bearer
from tests.browser import NewPage
from tests.factories import PASSWORD, make_learner


@pytest.mark.browser
@pytest.mark.slow
def test_from_the_header_to_a_token_and_back_without_javascript(
    new_page: NewPage, live_server: LiveServer
) -> None:
    # Somebody who is offered tokens.
    may_have = Permission.objects.get(codename="add_personaltoken")
    make_learner().user_permissions.add(may_have)
    page = new_page(java_script_enabled=False, base_url=live_server.url)
    page.goto("/")
    page.get_by_label("Username").fill("learner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Account").click()
    page.get_by_role("link", name="API tokens").click()
    page.get_by_label("Name").fill("Nightly report")
    page.get_by_role("group", name="It may").get_by_label("Read courses").check()
    page.get_by_label("Valid for").select_option("30 days")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("not shown again")).to_be_visible()
    text = page.locator(".secret").inner_text()
    assert bearer(text).get("/api/courses/").status_code == 200
    page.goto("/account/tokens/")
    expect(page.locator(".secret")).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("link", name="Revoke Nightly report").click()
    page.get_by_role("button", name="Revoke the token").click()
    expect(page.get_by_text("was revoked; nothing can use it any more.")).to_be_visible()
    expect(page.get_by_role("row", name="Nightly report")).to_contain_text("Revoked")
    assert bearer(text).get("/api/courses/").status_code == 401
