"""One machine, embedded parts: what `make run` uses. It answers on loopback names only."""

from __future__ import annotations

from profai.environment import env
from profai.settings.base import *  # noqa: F403 - settings modules are layered this way in Django
from profai.settings.base import VAR_DIR
from profai.settings.secret import stored_secret_key

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or stored_secret_key(VAR_DIR / "secret_key")
# Static files come straight from the source folders; nothing has to be collected first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Without METRICS_TOKEN whoever is on this machine may read /metrics.
METRICS_OPEN_ON_LOOPBACK = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
