"""Django's PostgreSQL backend, with the address of the moment instead of that of the start.

Where DATABASE_URL stands in a mounted file, a new password or host is used from the next
connection on; connections that stand are left alone until CONN_MAX_AGE ends them.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from profai.environment import env

PARTS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        now = env.db_url("DATABASE_URL")
        parameters.update({name: now[part] for part, name in PARTS.items() if now[part]})
        return parameters
