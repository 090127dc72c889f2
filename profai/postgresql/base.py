"""Django's PostgreSQL backend, which reads DATABASE_URL again for each new connection.

If DATABASE_URL is in a mounted file, the next connection uses a new password or host. Open
connections are kept until CONN_MAX_AGE ends them.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from profai.environment import env
from telemetry.secret_values import remember_secret

PARTS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        now = env.db_url("DATABASE_URL")
        remember_secret(now["PASSWORD"])
        parameters.update({name: now[part] for part, name in PARTS.items() if now[part]})
        return parameters
