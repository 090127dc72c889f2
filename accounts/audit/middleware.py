"""Writes the audit log by itself: every change except a learner's own, and every download.

A change is found in one of three ways. Each line of the admin's log (LogEntry) becomes an entry.
Other actions of the admin, and all requests to the API and to account pages, are found by their
request. Logins, rights and passwords come by signals. So a new page or endpoint is logged without
code of its own.

People who are no staff may still have a teacher's rights through a group. So their requests to the
API are left out only if they take quizzes, which the view's scope says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.audit.log import Target, record
from accounts.audit.request_context import answering, current_request
from accounts.models import Scope
from accounts.permissions import needed_scope
from common.files import is_download

logger = logging.getLogger(__name__)

SAFE = {"GET", "HEAD", "OPTIONS"}
REFUSED = 400
REDIRECT = 302
FLAGS = {ADDITION: "add", CHANGE: "change", DELETION: "delete"}
VERBS = {"create": "add", "post": "add", "destroy": "delete", "partial_update": "change"}
# Requests that change nothing.
READING = {"ask", "ask_stream", "stream"}
# Buttons of Django's forms; ours say what they do.
PLAIN_BUTTONS = {"_save", "_continue", "_addanother", "_popup", "_saveasnew", "_selected_action"}
# These have signals of their own.
BY_SIGNAL = {"login", "logout"}


class AuditMiddleware:
    """Makes the request available to signals; afterwards logs what they did not log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with answering(request):
            response = self._get_response(request)
            try:
                _note(request, response)
            except Exception:
                # The change was made, and its response must not fail because of the log.
                logger.exception("An entry of the audit log was lost")
            return response


def _note(request: HttpRequest, response: HttpResponseBase) -> None:
    if response.status_code >= REFUSED or getattr(request, "audited", False):
        return
    match = request.resolver_match
    if match is None or match.url_name in BY_SIGNAL:
        return
    attached = is_download(response)
    if not (attached or _is_change(request, response)):
        return
    user: Any = request.user
    if not user.is_authenticated:
        return
    if not (user.is_staff or attached) and _is_learners_own(request):
        return
    action = "download" if attached else action_of(request)
    if action not in READING:
        record(
            action,
            request=request,
            target=_target(request, response),
            detail=f"{request.method} {request.path_info}",
        )


def _is_change(request: HttpRequest, response: HttpResponseBase) -> bool:
    if request.method in SAFE:
        return False
    if request.path_info.startswith("/api/"):
        return True
    # A form page as response to a POST has errors: nothing was changed.
    return response.status_code == REDIRECT


def _is_learners_own(request: HttpRequest) -> bool:
    """Whether somebody who is no staff uses a page, or takes a quiz by the API."""
    if not request.path_info.startswith("/api/"):
        return True
    match = request.resolver_match
    view: Any = match.func if match else None
    asked = SimpleNamespace(
        action=_action(view, request), scopes=getattr(getattr(view, "cls", None), "scopes", {})
    )
    return needed_scope(asked, request.method or "") == Scope.QUIZZES_TAKE


def _action(view: Any, request: HttpRequest) -> str | None:
    """Returns the method of a view set that answers; None for other views."""
    return (getattr(view, "actions", None) or {}).get((request.method or "").lower())


def action_of(request: HttpRequest) -> str:
    """Returns a short name of the requested action: `publish`, `retry`, `add`, `new_secret`."""
    match = request.resolver_match
    view: Any = match.func if match else None
    name = (match.url_name if match else None) or ""
    if request.path_info.startswith("/api/"):
        asked = _action(view, request) or _last(name, "-", request)
        return VERBS.get(asked, asked)
    posted = request.POST.get("action", "")
    if posted and name.endswith("_changelist"):
        return "delete" if posted == "delete_selected" else posted
    buttons = [key for key in request.POST if key.startswith("_") and key not in PLAIN_BUTTONS]
    return buttons[0].lstrip("_") if buttons else _last(name, "_", request)


def _last(name: str, by: str, request: HttpRequest) -> str:
    word = name.replace("-", by).rpartition(by)[2] if name else ""
    return word or (request.method or "").lower()


def _target(request: HttpRequest, response: HttpResponseBase) -> Target:
    """Returns the row that was changed, by the URL; by the response if it was created."""
    match = request.resolver_match
    if match is None:
        return Target()
    # The model of the view, by its admin class or its queryset.
    about = getattr(match.func, "model_admin", None) or getattr(match.func, "cls", None)
    model = getattr(about, "model", None) or getattr(
        getattr(about, "queryset", None), "model", None
    )
    kind = (model._meta.label_lower if model is not None else "") or str(match.url_name or "")
    data: Any = getattr(response, "data", None)
    made = [data[key] for key in ("id", "job_id") if key in data] if isinstance(data, dict) else []
    given = list(match.kwargs.values())
    chosen = request.POST.getlist("_selected_action")
    return Target(kind, ", ".join(map(str, given or chosen or made)))


def note_log_entry(instance: LogEntry, **_signal: Any) -> None:
    """Logs a line of the admin's own log. Its message names fields, not their values."""
    request = current_request()
    flag = FLAGS.get(instance.action_flag, "change")
    action = action_of(request) if request is not None and flag != "delete" else flag
    about = instance.content_type
    kind = f"{about.app_label}.{about.model}" if about else ""
    record(
        action,
        request=request,
        actor=instance.user,
        target=Target(kind, str(instance.object_id or ""), instance.object_repr),
        detail=instance.get_change_message(),
    )


def note_login(request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    record("login", request=request, actor=user)


def note_logout(request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    if user is not None:
        record("logout", request=request, actor=user)


def note_roles(
    instance: Any, action: str, pk_set: set[int] | None, model: Any, **_signal: Any
) -> None:
    """Logs groups and permissions that were added or removed. Without a request nothing is logged:
    a start creates the groups."""
    request = current_request()
    done = {"post_add": "added", "post_remove": "removed", "pre_clear": "all removed"}.get(action)
    if request is None or done is None or (pk_set is not None and not pk_set):
        return
    names = [str(row) for row in model._base_manager.filter(pk__in=pk_set or ())]
    record(
        "roles",
        request=request,
        target=Target(instance._meta.label_lower, str(instance.pk), str(instance)),
        detail=f"{model._meta.verbose_name_plural} {done}: {'; '.join(names)}".rstrip(": "),
    )
