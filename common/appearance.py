"""How a person wants pages to look: light or dark, and how large. A cookie of each device says so,
because a phone and a desktop want different things."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from common.offline import account_mark

YEAR = 365 * 24 * 3600
# The cookie's name, and what it may say; the first is the default.
THEMES = {
    "auto": _("As the device"),
    "light": pgettext_lazy("colours", "Light"),
    "dark": pgettext_lazy("colours", "Dark"),
}
SIZES = {
    "normal": pgettext_lazy("text size", "Normal"),
    "large": pgettext_lazy("text size", "Large"),
    "larger": pgettext_lazy("text size", "Very large"),
    "small": pgettext_lazy("text size", "Small"),
}
CHOICES: dict[str, dict[str, Any]] = {"theme": THEMES, "size": SIZES}


def appearance(request: HttpRequest) -> dict[str, Any]:
    """Returns, as a context processor, what was chosen and what there is to choose from."""
    chosen = {
        name: found if (found := request.COOKIES.get(f"profai_{name}", "")) in options else ""
        for name, options in CHOICES.items()
    }
    return {
        "theme": chosen["theme"] or "auto",
        "size": chosen["size"] or "normal",
        "themes": THEMES,
        "sizes": SIZES,
        # Each in its own words, whatever the page's language is.
        "languages": settings.LANGUAGES,
        "account_mark": account_mark(request) if hasattr(request, "user") else "",
    }


@require_POST
def set_appearance(request: HttpRequest) -> HttpResponse:
    """Remembers what was chosen, and leads back to the page."""
    response = HttpResponseRedirect(page_before(request))
    for name, options in CHOICES.items():
        value = request.POST.get(name, "")
        if value in options:
            # Scripts read it, to show a page that was kept as it is wanted now.
            response.set_cookie(
                f"profai_{name}", value, max_age=YEAR, secure=request.is_secure(), samesite="Lax"
            )
    return response


def page_before(request: HttpRequest) -> str:
    """Returns the page of ours that the form stood on; the first page if that is not known."""
    page = request.POST.get("next") or request.headers.get("Referer", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(page, hosts, require_https=request.is_secure())
    return page if is_ours else "/"
