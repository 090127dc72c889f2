"""Sends errors to Sentry if SENTRY_DSN is set; otherwise Sentry is not loaded.

Only types and lines of our code are sent, never values. Messages of exceptions may quote a
document, an answer or a name, so they stay in our log; the reference leads to them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from telemetry.logs import OURS

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

ALLOWED = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk")
FRAME = ("filename", "function", "module", "lineno", "in_app")
# These log each 503 as an error; ProfAI itself logs the error behind it.
LEFT_OUT = ("django.request", "django.security*", "profai.health")


def start_sentry() -> None:
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(str(settings.SENTRY_DSN))
    except (BadDsn, ValueError):
        # Sentry's own message would show the setting.
        raise ImproperlyConfigured(
            "SENTRY_DSN is no DSN of Sentry; copy it once more from the project's settings there."
        ) from None
    sentry_sdk.init(
        dsn=str(settings.SENTRY_DSN),
        environment=settings.SENTRY_ENVIRONMENT,
        release=f"profai@{settings.SPECTACULAR_SETTINGS['VERSION']}",
        # Nothing is patched or collected: only errors that ProfAI logs are sent.
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
        # The message as it is in our code, without values. Libraries may have put values into
        # theirs, so of a library's line only the logger is named.
        text = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
        ours = record.name.partition(".")[0] in OURS
        sent["logentry"] = {"message": str(text) if ours else record.name}
        reference = getattr(record, "reference", "")
        sent["tags"] = {"reference": str(reference)} if reference else {}
    found: Any = event.get("exception") or {}
    sent["exception"] = {"values": [_shape(one) for one in found.get("values", [])]}
    return sent  # type: ignore[return-value] # an Event, with fewer keys


def _shape(exception: dict[str, Any]) -> dict[str, Any]:
    trace = exception.get("stacktrace") or {}
    frames = [
        {name: frame[name] for name in FRAME if name in frame} for frame in trace.get("frames", [])
    ]
    names = {name: exception.get(name) for name in ("type", "module")}
    return names | {"value": "see the log", "stacktrace": {"frames": frames}}
