"""The ASGI entry point. DJANGO_SETTINGS_MODULE must be set; there is no default to fall back on."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

application = get_asgi_application()
