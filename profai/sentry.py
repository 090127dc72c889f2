"""Errors to Sentry, where SENTRY_DSN names one; without it nothing of it is loaded.

What is sent is made anew from the few things that are allowed: types and lines of our code, never
values. Messages of exceptions may quote a document, an answer or a name, so they stay in our log,
which the reference leads to.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings

from telemetry.logs import OURS

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

ALLOWED = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk")
FRAME = ("filename", "function", "module", "lineno", "in_app")
# Each 503 would be one; whatever breaks is reported by ourselves.
LEFT_OUT = ("django.request", "django.security*", "profai.health")


def start_sentry() -> None:
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger

    sentry_sdk.init(
        dsn=str(settings.SENTRY_DSN),
        environment=settings.SENTRY_ENVIRONMENT,
        release=f"profai@{settings.SPECTACULAR_SETTINGS['VERSION']}",
        # Nothing is patched and nothing collected: errors that we log are all there is.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        before_send=scrubbed,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
    )
    for name in LEFT_OUT:
        ignore_logger(name)


def scrubbed(event: Event, hint: Hint) -> Event:
    sent: dict[str, Any] = {name: event[name] for name in ALLOWED if name in event}  # type: ignore[literal-required] # its keys
    record = hint.get("log_record")
    if record is not None:
        sent["logentry"] = {"message": _words(record)}
        reference = getattr(record, "reference", "")
        sent["tags"] = {"reference": str(reference)} if reference else {}
    found: Any = event.get("exception") or {}
    sent["exception"] = {"values": [_shape(one) for one in found.get("values", [])]}
    return sent  # type: ignore[return-value] # an Event, with fewer keys


def _words(record: logging.LogRecord) -> str:
    """As they stand in our code, without what was put into them. Libraries may have put values
    in before they logged, so of theirs only the logger is named."""
    if record.name.partition(".")[0] not in OURS:
        return record.name
    return str(record.msg.get("event") if isinstance(record.msg, dict) else record.msg)


def _shape(exception: dict[str, Any]) -> dict[str, Any]:
    trace = exception.get("stacktrace") or {}
    frames = [
        {name: frame[name] for name in FRAME if name in frame} for frame in trace.get("frames", [])
    ]
    names = {name: exception.get(name) for name in ("type", "module")}
    return names | {"value": "see the log", "stacktrace": {"frames": frames}}
