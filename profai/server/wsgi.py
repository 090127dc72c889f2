"""The WSGI entry point. DJANGO_SETTINGS_MODULE must be set; there is no default to fall back on."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from telemetry.logs import serve
from telemetry.traces import start_tracing

application = get_wsgi_application()
serve()
start_tracing("profai-web")
