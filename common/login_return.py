"""Leads people back to their page after they had to log in because their session had ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

ADMIN_LOGIN = "admin:login"


def to_login(request: HttpRequest, page: str = "") -> HttpResponseRedirect:
    """Returns a redirect to the login, which then leads to `page`, or to the requested URL."""
    match = request.resolver_match
    in_admin = match is not None and match.app_name == "admin"
    login = reverse(ADMIN_LOGIN) if in_admin else resolve_url(settings.LOGIN_URL)
    return redirect_to_login(page or request.get_full_path(), login)


def posted_from(page: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Returns a decorator for views that only take POST. `page` is the URL name of the page with
    their button; its URL takes the same arguments or none."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        posted: Any = require_POST(view)
        posted.page_of_button = page
        return posted  # type: ignore[no-any-return] # the view, with one attribute more

    return decorate


def page_with_form(request: HttpRequest) -> str:
    """Returns the URL of the page whose form or button sent the request; "" if it is not known."""
    match = request.resolver_match
    if match is None or match.url_name == "logout":
        return ""
    page = getattr(match.func, "page_of_button", "")
    if not page:
        return request.get_full_path()
    try:
        return reverse(page, args=list(match.kwargs.values()))
    except NoReverseMatch:
        return reverse(page)


class LoginReturnMiddleware:
    """Makes a login lead to the page with the button, because the button's own URL would answer 405
    to the GET that follows a login."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        match = request.resolver_match
        has_button = match is not None and hasattr(match.func, "page_of_button")
        if not has_button or response.status_code not in {301, 302}:
            return response
        leads_to = urlsplit(response.headers["Location"]).path
        if leads_to not in {reverse(ADMIN_LOGIN), resolve_url(settings.LOGIN_URL)}:
            return response
        return to_login(request, page_with_form(request))
