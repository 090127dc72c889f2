"""Django-Q2 with its defaults, on the ORM broker."""

from __future__ import annotations

from profai.settings.test import *  # noqa: F403 - settings modules are layered this way in Django

Q_CLUSTER = {"name": "profai", "orm": "default", "workers": 4}
