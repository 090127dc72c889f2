"""Reading without a network: which pages a browser may keep, and the script that keeps them.

A page is kept only if its response names the account that it was made for. The service worker
(`templates/offline/service_worker.js`) deletes the pages of every other account, and all of them
at a logout.
"""

from __future__ import annotations

import json
from hashlib import sha256

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

KEPT_FOR = "X-Kept-For"
# What every page needs; the rest is kept when it is used.
ASSETS = (
    "profai/site.css",
    "profai/study.css",
    "profai/study.js",
    "profai/offline.js",
    "profai/outbox.js",
    "profai/logo.svg",
)


def account_mark(request: HttpRequest) -> str:
    """Returns a name for the account that says nothing about it; "" for strangers."""
    if not request.user.is_authenticated:
        return ""
    return salted_hmac("common.offline", str(request.user.pk)).hexdigest()[:20]


def kept_offline(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Marks a response that this account's browser may show again without a network; returns it."""
    if response.status_code == 200:  # noqa: PLR2004 - what was asked for
        response.headers[KEPT_FOR] = account_mark(request)
    return response


@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    """Shows, offline, that a page was not kept. It is the same for everybody."""
    return render(request, "offline/offline.html", {"user": None, "bare": True})


@require_safe
@cache_control(no_cache=True, public=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Returns the script. Its bytes change with the files that it keeps: browsers load them again
    then."""
    addresses = [staticfiles_storage.url(name) for name in ASSETS]
    context = {
        "assets": json.dumps(addresses),
        "offline": json.dumps(reverse("offline")),
        "header": json.dumps(KEPT_FOR),
        "version": json.dumps(_digest_of_assets()),
    }
    response = render(request, "offline/service_worker.js", context, content_type="text/javascript")
    # It may only load from us: what it is for. Other responses may load nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    response.is_service_worker = True  # type: ignore[attr-defined] # for the middleware of headers
    return response


def _digest_of_assets() -> str:
    digest = sha256()
    for name in ASSETS:
        path = finders.find(name)
        if path:
            with open(path, "rb") as file:  # noqa: PTH123 - a path as text
                digest.update(file.read())
    return digest.hexdigest()[:12]


@require_safe
@cache_control(max_age=3600, public=True)
def manifest(_request: HttpRequest) -> JsonResponse:
    """Returns how the pages are installed on a phone's or a desktop's start screen."""
    sizes = {"profai/icon-192.png": "192x192", "profai/icon-512.png": "512x512"}
    icons = [
        {"src": staticfiles_storage.url(name), "sizes": size, "type": "image/png"}
        for name, size in sizes.items()
    ]
    maskable = {"src": staticfiles_storage.url("profai/icon-maskable.png"), "sizes": "512x512"}
    body = {
        "id": "/",
        "name": "ProfAI",
        "short_name": "ProfAI",
        "description": _("Lessons, quizzes and practice from your school's own documents."),
        "lang": get_language(),
        "dir": "auto",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7fa",
        "theme_color": "#2456c7",
        "icons": [*icons, maskable | {"type": "image/png", "purpose": "maskable"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")
