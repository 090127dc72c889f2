"""The production settings for one machine without TLS: `deploy/docker/compose.yaml`.

Meant for a port that is open on loopback only. A proxy that speaks TLS takes the production
settings instead.
"""

from __future__ import annotations

from profai.settings.production import *  # noqa: F403 - settings modules are layered this way in Django

SECURE_PROXY_SSL_HEADER = None  # type: ignore[assignment] # the other module has a pair
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
# Without TLS browsers refuse the names that begin with __Host-.
SESSION_COOKIE_NAME = "sessionid"
CSRF_COOKIE_NAME = "csrftoken"
DEVICE_COOKIE_NAME = "profai_device"
