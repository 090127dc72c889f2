"""Settings of `make run`: one machine, embedded parts, reachable from this machine only."""

from __future__ import annotations

from profai.environment import env
from profai.settings.base import *  # noqa: F403 - settings modules are layered this way in Django
from profai.settings.base import VAR_DIR
from profai.settings.secret import cookie_suffix, stored_secret_key

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or stored_secret_key(VAR_DIR / "secret_key")
# Two installations on one machine must not overwrite each other's cookies.
_SUFFIX = cookie_suffix(SECRET_KEY)
SESSION_COOKIE_NAME = f"sessionid_{_SUFFIX}"
CSRF_COOKIE_NAME = f"csrftoken_{_SUFFIX}"
DEVICE_COOKIE_NAME = f"profai_device_{_SUFFIX}"
# Static files come straight from the source folders; nothing has to be collected first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Without METRICS_TOKEN, any program on this machine may read /metrics.
METRICS_OPEN_ON_LOOPBACK = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
