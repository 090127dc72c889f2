"""The production settings for one machine without TLS: `deploy/docker/compose.yaml`.

Meant for a port that is open on loopback only. A proxy that speaks TLS takes the production
settings instead.
"""

from __future__ import annotations

from profai.settings.production import *  # noqa: F403 - settings modules are layered this way in Django
from profai.settings.production import SECRET_KEY, SECRET_KEY_FALLBACKS
from profai.settings.secret import cookie_suffix

SECURE_PROXY_SSL_HEADER = None  # type: ignore[assignment] # the other module has a pair
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
LANGUAGE_COOKIE_SECURE = False
# Without TLS browsers refuse names that begin with __Host-. Each installation has its own names,
# because browsers share cookies between all ports of a host. The oldest key makes the name, so that
# a rotation ends no login.
_SUFFIX = cookie_suffix([SECRET_KEY, *SECRET_KEY_FALLBACKS][-1])
SESSION_COOKIE_NAME = f"sessionid_{_SUFFIX}"
CSRF_COOKIE_NAME = f"csrftoken_{_SUFFIX}"
DEVICE_COOKIE_NAME = f"profai_device_{_SUFFIX}"
