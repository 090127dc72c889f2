"""The ASGI entry point. DJANGO_SETTINGS_MODULE must be set; there is no default to fall back on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.wsgi import WSGIHandler

from profai.delivery import Delivered
from profai.web import PROBES, Web
from telemetry.ending import last_words
from telemetry.logs import serve
from telemetry.slots import take_slot
from telemetry.traces import start_tracing

if TYPE_CHECKING:
    from a2wsgi.wsgi_typing import WSGIApp

# First of all: it loads the models that what follows imports.
streams = get_asgi_application()
serve()
start_tracing("profai-web")

from jobs.api.live import feed  # noqa: E402 - needs the models

pages = cast("WSGIApp", WSGIHandler())


def in_threads(number: int) -> Delivered:
    return Delivered(WSGIMiddleware(pages, workers=number))


application = Web(
    pages=in_threads(settings.WEB_THREADS),
    uploads=in_threads(settings.WEB_UPLOAD_THREADS),
    probes={path: in_threads(threads) for path, threads in PROBES.items()},
    streams=streams,
    on_stop=feed.stop,
    on_end=last_words,
    on_start=partial(take_slot, settings.METRICS_DIR, "web"),
)
