"""The ASGI entry point. DJANGO_SETTINGS_MODULE must be set; there is no default to fall back on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.wsgi import WSGIHandler
from django.template.loader import get_template

from common.outside_calls import share_threads
from profai.server.response_buffering import ResponseBuffering
from profai.server.web import PROBES, Web
from telemetry.logs import serve
from telemetry.multiprocess import take_slot
from telemetry.shutdown import flush_all
from telemetry.traces import start_tracing

if TYPE_CHECKING:
    from a2wsgi.wsgi_typing import WSGIApp

# Must come first: it loads the models, which the imports below need.
streams = get_asgi_application()
serve()
share_threads(settings.WEB_THREADS)
start_tracing("profai-web")

from common.rest.document import document  # noqa: E402 - as above
from jobs.api.live import feed  # noqa: E402 - needs the models
from jobs.memory import collect_less  # noqa: E402 - as above

pages = cast("WSGIApp", WSGIHandler())


def in_threads(number: int) -> ResponseBuffering:
    return ResponseBuffering(WSGIMiddleware(pages, workers=number))


def start() -> None:
    """Makes what all requests share before the first request comes."""
    take_slot(settings.METRICS_DIR, "web")
    document()
    for page in ("base.html", "drf_spectacular/swagger_ui.html"):
        get_template(page)
    collect_less()


application = Web(
    pages=in_threads(settings.WEB_THREADS),
    uploads=in_threads(settings.WEB_UPLOAD_THREADS),
    probes={path: in_threads(threads) for path, threads in PROBES.items()},
    streams=streams,
    on_stop=feed.stop,
    on_end=flush_all,
    on_start=start,
)
