"""A database of the first release, with data of every app, is upgraded and loses nothing.

`first_release.sql.gz` was made with the first release: the sample course with its quizzes, six
attempts that are over, one that is open, questions and a topic that a person changed, an import
of old files, one that still waits in the queue, a token and a webhook.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from profai.environment import BASE_DIR

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
# Tables that a newer release fills with more.
GROWING = {
    *("auth_permission", "django_content_type", "django_migrations"),
    # Looking at the pages signs people in.
    *("accounts_auditentry", "accounts_session"),
}

# Keys of requests stand in one table of all apps now; those of the last day are taken along.
GONE = {"jobs_requestkey"}
# Groups get rights to what is new, and lose those to tables of the machine.
REVISED = {"auth_group_permissions"}


@pytest.fixture
def old_database(django_db_setup: None) -> Iterator[str]:
    """The address of a database as the first release left it."""
    name = f"upgrade_{uuid.uuid4().hex[:12]}"
    values = connections["default"].settings_dict
    host = values["HOST"] or values["OPTIONS"]["host"]
    server = f"postgresql://{values['USER']}:{values['PASSWORD']}@{{place}}?host={host}"
    if values["PORT"]:
        server += f"&port={values['PORT']}"
    with psycopg.connect(server.format(place="/postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        address = server.format(place=f"/{name}")
        with psycopg.connect(address) as new:
            new.execute(gzip.decompress((HERE / "first_release.sql.gz").read_bytes()))
        yield address
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


def rows(address: str) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(address) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
        ]
        count = sql.SQL("SELECT count(*) FROM public.{}")
        found: dict[str, Any] = {}
        for name in tables:
            found[name] = connection.execute(count.format(sql.Identifier(name))).fetchone()
        return {name: number for name, (number,) in found.items()}


def test_nothing_is_lost(old_database: str) -> None:
    before = rows(old_database)
    assert before["courses_importedrow"] == 4
    with psycopg.connect(old_database) as connection:
        scores = connection.execute(
            "SELECT correct, total, percentage, passed FROM public.quizzes_attempt a"
            " JOIN public.auth_user u ON u.id = a.learner_id"
            " WHERE u.username = 'learner' ORDER BY a.id"
        ).fetchall()
        answers = connection.execute(
            "SELECT is_correct, chosen, asked -> 'choices' ->> (asked -> 'correct')::int"
            " FROM public.quizzes_answer b JOIN public.quizzes_attempt a ON a.id = b.attempt_id"
            " JOIN public.auth_user u ON u.id = a.learner_id"
            " WHERE u.username = 'learner' ORDER BY a.started_at DESC, a.id, b.position"
        ).fetchall()
        asked = connection.execute(
            "SELECT q.id, count(*) FROM public.quizzes_quiz q"
            " JOIN public.courses_course c ON c.id = q.course_id AND c.status = 'published'"
            " JOIN public.quizzes_question o ON o.quiz_id = q.id AND o.status != 'rejected'"
            " WHERE q.status = 'ready' GROUP BY q.id ORDER BY q.id"
        ).fetchall()
    done = subprocess.run(
        [sys.executable, "-m", "tests.upgrade.after"],
        cwd=BASE_DIR,
        env=os.environ | {"DATABASE_URL": old_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["scores"] == [list(score) for score in scores]
    assert seen["points"] == [[str(score[0] or 0), False] for score in scores]
    assert seen["shares"] == [None if one is None else float(one) for one, _, _ in answers]
    assert seen["given"] == [chosen for _, chosen, _ in answers]
    assert seen["rights"] == [[right] for _, _, right in answers]
    # What is published goes on asking what it asked, drafts among it.
    assert asked
    assert seen["asked"] == [list(one) for one in asked]
    pages = seen["pages"]
    # The open attempt leads to its questions.
    assert sorted(pages.pop("attempts")) == [200] * (len(scores) - 1) + [302]
    assert set(pages.values()) == {200}
    after = rows(old_database)
    assert GONE.isdisjoint(after)
    kept = {name: number for name, number in before.items() if name not in GROWING | GONE | REVISED}
    assert {name: after[name] for name in kept} == kept
    assert all(after[name] >= before[name] for name in GROWING)
