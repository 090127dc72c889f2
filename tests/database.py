"""The test databases: cloned from a migrated template, and emptied after a test that commits."""

from __future__ import annotations

import hashlib
import inspect
import sys
import time
from pathlib import Path
from typing import Any

import django
import psycopg
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

# For a database that the next run makes anew, a crash of the machine may cost all of it.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}
# In this schema stand the rows that every database begins with, by the name of their table.
BEGINNING = "beginning"
TEMPLATES = "profai_template_"
DEADLOCKS = 20  # how often emptying is tried again, beside processes that still write


def hurry(address: str) -> None:
    """Let the server wait for no disk, also after it was restarted."""
    with psycopg.connect(address, autocommit=True) as server:
        for name, value in UNSAFE.items():
            server.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        server.execute("SELECT pg_reload_conf()")


def clone_from_template() -> None:
    """Have Django make its test database from a template, which is migrated once for all runs."""
    values = connection.settings_dict
    template = f"{TEMPLATES}{_digest_of_migrations()}"
    with psycopg.connect(**_address("postgres"), autocommit=True) as server:
        # Processes that share a server make one template.
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [TEMPLATES])
        if not _exists(server, template):
            _forget_old(server)
            _make_template(server, template)
        # One that a run before has kept may be of other migrations.
        _drop(server, values["TEST"]["NAME"] or f"test_{values['NAME']}")
    values["TEST"] |= {"TEMPLATE": template, "MIGRATE": False}


def _digest_of_migrations() -> str:
    """Of the files of all migrations, ours and those of what we use."""
    digest = hashlib.sha256(f"{django.__version__} {inspect.getsource(_make_template)}".encode())
    for key, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        path = sys.modules[migration.__module__].__file__
        digest.update(repr(key).encode() + Path(str(path)).read_bytes())
    return digest.hexdigest()[:16]


def _address(database: str) -> dict[str, Any]:
    return connection.get_connection_params() | {"dbname": database, "cursor_factory": None}


def _exists(server: psycopg.Connection, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return server.execute(query, [name]).fetchone() is not None


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _forget_old(server: psycopg.Connection) -> None:
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    for (name,) in server.execute(query, [TEMPLATES]).fetchall():
        _drop(server, name)


def _make_template(server: psycopg.Connection, name: str) -> None:
    """The last step gives it its name: a template that was cut off is none."""
    draft = f"{TEMPLATES}draft"
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
    values = connection.settings_dict
    before = values["NAME"]
    connection.close()
    values["NAME"] = draft
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
        _remember_the_beginning()
    finally:
        connection.close()
        values["NAME"] = before
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    server.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))


def _remember_the_beginning() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {BEGINNING}")
        for table in _filled(_tables()):
            cursor.execute(f'CREATE TABLE {BEGINNING}."{table}" AS TABLE "{table}"')


def _tables() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def _filled(tables: list[str]) -> list[str]:
    """Those that have rows."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (TABLE \"{table}\")" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]


def empty_tables(_test: object = None) -> None:
    """Bring the test database back to its beginning, by deleting the few rows that are there.

    Stands for Django's flush, which truncates each of 60 tables, and makes all rights anew.
    """
    for again in range(DEADLOCKS, -1, -1):
        try:
            with transaction.atomic():
                _empty_tables()
        except OperationalError:
            # A process of the test that is about to end may write in another order.
            if not again:
                raise
            connection.close()
            time.sleep(0.05)
        else:
            return


def _empty_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [BEGINNING])
        kept = [table for (table,) in cursor.fetchall()]
        # Of the audit log nothing can be deleted.
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        guarded = {table for (table,) in cursor.fetchall()}
        changed = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS ("
            f'(TABLE "{table}" EXCEPT TABLE {BEGINNING}."{table}") UNION ALL '
            f'(TABLE {BEGINNING}."{table}" EXCEPT TABLE "{table}"))'
            for table in kept
        )
        cursor.execute(changed)
        again = [table for (table,) in cursor.fetchall()]
        filled = {*_filled(_tables())} - {*kept} | {*again}
        for table in filled & guarded:
            cursor.execute(f'TRUNCATE "{table}"')
        # Foreign keys are checked at the end of the transaction, so that any order will do.
        for table in filled - guarded:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of our own tables
        for table in again:
            cursor.execute(f'INSERT INTO "{table}" TABLE {BEGINNING}."{table}"')
